"""Routes: the states that policies can lead to over the visits to come, and what each visit pays on the way.

They are found by the policies' own `step`. States from which every way of going on pays the same are one *stage*: a run that
no bonus counts, or a ladder that a phase has overtaken, makes no difference any more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cm_engine.errors import CmError
from cm_engine.policies.contract import Policy, Visit

Whole = npt.NDArray[np.int64]

# More states at one visit than this are not looked through.
MOST_STATES = 20_000

# For each policy, what it is told of a visit; and one of these for each way in which a visit can come out.
Ways = Sequence[tuple[Visit, ...]]


class TooManyError(CmError):
    """What can happen is too much to be looked through; the message says what there is so much of."""


@dataclass(frozen=True, eq=False)
class Routes:
    """For each visit, by stage and way: what each policy pays, and the stage that it leads to. All begin at stage 0."""

    pays: tuple[Whole, ...]
    leads: tuple[Whole, ...]

    def most(self, worths: Sequence[int], since: Sequence[object]) -> list[Whole]:
        """Give, before each visit and behind the last, the most that each stage can still be paid within the same period.

        `worths` tells how much a unit of each policy counts, `since` names the period of each visit.
        """
        counted = np.array(worths, dtype=np.int64)
        most = [np.zeros(1, dtype=np.int64)]
        for visit in reversed(range(len(self.pays))):
            goes_on = visit + 1 < len(since) and since[visit] == since[visit + 1]
            later = most[0][self.leads[visit]] if goes_on else 0
            most.insert(0, (self.pays[visit] @ counted + later).max(axis=1))
        return most


def routes(policies: Sequence[Policy[Any]], visits: Sequence[Ways]) -> Routes:
    """Find all routes over some visits. Raises TooManyError."""
    pays: list[Whole] = []
    leads: list[Whole] = []
    states: list[tuple[Any, ...]] = [tuple(policy.begin() for policy in policies)]
    for count, ways in enumerate(visits, start=1):
        next_week = visits[count][0][0].week if count < len(visits) else ways[0][0].week
        paid, led, states = _ahead(policies, states, ways, next_week)
        pays.append(paid)
        leads.append(led)
    return _merged(pays, leads)


def _ahead(
    policies: Sequence[Policy[Any]], states: Sequence[tuple[Any, ...]], ways: Ways, next_week: int
) -> tuple[Whole, Whole, list[tuple[Any, ...]]]:
    """Step from each state in each way: what that pays, by which of the new states it ends, and those states."""
    reached: dict[tuple[Any, ...], int] = {}
    pays: list[list[int]] = []
    leads: list[int] = []
    for state in states:
        for way in ways:
            stepped = [policy.step(own, visit) for policy, own, visit in zip(policies, state, way, strict=True)]
            pays.append([sum([part.amount for part in parts]) for _, parts in stepped])
            ends = tuple([policy.essential(new, next_week) for policy, (new, _) in zip(policies, stepped, strict=True)])
            leads.append(reached.setdefault(ends, len(reached)))
        if len(reached) > MOST_STATES:
            raise TooManyError(f"more than {MOST_STATES:,} states can be reached at one visit")
    by_state = (len(states), len(ways))
    paid = np.array(pays, dtype=np.int64).reshape(*by_state, len(policies))
    return paid, np.array(leads, dtype=np.int64).reshape(by_state), list(reached)


def _merged(pays: Sequence[Whole], leads: Sequence[Whole]) -> Routes:
    """Make states one that pay the same and lead to the same, from the last visit back to the first."""
    alike = np.zeros(int(leads[-1].max()) + 1, dtype=np.int64) if leads else np.zeros(1, dtype=np.int64)
    merged: list[tuple[Whole, Whole]] = []
    for paid, led in zip(reversed(pays), reversed(leads), strict=True):
        ahead = alike[led]
        said = np.concatenate((paid.reshape(len(paid), -1), ahead), axis=1)
        first, alike = _same_rows(said)
        merged.append((paid[first], ahead[first]))
    merged.reverse()
    return Routes(tuple(paid for paid, _ in merged), tuple(led for _, led in merged))


def _same_rows(rows: Whole) -> tuple[Whole, Whole]:
    """Give the place of each row that is new, and for every row which of those it equals."""
    known: dict[bytes, int] = {}
    alike = np.array([known.setdefault(row.tobytes(), len(known)) for row in rows], dtype=np.int64)
    return np.unique(alike, return_index=True)[1], alike
