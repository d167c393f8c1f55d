"""Meters: what was spent so far of each cap, as far as it can still make a difference, and what the cap then leaves.

What a cap leaves is asked of the caps themselves. A cap that nobody can reach is not metered.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from cm_engine.caps import Cap, Limit, Span, Spent, When, allow, period, year_before
from cm_engine.forecast.distribution import Amounts
from cm_engine.forecast.routes import Routes, TooManyError
from cm_engine.forecast.visits import SOME_MONDAY

# Whatever is spent within one period may as well be spent at one moment of it.
_ONCE = When(SOME_MONDAY, 1)


@dataclass(frozen=True, eq=False)
class Meter:
    """One cap over some visits: the name of each visit's period, and the most that can still count in it.

    `most` has an entry before each visit and one behind the last, each by stage.
    """

    cap: Cap
    periods: tuple[str, ...]
    most: Sequence[Amounts]

    @property
    def is_lasting(self) -> bool:
        """Tell whether all visits fall into one period."""
        return len(set(self.periods)) == 1

    def allows(self, amounts: Amounts, worth: int, spent: Amounts) -> Amounts:
        """Tell what the cap leaves of each award, whose units are worth so much, by what was spent before."""
        before = np.zeros_like(spent) if self.cap.per == "event" else spent
        pairs, places = np.unique(amounts * (before.max() + 1) + before, return_inverse=True)
        awards, spents = np.divmod(pairs, before.max() + 1)
        asked = zip(awards.tolist(), spents.tolist(), strict=True)
        return np.array([_allows(self.cap, award, worth, sum_) for award, sum_ in asked], dtype=np.int64)[places]

    def still_matters(self, spent: Amounts, stage: Amounts, visit: int) -> Amounts:
        """Give what was spent, before a visit; nothing where a new period begins, or the cap cannot be reached any more."""
        if visit >= len(self.periods) or self.periods[visit] != self.periods[visit - 1]:
            return np.zeros_like(spent)
        return np.where(spent + self.most[visit][stage] <= self.cap.amount, 0, spent)


@lru_cache(maxsize=262_144)
def _allows(cap: Cap, award: int, worth: int, before: int) -> int:
    spent = Spent([cap.span])
    spent.post(before, _ONCE)
    return allow((Limit((cap,), worth, spent),), award, _ONCE).allowed


def meter(cap: Cap, visits: Sequence[When], routes: Routes, worths: Sequence[int]) -> Meter | None:
    """Give the meter of a cap that counts so much for a unit of each policy's awards; None where nobody can reach it.

    Raises TooManyError.
    """
    periods = _periods(cap.span, visits)
    most = routes.most(worths, range(len(visits)) if cap.per == "event" else periods)
    if all(int(each.max()) <= cap.amount for each in most):
        return None
    if cap.per == "rolling-year" and year_before(visits[-1].on) >= visits[0].on:
        raise TooManyError("a cap by the rolling year over more than a year of visits")
    return Meter(cap, periods, most)


def _periods(span: Span, visits: Sequence[When]) -> tuple[str, ...]:
    """Name the period of each visit."""
    if span.per == "day":
        return tuple(when.on.isoformat() for when in visits)
    if span.per in {"rolling-year", "event"}:
        return (span.per,) * len(visits)
    return tuple(period(span, when) for when in visits)
