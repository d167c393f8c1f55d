"""Corrections: what a laboratory overturns, what was entered in error, an excuse; and what is then credited or taken back."""

from datetime import date, timedelta
from typing import Any

import pytest

from cm_engine import ledger
from cm_engine.actions.correct import Correction, correct, excuse, void
from cm_engine.actions.redeem import choose
from cm_engine.actions.verify import verify
from cm_engine.events import Result
from cm_engine.exchange.policy_file import load_policy, parse_policy, policy_text
from cm_engine.policies.contract import Policy
from tests.clinic import Clinic, clinic

HIGGINS = load_policy("higgins-voucher")


def changed(*pairs: tuple[str, str]) -> Policy[Any]:
    """Give higgins-voucher with some of its terms changed."""
    text = policy_text(HIGGINS)
    for one, other in pairs:
        assert one in text
        text = text.replace(one, other)
    return parse_policy("story", text)


CLAWBACK = changed(("clawback = false", "clawback = true"))


def six_days(riverside: Clinic, letters: str) -> tuple[str, list[str]]:
    """Record a test a day; give the participant and the events."""
    ada = riverside.enrol("Ada")
    events = []
    for letter in letters:
        events.append(riverside.event(ada, {"N": "negative", "P": "positive"}[letter]))
        riverside.clock.go_on(days=1)
    return ada, events


def test_a_false_positive_is_made_good_in_one_credit(migrated_url: str) -> None:
    with clinic(migrated_url, HIGGINS) as riverside:
        ada, events = six_days(riverside, "NNNPNN")
        assert riverside.held(ada) == 27_50
        award = riverside.correct(ada, events[3], "negative")["awards"][0]
        assert (award["amount"], award["balance"], award["next"]) == ("26.25", "53.75", "10.00")
        assert riverside.record(ada)["awards"][0]["amount"] == "10.00"
        assert verify(riverside.engine).is_clean


def test_a_false_negative_leaves_what_was_paid_and_rebuilds_the_ladder(migrated_url: str) -> None:
    with clinic(migrated_url, HIGGINS) as riverside:
        ada, events = six_days(riverside, "NNNNNN")
        award = riverside.correct(ada, events[3], "positive")["awards"][0]
        assert (award["amount"], award["balance"], award["next"]) == ("0.00", "53.75", "15.00")
        assert riverside.record(ada)["awards"][0]["amount"] == "15.00"


def test_with_clawback_a_false_negative_is_debited_first(migrated_url: str) -> None:
    with clinic(migrated_url, CLAWBACK) as riverside:
        ada, events = six_days(riverside, "NNNNNN")
        award = riverside.correct(ada, events[3], "positive")["awards"][0]
        assert (award["amount"], award["next"]) == ("-26.25", "15.00")
        assert riverside.held(ada) == 27_50


@pytest.mark.parametrize(
    ("policy", "letters", "paid"),
    [
        (HIGGINS, "NNNMEN", ["2.50", "3.75", "15.00", "0.00", "0.00", "2.50"]),
        (HIGGINS, "NNEN", ["2.50", "3.75", "0.00", "15.00"]),
        (changed(("breaks_bonus = false", "breaks_bonus = true")), "NNEN", ["2.50", "3.75", "0.00", "5.00"]),
    ],
)
def test_missed_and_excused_visits_as_the_protocols_have_them(
    migrated_url: str, policy: Policy[Any], letters: str, paid: list[str]
) -> None:
    with clinic(migrated_url, policy) as riverside:
        assert riverside.tests(riverside.enrol("Ben"), letters) == paid


@pytest.mark.parametrize(
    ("policy", "total"),
    [
        (changed(("after = 5", "after = 99")), 165_00),
        (HIGGINS, 170_00),
        (changed(('to = "paid"', 'to = "due"')), 171_25),
        (changed(('pays = "after"', 'pays = "on"')), 177_50),
    ],
)
def test_a_lost_place_comes_back_as_the_protocols_have_it(migrated_url: str, policy: Policy[Any], total: int) -> None:
    with clinic(migrated_url, policy) as riverside:
        ben = riverside.enrol("Ben")
        riverside.tests(ben, "N" * 10 + "P" + "N" * 6)
        assert riverside.held(ben) == total
        assert verify(riverside.engine).is_clean


def test_what_is_spent_cannot_be_taken_back_and_is_booked_as_uncollected(migrated_url: str) -> None:
    with clinic(migrated_url, CLAWBACK) as riverside:
        ada, events = six_days(riverside, "NNNNNN")
        for _ in range(4):
            choose(riverside.engine, riverside.request(), ada, riverside.prize("Grocery card"))  # 10.00 each
        award = riverside.correct(ada, events[3], "positive")["awards"][0]
        assert (award["amount"], award["uncollected"]) == ("-13.75", "12.50")
        assert riverside.held(ada) == 0
        assert riverside.standing(ada).has(ledger.UNCOLLECTED, "usd") == -12_50
        assert verify(riverside.engine).is_clean


