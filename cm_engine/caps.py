"""Caps: limits on what one participant may be paid, by period, with the reason they bit.

As staff would say it: a cap never touches the ladder. Each one is tried on the whole award, and the smallest answer is
paid. What counts against a cap is all that was posted in its period, debits taken off, never below zero.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, NamedTuple

from cm_engine.forms import Amount, Choice, DayOfYear, Path
from cm_engine.terms import Terms, term

Per = Literal["event", "day", "week", "month", "calendar-year", "fiscal-year", "rolling-year", "episode"]
PERIODS: tuple[Per, ...] = (
    "event",
    "day",
    "week",
    "month",
    "calendar-year",
    "fiscal-year",
    "rolling-year",
    "episode",
)


class Span(NamedTuple):
    """What kind of period something is counted in; `first_day`, such as 07-01, is a fiscal year's."""

    per: Per
    first_day: str = ""


@dataclass(frozen=True, kw_only=True)
class Cap(Terms):
    """The most that may be paid in a period. `amount` is in cents where the cap is in money, else in whole units."""

    amount: int = term(Amount("caps"), "the most that is paid in the period")
    per: Per = term(Choice(PERIODS), "the period: a week is the program's, months and years the calendar's")
    mode: Literal["truncate", "deny"] = term(
        Choice(("truncate", "deny")),
        "whether an award that does not fit is cut to what is left, or pays nothing",
        default="truncate",
    )
    first_day: str = term(DayOfYear(), "the first day of a fiscal year, such as 07-01", default="")

    @classmethod
    def clashes(cls, given: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
        """Ask for the first day of a fiscal year, and of no other."""
        if given.get("per") == "fiscal-year":
            if "first_day" not in given:
                yield ("first_day",), 'a fiscal year needs its first day, such as first_day = "07-01"'
        elif "first_day" in given:
            yield ("first_day",), 'a first day is for per = "fiscal-year"; leave it out'

    @property
    def span(self) -> Span:
        """The kind of period that the cap counts in."""
        return Span(self.per, self.first_day)


class When(NamedTuple):
    """When an amount is posted: the date, the program week, and the enrolment that they belong to."""

    on: date
    week: int
    episode: str = ""


class HistoryNeededError(Exception):
    """What is asked for cannot be told from where somebody stands today; all of the history is needed."""


class Spent:
    """What was posted so far for one participant, by period, in the caps' unit. Debits are negative.

    Only the kinds of period that some cap asks for are counted.
    """

    def __init__(self, spans: Iterable[Span] = ()) -> None:
        self.spans = frozenset(spans)
        self._by_day = bool(self.spans & {Span("day"), Span("rolling-year")})
        self._summed = sorted(span for span in self.spans if span.per not in {"event", "day", "rolling-year"})
        self._sums: defaultdict[str, int] = defaultdict(int)
        self._days: defaultdict[str, int] = defaultdict(int)

    def post(self, amount: int, when: When) -> None:
        """Count an amount."""
        if self._by_day:
            self._days[when.on.isoformat()] += amount
        for span in self._summed:
            self._sums[period(span, when)] += amount

    def during(self, span: Span, when: When) -> int:
        """Sum what was posted in the period that a moment falls into, never below zero.

        Raises HistoryNeededError for a kind of period that is not counted.
        """
        if span.per == "event":
            return 0
        if span not in self.spans:
            raise HistoryNeededError(span)
        if span.per == "day":
            return max(0, self._days.get(when.on.isoformat(), 0))
        if span.per == "rolling-year":
            after = year_before(when.on).isoformat()  # what is dated later counts too: no twelve months are exceeded
            return max(0, sum(amount for day, amount in self._days.items() if after < day))
        return max(0, self._sums.get(period(span, when), 0))

    @property
    def has_any(self) -> bool:
        """Tell whether anything was counted."""
        return bool(self._sums or self._days)

    def keep(self) -> list[Any]:
        """Give the sums as lists and texts, to be kept."""
        return [[list(span) for span in sorted(self.spans)], self._sums, self._days]

    @classmethod
    def recall(cls, kept: Sequence[Any]) -> "Spent":
        """Make the sums again from what was kept."""
        spans, sums, days = kept
        spent = cls(Span(*span) for span in spans)
        spent._sums.update(sums)
        spent._days.update(days)
        return spent


def period(span: Span, when: When) -> str:
    """Name the period that a moment falls into, such as `month 2026-01`; each name stands for one period only."""
    on = when.on
    match span.per:
        case "week":
            return f"week {when.episode} {when.week}"
        case "month":
            return f"month {on.isoformat()[:7]}"
        case "calendar-year":
            return f"year {on.year}"
        case "fiscal-year":
            begun = on.year if on.isoformat()[5:] >= span.first_day else on.year - 1
            return f"year {begun}-{span.first_day}"
        case _:
            return f"episode {when.episode}"


def year_before(on: date) -> date:
    """Give the same day of the year before; 28 February for a 29th."""
    if (on.month, on.day) == (2, 29):
        return date(on.year - 1, 2, 28)
    return on.replace(year=on.year - 1)


class Limit(NamedTuple):
    """Caps of one source, and what was spent of them.

    `worth` is how much of the caps' unit one unit of an award stands for: cents a point, else 1. `source` names the
    payer; it is empty for the policy's own caps.
    """

    caps: tuple[Cap, ...]
    worth: int
    spent: Spent
    source: str = ""

    def left(self, cap: Cap, when: When) -> int:
        """Tell what a cap leaves in the period of a moment, in its own unit."""
        return max(0, cap.amount - self.spent.during(cap.span, when))


class Verdict(NamedTuple):
    """What the caps leave of an award, the cap that decided (None where nothing was cut), and whose it is."""

    allowed: int
    by: Cap | None = None
    source: str = ""


def allow(limits: Sequence[Limit], amount: int, when: When) -> Verdict:
    """Try an award on every cap. What a cap leaves is rounded down to whole units of the award."""
    verdict = Verdict(amount)
    for limit in limits:
        for cap in limit.caps:
            left = limit.left(cap, when) // limit.worth
            answer = amount if amount <= left else left if cap.mode == "truncate" else 0
            if answer < verdict.allowed:
                verdict = Verdict(answer, cap, limit.source)
    return verdict
