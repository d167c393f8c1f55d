"""The perfect run: what somebody gets who succeeds at every visit, under any policy."""

from typing import Any

from cm_engine.exchange.policy_file import parse_policy
from cm_engine.exchange.tables import perfect_run_table
from cm_engine.perfect_run import perfect_run
from cm_engine.policies.contract import Policy
from cm_engine.timetable import read_schedule
from tests.stories import MONDAY


def policy(on: str, terms: str) -> Policy[Any]:
    """Write a policy in draws that pays one more each time."""
    head = f'name = "p"\ntitle = "P"\nkind = "escalating"\npays = "draws"\non = "{on}"\n'
    return parse_policy("story", f"{head}{terms}\n[ladder]\nstart = 1\nstep = 1\n")


def run(known: Policy[Any]) -> list[int]:
    """What each of four visits pays."""
    return [line.amount for line in perfect_run(known, read_schedule("1-2:2"), MONDAY)]


def test_a_policy_on_named_sessions_is_run_in_one_of_them() -> None:
    assert run(policy("attendance", 'sessions = ["early-recovery-group"]')) == [1, 2, 3, 4]


def test_the_outcome_that_the_policy_sees_as_a_success_is_taken() -> None:
    assert run(policy("attendance", '[outcomes]\nattended = "failure"')) == [1, 2, 3, 4]
    assert run(policy("test", 'targets = ["thc"]\n[outcomes]\nnegative = "failure"\nrefused = "success"')) == [
        1,
        2,
        3,
        4,
    ]


def test_where_nothing_is_a_success_there_is_no_perfect_run() -> None:
    hopeless = policy("activity", '[outcomes]\ncompleted = "ignore"')
    assert run(hopeless) == []
    assert "sees no outcome as a success" in perfect_run_table(hopeless, [])
