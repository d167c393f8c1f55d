"""The weeks of a program: which visits are expected when, by a program's timetable or by so many a week."""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date, time, timedelta
from typing import TYPE_CHECKING, NamedTuple

from cm_engine.errors import CmError
from cm_engine.events import Kind
from cm_engine.weekly import WEEK, week_days

if TYPE_CHECKING:
    from cm_engine.program import Program, Screening  # slow to import, and a schedule needs none of it

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

    @property
    def visits(self) -> int:
        """How many visits there are in all."""
        return sum((span.last - span.first + 1) * span.visits for span in self.spans)

    @property
    def last_week(self) -> int:
        """The last program week with visits planned."""
        return self.spans[-1].last

    def days(self, start: date) -> Iterator[date]:
        """Give the day of each visit: visit i of n (from 0) falls on day floor(7 i / n) after its week's first."""
        for span in self.spans:
            for week in range(span.first, span.last + 1):
                for visit in range(span.visits):
                    yield start + timedelta(days=WEEK * (week - 1) + WEEK * visit // span.visits)


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


# Gives one of so many equally likely numbers, from 0: how the caller lends its dice.
Pick = Callable[[int], int]


class Expected(NamedTuple):
    """A visit that is expected of one participant: a test, or the attendance or activity of a session.

    `at` is in the program's time zone; None for some time of the day.
    """

    on: date
    at: time | None
    kind: Kind
    session: str = ""


def expected(
    program: "Program", first_day: date, week: int, pick: Pick, last_test: date | None = None
) -> list[Expected]:
    """Give what is expected of a participant in one program week, in order; beyond the program's weeks, nothing.

    `first_day` begins program week 1, whatever weekday it is. Random test days are taken by one `pick` among all sets of
    days that keep the least gap, also from `last_test`, the last test day before the week. They differ at every call:
    whoever asks keeps them.
    """
    if week < 1 or (program.weeks is not None and week > program.weeks):
        return []
    begins = first_day + timedelta(weeks=week - 1)
    tests = [
        Expected(begins + timedelta(days=day), None, "test") for day in _tests(program.testing, begins, pick, last_test)
    ]
    return sorted([*_sessions(program, begins, week), *tests], key=_order)


def _sessions(program: "Program", begins: date, week: int) -> Iterator[Expected]:
    for timetable in program.timetable:
        if week in timetable.weeks:
            for session in timetable.sessions:
                [day] = week_days([session.day], begins.weekday())
                yield Expected(begins + timedelta(days=day), session.at, session.kind, session.session)


def _tests(testing: "Screening", begins: date, pick: Pick, last_test: date | None) -> Sequence[int]:
    """Give the days of tests in the week (from 0)."""
    if testing.per_week is None:
        return week_days(testing.days, begins.weekday())
    choices = testing.choices(begins.weekday())
    rested = (testing.least_gap_days or 1) - (begins - last_test).days if last_test and last_test < begins else 0
    choices = [days for days in choices if days[0] >= rested] or _latest(choices)
    return choices[pick(len(choices))]


def _latest(choices: Sequence[tuple[int, ...]]) -> list[tuple[int, ...]]:
    """Keep the choices that begin as late as any: after a test outside of the plan, none may keep the whole gap."""
    latest = max(days[0] for days in choices)
    return [days for days in choices if days[0] == latest]


def _order(visit: Expected) -> tuple[date, bool, time, str]:
    """Order visits by day and time; what is open stands behind, tests first."""
    return visit.on, visit.at is None, visit.at or time.min, visit.session
