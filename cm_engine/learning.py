"""Learning: the behaviour that a program's own history shows.

People differ: some are always negative, some never, many leave early. So the behaviour is a mixture of patterns, each a chain
from visit to visit with its own number of visits, found by expectation and maximisation. How many patterns there are is decided
by people whom the fit has not seen.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cm_engine.behaviour import OUTCOMES, After, Behaviour, Moves, Pattern
from cm_engine.errors import CmError
from cm_engine.histories import History

Floats = npt.NDArray[np.float64]

# How many patterns are tried.
PATTERNS = (1, 2, 3, 4, 5, 6, 8, 10)

# So many people at least for each pattern that is told apart.
A_PATTERN = 10

# People are dealt into so many parts; each part is foreseen by what the others teach.
PARTS = 5

ROUNDS = 200
SEED = 1

# Each pattern leans on the average as if so much more had been seen that was average.
LEANING = 1.0

# Rounds end where one adds less than this share to the likelihood's logarithm.
ENOUGH = 1e-6

FITS = len(PATTERNS) * PARTS + 1

KINDS = len(OUTCOMES)


class LearningError(CmError):
    """A history that nothing can be learned from."""


class Trial(NamedTuple):
    """How well so many patterns foresee people they have not seen: the logarithm of the chance of one, on average."""

    patterns: int
    foresight: float


@dataclass(frozen=True)
class Learned:
    """A behaviour, of how many people and visits it was learned, and the numbers of patterns that were tried.

    `without_visits` counts the people who made none.
    """

    behaviour: Behaviour
    people: int
    without_visits: int
    visits: int
    trials: tuple[Trial, ...] = ()


def learn(
    histories: Sequence[History], analytes: Sequence[str] = (), told: Callable[[int], None] = lambda _: None
) -> Learned:
    """Learn a behaviour, and for each analyte of an extra how often it is negative too.

    `told` hears how many of `FITS` fits are done. Raises LearningError where nobody made a visit.
    """
    if not any(each.outcomes for each in histories):
        raise LearningError("the history has no visits that count for the policy, so nothing can be learned from it")
    counts = _counts(histories)
    trials = tuple(_tried(counts, told))
    best = max(trials, key=lambda trial: trial.foresight).patterns
    learned = learn_patterns(histories, best, analytes)
    told(FITS)
    return Learned(learned.behaviour, learned.people, learned.without_visits, learned.visits, trials)


def learn_patterns(histories: Sequence[History], patterns: int, analytes: Sequence[str] = ()) -> Learned:
    """Learn a behaviour of just so many patterns."""
    counts = _counts(histories)
    model = _fit(counts, patterns)
    weights, _ = _weigh(model, counts)
    visits = [len(each.outcomes) for each in histories]
    return Learned(_behaviour(model, weights, histories, analytes), len(visits), visits.count(0), sum(visits))


class _Model(NamedTuple):
    """Shares of the patterns; and by pattern the chances of the first outcome, of each move, and of each number of visits."""

    shares: Floats
    chances: Floats


def _counts(histories: Sequence[History]) -> Floats:
    """Count for each person the first outcome, each move and the number of visits: all that the fit goes by."""
    longest = max(len(each.outcomes) for each in histories)
    counts = np.zeros((len(histories), KINDS * (KINDS + 1) + longest + 1))
    for row, each in zip(counts, histories, strict=True):
        for first in each.outcomes[:1]:
            row[first] = 1
        for before, after in pairwise(each.outcomes):
            row[KINDS * (before + 1) + after] += 1
        row[KINDS * (KINDS + 1) + len(each.outcomes)] = 1
    return counts


def _choices(width: int) -> Iterator[slice]:
    """Give the columns that exclude each other: first outcomes, moves after each outcome, numbers of visits."""
    for start in range(0, KINDS * (KINDS + 1), KINDS):
        yield slice(start, start + KINDS)
    yield slice(KINDS * (KINDS + 1), width)


def _tried(counts: Floats, told: Callable[[int], None]) -> Iterator[Trial]:
    """Try each number of patterns that there are people enough for: foresee each part of them by what the others teach."""
    parts = np.random.default_rng(SEED).permutation(len(counts)) % min(PARTS, len(counts))
    for number, patterns in enumerate(_numbers(len(counts))):
        foresight = 0.0
        for part in range(PARTS):
            unseen = parts == part
            if unseen.any() and not unseen.all():
                foresight += float(_weigh(_fit(counts[~unseen], patterns), counts[unseen])[1].sum())
            told(number * PARTS + part + 1)
        yield Trial(patterns, foresight / len(counts))


def _numbers(people: int) -> list[int]:
    return [patterns for patterns in PATTERNS if patterns * A_PATTERN <= people] or [1]


def _fit(counts: Floats, patterns: int) -> _Model:
    """Find patterns that make what was seen as likely as can be: fit each, weigh anew who belongs where, and again."""
    rows, often = np.unique(counts, axis=0, return_counts=True)
    weights = np.random.default_rng(SEED).dirichlet(np.full(patterns, 0.5), size=len(rows))
    model, before = _maximised(rows, weights * often[:, None]), -np.inf
    for _ in range(ROUNDS):
        weights, likelihoods = _weigh(model, rows)
        likelihood = float(likelihoods @ often)
        if likelihood - before < ENOUGH * abs(likelihood):
            break
        model, before = _maximised(rows, weights * often[:, None]), likelihood
    return model


def _weigh(model: _Model, counts: Floats) -> tuple[Floats, Floats]:
    """Give the chance of each person to belong to each pattern, and the logarithm of the chance of what they did."""
    logs = counts @ np.log(model.chances).T + np.log(model.shares)
    most = logs.max(axis=1, keepdims=True)
    likelihoods = most[:, 0] + np.log(np.exp(logs - most).sum(axis=1))
    return np.exp(logs - likelihoods[:, None]), likelihoods


def _maximised(counts: Floats, weights: Floats) -> _Model:
    """Fit each pattern to the people who belong to it, as far as they do."""
    seen = weights.T @ counts
    average = seen.sum(axis=0)
    chances = np.empty_like(seen)
    for choice in _choices(counts.shape[1]):
        usual = _shares(average[choice])
        chances[:, choice] = _shares(seen[:, choice] + LEANING * usual)
    return _Model(_shares(weights.sum(axis=0)), chances)


def _shares(amounts: Floats) -> Floats:
    """Give amounts as shares that add up to one; nothing is quite impossible."""
    above = amounts + 1e-12
    shares: Floats = above / above.sum(axis=-1, keepdims=True)
    return shares


def _behaviour(model: _Model, weights: Floats, histories: Sequence[History], analytes: Sequence[str]) -> Behaviour:
    order = np.argsort(-model.shares)
    failures = np.array([each.outcomes.count(OUTCOMES.index("failure")) for each in histories])
    successes = np.array([each.outcomes.count(OUTCOMES.index("success")) for each in histories])
    attended = _of_those(weights, np.array([each.attended for each in histories]), failures)
    found = [
        _of_those(weights, np.array([each.also_negative[place] for each in histories]), successes)
        for place in range(len(analytes))
    ]
    patterns = [
        _pattern(
            model,
            place,
            float(attended[place]),
            tuple((name, float(chance[place])) for name, chance in zip(analytes, found, strict=True)),
        )
        for place in order.tolist()
    ]
    return Behaviour(patterns=tuple(patterns))


def _of_those(weights: Floats, counted: npt.NDArray[np.int64], of: npt.NDArray[np.int64]) -> Floats:
    """Give by pattern which share of some visits was so, leaning on the average."""
    usual = counted.sum() / max(1, of.sum())
    share: Floats = (weights.T @ counted + LEANING * usual) / (weights.T @ of + LEANING)
    return share


def _pattern(model: _Model, place: int, attended: float, extra: tuple[tuple[str, float], ...]) -> Pattern:
    *moves, visits = (model.chances[place, choice].tolist() for choice in _choices(model.chances.shape[1]))
    first, *after = (Moves(**dict(zip(OUTCOMES, chances, strict=True))) for chances in moves)
    return Pattern(
        share=float(model.shares[place]),
        visits=tuple(visits),
        attended=attended,
        first=first,
        after=After(**dict(zip(OUTCOMES, after, strict=True))),
        extra=tuple(sorted(extra)),
    )
