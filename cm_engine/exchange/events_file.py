"""Events files: CSV with a header, or JSON Lines with the same keys; read whole or not at all."""

import csv
import io
import itertools
import json
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import tzinfo
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING

from cm_engine.errors import InputError, Mistake, nearest, quoted
from cm_engine.events import Event
from cm_engine.exchange.rows import COLUMNS, REQUIRED, Rows

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

CHUNK = 1 << 18


def read_events(
    path: Path, zone: tzinfo, analytes: Collection[str], told: Callable[[int], None] = lambda _: None
) -> dict[str, list[Event]]:
    """Read a file's events by participant, in the order of their first rows.

    `zone` is the time zone of times that name no offset, and of all dates. `told` is called now and then with the
    bytes read so far. Raises InputError with every mistake of the file.
    """
    rows = Rows(zone, analytes)
    try:
        try:
            _read(_Telling(path, told), "strict", rows)
        except UnicodeDecodeError:
            rows = Rows(zone, analytes)
            _reread(path, rows)
    except OSError as error:
        raise InputError(str(path), [Mistake(0, "", _cannot_open(error))]) from error
    people = rows.people()
    if rows.mistakes:
        raise InputError(str(path), rows.mistakes)
    return people


def _cannot_open(error: OSError) -> str:
    if isinstance(error, IsADirectoryError):
        return "is a folder; name a file of events in it"
    if isinstance(error, FileNotFoundError):
        return "there is no such file"
    return f"cannot be read: {error.strerror or error}"


class _Telling(io.FileIO):
    """A file that tells how many bytes of it were read, whenever some were."""

    def __init__(self, path: Path, told: Callable[[int], None]) -> None:
        super().__init__(path)
        self._told = told
        self._bytes = 0

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        count = super().readinto(buffer) or 0
        self._bytes += count
        self._told(self._bytes)
        return count


def _read(raw: io.FileIO, errors: str, rows: Rows) -> None:
    buffered = io.BufferedReader(raw, CHUNK)
    text = io.TextIOWrapper(buffered, encoding="utf-8-sig", errors=errors, newline="")
    with text:
        first = text.readline()
        lines = itertools.chain([first], text)
        if not first:
            rows.refuse(0, "", f"is empty; it needs a header such as {','.join(COLUMNS[:5])}")
        elif first.lstrip().startswith("{"):
            _read_jsonl(lines, rows)
        else:
            _read_csv(lines, rows)


def _reread(path: Path, rows: Rows) -> None:
    """Read a file that is not all UTF-8 once more, to tell every bad byte and every other mistake together."""
    _read(io.FileIO(path), "replace", rows)
    bad = dict(_bad_bytes(path))
    rows.mistakes[:] = [mistake for mistake in rows.mistakes if mistake.line not in bad]
    for line, what in bad.items():
        rows.refuse(line, "", what)


def _bad_bytes(path: Path) -> Iterator[tuple[int, str]]:
    with path.open("rb") as lines:
        for line, content in enumerate(lines, start=1):
            try:
                content.decode()
            except UnicodeDecodeError as error:
                byte = f"byte {error.start + 1} of the line, 0x{content[error.start]:02x}, is not UTF-8"
                yield line, f'{byte}; save the file as UTF-8 (in a spreadsheet: "CSV UTF-8")'


def _read_csv(lines: Iterable[str], rows: Rows) -> None:
    reader = csv.reader(lines, strict=True)
    line = 1
    try:
        header = [cell.strip() for cell in next(reader)]
        wrong = list(_wrong_columns(header))
        for column, what in wrong:
            rows.refuse(line, column, what)
        if wrong:
            return
        pick = itemgetter(*[header.index(column) if column in header else -1 for column in COLUMNS])
        line = reader.line_num + 1
        for cells in reader:
            if len(cells) == len(header):
                cells.append("")
                rows.take(line, pick(cells))
            elif cells:
                rows.refuse(line, "", f"has {len(cells)} cells, and the header has {len(header)}")
            line = reader.line_num + 1
    except csv.Error as error:
        rows.refuse(line, "", f"is not CSV: {error}; look for a quotation mark that is not closed, or not doubled")


def _wrong_columns(header: list[str]) -> Iterator[tuple[str, str]]:
    for column in dict.fromkeys(header):
        if column not in COLUMNS:
            hint = nearest(column, COLUMNS) or "."
            yield quoted(column), f"unknown column{hint} The columns are {', '.join(COLUMNS)}"
        elif header.count(column) > 1:
            yield column, "the column stands there twice; leave one out"
    for column in REQUIRED:
        if column not in header:
            yield column, "the column is missing; the header must have it"


def _read_jsonl(lines: Iterable[str], rows: Rows) -> None:
    for line, text in enumerate(lines, start=1):
        if not text.strip():
            continue
        try:
            record = json.loads(text, object_pairs_hook=_once)
        except _TwiceError as error:
            rows.refuse(line, str(error), "the key stands there twice; leave one out")
        except (ValueError, RecursionError) as error:
            rows.refuse(line, "", f"is not JSON: {error}; write one object a line")
        else:
            _take_record(line, record, rows)


def _take_record(line: int, record: object, rows: Rows) -> None:
    if not isinstance(record, dict):
        rows.refuse(line, "", 'is not an object; write {"participant": "…", "at": "…", "kind": "…"}')
        return
    cells, wrong = {}, False
    for key, value in record.items():
        if key not in COLUMNS:
            hint = nearest(key, COLUMNS) or "."
            rows.refuse(line, quoted(key), f"unknown key{hint} The keys are {', '.join(COLUMNS)}")
            wrong = True
        elif isinstance(value, str) or value is None:
            cells[key] = value or ""
        else:
            rows.refuse(line, key, f"{quoted(json.dumps(value))} is not text; put it in quotes")
            wrong = True
    if not wrong:
        rows.take(line, tuple(cells.get(column, "") for column in COLUMNS))


class _TwiceError(ValueError):
    pass


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    record = dict(pairs)
    if len(record) < len(pairs):
        keys = [key for key, _ in pairs]
        raise _TwiceError(next(key for key in keys if keys.count(key) > 1))
    return record
