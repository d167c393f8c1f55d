"""Reports as CSV: a notice against redisclosure first, then what the report is of, then its columns and rows.

The notice is the short one of 42 CFR 2.32(a)(2). A cell that a spreadsheet would take for a formula has an apostrophe before it.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

NOTICE = "42 CFR part 2 prohibits unauthorized use or disclosure of these records."

# With this at its beginning a file is known as UTF-8 by spreadsheets too.
MARK = "\ufeff"

_NUMBER = re.compile(r"-?\d+(\.\d+)?")
# The last four are the first four in full width, which some spreadsheets take too.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")

Cell = str | int | None


class Report(NamedTuple):
    """What a file holds: what it is of, in words, its columns, and its rows."""

    about: str
    heads: Sequence[str]
    rows: Iterable[Sequence[Cell]]


def report_lines(report: Report) -> Iterator[str]:
    """Give the lines of a report's file."""
    yield MARK + _line([NOTICE])
    yield _line([report.about])
    yield _line(report.heads)
    for row in report.rows:
        yield _line(row)


def guarded(cell: Cell) -> str:
    """Write a cell so that no spreadsheet takes it for a formula."""
    if cell is None:
        return ""
    text = str(cell)
    is_formula = text.lstrip(" ").startswith(_FORMULA) and not _NUMBER.fullmatch(text)
    return f"'{text}" if is_formula else text


def _line(row: Sequence[Cell]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow([guarded(cell) for cell in row])
    return line.getvalue()
