"""Events files: CSV with a header, or JSON Lines with the same keys; read whole or not at all."""

import csv
import difflib
import io
import itertools
import json
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import tzinfo
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING

from cm_engine.errors import InputError, Mistake, nearest, quoted, short
from cm_engine.events import Event
from cm_engine.exchange.opening import why_not
from cm_engine.exchange.rows import COLUMNS, REQUIRED, Elsewhere, Rows, nowhere

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

CHUNK = 1 << 18
LONGEST_CELL = 1 << 24
EMPTY = f"is empty; it needs a header such as {','.join(COLUMNS[:5])}"


def read_events(
    path: Path,
    zone: tzinfo,
    analytes: Collection[str],
    told: Callable[[int], None] = lambda _: None,
    elsewhere: Elsewhere = nowhere,
    form: str | None = None,
) -> dict[str, list[Event]]:
    """Read a file's events by participant, in the order of their first rows.

    `zone` is the time zone of times that name no offset, and of all dates. `told` is called now and then with the
    bytes read so far. A correction may be of an event that `elsewhere` finds. `form` is csv or jsonl; None: as the content
    tells. Raises InputError with every mistake of the file.
    """
    rows = Rows(zone, analytes, elsewhere)
    try:
        try:
            _read(_Telling(path, told), "strict", rows, form)
        except UnicodeDecodeError as error:
            rows = Rows(zone, analytes, elsewhere)
            if path.is_file():
                _reread(path, rows, form)
            else:
                byte = f"byte 0x{error.object[error.start]:02x}"
                rows.refuse(0, "", f"{byte} is not UTF-8; read a file instead, and its line is told")
    except OSError as error:
        raise InputError(str(path), [Mistake(0, "", why_not(error))]) from error
    people = rows.people()
    if rows.mistakes:
        raise InputError(str(path), rows.mistakes)
    return people


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


def _read(raw: io.FileIO, errors: str, rows: Rows, form: str | None) -> None:
    buffered = io.BufferedReader(raw, CHUNK)
    text = io.TextIOWrapper(buffered, encoding="utf-8-sig", errors=errors, newline="")
    with text:
        ahead = list(itertools.islice(text, 1))
        while ahead and not ahead[-1].strip() and (line := text.readline()):
            ahead.append(line)
        lines = itertools.chain(ahead, text)
        first = ahead[-1].strip() if ahead else ""
        if not first:
            rows.refuse(0, "", EMPTY)
        elif form is not None and (form == "jsonl") != first.startswith(("{", "[")):
            is_said = "JSON Lines, and begins like CSV" if form == "jsonl" else "CSV, and begins like JSON"
            rows.refuse(len(ahead), "", f"is said to be {is_said}; leave out the format, and the content tells it")
        elif first.startswith("{"):
            _read_jsonl(lines, rows)
        elif first.startswith("["):
            rows.refuse(
                len(ahead), "", "is a JSON list; write one object a line, without brackets and commas around them"
            )
        else:
            _read_csv(lines, rows)


def _reread(path: Path, rows: Rows, form: str | None) -> None:
    """Read a file that is not all UTF-8 once more, to tell every bad byte and every other mistake together."""
    _read(io.FileIO(path), "replace", rows, form)
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
    written = _csv_rows(lines, rows)
    line, cells = next(written, (0, []))
    if not line and not rows.mistakes:
        rows.refuse(0, "", EMPTY)
    header = _columns(cells, line, rows) if line else []
    if not set(header) >= set(REQUIRED):
        return
    pick = itemgetter(*[header.index(column) if column in header else -1 for column in COLUMNS])
    for line, cells in written:
        if len(cells) == len(header):
            cells.append("")
            rows.take(line, pick(cells))
        else:
            broken_id = dict(zip(header, cells, strict=False)).get("id", "")
            rows.refuse(line, "", f"has {len(cells)} cells, and the header has {len(header)}", broken_id.strip())


def _csv_rows(lines: Iterable[str], rows: Rows) -> Iterator[tuple[int, list[str]]]:
    """Give each row with the line it begins on; not those of empty cells, which spreadsheets write."""
    csv.field_size_limit(LONGEST_CELL)
    reader = csv.reader(lines, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            rows.refuse(line, "", f"is not CSV: {error}; look for a quotation mark that is not closed, or not doubled")
            continue
        if cells and (cells[0].strip() or any(map(str.strip, cells))):
            yield line, cells


def _columns(written: list[str], line: int, rows: Rows) -> list[str]:
    """Read the header. A misspelt column is read as the one it means, to find what is wrong in its cells as well."""
    header = [cell.strip() for cell in written]
    if len(header) == 1 and any(mark in header[0] for mark in ";\t|"):
        rows.refuse(line, "", "the columns are not separated by commas; save the file as CSV with commas")
        return []
    for place, column in enumerate(header):
        if not column:
            rows.refuse(line, "", f"column {place + 1} has no name; name it, or remove it where it is empty")
        elif column in header[:place]:
            rows.refuse(line, _named(column), "the column stands there twice; leave one out")
        elif column not in COLUMNS:
            free = [known for known in COLUMNS if known not in header]
            hint = nearest(column, free) or "."
            rows.refuse(line, quoted(column), f"unknown column{hint} The columns are {', '.join(COLUMNS)}")
            header[place] = next(iter(difflib.get_close_matches(column.lower(), free, n=1)), column)
    for column in REQUIRED:
        if column not in header:
            rows.refuse(line, column, "the column is missing; the header must have it")
    return header


def _named(column: str) -> str:
    return column if column in COLUMNS else quoted(column)


def _read_jsonl(lines: Iterable[str], rows: Rows) -> None:
    for line, text in enumerate(lines, start=1):
        if not text.strip():
            continue
        try:
            record = json.loads(text, object_pairs_hook=_Record)
        except json.JSONDecodeError as error:
            rows.refuse(line, "", f"is not JSON: {error}; write one object a line")
        except RecursionError:
            rows.refuse(line, "", "is not JSON that can be read: brackets are nested too deeply")
        except ValueError:
            rows.refuse(line, "", "a number here is too long to be read; put it in quotes")
        else:
            _take_record(line, record, rows)


class _Record(dict[str, object]):
    """A JSON object that knows which of its keys stand there twice."""

    def __init__(self, pairs: list[tuple[str, object]]) -> None:
        super().__init__(pairs)
        keys = [key for key, _ in pairs]
        self.twice = [] if len(self) == len(keys) else [key for key in self if keys.count(key) > 1]


def _take_record(line: int, record: object, rows: Rows) -> None:
    if not isinstance(record, _Record):
        rows.refuse(line, "", 'is not an object; write {"participant": "…", "at": "…", "kind": "…"}')
        return
    for key in record.twice:
        rows.refuse(line, _named(key), "the key stands there twice; leave one out")
    for key in record:
        if key not in COLUMNS and key not in record.twice:
            hint = nearest(key, COLUMNS) or "."
            rows.refuse(line, quoted(key), f"unknown key{hint} The keys are {', '.join(COLUMNS)}")
    cells = {key: "" if value is None else value for key, value in record.items() if key in COLUMNS}
    texts = {key: value for key, value in cells.items() if isinstance(value, str)}
    for key in cells.keys() - texts.keys():
        what = f"{short(json.dumps(cells[key]))} is not text; put it in quotes"
        rows.refuse(line, key, what, texts.get("id", "").strip())
    if len(texts) == len(cells):
        rows.take(line, tuple(texts.get(column, "") for column in COLUMNS))
