"""Sealed files: what was written comes back, and whatever happened to the file is found and told."""

import base64
import io
import os
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cm_engine.errors import InputError
from cm_engine.exchange.sealed_file import (
    SealedFileError,
    SealedReader,
    SealedWriter,
    open_sealed,
    read_sealed,
    write_sealed,
)
from cm_engine.vault import Keys, Vault

VAULT = Vault(Keys.new())
HEADER: dict[str, Any] = {"made_at": "2026-01-05T09:30:00+00:00", "revision": "0001"}
MEGABYTE = 1 << 20

# Long enough for four chunks, little once compressed.
LINES = [f"{number:09} " + "day after day " * 5000 for number in range(50)]


def sealed(lines: list[str], vault: Vault = VAULT) -> bytes:
    """Write a sealed file in memory."""
    file = io.BytesIO()
    with SealedWriter(file, vault, HEADER) as writer:
        for line in lines:
            writer.write_line(line)
    return file.getvalue()


FILE = sealed(LINES)
OTHER = sealed(LINES)


def opened(content: bytes, vault: Vault = VAULT) -> tuple[dict[str, Any], list[str]]:
    """Read a sealed file to its end."""
    reader: SealedReader = open_sealed(io.BytesIO(content), vault)
    return reader.header, list(reader.lines())


def refused(content: bytes, vault: Vault = VAULT) -> str:
    """Give what is told about a file that is refused."""
    with pytest.raises(SealedFileError) as told:
        opened(content, vault)
    return str(told.value)


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\n"))))
def test_what_was_written_comes_back(lines: list[str]) -> None:
    assert opened(sealed(lines)) == (HEADER, lines)


@pytest.mark.parametrize("length", [MEGABYTE - 2, MEGABYTE - 1, MEGABYTE, 3 * MEGABYTE])
def test_lines_may_be_of_any_length(length: int) -> None:
    lines = ["é" * (length // 2), "", "x" * length, "y"]
    assert opened(sealed(lines)) == (HEADER, lines)


def test_a_line_break_inside_of_a_line_is_refused() -> None:
    with pytest.raises(ValueError, match="no line break"):
        sealed(["a\nb"])


def test_a_file_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "clinic.backup"
    with write_sealed(path, VAULT, HEADER) as writer:
        writer.write_line("a row")
        assert not path.exists()
    with read_sealed(path, VAULT) as reader:
        assert (reader.header, list(reader.lines())) == (HEADER, ["a row"])
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.read_bytes().startswith(b"cm-engine backup 1\n")
    with pytest.raises(InputError, match="is there already"), write_sealed(path, VAULT, HEADER):
        pass
    with write_sealed(path, VAULT, HEADER, overwrite=True):
        pass
    with read_sealed(path, VAULT) as reader:
        assert list(reader.lines()) == []


def test_nothing_is_left_of_a_file_that_was_not_finished(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no line break"), write_sealed(tmp_path / "clinic", VAULT, HEADER) as writer:
        writer.write_line("not\na line")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(SealedFileError, match="there is no such file"), read_sealed(tmp_path / "none", VAULT):
        pass


def test_nothing_shows_without_a_key() -> None:
    assert b"day after" not in FILE
    assert b"revision" not in FILE


def test_a_wrong_key_is_told_apart_from_damage() -> None:
    assert "backup: none of the keys at hand opens this backup" in refused(FILE, Vault(Keys.new()))
    lines = FILE.splitlines(keepends=True)
    lines[1] = lines[1].swapcase()
    assert "backup:2: this line is damaged; take another copy" in refused(b"".join(lines))


def test_an_older_key_still_opens() -> None:
    keys = Keys.new()
    content = sealed(["a row"], Vault(keys))
    assert opened(content, Vault(keys.with_new())) == (HEADER, ["a row"])


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "backup:1: this is not a backup of cm-engine"),
        (b"SQLite format 3\0", "backup:1: this is not a backup of cm-engine"),
        (b"cm-engine backup 2\n", "form that this version of cm-engine does not know"),
        (b"cm-engine backup 1\n", "backup:2: the backup was cut off here"),
        (FILE[:-1], "was cut off here"),
        (FILE[: FILE.rindex(b"\n", 0, -1) + 1], "was cut off here"),
        (FILE + b"x", "goes on after its end"),
        (FILE + FILE, "goes on after its end"),
        (FILE.replace(b"\n", b"\r\n"), "form that this version"),
        (b"cm-engine backup 1\n" + b"x" * 3 * MEGABYTE, "backup:2: this line is damaged"),
        (FILE.replace(b"\n", b"\n" + VAULT.seal("a name") + b"\n", 1), "backup:2: this line belongs to no backup"),
    ],
    ids=[
        "empty",
        "other",
        "version",
        "tag only",
        "no end",
        "no last line",
        "added",
        "doubled",
        "line ends",
        "one long line",
        "token",
    ],
)
def test_what_happened_to_a_file_is_told(content: bytes, told: str) -> None:
    assert told in refused(content)


