"""One person: what the policies come to for somebody who starts on one day, however that was found out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from cm_engine.behaviour import Behaviour
from cm_engine.caps import Cap, When
from cm_engine.forecast.distribution import Distribution
from cm_engine.forecast.visits import Chances, Way, chances_of, planned, ways
from cm_engine.policies.contract import Policy
from cm_engine.timetable import Schedule


class Week(NamedTuple):
    """A program week: the chance to be there still at its first visit, the share of its visits that succeed, the mean paid.

    `success` is None where nobody is there any more. `mean` is for one person of all, in the unit's smallest step.
    """

    week: int
    retained: float
    success: float | None
    mean: float


@dataclass(frozen=True, eq=False)
class Person:
    """What one policy, or all together, pay one person, the weeks, and the chance that each cap holds something back.

    `value` is in cents where what is paid is not money and stands for some. `people` says of how many made-up people this is
    told; None where it is exact.
    """

    paid: Distribution
    value: Distribution | None = None
    weeks: tuple[Week, ...] = ()
    reached: tuple[tuple[Cap, float], ...] = ()
    people: int | None = None


class Setting(NamedTuple):
    """The policies that count at the same visits, the caps they share, and how the visits can come out."""

    policies: tuple[Policy[Any], ...]
    shared: tuple[Cap, ...]
    visits: tuple[When, ...]
    ways: tuple[Way, ...]
    behaving: Chances

    @property
    def in_money(self) -> tuple[int, ...]:
        """The places of the policies whose awards come to money."""
        return tuple(place for place, policy in enumerate(self.policies) if most_cents(policy) is not None)


def setting(
    policies: Sequence[Policy[Any]], schedule: Schedule, behaviour: Behaviour, start: date | None, shared: Sequence[Cap]
) -> Setting:
    """Put together what one person's forecast goes by."""
    visits = planned(schedule, start)
    behaving = chances_of(behaviour, len(visits))
    return Setting(tuple(policies), tuple(shared), visits, ways(policies, behaviour), behaving)


def cents(policy: Policy[Any]) -> int | None:
    """Tell how many cents a unit of an award is worth by itself; None where it is drawn for, or stands for no money."""
    return 1 if policy.pays.is_money else policy.worth


def most_cents(policy: Policy[Any]) -> int | None:
    """Tell how many cents a unit of an award can come to; None where it comes to no money."""
    if policy.bowl:
        return max(slip.value for slip in policy.bowl.slips if slip.count)
    return cents(policy)
