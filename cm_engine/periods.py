"""Periods: months and quarters by their names, and the steps that a time is told in: weeks from Monday, or months."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from cm_engine.errors import CmError, quoted

ONE_DAY = timedelta(days=1)
WEEK = timedelta(days=7)

# A longer time is told by months.
MOST_WEEKS = 27

_MONTH = re.compile(r"(\d{4})-(\d{2})")
_QUARTER = re.compile(r"(\d{4})-Q([1-4])")


class Period(NamedTuple):
    """Days from a first to a last, both included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1


class PeriodError(CmError):
    """What names no period."""


def named_period(name: str) -> Period:
    """Read a month, such as 2026-02, or a quarter, such as 2026-Q1. Raises PeriodError."""
    if found := _QUARTER.fullmatch(name):
        return _months(int(found[1]), 3 * int(found[2]) - 2, 3)
    if (found := _MONTH.fullmatch(name)) and 1 <= int(found[2]) <= 12:
        return _months(int(found[1]), int(found[2]), 1)
    raise PeriodError(f"{quoted(name)} is no month such as 2026-02, and no quarter such as 2026-Q1")


def month_of(on: date) -> str:
    """Name the month of a date."""
    return f"{on.year}-{on.month:02}"


def quarter_of(on: date) -> str:
    """Name the quarter of a date."""
    return f"{on.year}-Q{(on.month + 2) // 3}"


def months_back(last: date, months: int) -> date:
    """Give the first day of the month so many months before that of a date."""
    count = last.year * 12 + last.month - 1 - months
    return date(count // 12, count % 12 + 1, 1)


def steps(period: Period) -> list[Period]:
    """Divide a period: into weeks from Monday to Sunday, or where it is longer than half a year into months."""
    return list(_divided(period, by_weeks=period.days <= MOST_WEEKS * 7))


def _divided(period: Period, *, by_weeks: bool) -> Iterator[Period]:
    first = period.first
    while first <= period.last:
        ends = first + (6 - first.weekday()) * ONE_DAY if by_weeks else months_back(first, -1) - ONE_DAY
        yield Period(first, min(ends, period.last))
        first = ends + ONE_DAY


def _months(year: int, month: int, number: int) -> Period:
    if year < 1 or year > 9998:
        raise PeriodError(f"the year {year} is not believable")
    first = date(year, month, 1)
    return Period(first, months_back(first, -number) - ONE_DAY)
