"""Files that appear under their name whole, or not at all, whatever happens while they are written."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from cm_engine.errors import InputError, Mistake


@contextmanager
def whole_file(path: Path, *, overwrite: bool = False) -> Iterator[IO[bytes]]:
    """Write a file that only its owner may read; it gets its name once all of it is on disk.

    Raises InputError where the folder cannot be written, or where the file is there and may not be overwritten. A crash may leave a
    file beside it, whose name begins with a dot and ends in `.part`; it can be deleted.
    """
    try:
        if not overwrite and path.exists():
            raise _taken(path)
        with tempfile.NamedTemporaryFile(
            dir=path.parent, prefix=f".{path.name}.", suffix=".part", delete=False
        ) as written:
            try:
                yield written.file
                written.flush()
                os.fsync(written.fileno())
                _name(Path(written.name), path, overwrite=overwrite)
            finally:
                Path(written.name).unlink(missing_ok=True)
        _settle(path.parent)
    except OSError as error:
        raise InputError(str(path), [Mistake(0, "", f"cannot be written: {error.strerror or error}")]) from error


def _name(written: Path, path: Path, *, overwrite: bool) -> None:
    """Give a file its name, in one step; a link takes no name that somebody else took meanwhile."""
    if overwrite:
        written.replace(path)
        return
    try:
        path.hardlink_to(written)
    except FileExistsError as error:
        raise _taken(path) from error


def _settle(folder: Path) -> None:
    """Let the name itself reach the disk."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _taken(path: Path) -> InputError:
    return InputError(str(path), [Mistake(0, "", "is there already, and is left as it is; name another file")])
