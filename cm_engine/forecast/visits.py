"""Visits to come: when each one is, and in which ways it can come out for the policies that it counts under."""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import product
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from cm_engine.behaviour import OUTCOMES, Behaviour, Outcome, Pattern
from cm_engine.caps import When
from cm_engine.policies.contract import Policy, SeenAs, Visit
from cm_engine.timetable import Schedule

# A Monday. It stands for any day where no cap is by month or year.
SOME_MONDAY = date(2026, 1, 5)

EPISODE = "forecast"

Floats = npt.NDArray[np.float64]


def planned(schedule: Schedule, start: date | None) -> tuple[When, ...]:
    """Give when each visit of a schedule is, for somebody who starts on a day."""
    first = start or SOME_MONDAY
    return tuple(When(on, (on - first).days // 7 + 1, EPISODE) for on in schedule.days(first))


class Way(NamedTuple):
    """One way in which a visit can come out: its outcome, what each policy sees, and its chance by pattern, given the outcome."""

    outcome: Outcome
    seen: tuple[tuple[SeenAs, frozenset[str]], ...]
    chances: Floats

    def visits(self, week: int) -> tuple[Visit, ...]:
        """Give what each policy is told of it in a program week."""
        return tuple(Visit(seen_as, week, clean) for seen_as, clean in self.seen)


def ways(policies: Sequence[Policy[Any]], behaviour: Behaviour) -> tuple[Way, ...]:
    """Give every way in which a visit can come out."""
    return (*_successes(policies, behaviour), *_failures(policies, behaviour), _way("excused", policies, behaviour))


def extra_analytes(policies: Sequence[Policy[Any]]) -> list[str]:
    """Give the analytes beside the targets that add to a success; whether they are negative too is chance."""
    return sorted({analyte for policy in policies for analyte in policy.extra_analytes.difference(policy.targets)})


def _successes(policies: Sequence[Policy[Any]], behaviour: Behaviour) -> Iterator[Way]:
    """Tell the successes apart by which analytes of the extras are negative too."""
    analytes = extra_analytes(policies)
    for negative in product((True, False), repeat=len(analytes)):
        found = dict(zip(analytes, negative, strict=True))
        clean = frozenset(analyte for analyte in found if found[analyte])
        chances = np.array([_chance_of(found, dict(pattern.extra)) for pattern in behaviour.patterns])
        seen = tuple[tuple[SeenAs, frozenset[str]], ...](
            ("success", clean.union(policy.targets) if policy.on == "test" else frozenset()) for policy in policies
        )
        yield Way("success", seen, chances)


def _chance_of(found: dict[str, bool], chances: dict[str, float]) -> float:
    return float(
        np.prod([chances.get(name, 0.0) if is_so else 1 - chances.get(name, 0.0) for name, is_so in found.items()])
    )


def _failures(policies: Sequence[Policy[Any]], behaviour: Behaviour) -> Iterator[Way]:
    """Tell the failures apart by whether somebody came all the same, where the behaviour says how often."""
    attended = np.array([pattern.attended or 0.0 for pattern in behaviour.patterns])
    plain = _way("failure", policies, behaviour)
    by_test = any(policy.on == "test" for policy in policies)
    if not (by_test and attended.any() and any(policy.on == "attendance" for policy in policies)):
        yield plain
        return
    came = tuple[tuple[SeenAs, frozenset[str]], ...](
        ("success" if policy.on == "attendance" else "failure", frozenset()) for policy in policies
    )
    yield Way("failure", came, attended)
    yield plain._replace(chances=1 - attended)


def _way(outcome: Outcome, policies: Sequence[Policy[Any]], behaviour: Behaviour) -> Way:
    return Way(outcome, ((outcome, frozenset()),) * len(policies), np.ones(len(behaviour.patterns)))


class Chances(NamedTuple):
    """A behaviour as arrays: shares by pattern; staying by visit, last outcome and pattern; moves by last, next and pattern.

    The last of the last outcomes, at `BEFORE`, is that there was none yet.
    """

    shares: Floats
    staying: Floats
    moves: Floats


BEFORE = len(OUTCOMES)


def chances_of(behaviour: Behaviour, count: int) -> Chances:
    """Give a behaviour's chances over so many visits."""
    shares = np.array([pattern.share for pattern in behaviour.patterns])
    staying = np.stack([_staying(pattern, count) for pattern in behaviour.patterns], axis=-1)
    moves = np.stack([_moves(pattern) for pattern in behaviour.patterns], axis=-1)
    return Chances(shares / shares.sum(), staying, moves)


def _staying(pattern: Pattern, count: int) -> Floats:
    dropout = np.array([*(getattr(pattern.dropout, outcome) for outcome in OUTCOMES), 0.0])
    return np.outer(_lasting(pattern, count), 1 - dropout)


def _lasting(pattern: Pattern, count: int) -> Floats:
    """Give the chance to make each visit, of those who made the one before."""
    if not pattern.visits:
        return np.ones(count)
    exactly = np.zeros(max(count + 1, len(pattern.visits)))
    exactly[: len(pattern.visits)] = pattern.visits
    at_least = np.cumsum(exactly[::-1])[::-1]
    before = at_least[:count]
    return np.divide(at_least[1 : count + 1], before, out=np.zeros(count), where=before > 0)


def _moves(pattern: Pattern) -> Floats:
    listed = [getattr(pattern.after, outcome) for outcome in OUTCOMES]
    return np.array([moves.chances if moves else (0.0, 0.0, 0.0) for moves in (*listed, pattern.first)])
