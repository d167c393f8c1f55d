"""Places: on which line of a TOML text each key stands."""

import pytest

from cm_engine.exchange.toml_places import line_of, places
from cm_engine.forms import Path

TEXT = """# a comment
name = "x"   # another
title = \"\"\"
two
lines\"\"\"
targets = [
  "cocaine",   # ]

  "opioid", "thc",
]
reset.to = "start"
"quo.ted" = 1

[ladder]
start = 1
  step = 2

[[phases]]
from_week = 1
[[phases]]
from_week = 2
[phases.inner]
deep = true

[bowl]
slips = [ {label = "a", count = 1},
          {label = "b", count = 2} ]
inline = { a = 1, b = { c = 2 } }
"""

LINES: dict[Path, int] = {
    ("name",): 2,
    ("title",): 3,
    ("targets",): 6,
    ("targets", 0): 7,
    ("targets", 1): 9,
    ("targets", 2): 9,
    ("reset",): 11,
    ("reset", "to"): 11,
    ("quo.ted",): 12,
    ("ladder",): 14,
    ("ladder", "start"): 15,
    ("ladder", "step"): 16,
    ("phases",): 18,
    ("phases", 0): 18,
    ("phases", 0, "from_week"): 19,
    ("phases", 1): 20,
    ("phases", 1, "from_week"): 21,
    ("phases", 1, "inner"): 22,
    ("phases", 1, "inner", "deep"): 23,
    ("bowl",): 25,
    ("bowl", "slips", 0): 26,
    ("bowl", "slips", 1): 27,
    ("bowl", "inline"): 28,
    ("bowl", "inline", "b", "c"): 28,
}


@pytest.mark.parametrize("text", [TEXT, TEXT.replace("\n", "\r\n"), TEXT.rstrip("\n")], ids=["LF", "CRLF", "cut"])
@pytest.mark.parametrize(("path", "line"), LINES.items())
def test_every_key_has_its_line(text: str, path: Path, line: int) -> None:
    assert line_of(path, places(text)) == line


def test_a_key_that_is_not_there_has_the_line_of_the_table_around_it() -> None:
    found = places(TEXT)
    assert line_of(("ladder", "top"), found) == 14
    assert line_of(("phases", 1, "amount"), found) == 20
    assert line_of(("bowl", "slips", 1, "value"), found) == 27
    assert line_of(("pays",), found) == 0


def test_lists_of_tables_inside_lists_of_tables_are_counted_each_for_itself() -> None:
    found = places("[[a]]\n[[a.b]]\nc = 1\n[[a.b]]\nc = 2\n[[a]]\n[[a.b]]\nc = 3\n")
    assert [found["a", 0, "b", 0, "c"], found["a", 0, "b", 1, "c"], found["a", 1, "b", 0, "c"]] == [3, 5, 8]


def test_an_entry_of_a_list_behind_a_dotted_key_has_its_own_line() -> None:
    assert line_of(("ladder", "values", 1), places("ladder.values = [\n  1,\n  2,\n]\n")) == 3


def test_an_entry_of_a_list_inside_an_inline_table_has_its_own_line() -> None:
    assert line_of(("bowl", "slips", 1), places("bowl = {slips = [\n  {count = 1},\n  {count = 2},\n]}\n")) == 3


def test_text_that_looks_like_toml_inside_a_string_is_a_string() -> None:
    found = places("a = '''\n[b]\nc = 1\n'''\nd = 2\n")
    assert found == {("a",): 1, ("d",): 5}


def test_keys_may_be_very_deep() -> None:
    path: Path = ("a",) * 2_000
    assert line_of(path, places("x = 1\n" + ".".join(["a"] * 2_000) + " = 1\n")) == 2


def test_the_entries_of_a_very_long_list_are_placed() -> None:
    text = "a = [\n" + "1,\n" * 20_000 + "]\n"  # would take hours if every line were tried with all before it
    assert places(text)["a", 19_999] == 20_001
