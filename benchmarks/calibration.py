"""Calibration: behaviour learned from half of a trial, held against what `replay` pays the other half.

The floor is to take the learning half's own payouts for the forecast: histories re-sampled whole, with no noise but that of who is
in which half.
"""

import statistics
import tempfile
from collections.abc import Sequence
from datetime import UTC
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from benchmarks.files import trial
from cm_engine.behaviour import Behaviour
from cm_engine.events import ANALYTES, Event
from cm_engine.exchange.events_file import read_events
from cm_engine.exchange.policy_file import load_policy
from cm_engine.forecast.distribution import Distribution, distance, observed
from cm_engine.forecast.forecasting import Question, forecast
from cm_engine.histories import History, history
from cm_engine.learning import learn, learn_patterns
from cm_engine.policies.contract import Policy
from cm_engine.replay import in_order, open_accounts, replay
from cm_engine.timetable import read_schedule

SPLITS = 20
SCHEDULE = read_schedule("1-12:2")
POLICIES = ("va-prize", "higgins-voucher")
GOAL = 1.15


class Life(NamedTuple):
    """One person: how their visits came out, and what they were paid."""

    visits: History
    paid: int


class Missed(NamedTuple):
    """How far a forecast was from what was paid: of the mean, and by the distance of Kolmogorov and Smirnov."""

    mean: float
    apart: float


def measure() -> None:
    """Hold forecasts against payouts, and print a table for docs/forecast.md."""
    with tempfile.TemporaryDirectory() as folder:
        events, called = trial(Path(folder))
        people = read_events(events, UTC, ANALYTES)
        print(f"{SPLITS} splits of {called} into halves, {len(people):,} people\n")
        print(
            "| policy, forecast by | mean off by | of the floor | distance | of the floor | goal |\n|---|---|---|---|---|---|"
        )
        for name in POLICIES:
            policy = load_policy(name)
            _policy(policy, [_life(policy, rows) for rows in people.values()])


def _life(policy: Policy[Any], rows: Sequence[Event]) -> Life:
    events = in_order(rows)
    accounts = open_accounts([policy], events, None)
    for _ in replay(events, accounts):
        pass
    return Life(history(accounts[0], SCHEDULE.last_week, SCHEDULE.visits), accounts[0].balance)


def _policy(policy: Policy[Any], lives: Sequence[Life]) -> None:
    missed: dict[str, list[Missed]] = {"whole histories": [], "learned patterns": [], "one average chain": []}
    for split in range(SPLITS):
        dealt = np.random.default_rng(split).permutation(len(lives))
        taught, others = ([lives[place] for place in half] for half in np.array_split(dealt, 2))
        visits = [life.visits for life in taught]
        paid = observed([life.paid for life in others])
        missed["whole histories"].append(_missed(observed([life.paid for life in taught]), paid))
        missed["learned patterns"].append(_missed(_foreseen(policy, learn(visits).behaviour), paid))
        missed["one average chain"].append(_missed(_foreseen(policy, learn_patterns(visits, 1).behaviour), paid))
    floor = _summed(missed["whole histories"])
    for by, each in missed.items():
        _row(policy, by, _summed(each), floor)


def _foreseen(policy: Policy[Any], behaviour: Behaviour) -> Distribution:
    [cost] = forecast(Question(policies=(policy,), schedule=SCHEDULE, behaviour=behaviour)).costs
    return cost.per_participant


def _missed(foreseen: Distribution, paid: Distribution) -> Missed:
    return Missed(abs(foreseen.mean - paid.mean), distance(foreseen, paid))


def _summed(missed: Sequence[Missed]) -> Missed:
    """Give the mean of how far means were off, and the median of the distances."""
    return Missed(statistics.mean(each.mean for each in missed), statistics.median(each.apart for each in missed))


def _row(policy: Policy[Any], by: str, missed: Missed, floor: Missed) -> None:
    off = f"{missed.mean / 10**policy.pays.places:.3f} {policy.pays.code}"
    of_floor = f"{missed.mean / floor.mean:.2f} | {missed.apart:.4f} | {missed.apart / floor.apart:.2f}"
    goal = f"at most {GOAL}, both" if by == "learned patterns" else ""
    print(f"| `{policy.name}`, {by} | {off} | {of_floor} | {goal} |")
