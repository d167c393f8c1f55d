"""TOML files: read to a table, with every mistake named by its line; written from a table."""

import re
import tomllib
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path as FilePath
from typing import Any, TypeGuard

from cm_engine.errors import InputError, Mistake, quoted
from cm_engine.exchange.opening import decoded, why_not
from cm_engine.exchange.toml_places import line_of, places, statements
from cm_engine.forms import Path

_BARE = re.compile(r"[A-Za-z0-9_-]{1,60}")
_AT = re.compile(r" \(at line (\d+), column (\d+)\)")


def read_text(path: FilePath) -> str:
    """Read a small text file. Raises InputError where it cannot be read or is not UTF-8."""
    source = str(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(source, [Mistake(0, "", why_not(error))]) from error
    return decoded(source, content)


def parse(source: str, text: str) -> dict[str, Any]:
    """Parse TOML; fractions come as Decimal. Raises InputError with the line of what is not TOML."""
    if not text.strip():
        raise InputError(source, [Mistake(0, "", "is empty")])
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        at = _AT.search(message)
        line, column = (int(at[1]), f"column {at[2]}") if at else (len(text.splitlines()), "")
        raise InputError(source, [Mistake(line, column, f"is not TOML: {_AT.sub('', message)}")]) from error
    except RecursionError as error:
        raise InputError(source, [Mistake(0, "", "is not TOML that can be read: it is nested too deeply")]) from error
    except (ValueError, ArithmeticError) as error:
        raise InputError(source, [Mistake(_too_long(text), "", "a number here is too long to be read")]) from error


def _too_long(text: str) -> int:
    """Give the line of the first statement with a number that Python refuses to read."""
    for line, statement in statements(text):
        try:
            tomllib.loads(statement, parse_float=Decimal)
        except (ValueError, ArithmeticError):
            return line
    return 0


def refuse(source: str, text: str, mistakes: list[tuple[Path, str]]) -> InputError:
    """Name mistakes by their lines in a TOML text."""
    found = places(text)
    return InputError(source, [Mistake(line_of(path, found), key_name(path), what) for path, what in mistakes])


def key_name(path: Path) -> str:
    """Write the path of a key for people: `phases[2].to_week`, where entries of a list count from 1."""
    written = ""
    for part in path:
        if isinstance(part, int):
            written += f"[{part + 1}]"
        else:
            key = part if _BARE.fullmatch(part) else quoted(part)
            written += f".{key}" if written else key
    return written


def write(table: Mapping[str, Any]) -> str:
    """Write a table as TOML: simple keys, tables, lists of tables; a list of tables inside a table on lines of its own."""
    import tomlkit  # slow to import, and only needed to write

    document = tomlkit.document()
    for key, value in table.items():
        if isinstance(value, dict):
            document.add(key, tomlkit.item(_innermost(value)))
        elif _is_tables(value):
            document.add(key, tomlkit.item([_innermost(entry) for entry in value]))
        else:
            document.add(key, tomlkit.item(value))
    return tomlkit.dumps(document)


def _innermost(table: Mapping[str, Any]) -> dict[str, object]:
    return {key: _inline(value) for key, value in table.items()}


def _is_tables(value: object) -> TypeGuard[list[Mapping[str, Any]]]:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def _inline(value: object) -> object:
    """Write a list of tables that lies inside a table as inline tables, one a line."""
    import tomlkit  # slow to import, and only needed to write

    if not _is_tables(value):
        return value
    entries = tomlkit.array()
    for entry in value:
        inline = tomlkit.inline_table()
        inline.update(entry)
        entries.append(inline)
    return entries.multiline(multiline=True)
