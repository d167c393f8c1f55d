"""Ladders as a picture shows them: every number is one that the policy pays."""

from datetime import date, timedelta

import pytest

from cm_engine.exchange.policy_file import load_policy
from cm_engine.exchange.program_file import load_program
from cm_engine.ladder import Bonus, Ladder, Rung, ladder_of, rewards, rungs_of, visits_a_week
from cm_engine.replay import open_accounts
from tests.stories import LETTERS, event

MONDAY = date(2026, 1, 5)


def after(policy: str, letters: str, a_week: int = 2) -> Ladder:
    """Draw the ladder of somebody after tests of so many a week, by the letters of the protocols."""
    known = load_policy(policy)
    days = [MONDAY + timedelta(days=7 * visit // a_week) for visit in range(len(letters) + 1)]
    events = [event(known, on, LETTERS["test"][letter]) for on, letter in zip(days, letters, strict=False)]
    [account] = open_accounts([known], events, MONDAY)
    for one in events:
        account.take(one)
    return ladder_of(account, days[-1], a_week)


def test_three_in_a_row_stand_before_the_fourth_place() -> None:
    ladder = after("va-prize", "NNN")
    assert (ladder.place, ladder.in_a_row, ladder.next, ladder.bonus) == (4, 3, 4, None)
    assert ladder.rungs == tuple(Rung(place, place) for place in range(1, 9))


def test_a_setback_leads_back_to_the_first_place_and_a_bonus_is_seen_coming() -> None:
    ladder = after("higgins-voucher", "NNNNP", 3)
    assert (ladder.place, ladder.in_a_row, ladder.next, ladder.bonus) == (1, 0, 250, Bonus(3, 1000))
    assert ladder.rungs[:3] == (Rung(1, 250), Rung(2, 375), Rung(3, 500))
    assert ladder.rungs[-1] == Rung(36, 4625)


def test_a_bonus_that_is_next_is_part_of_what_comes() -> None:
    ladder = after("higgins-voucher", "NN", 3)
    assert (ladder.next, ladder.bonus) == (1500, Bonus(1, 1000))


def test_where_the_ladder_rises_by_the_week_two_visits_of_a_week_share_a_place() -> None:
    assert after("miedar-prize", "N").place == 1
    assert after("miedar-prize", "NN").place == 2
    assert after("miedar-prize", "NN").rungs == tuple(Rung(place, place) for place in range(1, 13))


def test_where_it_rises_after_every_second_success_all_places_are_shown() -> None:
    ladder = after("recovery-incentives-ca", "NN")
    assert (ladder.place, ladder.next) == (2, 1150)
    assert [rung.amount for rung in ladder.rungs] == [1000 + 150 * step for step in range(12)]


def test_in_weeks_that_pay_one_flat_amount_no_place_decides() -> None:
    ladder = after("recovery-incentives-ca", "N" * 24)
    assert (ladder.place, ladder.in_a_row, ladder.next, ladder.is_flat_now) == (None, None, 1500, True)


def test_a_policy_that_pays_each_visit_alike_has_no_places() -> None:
    assert rungs_of(load_policy("iop-attendance"), 5) == ()
    assert rungs_of(load_policy("treatment-goals"), 3) == ()


def test_after_the_programs_end_nothing_comes() -> None:
    ladder = after("va-prize", "N" * 24)
    assert (ladder.place, ladder.next, ladder.bonus) == (None, 0, None)


@pytest.mark.parametrize(
    ("policy", "week", "number"),
    [("va-prize", 1, 2), ("iop-attendance", 1, 4), ("iop-attendance", 6, 4), ("treatment-goals", 1, 3)],
)
def test_visits_a_week_are_those_of_the_program(policy: str, week: int, number: int) -> None:
    assert visits_a_week(load_policy(policy), load_program("intensive-outpatient"), week) == number


def test_a_session_is_rewarded_where_the_policy_counts_it() -> None:
    goals = load_policy("treatment-goals")
    assert rewards(goals, "housing-plan")
    assert rewards(load_policy("va-prize"), "")