def rearranged(*order: int, other: int | None = None) -> bytes:
    """Put the lines of the file in another order; one of them may come from another file."""
    lines = FILE.splitlines(keepends=True)
    if other is not None:
        lines[other] = OTHER.splitlines(keepends=True)[other]
    return b"".join(lines[place] for place in order)


def test_the_file_has_a_header_and_four_chunks() -> None:
    assert FILE.count(b"\n") == 6
    assert opened(rearranged(*range(6))) == (HEADER, LINES)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (rearranged(0, 1, 3, 4, 5), "backup:3: lines are missing, doubled or swapped here"),
        (rearranged(0, 1, 2, 2, 3, 4, 5), "backup:4: lines are missing, doubled or swapped here"),
        (rearranged(0, 1, 2, 4, 3, 5), "backup:4: lines are missing, doubled or swapped here"),
        (rearranged(0, 2, 3, 4, 5), "backup:2: the beginning of the backup is missing"),
        (rearranged(0, 1, 2, 3, 4, 5, other=3), "backup:4: this line belongs to another backup"),
        (rearranged(0, 1, 2, 3, 4, 5, other=1), "backup:3: this line belongs to another backup"),
    ],
    ids=["lost", "doubled", "swapped", "no header", "brought in", "header brought in"],
)
def test_lines_in_another_order_are_found(content: bytes, told: str) -> None:
    assert told in refused(content)


@given(st.data())
@settings(max_examples=300)
def test_any_byte_that_was_changed_is_found(data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(FILE) - 1))
    changed = bytes([FILE[place] ^ data.draw(st.integers(1, 255))])
    assert refused(FILE[:place] + changed + FILE[place + 1 :])


@given(st.integers(0, len(FILE) - 1))
def test_any_truncation_is_found(length: int) -> None:
    assert refused(FILE[:length])


@given(st.integers(0, len(FILE)), st.binary(min_size=1, max_size=40))
def test_anything_put_in_is_found(place: int, added: bytes) -> None:
    assert refused(FILE[:place] + added + FILE[place:])


@given(st.lists(st.integers(0, 5), max_size=8).filter(lambda order: order != [0, 1, 2, 3, 4, 5]))
def test_any_other_order_of_lines_is_found(order: list[int]) -> None:
    assert refused(rearranged(*order))


def test_bits_that_base64_overlooks_are_damage_too() -> None:
    lines = FILE.splitlines()
    padded = next(place for place, line in enumerate(lines) if line.endswith(b"="))
    last = lines[padded].rstrip(b"=")[-1:]
    alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    twin = alphabet[alphabet.index(last) + 1 :][:1]
    changed = lines[padded].replace(last + b"=", twin + b"=")
    assert base64.urlsafe_b64decode(changed) == base64.urlsafe_b64decode(lines[padded])
    assert refused(b"\n".join([*lines[:padded], changed, *lines[padded + 1 :], b""]))


def test_fifty_megabytes_take_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "large.backup"
    line = base64.b64encode(os.urandom(MEGABYTE // 2)).decode()
    count = 50 * MEGABYTE // len(line) + 1
    tracemalloc.start()
    try:
        with write_sealed(path, VAULT, HEADER) as writer:
            for number in range(count):
                writer.write_line(f"{number:09}{line}")
        with read_sealed(path, VAULT) as reader:
            read = sum(1 for _ in reader.lines())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert read == count
    assert path.stat().st_size > 50 * MEGABYTE
    assert peak < 16 * MEGABYTE
