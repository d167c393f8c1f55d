"""Crowds: everybody at once, by where they stand.

People who stand on the same stage, whose last visit came out alike and who were paid the same are one *standpoint*, with the
chance to be there. A visit leads from each standpoint to a few others; where two lead to the same, their chances add up.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from cm_engine.forecast.distribution import Amounts, Chances, Flags
from cm_engine.forecast.routes import TooManyError
from cm_engine.forecast.visits import BEFORE

# More standpoints at one visit than this are not carried.
MOST_STANDPOINTS = 1_000_000

# A table is made for chances where it has at most so many places for each that is entered; beyond, they are sorted.
ROOMY = 16

TOTAL = 0


@dataclass(frozen=True, eq=False)
class Crowd:
    """Standpoints, a column each: stage, outcome of the last visit, counts (a row each, the total first), chances by pattern."""

    stage: Amounts
    last: Amounts
    counts: Amounts
    chances: Chances

    def only(self, which: Flags) -> "Crowd":
        """Give some of the standpoints."""
        if which.all():
            return self
        return replace(
            self,
            stage=self.stage[which],
            last=self.last[which],
            counts=self.counts[:, which],
            chances=self.chances[:, which],
        )

    def likely(self, chances: Chances) -> "Crowd":
        """Give the standpoints with other chances, where there are any."""
        return replace(self, chances=chances).only(chances.sum(axis=0) > 0)

    @property
    def together(self) -> Chances:
        """The chance of each standpoint over all patterns."""
        added: Chances = self.chances.sum(axis=0)
        return added

    @property
    def mean(self) -> float:
        """What is paid so far on average, counting those who left as nothing."""
        return float((self.together * self.counts[TOTAL]).sum())


def at_the_start(shares: Chances, rows: int) -> Crowd:
    """Give the crowd before the first visit: everybody at one standpoint, with so many counts."""
    one = np.zeros(1, dtype=np.int64)
    return Crowd(one, one + BEFORE, np.zeros((rows, 1), dtype=np.int64), shares[:, None])


def merged(crowds: Sequence[Crowd]) -> Crowd:
    """Put crowds together, so that each standpoint is there once. Raises TooManyError."""
    if len(crowds) == 1:
        return crowds[0]
    rows = [np.concatenate([crowd.stage for crowd in crowds]), np.concatenate([crowd.last for crowd in crowds])]
    rows.extend(np.concatenate([crowd.counts for crowd in crowds], axis=1))
    chances = np.concatenate([crowd.chances for crowd in crowds], axis=1)
    if rows[0].size > MOST_STANDPOINTS:
        raise TooManyError(f"more than {MOST_STANDPOINTS:,} standpoints can be reached at one visit")
    steps = [int(np.gcd.reduce(row)) or 1 for row in rows]
    whole = [row if step == 1 else row // step for row, step in zip(rows, steps, strict=True)]
    sizes = [int(row.max()) + 1 for row in whole]
    added, places = _added(_numbered(whole, sizes), chances)
    stage, last, *counts = (row * step for row, step in zip(_unnumbered(places, sizes), steps, strict=True))
    return Crowd(stage, last, np.stack(counts), added)


def _numbered(rows: Sequence[Amounts], sizes: Sequence[int]) -> Amounts:
    """Give each standpoint one number. Raises TooManyError where there are no numbers for so many."""
    if np.prod(np.array(sizes, dtype=np.float64)) >= np.iinfo(np.int64).max:
        raise TooManyError("more standpoints than can be numbered")
    numbers = rows[0]
    for row, size in zip(rows[1:], sizes[1:], strict=True):
        numbers = numbers * size + row
    return numbers


def _unnumbered(numbers: Amounts, sizes: Sequence[int]) -> list[Amounts]:
    rows = []
    for size in reversed(sizes[1:]):
        numbers, row = np.divmod(numbers, size)
        rows.append(row)
    return [numbers, *reversed(rows)]


def _added(numbers: Amounts, chances: Chances) -> tuple[Chances, Amounts]:
    """Add up the chances of each number, and give the numbers there are, ascending."""
    places = int(numbers.max()) + 1
    if places > ROOMY * numbers.size + 4096:
        known, which = np.unique(numbers, return_inverse=True)
        return _by_pattern(which, chances, len(known)), known
    table = _by_pattern(numbers, chances, places)
    there: Amounts = np.flatnonzero(table.any(axis=0))
    return table[:, there], there


def _by_pattern(places: Amounts, chances: Chances, size: int) -> Chances:
    return np.stack([np.bincount(places, weights=row, minlength=size) for row in chances])
