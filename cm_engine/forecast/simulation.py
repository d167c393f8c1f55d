"""Simulation: people made up one by one, where there is too much to be carried. The same seed makes up the same people.

Each goes through the same steps, caps and bowls as somebody who is paid. What comes out has sampling noise, and says how much.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import numpy as np
import numpy.typing as npt

from cm_engine.behaviour import OUTCOMES
from cm_engine.bowl import Bowl
from cm_engine.caps import Cap, Limit, Spent, When, allow
from cm_engine.forecast.distribution import Amounts, distribution
from cm_engine.forecast.person import Person, Setting, Week, cents, most_cents
from cm_engine.forecast.visits import BEFORE
from cm_engine.policies.contract import Policy

PEOPLE = 10_000
SEED = 1

SUCCESS = OUTCOMES.index("success")

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Simulated:
    """What made-up people were paid, by policy, person and visit, in its unit and in cents; who came, and who succeeded.

    `held_back` counts for each cap the people from whom it held something back.
    """

    paid: Amounts
    value: Amounts
    came: Flags
    succeeded: Flags
    held_back: dict[Cap, int] = field(default_factory=dict)


def each_sampled(setting: Setting) -> tuple[Person, ...]:
    """Tell what each policy comes to by itself, by made-up people."""
    made = simulate(setting if len(setting.policies) == 1 else setting._replace(shared=()))
    return tuple(_person(setting, made, place) for place in range(len(setting.policies)))


def together_sampled(setting: Setting) -> Person:
    """Tell what all policies whose awards come to money come to together, by made-up people."""
    made = simulate(setting)
    in_all = made.value.sum(axis=0)
    return Person(_spread(in_all), None, tuple(_weeks(setting, made, in_all)), _reached(made), len(in_all))


def simulate(setting: Setting, people: int = PEOPLE, seed: int = SEED) -> Simulated:
    """Make up so many people, and pay them."""
    dice = np.random.default_rng(seed)
    by_policy = (len(setting.policies), people, len(setting.visits))
    paid, value = np.zeros(by_policy, dtype=np.int64), np.zeros(by_policy, dtype=np.int64)
    ways = _made_up(setting, people, dice)
    outcomes = np.array([OUTCOMES.index(way.outcome) for way in setting.ways])
    made = Simulated(paid, value, ways >= 0, (ways >= 0) & (outcomes[ways] == SUCCESS))
    told = [[way.visits(when.week) for way in setting.ways] for when in setting.visits]
    for person, taken in enumerate(ways.tolist()):
        purse = _Purse(setting, dice)
        states = [policy.begin() for policy in setting.policies]
        for visit, way in enumerate(taken):
            if way < 0:
                break
            for place, policy in enumerate(setting.policies):
                states[place], parts = policy.step(states[place], told[visit][way][place])
                if parts:
                    amount = sum([part.amount for part in parts])
                    paid[place, person, visit], value[place, person, visit] = purse.pay(
                        place, amount, setting.visits[visit]
                    )
        for cap in purse.held_back:
            made.held_back[cap] = made.held_back.get(cap, 0) + 1
    return made


def _made_up(setting: Setting, people: int, dice: np.random.Generator) -> Amounts:
    """Make up in which way each person's visits come out; -1 once they have left."""
    behaving = setting.behaving
    patterns = dice.choice(len(behaving.shares), size=people, p=behaving.shares)
    outcomes = np.array([OUTCOMES.index(way.outcome) for way in setting.ways])
    of_way = np.stack([way.chances for way in setting.ways])
    moves = np.cumsum(behaving.moves[:, outcomes] * of_way, axis=1)
    last, here = np.full(people, BEFORE), np.ones(people, dtype=np.bool_)
    ways = np.full((people, len(setting.visits)), -1)
    for visit in range(len(setting.visits)):
        here &= dice.random(people) < behaving.staying[visit, last, patterns]
        added = moves[last, :, patterns]
        way = (dice.random(people)[:, None] * added[:, -1:] >= added).sum(axis=1)
        ways[here, visit] = way[here]
        last = np.where(here, outcomes[way], last)
    return ways


class _Purse:
    """What one person is paid, what that leaves of the caps, and which of them held something back."""

    def __init__(self, setting: Setting, dice: np.random.Generator) -> None:
        self._policies, self._shared, self._dice = setting.policies, setting.shared, dice
        self._together = Spent(cap.span for cap in setting.shared)
        self._own = [Spent(cap.span for cap in policy.caps) for policy in setting.policies]
        self.held_back: set[Cap] = set()

    def pay(self, place: int, amount: int, when: When) -> tuple[int, int]:
        """Pay an award: what that is in the policy's unit, and in cents."""
        policy = self._policies[place]
        own = Limit(policy.caps, policy.cap_worth, self._own[place])
        if policy.bowl:
            draws = self._post([own], amount, when)
            won = self._draw(policy.bowl, draws)
            return draws, sum([self._post([self._limit(1)], each, when) for each in won] if self._shared else won)
        worth = cents(policy)
        paid = self._post([own, self._limit(worth)] if worth else [own], amount, when)
        return paid, paid * (worth or 0)

    def _limit(self, worth: int) -> Limit:
        return Limit(self._shared, worth, self._together)

    def _draw(self, bowl: Bowl, draws: int) -> list[int]:
        picks = self._dice.integers(bowl.size, size=draws)
        drawn = np.searchsorted(np.cumsum([slip.count for slip in bowl.slips]), picks, side="right")
        return [bowl.slips[place].value for place in drawn.tolist()]

    def _post(self, limits: Sequence[Limit], amount: int, when: When) -> int:
        verdict = allow(limits, amount, when)
        if verdict.by:
            self.held_back.add(verdict.by)
        for limit in limits:
            if limit.caps:
                limit.spent.post(verdict.allowed * limit.worth, when)
        return verdict.allowed


def _person(setting: Setting, made: Simulated, place: int) -> Person:
    policy, paid, value = setting.policies[place], made.paid[place], made.value[place]
    in_money = _spread(value) if most_cents(policy) and not policy.pays.is_money else None
    return Person(_spread(paid), in_money, tuple(_weeks(setting, made, paid)), _reached(made, policy), len(paid))


def _spread(paid: Amounts) -> Any:
    """Give the distribution of what people were paid in all."""
    return distribution(paid.sum(axis=1), np.full(len(paid), 1 / len(paid)))


def _reached(made: Simulated, policy: Policy[Any] | None = None) -> tuple[tuple[Cap, float], ...]:
    return tuple(
        (cap, count / made.came.shape[0]) for cap, count in made.held_back.items() if not policy or cap in policy.caps
    )


def _weeks(setting: Setting, made: Simulated, paid: Amounts) -> Iterator[Week]:
    for week, visits in groupby(range(len(setting.visits)), key=lambda visit: setting.visits[visit].week):
        of_week = list(visits)
        came = made.came[:, of_week]
        success = float(made.succeeded[:, of_week].sum() / came.sum()) if came.any() else None
        yield Week(week, float(came[:, 0].mean()), success, float(paid[:, of_week].sum(axis=1).mean()))
