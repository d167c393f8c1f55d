"""A sealed file: lines of text of any number, compressed and encrypted, written and read with little memory.

The first line names the format and its version. Every further line is a chunk: a token of the vault that holds the name of the format,
the id of the file, the chunk's number, whether it is the last, and about a megabyte of compressed text. The first chunk holds the
header. So whatever is changed, cut off, doubled, swapped or brought in from another file is found, and nothing but the file's length
can be told without a key.
"""

import base64
import binascii
import json
import os
import struct
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import IO, Any, NamedTuple, Self

from cm_engine.errors import InputError, Mistake
from cm_engine.exchange.opening import why_not
from cm_engine.exchange.whole_file import whole_file
from cm_engine.vault import Vault, VaultError

FORMAT = b"cm-engine backup "
VERSION = b"1"

_TAG = FORMAT + VERSION + b"\n"
_CHUNK = 1 << 20  # bytes of text in a chunk
_LONGEST = 2 * _CHUNK  # bytes in a line of the file: a token is a third longer than what it holds
_ID = 16
_PLACE = struct.Struct(f">{len(_TAG)}s{_ID}sQ?")

_REMEDY = "take another copy of this backup, or an earlier one"


class SealedFileError(InputError):
    """A sealed file that cannot be trusted or opened."""


class _Chunk(NamedTuple):
    """What a line of the file holds, once opened."""

    file_id: bytes
    number: int
    last: bool
    text: bytes


class SealedWriter:
    """Writes lines of text into a sealed file; used with `with`, it ends the file where nothing went wrong."""

    def __init__(self, file: IO[bytes], vault: Vault, header: Mapping[str, Any]) -> None:
        self._file = file
        self._vault = vault
        self._id = os.urandom(_ID)
        self._number = 0
        self._text = bytearray()
        file.write(_TAG)
        self._write_chunk(json.dumps(dict(header)).encode())

    def write_line(self, line: str) -> None:
        """Add a line of text, which has no line break of its own."""
        if "\n" in line:
            raise ValueError("a line of a sealed file holds no line break")
        self._text += line.encode() + b"\n"
        while len(self._text) >= _CHUNK:
            self._write_chunk(bytes(self._text[:_CHUNK]))
            del self._text[:_CHUNK]

    def close(self) -> None:
        """Write what is left, marked as the end; a file without that mark is known to be cut off."""
        self._write_chunk(bytes(self._text), last=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()

    def _write_chunk(self, text: bytes, *, last: bool = False) -> None:
        place = _PLACE.pack(_TAG, self._id, self._number, last)
        self._file.write(self._vault.seal_bytes(place + zlib.compress(text)) + b"\n")
        self._number += 1


class SealedReader:
    """A sealed file that is open: its header, and its lines once."""

    def __init__(self, file: IO[bytes], vault: Vault, source: str) -> None:
        self._file = file
        self._vault = vault
        self._source = source
        self._line = 0
        self._check_tag()
        first = self._first_chunk()
        self._id = first.file_id
        self.header: dict[str, Any] = json.loads(first.text)

    def lines(self) -> Iterator[str]:
        """Give the lines of text. Raises SealedFileError at the first damage, so use nothing before the last line is read."""
        rest = b""
        for chunk in self._chunks():
            *lines, rest = (rest + chunk.text).split(b"\n")
            for line in lines:
                yield line.decode()

    def _chunks(self) -> Iterator[_Chunk]:
        """Give the chunks that follow the header, each checked to be the next one of this file."""
        number, last = 1, False
        while not last:
            chunk = self._open(self._read())
            if chunk.file_id != self._id:
                raise self._error(f"this line belongs to another backup; {_REMEDY}")
            if chunk.number != number:
                raise self._error(f"lines are missing, doubled or swapped here; {_REMEDY}")
            yield chunk
            number, last = number + 1, chunk.last
        if self._file.read(1):
            self._line += 1
            raise self._error(f"the file goes on after its end, so something was added to it; {_REMEDY}")

    def _check_tag(self) -> None:
        tag = self._read_line()
        if not tag.startswith(FORMAT):
            raise self._error("this is not a backup of cm-engine")
        if tag != _TAG:
            raise self._error(
                "this backup is in a form that this version of cm-engine does not know; restore it with the version "
                "that made it, or a later one"
            )

    def _first_chunk(self) -> _Chunk:
        """Open the chunk with the header; where it does not open, the next one tells damage from a key that does not fit."""
        line = self._read()
        try:
            chunk = self._open(line)
        except SealedFileError as damaged:
            if self._opens(self._read_line()):
                raise
            self._line = 0
            raise self._error(
                "none of the keys at hand opens this backup; name the key file, or set CM_KEY to the key, that was in "
                "use when it was made. If it is the right key, the backup is damaged: " + _REMEDY
            ) from damaged
        if chunk.number or chunk.last:
            raise self._error(f"the beginning of the backup is missing; {_REMEDY}")
        return chunk

    def _opens(self, line: bytes) -> bool:
        try:
            self._vault.open_bytes(line.removesuffix(b"\n"))
        except VaultError:
            return False
        return True

    def _read(self) -> bytes:
        """Read the line of the next chunk, without its end."""
        line = self._read_line()
        if len(line) == _LONGEST:
            raise self._error(f"this line is damaged; {_REMEDY}")
        if not line.endswith(b"\n"):
            raise self._error(f"the backup was cut off here, perhaps while it was copied; {_REMEDY}")
        return line[:-1]

    def _read_line(self) -> bytes:
        self._line += 1
        return self._file.readline(_LONGEST)

    def _open(self, line: bytes) -> _Chunk:
        """Open the line of a chunk."""
        if not _as_written(line):
            raise self._error(f"this line is damaged; {_REMEDY}")
        try:
            opened = self._vault.open_bytes(line)
        except VaultError as error:
            raise self._error(f"this line is damaged; {_REMEDY}") from error
        if len(opened) < _PLACE.size or not opened.startswith(_TAG):
            raise self._error(f"this line belongs to no backup; {_REMEDY}")
        _, file_id, number, last = _PLACE.unpack_from(opened)
        return _Chunk(file_id, number, last, zlib.decompress(opened[_PLACE.size :]))

    def _error(self, what: str) -> SealedFileError:
        return SealedFileError(self._source, [Mistake(self._line, "", what)])


def _as_written(line: bytes) -> bool:
    """Tell whether a token stands as it was written; reading base64 would overlook some flipped bits."""
    try:
        return base64.urlsafe_b64encode(base64.urlsafe_b64decode(line)) == line
    except binascii.Error:
        return False


def open_sealed(file: IO[bytes], vault: Vault, source: str = "backup") -> SealedReader:
    """Open a sealed file and read its header; `source` is what messages call it. Raises SealedFileError."""
    return SealedReader(file, vault, source)


@contextmanager
def write_sealed(
    path: Path, vault: Vault, header: Mapping[str, Any], *, overwrite: bool = False
) -> Iterator[SealedWriter]:
    """Write a sealed file that gets its name once all of it is on disk. Raises InputError like `whole_file`."""
    with whole_file(path, overwrite=overwrite) as file, SealedWriter(file, vault, header) as writer:
        yield writer


@contextmanager
def read_sealed(path: Path, vault: Vault) -> Iterator[SealedReader]:
    """Open a sealed file by its name. Raises SealedFileError where it cannot be read, trusted or opened."""
    try:
        file = path.open("rb")
    except OSError as error:
        raise SealedFileError(str(path), [Mistake(0, "", why_not(error))]) from error
    with file:
        yield open_sealed(file, vault, str(path))
