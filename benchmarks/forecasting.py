"""Forecasts: what an exact one costs, beside making up people; and what learning costs, beside a replay."""

import tempfile
from dataclasses import replace
from datetime import date
from pathlib import Path

from benchmarks.costs import CM_ENGINE, HEADER, machine, of_calls, of_commands
from benchmarks.files import trial
from cm_engine.exchange.behaviour_file import parse_behaviour
from cm_engine.exchange.policy_file import load_policy
from cm_engine.forecast.forecasting import Question, forecast
from cm_engine.forecast.person import setting
from cm_engine.forecast.simulation import simulate
from cm_engine.timetable import read_schedule

ROUNDS = 9
PEOPLE = 2_000
START = date(2026, 1, 5)

# The behaviour file of the interface.
BEHAVIOUR = """
first = {success = 0.70, failure = 0.30}
after.success = {success = 0.90, failure = 0.07, excused = 0.03}
after.failure = {success = 0.40, failure = 0.60}
after.excused = {success = 0.80, failure = 0.20}
dropout = {success = 0.005, failure = 0.03, excused = 0.02}
"""

POLICIES = {"va-prize": "1-12:2", "recovery-incentives-ca": "1-12:2,13-24:1"}


def measure() -> None:
    """Measure, and print a table for docs/measurements.md."""
    print(f"{machine()}; medians of {ROUNDS}\n")
    print(HEADER)
    for name, schedule in POLICIES.items():
        _policy(name, schedule)
    _learning()


def _policy(name: str, schedule: str) -> None:
    behaviour = parse_behaviour("the benchmark's", BEHAVIOUR)
    policy, visits = load_policy(name), read_schedule(schedule)
    one = Question(policies=(policy,), schedule=visits, behaviour=behaviour, start=START)
    cohort = Question(policies=(policy,), schedule=visits, behaviour=behaviour, start=START, participants=1_000)
    # Draws are left as they are: what they are worth is made up by nobody here.
    alone = setting((replace(policy, bowl=None),), visits, behaviour, START, ())
    took = of_calls(
        {
            "exact": lambda: forecast(one),
            "cohort": lambda: forecast(cohort),
            "made up": lambda: simulate(alone, PEOPLE),
        },
        ROUNDS,
    )
    what = f"`{name}`, {visits.visits} visits"
    _row(f"exact forecast of {what}; floor: {PEOPLE:,} people made up", took["exact"], took["made up"], 1)
    _row(f"a cohort of 1,000 under {what}; floor: one person", took["cohort"], took["exact"], 3)


def _learning() -> None:
    with tempfile.TemporaryDirectory() as folder:
        events, called = trial(Path(folder))
        took = of_commands(
            {
                "learn": [CM_ENGINE, "forecast", "--policy", "va-prize", "--learn", str(events), "--json"],
                "replay": [CM_ENGINE, "replay", str(events), "--policy", "va-prize", "--summary"],
            },
            3,
        )
    what = f"`forecast --learn` from {called}; floor: `replay --summary` of it"
    _row(what, took["learn"].seconds, took["replay"].seconds, 20)


def _row(what: str, took: float, floor: float, goal: int) -> None:
    print(f"| {what} | {took * 1000:.0f} ms | {floor * 1000:.0f} ms | {took / floor:.2f} | at most {goal} |")
