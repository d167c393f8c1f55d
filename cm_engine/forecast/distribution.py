"""Distributions of amounts: what one person may come to, what the draws are worth, what a cohort costs.

Sums of independent amounts are made by the fast Fourier transform on a window that holds all but `TAIL` of the chances, by
Chernoff's bound. What lies beyond the window is folded into it, and the distribution says so.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from math import gcd, log, sqrt
from typing import Any

import numpy as np
import numpy.typing as npt

from cm_engine.bowl import Bowl

Amounts = npt.NDArray[np.int64]
Chances = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

# What may be folded of a cohort's cost; half of it by each person's prizes, half by the sum.
TAIL = 1e-12
MOST_PEOPLE = 10_000

# A chance as far below a quantile's as adding up a million chances may lose.
ROUNDING = 1e-11

# The slopes, in standard deviations, at which Chernoff's bound is tried.
_SLOPES = np.geomspace(0.05, 50, 31)

# Gives the logarithm of E[exp(slope · amount)].
LogMoment = Callable[[float], float]


@dataclass(frozen=True, eq=False)
class Distribution:
    """Amounts, ascending, and the chance of each. `maximum` is the most that there can be; `folded` bounds what was folded."""

    amounts: Amounts
    chances: Chances
    mean: float
    sd: float
    maximum: int
    folded: float = 0.0

    def quantile(self, share: float) -> int:
        """Give the least amount that at least this share does not exceed."""
        reached = np.searchsorted(np.cumsum(self.chances), share - ROUNDING)
        return int(self.amounts[min(int(reached), len(self.amounts) - 1)])

    def at_most(self, amounts: npt.ArrayLike) -> Chances:
        """Give the chance of at most each of some amounts."""
        reached = np.searchsorted(self.amounts, amounts, side="right")
        return np.concatenate(([0.0], np.cumsum(self.chances)))[reached]


def distribution(amounts: Amounts, chances: Chances) -> Distribution:
    """Make a distribution of amounts, in any order and as often as they come, with their chances."""
    ascending, places = np.unique(amounts, return_inverse=True)
    added: Chances = np.bincount(places, weights=chances, minlength=len(ascending)).astype(np.float64)
    mean = float(added @ ascending)
    sd = sqrt(max(0.0, float(added @ (ascending - mean) ** 2)))
    return Distribution(ascending, added, mean, sd, int(ascending[added > 0][-1]))


def times(one: Distribution, worth: int) -> Distribution:
    """Give the distribution of amounts that are each worth so much."""
    return Distribution(
        one.amounts * worth, one.chances, one.mean * worth, one.sd * worth, one.maximum * worth, one.folded
    )


def mixture(parts: Sequence[Distribution], shares: Sequence[float]) -> Distribution:
    """Give the distribution over people who go by one distribution or another."""
    if len(parts) == 1:
        return parts[0]
    amounts = np.concatenate([part.amounts for part in parts])
    chances = np.concatenate([part.chances * share for part, share in zip(parts, shares, strict=True)])
    mixed = distribution(amounts, chances)
    maximum, folded = max(part.maximum for part in parts), max(part.folded for part in parts)
    return Distribution(mixed.amounts, mixed.chances, mixed.mean, mixed.sd, maximum, folded)


def prizes(draws: Distribution, bowl: Bowl) -> Distribution:
    """Give the distribution of the prize value of a number of draws, in cents."""
    values = np.array([slip.value for slip in bowl.slips if slip.count], dtype=np.int64)
    shares = np.array([slip.count for slip in bowl.slips if slip.count]) / bowl.size
    mean, variance = float(bowl.mean), float(bowl.variance)
    least, most = int(draws.amounts[0] * values.min()), draws.maximum * int(values.max())
    step = _step(values)

    def log_moment(slope: float) -> float:
        of_a_draw = _log_moment(values, shares, slope)
        return _log_sum(np.log(_above_zero(draws.chances)) + draws.amounts * of_a_draw)

    sd = sqrt(draws.mean * variance + (draws.sd * mean) ** 2)
    window = _window([log_moment], sd, least, most, step, TAIL / 2 / MOST_PEOPLE)
    transformed = _transformed(values, shares, step, window.size)
    folded = _polynomial(draws, transformed)
    return window.unfold(folded, draws.mean * mean, sd, most)


def sum_of(parts: Sequence[Distribution], counts: Sequence[int]) -> Distribution:
    """Give the distribution of the sum over independent people, so many of whom go by each distribution."""
    if sum(counts) == 1:
        return next(part for part, count in zip(parts, counts, strict=True) if count)
    together = list(zip(parts, counts, strict=True))
    mean = sum(part.mean * count for part, count in together)
    sd = sqrt(sum(part.sd**2 * count for part, count in together))
    least = sum(int(part.amounts[0]) * count for part, count in together)
    most = sum(part.maximum * count for part, count in together)
    step = reduce(gcd, (_step(part.amounts) for part in parts)) or 1
    window = _window([_moment_of(part, count) for part, count in together], sd, least, most, step, TAIL / 2)
    transformed: Any = 1.0
    for part, count in together:
        transformed = transformed * _transformed(part.amounts, part.chances, step, window.size) ** count
    return window.unfold(transformed, mean, sd, most, sum(part.folded * count for part, count in together))


@dataclass(frozen=True)
class _Window:
    """The amounts that a sum is made on: so many from a least one, a step apart."""

    least: int
    count: int
    size: int
    step: int
    cut: float

    def unfold(self, transformed: Any, mean: float, sd: float, maximum: int, folded: float = 0.0) -> Distribution:
        """Take a sum back from its transform, each amount to its place in the window."""
        chances = np.fft.irfft(transformed, self.size)
        places = self.least // self.step + np.arange(self.count, dtype=np.int64)
        found = np.maximum(chances[places % self.size], 0.0)
        return Distribution(places * self.step, found / found.sum(), mean, sd, maximum, folded + self.cut)


def _window(moments: Sequence[LogMoment], sd: float, least: int, most: int, step: int, tail: float) -> _Window:
    """Find a window beyond which at most so much of the chances lies."""
    low, high = least, most
    if sd:
        slopes = _SLOPES / sd
        room = log(2 / tail)
        above = min((sum(moment(slope) for moment in moments) + room) / slope for slope in slopes)
        below = max(-(sum(moment(-slope) for moment in moments) + room) / slope for slope in slopes)
        low, high = max(least, int(below // step) * step), min(most, -int(-above // step) * step)
    count = (high - low) // step + 1
    return _Window(low, count, 1 << (count - 1).bit_length(), step, tail if low > least or high < most else 0.0)


def _moment_of(part: Distribution, count: int) -> LogMoment:
    return lambda slope: count * _log_moment(part.amounts, part.chances, slope)


def _log_moment(amounts: Amounts, chances: Chances, slope: float) -> float:
    return _log_sum(np.log(_above_zero(chances)) + slope * amounts)


def _log_sum(logs: Chances) -> float:
    most = logs.max()
    return float(most + np.log(np.exp(logs - most).sum()))


def _above_zero(chances: Chances) -> Chances:
    """Let what cannot happen have a logarithm; it weighs nothing."""
    return np.maximum(chances, np.finfo(np.float64).tiny)


def _transformed(amounts: Amounts, chances: Chances, step: int, size: int) -> Any:
    """Transform chances on a circle of so many places."""
    return np.fft.rfft(np.bincount(amounts // step % size, weights=chances, minlength=size))


def _polynomial(counts: Distribution, of_one: Any) -> Any:
    """Give the transform of a sum whose number of summands is random, by Horner's rule."""
    by_count = np.zeros(int(counts.amounts[-1]) + 1)
    by_count[counts.amounts] = counts.chances
    total = np.full_like(of_one, by_count[-1])
    for chance in by_count[-2::-1]:
        total = total * of_one + chance
    return total


def _step(amounts: Amounts) -> int:
    return int(np.gcd.reduce(amounts)) or 1


def observed(amounts: Sequence[int]) -> Distribution:
    """Give the distribution of what people were paid, each counting alike."""
    return distribution(np.array(amounts, dtype=np.int64), np.full(len(amounts), 1 / len(amounts)))


def distance(first: Distribution, second: Distribution) -> float:
    """Give the distance of Kolmogorov and Smirnov: the most that the chances to be paid at most some amount differ."""
    amounts = np.union1d(first.amounts, second.amounts)
    return float(np.abs(first.at_most(amounts) - second.at_most(amounts)).max())
