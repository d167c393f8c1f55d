"""Carrying: one person's chances carried from visit to visit, over all that can have happened.

Nothing is sampled, and no rule is written here: what a visit pays is told by the routes, what the caps leave by the till.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import NamedTuple

import numpy as np

from cm_engine.behaviour import OUTCOMES
from cm_engine.caps import Cap, When
from cm_engine.forecast.crowd import TOTAL, Crowd, at_the_start, merged
from cm_engine.forecast.distribution import Amounts, Chances, Distribution, distribution
from cm_engine.forecast.paying import Till
from cm_engine.forecast.person import Week
from cm_engine.forecast.routes import Routes
from cm_engine.forecast.visits import Chances as Behaving
from cm_engine.forecast.visits import Way

SUCCESS = OUTCOMES.index("success")


@dataclass(frozen=True, eq=False)
class Carried:
    """What one person is paid in all, and week by week, and the chance that each cap holds something back."""

    total: Distribution
    weeks: tuple[Week, ...]
    reached: tuple[tuple[Cap, float], ...]


class _Attended(NamedTuple):
    """One visit: the chance to come to it, that it is a success, and what it pays on average."""

    week: int
    came: float
    succeeded: float
    paid: float


def carry(routes: Routes, visits: Sequence[When], ways: Sequence[Way], behaving: Behaving, till: Till) -> Carried:
    """Carry one person's chances through all visits. Raises TooManyError."""
    crowd = at_the_start(behaving.shares, till.rows)
    left: list[tuple[Amounts, Chances]] = []
    attended = []
    for visit, when in enumerate(visits):
        staying = crowd.likely(crowd.chances * behaving.staying[visit, crowd.last].T)
        left.append((crowd.counts[TOTAL], (crowd.chances * (1 - behaving.staying[visit, crowd.last].T)).sum(axis=0)))
        crowd = _come_out(staying, visit, routes, ways, behaving, till) if staying.stage.size else staying
        attended.append(_told(when.week, staying, crowd))
    left.append((crowd.counts[TOTAL], crowd.together))
    return Carried(_in_all(left, till.folded), _by_week(attended), till.reached())


def _come_out(crowd: Crowd, visit: int, routes: Routes, ways: Sequence[Way], behaving: Behaving, till: Till) -> Crowd:
    """Let a visit come out in every way, and pay what each pays."""
    ended: list[Crowd] = []
    for place, way in enumerate(ways):
        outcome = OUTCOMES.index(way.outcome)
        here = crowd.likely(crowd.chances * behaving.moves[crowd.last, outcome].T * way.chances[:, None])
        if here.stage.size:
            stage, awards = routes.leads[visit][here.stage, place], routes.pays[visit][here.stage, place]
            there = replace(here, stage=stage, last=np.full_like(here.last, outcome))
            ended += till.pay(there, awards)
    return merged([till.forget(part, visit + 1) for part in ended])


def _told(week: int, came: Crowd, after: Crowd) -> _Attended:
    succeeded = float(after.together[after.last == SUCCESS].sum())
    return _Attended(week, float(came.together.sum()), succeeded, after.mean - came.mean)


def _in_all(left: Sequence[tuple[Amounts, Chances]], folded: float) -> Distribution:
    totals, chances = (np.concatenate(side) for side in zip(*left, strict=True))
    there = chances > 0
    return replace(distribution(totals[there], chances[there] / chances.sum()), folded=folded)


def _by_week(attended: Sequence[_Attended]) -> tuple[Week, ...]:
    weeks = []
    for week, visits in groupby(attended, key=lambda visit: visit.week):
        listed = list(visits)
        came = sum(visit.came for visit in listed)
        success = sum(visit.succeeded for visit in listed) / came if came else None
        weeks.append(Week(week, listed[0].came, success, sum(visit.paid for visit in listed)))
    return tuple(weeks)
