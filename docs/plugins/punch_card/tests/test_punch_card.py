"""Punch cards as staff tell them, and the laws that every policy keeps."""

from typing import Any

import pytest
from hypothesis import strategies as st

from cm_engine.exchange.policy_file import parse_policy
from cm_engine.policies.contract import Policy, Visit
from cm_engine.safety import check
from cm_engine.testing import LAWS, Law, holds
from cm_engine.timetable import read_schedule


def card(stamps: int, more: str = "") -> Policy[Any]:
    """Read a punch card from a policy file."""
    head = 'name = "coffee"\ntitle = "Coffee card"\nkind = "punch-card"\npays = "usd"\non = "attendance"\n'
    return parse_policy("story", f'{head}stamps = {stamps}\namount = "5.00"\n{more}')


CARDS = [
    card(1),
    card(3, "weeks = 4"),
    card(3, '[[caps]]\namount = "7.00"\nper = "month"'),
    card(2, "[corrections]\nclawback = true"),
]


def test_a_full_card_pays_and_a_missed_visit_takes_no_stamp_away() -> None:
    policy = card(3)
    state, paid = policy.begin(), []
    for seen_as in ("success", "success", "failure", "success", "success"):
        state, parts = policy.step(state, Visit(seen_as, week=1))
        paid.append(sum(part.amount for part in parts))
    assert paid == [0, 0, 0, 500, 0]


@pytest.mark.parametrize("law", LAWS)
def test_punch_cards_keep_the_law(law: Law) -> None:
    holds(law, st.sampled_from(CARDS))


def test_a_card_that_cannot_be_filled_any_more_leaves_nothing_to_win() -> None:
    findings = check(card(3), read_schedule("1-4:1")).findings
    [finding] = [finding for finding in findings if finding.gravity == "fails"]
    assert finding.title == "Nothing is left to win"
    assert [visit.outcome for visit in finding.story] == ["excused", "excused"]
