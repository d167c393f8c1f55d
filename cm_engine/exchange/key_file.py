"""The keys of an installation, from their file or from the environment.

A key file has one key a line, the newest first: the first seals, all of them open. The line `index: KEY` names the key by which names
are found; it never changes. Where there is none, the last key does that: so before that one is taken away, `index: ` is put in front of
it. Empty lines and what follows a `#` are for people. In the environment the same words stand one after the other, with spaces or
commas between them: `CM_KEY="KEY KEY index:KEY"`.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from cm_engine.errors import InputError, Mistake
from cm_engine.exchange import toml_file
from cm_engine.exchange.whole_file import whole_file
from cm_engine.vault import Keys, VaultError, is_key

VARIABLE = "CM_KEY"

_INDEX = "index:"
_HEADING = """\
# The keys that open what this installation has sealed. Without them nobody can read it again, nor any backup of it.
# Keep a copy in a safe place away from this machine and from the backups. The first key seals, all of them open.
"""
_REMEDY = "a key is 44 characters, the last of them =, copied whole; the key itself is not shown here"


class _Word(NamedTuple):
    """A key as it was written, and where: the line of a file, or its place in the environment."""

    line: int
    where: str
    for_index: bool
    written: bytes


def read_keys(path: Path | None, environment: str | None) -> Keys:
    """Read the keys: from the value of CM_KEY where it is set, else from the key file.

    Raises InputError with every mistake, never showing a key, and VaultError where there is no key anywhere.
    """
    if environment and environment.strip():
        return _keys(VARIABLE, list(_words_in(environment)))
    if path is None:
        raise VaultError(
            "there is no key: what names patients is sealed, and only its key opens it. Name the key file that "
            f"`cm-engine init` made, or set {VARIABLE}"
        )
    if _is_missing(path):
        what = (
            "there is no such key file, and only its key opens what was sealed; put it back from the copy that was "
            f"kept, name the place where it is, or set {VARIABLE}"
        )
        raise InputError(str(path), [Mistake(0, "", what)])
    return _keys(str(path), list(_lines_of(toml_file.read_text(path))))


def write_key_file(path: Path, keys: Keys, *, overwrite: bool = False) -> None:
    """Write a key file that only its owner may read. Raises InputError where it cannot be written, or is there already."""
    lines = [*keys.sealing, f"{_INDEX} ".encode() + keys.index]
    with whole_file(path, overwrite=overwrite) as file:
        file.write(_HEADING.encode() + b"\n".join(lines) + b"\n")


def too_open(path: Path) -> bool:
    """Tell whether others than its owner may read or change a key file; `chmod 600` closes it."""
    return bool(path.stat().st_mode & 0o077)


def _is_missing(path: Path) -> bool:
    """Tell whether a file is not there, as opposed to one that cannot be read."""
    try:
        path.stat()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return False


def _lines_of(text: str) -> Iterator[_Word]:
    """Give the keys of a key file."""
    for number, line in enumerate(text.split("\n"), start=1):
        if word := line.partition("#")[0].strip():
            yield _word(number, "", word)


def _words_in(environment: str) -> Iterator[_Word]:
    """Give the keys of the environment variable."""
    joined = re.sub(rf"{_INDEX}\s+", _INDEX, environment)
    for number, word in enumerate(re.split(r"[\s,]+", joined.strip(" \t\r\n,")), start=1):
        yield _word(0, f"key {number}", word)


def _word(line: int, where: str, word: str) -> _Word:
    return _Word(line, where, word.startswith(_INDEX), word.removeprefix(_INDEX).strip().encode())


def _keys(source: str, words: list[_Word]) -> Keys:
    """Put keys together, or name every mistake."""
    sealing = [word for word in words if not word.for_index]
    index = [word for word in words if word.for_index]
    mistakes = [
        Mistake(word.line, word.where, f"is not a key: {_REMEDY}") for word in words if not is_key(word.written)
    ]
    mistakes += [Mistake(word.line, word.where, "is a second index key; keep one") for word in index[1:]]
    if not sealing:
        mistakes.append(Mistake(0, "", "holds no key that seals; put one on a line of its own"))
    if mistakes:
        raise InputError(source, mistakes)
    return Keys.listed([word.written for word in sealing], index[0].written if index else None)