def test_a_void_takes_back_always_and_the_next_test_of_the_day_counts(migrated_url: str) -> None:
    with clinic(migrated_url, HIGGINS) as riverside:
        ada = riverside.enrol("Ada")
        wrong = riverside.event(ada)
        award = void(riverside.engine, riverside.request(), ada, wrong, "another patient's cup")["awards"][0]
        assert (award["amount"], award["next"]) == ("-2.50", "2.50")
        assert riverside.record(ada)["awards"][0]["amount"] == "2.50"
        assert riverside.held(ada) == 2_50
        assert verify(riverside.engine).is_clean


def test_a_missed_visit_is_excused_by_a_correction_and_an_unrecorded_one_is_recorded_so(migrated_url: str) -> None:
    with clinic(migrated_url, HIGGINS) as riverside:
        ben = riverside.enrol("Ben")
        riverside.tests(ben, "NM")
        yesterday = riverside.today - timedelta(days=1)
        excuse(riverside.engine, riverside.request(), ben, yesterday, "test", reason="hospital")
        excuse(riverside.engine, riverside.request(), ben, riverside.today, "test", reason="hospital")
        assert [event.result.outcome for event in riverside.standing(ben).events()] == [
            "negative",
            "excused",
            "excused",
        ]
        assert riverside.record(ben, at=riverside.clock.now + timedelta(hours=1))["awards"][0]["amount"] == "3.75"


def test_a_missed_test_is_excused_whatever_its_session_was_called(migrated_url: str) -> None:
    with clinic(migrated_url, HIGGINS) as riverside:
        ben = riverside.enrol("Ben")
        riverside.record(ben, "missed", session="monday morning")
        excuse(riverside.engine, riverside.request(), ben, riverside.today, "test", reason="hospital")
        assert [event.result.outcome for event in riverside.standing(ben).events()] == ["excused"]
        assert verify(riverside.engine).is_clean


def test_what_was_attended_cannot_be_excused(migrated_url: str) -> None:
    with clinic(migrated_url, HIGGINS) as riverside:
        ben = riverside.enrol("Ben")
        riverside.event(ben)
        with riverside.refuses("negative was recorded"):
            excuse(riverside.engine, riverside.request(), ben, riverside.today, "test")


def test_a_correction_that_cannot_be_is_refused(migrated_url: str) -> None:
    with clinic(migrated_url, HIGGINS) as riverside:
        ada = riverside.enrol("Ada")
        event = riverside.event(ada)
        before = riverside.today - timedelta(days=1)
        with riverside.refuses("has no event"):
            riverside.correct(ada, "another", "positive")
        with riverside.refuses("not before"):
            correct(riverside.engine, riverside.request(), ada, Correction(event, Result("positive"), before))
        with riverside.refuses("is not an outcome of test"):
            riverside.correct(ada, event, "attended")


def test_a_late_event_is_paid_on_the_day_it_was_recorded(migrated_url: str) -> None:
    with clinic(migrated_url, HIGGINS) as riverside:
        ada = riverside.enrol("Ada")
        riverside.event(ada)
        riverside.clock.go_on(days=2)
        riverside.event(ada)
        monday = riverside.clock.now - timedelta(days=1)
        award = riverside.record(ada, at=monday)["awards"][0]
        assert (award["amount"], award["next"]) == ("15.00", "6.25")  # it pays 3.75, Wednesday 5.00 and 10.00
        posted = riverside.ask("SELECT posted_on, amount FROM entries WHERE unit = 'usd' ORDER BY seq")
        assert [tuple(row) for row in posted] == [("2026-03-02", 250), ("2026-03-04", 375), ("2026-03-04", 1500)]
        assert verify(riverside.engine).is_clean


def test_a_late_positive_rebuilds_the_ladder_and_leaves_what_was_paid(migrated_url: str) -> None:
    with clinic(migrated_url, HIGGINS) as riverside:
        ada = riverside.enrol("Ada", date(2026, 3, 1))
        riverside.tests(ada, "NN")
        award = riverside.record(ada, "positive", at=date(2026, 3, 1))["awards"][0]
        assert (award["amount"], award["next"]) == ("0.00", "15.00")
        riverside.clock.go_on(days=1)
        early = riverside.clock.now - timedelta(days=2)
        award = riverside.record(ada, "positive", at=early)["awards"][0]
        assert award["amount"] == "0.00"
        assert riverside.held(ada) == 6_25
        assert verify(riverside.engine).is_clean


def test_the_latest_correction_wins_whichever_arrives_last(migrated_url: str) -> None:
    with clinic(migrated_url, HIGGINS) as riverside:
        ada, events = six_days(riverside, "NN")
        today = riverside.today
        for on, outcome, in_force in ((today, "positive", True), (today - timedelta(days=1), "missed", False)):
            correction = Correction(events[0], Result(outcome), on)
            answer = correct(riverside.engine, riverside.request(), ada, correction)
            assert answer["in_force"] is in_force
        assert riverside.standing(ada).event(events[0]).result == Result("positive")
        assert verify(riverside.engine).is_clean
