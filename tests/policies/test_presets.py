"""The presets pay what their protocols publish. The figures are those of the field, each with its source beside it."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import accumulate

import pytest

from cm_engine.catalogue import PRESETS
from cm_engine.events import Event, Finding, Result
from cm_engine.exchange.policy_file import load_policy
from cm_engine.perfect_run import perfect_run
from cm_engine.policies.escalating import Escalating
from cm_engine.timetable import read_schedule
from tests.stories import MONDAY, event, pays, tells, told, total


def perfect(name: str) -> list[str]:
    """What each visit of a perfect record pays, at the usual visits a week."""
    policy = load_policy(name)
    return [policy.pays.text(line.amount) for line in perfect_run(policy, read_schedule(PRESETS[name]), MONDAY)]


# Higgins (University of Vermont): vouchers for cocaine, three tests a week for twelve weeks.


def test_a_perfect_higgins_record_adds_up_as_published() -> None:
    published = {1: "2.50", 3: "21.25", 6: "53.75", 8: "75.00", 9: "97.50", 12: "152.50", 18: "296.25", 24: "485.00"}
    published |= {27: "596.25", 30: "718.75", 31: "758.75", 36: "997.50"}
    so_far = list(accumulate(map(Decimal, perfect("higgins-voucher"))))
    assert {n: str(so_far[n - 1]) for n in published} == published
    assert len(so_far) == 36


def test_the_last_of_36_pays_its_place_and_the_bonus() -> None:
    policy = load_policy("higgins-voucher")
    *_, last = perfect_run(policy, read_schedule("1-12:3"), MONDAY)
    assert [policy.pays.text(part.amount) for part in last.parts] == ["46.25", "10.00"]


def test_a_higgins_patient_starts_over_after_a_positive_and_wins_the_place_back_with_five_negatives() -> None:
    tells(
        "higgins-voucher",
        """
        Mon 2026-01-05  negative   2.50
        Wed 2026-01-07  negative   3.75
        Fri 2026-01-09  negative   5.00 + 10.00
        Mon 2026-01-12  negative   6.25
        Wed 2026-01-14  negative   7.50
        Fri 2026-01-16  negative   8.75 + 10.00
        Mon 2026-01-19  negative  10.00
        Wed 2026-01-21  positive   0.00            # back to the start; 10.00 was paid last
        Fri 2026-01-23  negative   2.50
        Mon 2026-01-26  negative   3.75
        Wed 2026-01-28  negative   5.00 + 10.00
        Fri 2026-01-30  negative   6.25
        Mon 2026-02-02  negative   7.50            # the fifth in a row
        Wed 2026-02-04  negative  10.00 + 10.00    # the place paid before the setback
        Fri 2026-02-06  negative  11.25
        """,
    )


def test_a_missed_visit_sends_a_higgins_patient_back_and_an_excused_one_does_not() -> None:
    assert pays("higgins-voucher", "N N N M E N", a_week=3) == ["2.50", "3.75", "15.00", "0.00", "0.00", "2.50"]
    assert pays("higgins-voucher", "N N E N", a_week=3) == ["2.50", "3.75", "0.00", "15.00"]


def test_a_perfect_silverman_record_is_1155_dollars() -> None:
    policy = load_policy("silverman-voucher")
    lines = list(perfect_run(policy, read_schedule("1-12:3"), MONDAY))
    assert policy.pays.text(lines[-1].balance) == "1155.00"
    assert [policy.pays.text(part.amount) for part in lines[-1].parts] == ["55.00", "10.00"]


# The prize bowl of the MIEDAR trials (NIDA CTN-0006 and CTN-0007): two visits a week for twelve weeks.

MIEDAR_VECTORS = [
    ("+++----++++--++++++--+++", "---++------+-+++++--++-+", "0,0,0,1,2,4,5,0,0,0,0,1,4,0,0,0,0,0,0,3,2,0,0,0", 22),
    ("+++--+--++-+++-+++--++++", "+++--+--+--++++---++-+--", "0,0,0,3,4,0,3,3,0,0,3,0,0,0,1,0,0,0,1,1,0,0,0,0", 19),
    ("+----++++-+++--+-+-++--+", "+-----+---+--+---+-+----", "0,3,4,4,5,0,0,0,0,3,0,0,0,1,4,0,3,0,3,0,0,3,4,0", 37),
]  # fmt: skip


@pytest.mark.parametrize(("primary", "secondary", "draws", "altogether"), MIEDAR_VECTORS)
def test_miedar_draws_follow_the_run_of_weeks_with_two_more_for_opioid_negative(
    primary: str, secondary: str, draws: str, altogether: int
) -> None:
    policy = load_policy("miedar-prize")
    found: dict[str, Finding] = {"-": "negative", "+": "positive"}
    events: list[Event] = []
    for visit, (stimulants, opioid) in enumerate(zip(primary, secondary, strict=True)):
        on = date.fromordinal(MONDAY.toordinal() + 7 * (visit // 2) + 3 * (visit % 2))
        panel = dict.fromkeys(policy.targets, found["-"]) | {"cocaine": found[stimulants], "opioid": found[opioid]}
        events.append(event(policy, on, "", visit, result=Result("", tuple(sorted(panel.items())))))
    amounts = told(policy, events, MONDAY).amounts
    assert amounts == draws.split(",")
    assert total(amounts) == str(altogether)


def test_a_perfect_miedar_record_with_opioid_negative_is_204_draws_and_156_without() -> None:
    assert total(perfect("miedar-prize")) == "204"
    assert total(pays("miedar-prize", "N" * 24, a_week=2)) == "156"


# Veterans Affairs: two visits a week for twelve weeks, draws 1, 2, … 8.


def test_a_perfect_va_record_is_164_draws() -> None:
    assert perfect("va-prize") == [*map(str, range(1, 9)), *["8"] * 16]
    assert total(perfect("va-prize")) == "164"


def test_va_draws_start_over_after_a_positive_and_after_a_miss() -> None:
    amounts = pays("va-prize", "NNNNNNNNNN P NNN M NN", a_week=2)
    assert amounts == "1 2 3 4 5 6 7 8 8 8 0 1 2 3 0 1 2".split()
    assert total(amounts) == "61"


def test_va_keeps_the_place_over_an_excused_absence_but_not_over_a_miss() -> None:
    assert pays("va-prize", "N N N E N", a_week=2) == ["1", "2", "3", "0", "4"]
    assert pays("va-prize", "N N N M N", a_week=2) == ["1", "2", "3", "0", "1"]


# California Recovery Incentives (Medi-Cal).


def test_a_perfect_california_record_is_438_and_161_dollars_and_just_fits_the_cap() -> None:
    amounts = perfect("recovery-incentives-ca")
    assert (total(amounts[:24]), total(amounts[24:])) == ("438.00", "161.00")
    assert amounts[22:] == ["26.50", "26.50", *["15.00"] * 6, *["10.00"] * 5, "21.00"]
    assert total(amounts) == "599.00"
    assert len(amounts) == 36


def test_california_gives_the_earlier_level_back_after_two_negatives_in_a_row() -> None:
    amounts = pays("recovery-incentives-ca", "W1 NN W2 NN W3 NP W4 NN W5 NN")
    assert amounts == "10.00 10.00 11.50 11.50 13.00 0.00 10.00 10.00 13.00 13.00".split()
    assert total(amounts) == "102.00"


def test_california_gives_back_the_level_that_was_due_when_the_first_of_the_week_fails() -> None:
    amounts = pays("recovery-incentives-ca", "W1 NN W2 NN W3 PN W4 NN W5 NN")
    assert amounts == "10.00 10.00 11.50 11.50 0.00 10.00 10.00 13.00 13.00 14.50".split()
    assert total(amounts) == "103.50"


def test_california_a_miss_costs_the_level_and_an_excused_absence_does_not() -> None:
    assert total(pays("recovery-incentives-ca", "W1 NN W2 N,missed W3 NN W4 N")) == "63.00"
    amounts = pays("recovery-incentives-ca", "W1 NN W2 N,excused W3 NN W4 N")
    assert amounts == "10.00 10.00 11.50 0.00 11.50 13.00 13.00".split()
    assert total(amounts) == "69.00"


# Attendance and activities.


def test_names_in_the_hat_rise_with_each_group_and_fall_with_an_unexcused_absence() -> None:
    assert pays("name-in-the-hat", "A A A U A E A") == ["1", "2", "3", "0", "1", "0", "2"]


def test_iop_attendance_pays_a_draw_a_visit_and_two_more_for_every_fifth() -> None:
    assert pays("iop-attendance", "AAAAA AAAAA U AAAAA") == "1 1 1 1 3 1 1 1 1 3 0 1 1 1 1 3".split()


def test_treatment_goals_pay_twenty_points_each_worth_five_dollars() -> None:
    policy = load_policy("treatment-goals")
    assert pays(policy, "C C I C") == ["20", "20", "0", "20"]
    assert policy.worth is not None
    assert 20 * policy.worth == 500


# The weekly words of real trial participants, one test a week: longest abstinence is in test_outcomes.

WEEKLY_WORDS = [
    ("-------------------o-o-o", "326.25", "126"),
    ("------------o-oooooooooo", "155.00", "69"),
    ("--++*++++++-++++++-+++-", "13.75", "6"),
    ("-o---o---o--o+----------", "162.50", "68"),
    ("-++++++++-+++-----------", "131.25", "62"),
]


@pytest.mark.parametrize(("word", "higgins", "va"), WEEKLY_WORDS)
def test_the_weekly_words_of_trial_participants_pay_as_worked_out_by_hand(word: str, higgins: str, va: str) -> None:
    vouchers, draws = load_policy("higgins-voucher"), load_policy("va-prize")
    assert isinstance(vouchers, Escalating)
    vouchers, draws = replace(vouchers, weeks=None, restore=None), replace(draws, weeks=None)
    assert total(pays(vouchers, word, a_week=1)) == higgins
    assert total(pays(draws, word, a_week=1)) == va
