"""The weeks of a program: how many visits are expected when, and on which days they fall."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from cm_engine.errors import CmError

_SPAN = re.compile(r"([0-9]{1,4})(?:-([0-9]{1,4}))?:([0-9]{1,2})")

MOST_A_WEEK = 7


class ScheduleError(CmError, ValueError):
    """A text that is no schedule; the message says what would be."""


class Span(NamedTuple):
    """So many visits in each of some program weeks."""

    first: int
    last: int
    visits: int


class Schedule(NamedTuple):
    """How many visits each program week has, such as `1-12:2,13-24:1`."""

    spans: tuple[Span, ...]

    def __str__(self) -> str:
        """Write it the way it is read."""
        return ",".join(
            f"{s.first}-{s.last}:{s.visits}" if s.last > s.first else f"{s.first}:{s.visits}" for s in self.spans
        )

    def days(self, start: date) -> Iterator[date]:
        """Give the day of each visit: visit i of n (from 0) falls on day floor(7 i / n) after its week's first."""
        for span in self.spans:
            for week in range(span.first, span.last + 1):
                for visit in range(span.visits):
                    yield start + timedelta(days=7 * (week - 1) + 7 * visit // span.visits)


def read_schedule(text: str) -> Schedule:
    """Read visits a week by program weeks, in their order. Raises ScheduleError."""
    spans: list[Span] = []
    for part in text.split(","):
        match = _SPAN.fullmatch(part.strip())
        if match is None:
            raise ScheduleError(f'"{part.strip()}" is not like 1-12:2 (in each of the weeks 1 to 12, two visits)')
        first, visits = int(match[1]), int(match[3])
        last = int(match[2] or first)
        if first < 1 or last < first:
            raise ScheduleError(f'"{part.strip()}" runs backwards; weeks count from 1, such as 1-12:2')
        if spans and first <= spans[-1].last:
            raise ScheduleError(f'"{part.strip()}" begins before the part in front of it has ended')
        if visits > MOST_A_WEEK:
            raise ScheduleError(f'"{part.strip()}" has more than {MOST_A_WEEK} visits a week; there is one visit a day')
        spans.append(Span(first, last, visits))
    return Schedule(tuple(spans))
