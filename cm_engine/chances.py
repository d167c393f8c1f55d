"""Chances: whether what was drawn from a bowl is what chance gives, exactly.

As staff would say it: a bowl with one jumbo slip in 500 gives one in about 500 draws. Two in a hundred draws is luck, ten is not. The
chance of a count is that of any count which is no likelier, by the binomial distribution: each draw is for itself, since slips go back.
"""

from collections.abc import Mapping
from math import exp, lgamma, log, log1p
from typing import NamedTuple

from cm_engine.bowl import Bowl

# Below one in so many audits of a fair bowl, somebody should look into it.
RARE = 100

# How much likelier a count may come out by rounding alone.
ROUNDING = 1 + 1e-9


class Drawn(NamedTuple):
    """How often a label was drawn, of how many slips, how often that was to be expected, and its chance."""

    label: str
    slips: int
    drawn: int
    expected: float
    chance: float


def held_against(bowl: Bowl, counts: Mapping[str, int]) -> list[Drawn]:
    """Hold how often each label was drawn against the bowl; labels in the bowl's order."""
    draws, size = sum(counts.values()), bowl.size
    return [
        Drawn(
            slip.label,
            slip.count,
            counts.get(slip.label, 0),
            draws * slip.count / size,
            chance_of_count(counts.get(slip.label, 0), draws, slip.count / size),
        )
        for slip in bowl.slips
    ]


def is_chance(drawn: list[Drawn]) -> bool:
    """Tell whether chance gives this: no label is so rare that, looked at together, it is one in a hundred."""
    return all(one.chance * RARE * len(drawn) >= 1 for one in drawn)


def chance_of_count(count: int, draws: int, share: float) -> float:
    """Give the chance of a count that is at most as likely as this one, in so many draws with a share of the slips."""
    if not draws:
        return 1.0
    if share in {0.0, 1.0}:
        return float(count == draws * share)
    as_likely = _likelihood(count, draws, share) * ROUNDING
    return min(1.0, sum(p for n in range(draws + 1) if (p := _likelihood(n, draws, share)) <= as_likely))


def _likelihood(count: int, draws: int, share: float) -> float:
    ways = lgamma(draws + 1) - lgamma(count + 1) - lgamma(draws - count + 1)
    return exp(ways + count * log(share) + (draws - count) * log1p(-share))
