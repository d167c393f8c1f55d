"""Places: on which line of a TOML text each key stands, so that a mistake can be named by its line.

The parser of the standard library keeps no places. Each statement of TOML is a text of its own, though: the lines are
gathered until they parse, and what they parse to names the keys that they set.
"""

import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from cm_engine.forms import Path

Places = dict[Path, int]


def places(text: str) -> Places:
    """Find the line, from 1, on which every table, key and list entry of a valid TOML text begins."""
    found: Places = {}
    table: Path = ()
    counts: dict[Path, int] = {}
    for line, statement in _statements(text):
        parsed = tomllib.loads(statement)
        if statement.lstrip().startswith("["):
            table = _header(parsed, counts)
            for length in range(1, len(table) + 1):
                found.setdefault(table[:length], line)
        else:
            for path in _paths(parsed, table):
                found.setdefault(path, line)
            _list_entries(statement, parsed, table, line, found)
    return found


def line_of(path: Path, found: Places) -> int:
    """Give the line of a key, or else of the innermost table around it that stands in the file; 0 for none."""
    for length in range(len(path), 0, -1):
        if path[:length] in found:
            return found[path[:length]]
    return 0


def _statements(text: str) -> Iterator[tuple[int, str]]:
    gathered: list[str] = []
    begun = 1
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), start=1):
        if not gathered:
            begun = number
        gathered.append(line)
        statement = "\n".join(gathered)
        if _parses(statement):
            if statement.strip() and not statement.lstrip().startswith("#"):
                yield begun, statement
            gathered = []


def _parses(text: str) -> bool:
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False
    return True


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


def _paths(parsed: Mapping[str, Any], table: Path) -> Iterator[Path]:
    for key, value in parsed.items():
        yield (*table, key)
        if isinstance(value, dict):
            yield from _paths(value, (*table, key))


def _list_entries(statement: str, parsed: Mapping[str, Any], table: Path, line: int, found: Places) -> None:
    """Find the lines of a list's entries, by closing the list after each of its lines."""
    (key, value) = next(iter(parsed.items()))
    if not isinstance(value, list):
        return
    seen = 0
    lines = statement.split("\n")
    for count in range(len(lines)):
        head = "\n".join(lines[: count + 1])
        closed = head if count + 1 == len(lines) else head + "\n]"
        if _parses(closed):
            entries = tomllib.loads(closed)[key]
            for place in range(seen, len(entries)):
                found[(*table, key, place)] = line + count
            seen = len(entries)
