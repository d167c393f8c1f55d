"""Caps: limits on what one participant may be paid, by period, with the reason they bit.

As staff would say it: a cap never touches the ladder. Each one is tried on the whole award, and the smallest answer is
paid. What counts against a cap is all that was posted in its period, debits taken off, never below zero.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple

from cm_engine.forms import Amount, Choice
from cm_engine.terms import Terms, term

Per = Literal["event", "day", "week", "month", "calendar-year", "rolling-year", "episode"]
PERIODS: tuple[Per, ...] = ("event", "day", "week", "month", "calendar-year", "rolling-year", "episode")


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


class Verdict(NamedTuple):
    """What the caps leave of an award, and the cap that decided; None where nothing was cut."""

    allowed: int
    by: Cap | None


class Spent:
    """What was posted so far for one participant under one policy, by period. Debits are negative."""

    def __init__(self) -> None:
        self._sums: defaultdict[tuple[Per, object], int] = defaultdict(int)
        self._days: defaultdict[date, int] = defaultdict(int)

    def post(self, amount: int, on: date, week: int) -> None:
        """Count an amount posted on a date of a program week."""
        self._days[on] += amount
        for per in ("week", "month", "calendar-year", "episode"):
            self._sums[per, _period(per, on, week)] += amount

    def during(self, per: Per, on: date, week: int) -> int:
        """Sum what was posted in the period that the date falls into, never below zero."""
        if per == "event":
            return 0
        if per == "day":
            return max(0, self._days.get(on, 0))
        if per == "rolling-year":
            after = year_before(on)
            return max(0, sum(amount for day, amount in self._days.items() if after < day <= on))
        return max(0, self._sums.get((per, _period(per, on, week)), 0))


def _period(per: Per, on: date, week: int) -> object:
    match per:
        case "week":
            return week
        case "month":
            return on.year, on.month
        case "calendar-year":
            return on.year
        case _:
            return None


def year_before(on: date) -> date:
    """Give the same day of the year before; 28 February for a 29th."""
    if (on.month, on.day) == (2, 29):
        return date(on.year - 1, 2, 28)
    return on.replace(year=on.year - 1)


def allow(caps: Sequence[Cap], worth: int, spent: Spent, amount: int, on: date, week: int) -> Verdict:
    """Try an award on every cap.

    `worth` is how much of the caps' unit one unit of the award stands for: cents a point, else 1. What a cap leaves is
    rounded down to whole units.
    """
    verdict = Verdict(amount, None)
    for cap in caps:
        left = max(0, cap.amount - spent.during(cap.per, on, week) * worth) // worth
        answer = amount if amount <= left else left if cap.mode == "truncate" else 0
        if answer < verdict.allowed:
            verdict = Verdict(answer, cap)
    return verdict
