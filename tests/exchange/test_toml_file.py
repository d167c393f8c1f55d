"""TOML files: what cannot be read is told by its line."""

from decimal import Decimal
from pathlib import Path

import pytest

from cm_engine.errors import InputError, Mistake
from cm_engine.exchange import toml_file
from tests.files import write


def mistake_in(text: str) -> Mistake:
    with pytest.raises(InputError) as told:
        toml_file.parse("policy.toml", text)
    [mistake] = told.value.mistakes
    return mistake


def test_text_is_read_with_and_without_a_byte_order_mark(tmp_path: Path) -> None:
    assert toml_file.read_text(write(tmp_path, "a.toml", b"\xef\xbb\xbfa = 1\r\n")) == "a = 1\r\n"
    assert toml_file.read_text(write(tmp_path, "b.toml", 'a = "é"\n')) == 'a = "é"\n'


def test_a_folder_and_a_missing_file_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="folder"):
        toml_file.read_text(tmp_path)
    with pytest.raises(InputError, match="no such file"):
        toml_file.read_text(tmp_path / "missing.toml")
    with pytest.raises(InputError, match="cannot be read"):
        toml_file.read_text(write(tmp_path, "file", "") / "in-a-file.toml")


def test_bytes_that_are_not_utf_8_are_told_by_line_and_byte(tmp_path: Path) -> None:
    with pytest.raises(InputError) as told:
        toml_file.read_text(write(tmp_path, "latin.toml", 'a = 1\nb = "café"\n'.encode("latin-1")))
    [mistake] = told.value.mistakes
    assert mistake.line == 2
    assert "byte 9 " in mistake.what
    assert "0xe9" in mistake.what
    assert "UTF-8" in mistake.what


@pytest.mark.parametrize("text", ["", "  \n\t\n", "\r\n"])
def test_an_empty_text_is_told_to_be_empty(text: str) -> None:
    assert "empty" in mistake_in(text).what


def test_fractions_are_exact() -> None:
    assert toml_file.parse("x", "a = 0.1") == {"a": Decimal("0.1")}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a = 1\nb = \n", 2),
        ("a = 1\nb == 2\n", 2),
        ("a = 1\r\nb = \r\n", 2),
        ("a = 1\n[b\nc = 2\n", 2),
        ("a = 1\na = 2\n", 2),
        ("[a]\nb = 1\n\n[a]\n", 4),
        ("a = [\n  1,\n  2 3\n]\n", 3),
        ("a = 1\n\0\n", 2),
        ('a = "x\ty\x01"\n', 1),
        ("name,at\np1,2026\n", 1),
        ("a = 1\nb = 2026-02-30\n", 2),
    ],
)
def test_what_is_not_toml_is_told_by_its_line(text: str, line: int) -> None:
    mistake = mistake_in(text)
    assert mistake.line == line
    assert "not TOML" in mistake.what


@pytest.mark.parametrize("text", ["a = 1\nb = [1,\n2\n", 'a = 1\nb = """\ntext\n', "a = 1\nb = {c = 1"])
def test_what_is_never_closed_is_told_to_run_to_the_end(text: str) -> None:
    mistake = mistake_in(text)
    assert mistake.line > 0 or "end of document" in mistake.what


def test_a_text_too_deep_to_read_is_refused() -> None:
    assert "not TOML" in mistake_in("a = " + "[" * 100_000).what
    assert "not TOML" in mistake_in("a = " + "{a = " * 100_000).what


@pytest.mark.parametrize("number", ["1e99999999999999999999", "9" * 5000])
def test_a_number_too_large_to_read_is_told_by_its_line_in_plain_words(number: str) -> None:
    mistake = mistake_in(f"a = 1\nb = {number}\n")
    assert mistake.line == 2
    assert "decimal.InvalidOperation" not in mistake.what
    assert "sys.set_int_max_str_digits" not in mistake.what


def test_mistakes_are_named_by_the_lines_of_their_keys() -> None:
    text = "a = 1\n[[b]]\nc = 1\n[[b]]\nc = 2\n"
    error = toml_file.refuse("x.toml", text, [(("b", 1, "c"), "no"), (("b", 0, "d"), "gone"), (("z",), "missing")])
    assert [(mistake.line, mistake.where) for mistake in error.mistakes] == [(0, "z"), (2, "b[1].d"), (5, "b[2].c")]
    assert "x.toml:5: b[2].c: no" in str(error)


@pytest.mark.parametrize("key", ['"a\\nb"', '""', '"\\u0000"', '"\\u2028"'])
def test_a_strange_key_is_told_on_one_line(key: str) -> None:
    written = next(iter(toml_file.parse("x.toml", f"{key} = 1")))
    error = toml_file.refuse("x.toml", f"{key} = 1", [((written,), "unknown key")])
    [mistake] = error.mistakes
    assert mistake.where
    assert str(error).isprintable()


def test_what_is_written_reads_back() -> None:
    table = {
        "name": 'quotes " and \\ and é',
        "weeks": 12,
        "ladder": {"start": "2.50", "values": [1, 2]},
        "phases": [{"from_week": 1}, {"from_week": 3}],
        "bowl": {"slips": [{"label": "a", "count": 1}, {"label": "b", "count": 2}]},
    }
    assert toml_file.parse("x", toml_file.write(table)) == table
