"""Places: on which line of a TOML text each key stands, so that a mistake can be named by its line.

The parser of the standard library keeps no places. A valid text falls into statements, though: a statement ends where a
line ends outside of brackets and of strings over several lines. Each is a text of its own, and what it parses to names
the keys that it sets.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from cm_engine.forms import Path

Places = dict[Path, int]

_TOKEN = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}' r"|'''.*?'{3,5}" r'|"(?:\\.|[^"\\\n])*"' r"|'[^'\n]*'" r"|\#[^\n]*" r"|\n" r"|[^\s]",
    re.DOTALL,
)


def places(text: str) -> Places:
    """Find the line, from 1, on which every table, key and list entry of a valid TOML text begins."""
    found: Places = {}
    table: Path = ()
    counts: dict[Path, int] = {}
    for line, statement in statements(text):
        parsed = tomllib.loads(statement)
        if statement.lstrip().startswith("["):
            table = _header(parsed, counts)
            for length in range(1, len(table) + 1):
                found.setdefault(table[:length], line)
        else:
            _place_keys(parsed, table, line, statement, found)
    return found


def line_of(path: Path, found: Places) -> int:
    """Give the line of a key, or else of the innermost table around it that stands in the file; 0 for none."""
    for length in range(len(path), 0, -1):
        if path[:length] in found:
            return found[path[:length]]
    return 0


def statements(text: str) -> Iterator[tuple[int, str]]:
    """Split a text into its statements, each with the line it begins on; comments and blank lines are none."""
    text = text.replace("\r\n", "\n") + "\n"
    line = begun_line = 1
    begun = depth = 0
    empty = True
    for token in _TOKEN.finditer(text):
        written = token[0]
        depth += (written in "[{") - (written in "]}")
        if written == "\n" and depth <= 0:
            if not empty:
                yield begun_line, text[begun : token.start()]
            begun, begun_line, empty = token.end(), line + 1, True
        elif written != "\n" and not written.startswith("#"):
            empty = False
        line += written.count("\n")


def _header(parsed: Mapping[str, Any], counts: dict[Path, int]) -> Path:
    """Give the path that a table's header opens; in a list of tables, of its newest entry."""
    path: Path = ()
    inner: object = parsed
    while isinstance(inner, dict) and inner:
        key, inner = next(iter(inner.items()))
        path = (*path, key)
        if isinstance(inner, list):
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = (*path, counts[path])
    return path


def _place_keys(parsed: Mapping[str, Any], table: Path, line: int, statement: str, found: Places) -> None:
    """Place the keys that a statement sets, and the entries of its list where it has just one."""
    lists: list[Path] = []
    waiting: list[tuple[Path, object]] = [(table, parsed)]
    while waiting:
        path, value = waiting.pop()
        if path != table:
            found.setdefault(path, line)
        if isinstance(value, dict):
            waiting += [((*path, key), inner) for key, inner in value.items()]
        elif isinstance(value, list):
            lists.append(path)
    if len(lists) == 1:
        for place, entry_line in enumerate(_entries(statement, line)):
            found[(*lists[0], place)] = entry_line


def _entries(statement: str, line: int) -> Iterator[int]:
    """Give the line on which each entry of a statement's list begins."""
    depth = inside = 0
    awaited = False
    for token in _TOKEN.finditer(statement):
        written = token[0]
        if awaited and not written.startswith(("#", "\n", "]")):
            awaited = False
            yield line
        depth += (written in "[{") - (written in "]}")
        if written == "[" and not inside:
            inside, awaited = depth, True
        elif written == "," and depth == inside:
            awaited = True
        elif inside and depth < inside:
            return
        line += written.count("\n")
