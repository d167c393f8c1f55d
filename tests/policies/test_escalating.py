"""The rule of escalating rewards, key by key, as staff would tell it."""

from typing import Any, cast

import pytest

from cm_engine.events import Finding, Result
from cm_engine.exchange.policy_file import parse_policy
from cm_engine.policies.contract import Policy, Visit
from cm_engine.policies.escalating import NOTHING
from tests.stories import pays, tells, total

LADDER = '[ladder]\nstart = "2.50"\nstep = "1.25"'


def vouchers(terms: str = "", *, ladder: str = LADDER, head: str = "") -> Policy[Any]:
    """Write a policy in dollars on tests, with further terms."""
    text = f'name = "v"\ntitle = "V"\nkind = "escalating"\npays = "usd"\non = "test"\n{head}\n{ladder}\n{terms}'
    return parse_policy("story", text)


def draws(
    terms: str = "", *, ladder: str = "[ladder]\nstart = 1\nstep = 1", head: str = "", on: str = "test"
) -> Policy[Any]:
    """Write a policy in draws, with further terms."""
    text = f'name = "d"\ntitle = "D"\nkind = "escalating"\npays = "draws"\non = "{on}"\n{head}\n{ladder}\n{terms}'
    return parse_policy("story", text)


# The ladder.


def test_each_success_in_a_row_pays_one_step_more() -> None:
    assert pays(vouchers(), "N N N N") == ["2.50", "3.75", "5.00", "6.25"]


def test_the_top_is_the_most_a_place_pays() -> None:
    assert pays(draws(ladder="[ladder]\nstart = 1\nstep = 3\ntop = 6"), "N N N N") == ["1", "4", "6", "6"]


def test_listed_values_are_paid_one_by_one_and_the_last_repeats() -> None:
    assert pays(draws(ladder="[ladder]\nvalues = [1, 2, 3, 5, 8]"), "NNNNNNN") == ["1", "2", "3", "5", "8", "8", "8"]


def test_without_a_step_every_success_pays_the_same() -> None:
    assert pays(draws(ladder="[ladder]\nstart = 20"), "N P N N") == ["20", "0", "20", "20"]


def test_a_ladder_that_advances_by_two_pays_each_place_twice() -> None:
    assert pays(draws(ladder="[ladder]\nstart = 1\nstep = 1\nadvance = 2"), "NNNNN") == ["1", "1", "2", "2", "3"]


def test_a_ladder_that_advances_by_the_week_rises_at_the_first_success_of_each_later_week() -> None:
    by_week = draws(ladder='[ladder]\nstart = 1\nstep = 1\nadvance = "week"')
    assert pays(by_week, "W1 NN W2 PN W3 NN W5 NN") == ["1", "1", "0", "1", "2", "2", "3", "3"]


def test_the_place_never_goes_beyond_the_first_that_pays_the_top() -> None:
    down_one = draws("[reset]\nto = 1", ladder="[ladder]\nstart = 1\nstep = 1\ntop = 3")
    assert pays(down_one, "NNNNNN P N") == ["1", "2", "3", "3", "3", "3", "0", "2"]


# Resets.


def test_a_reset_to_the_start_begins_again_at_the_first_place() -> None:
    assert pays(draws(), "NNN P NN") == ["1", "2", "3", "0", "1", "2"]


def test_a_reset_of_two_places_counts_from_the_place_that_the_failed_visit_would_have_paid() -> None:
    assert pays(draws("[reset]\nto = 2"), "NNNN P NN") == ["1", "2", "3", "4", "0", "3", "4"]


def test_a_reset_of_places_stops_at_the_first() -> None:
    assert pays(draws("[reset]\nto = 2"), "N P P N") == ["1", "0", "0", "1"]


def test_a_ladder_that_never_resets_only_ends_the_run() -> None:
    never = draws('[reset]\nto = "never"\n[bonus]\nevery = 2\namount = 10')
    assert pays(never, "N P N N") == ["1", "0", "2", "13"]


def test_a_reset_starts_the_count_to_the_next_rise_again() -> None:
    by_two = draws("[reset]\nto = 1", ladder="[ladder]\nstart = 1\nstep = 1\nadvance = 2")
    assert pays(by_two, "NNNNN P NNN") == ["1", "1", "2", "2", "3", "0", "2", "2", "3"]


def test_after_a_reset_the_first_success_of_a_later_week_does_not_raise_the_place_beforehand() -> None:
    by_week = draws("[reset]\nto = 1", ladder='[ladder]\nstart = 1\nstep = 1\nadvance = "week"')
    assert pays(by_week, "W1 N W2 N W3 P W4 N W5 N") == ["1", "2", "0", "2", "3"]


# Restoration: ten negatives, a positive, six negatives.


@pytest.mark.parametrize(
    ("restore", "altogether"),
    [
        ("", "165.00"),
        ('[restore]\nafter = 5\nto = "paid"\npays = "after"', "170.00"),
        ('[restore]\nafter = 5\nto = "due"\npays = "after"', "171.25"),
        ('[restore]\nafter = 5\nto = "paid"\npays = "on"', "177.50"),
    ],
)
def test_restoration_brings_the_lost_place_back(restore: str, altogether: str) -> None:
    bonus = '[bonus]\nevery = 3\namount = "10.00"\n'
    assert total(pays(vouchers(bonus + restore), "NNNNNNNNNN P NNNNNN")) == altogether


RESTORE_AFTER_TWO = '[restore]\nafter = 2\nto = "paid"\n'


def test_a_second_setback_keeps_the_higher_of_the_two_places() -> None:
    assert pays(draws(RESTORE_AFTER_TWO), "NNNN P N P NN N") == ["1", "2", "3", "4", "0", "1", "0", "1", "2", "4"]


def test_a_place_is_forgotten_once_a_success_was_paid_there() -> None:
    amounts = pays(draws(RESTORE_AFTER_TWO), "NNNN P NN N P NN N")
    assert amounts == ["1", "2", "3", "4", "0", "1", "2", "4", "0", "1", "2", "4"]


def test_a_setback_between_the_restore_and_its_first_payment_keeps_the_place() -> None:
    assert pays(draws(RESTORE_AFTER_TWO), "NNNN P NN P NN N") == ["1", "2", "3", "4", "0", "1", "2", "0", "1", "2", "4"]


def test_a_restore_that_raises_nothing_changes_no_count() -> None:
    after_four = draws('[restore]\nafter = 4\nto = "paid"\n', ladder="[ladder]\nstart = 1\nstep = 1\nadvance = 2")
    assert pays(after_four, "NNN P NNNNNN") == ["1", "1", "2", "0", "1", "1", "2", "2", "3", "3"]


def test_an_excused_absence_leaves_the_restore_count_alone() -> None:
    assert pays(draws(RESTORE_AFTER_TWO), "NNNN P N E N N") == ["1", "2", "3", "4", "0", "1", "0", "2", "4"]


def test_a_setback_right_at_the_start_has_nothing_to_remember() -> None:
    assert pays(draws(RESTORE_AFTER_TWO), "P N N N") == ["0", "1", "2", "3"]


def test_a_restore_that_would_have_fallen_on_the_failed_visit_counts_for_the_places_down() -> None:
    on_second = draws('[reset]\nto = 1\n[restore]\nafter = 1\nto = "due"\npays = "on"\n')
    # The 5th place was due; one down is the 4th. The next positive would have been paid at the 5th again.
    assert pays(on_second, "NNNN P P N") == ["1", "2", "3", "4", "0", "0", "5"]


# Bonuses, extras, phases.


def test_a_bonus_is_paid_on_every_third_in_a_row_and_the_run_starts_again_after_a_failure() -> None:
    bonus = draws("[bonus]\nevery = 3\namount = 10", ladder="[ladder]\nstart = 1")
    assert pays(bonus, "NNNNN P NNN") == ["1", "1", "11", "1", "1", "0", "1", "1", "11"]


def test_an_excused_absence_breaks_the_bonus_run_where_the_terms_say_so() -> None:
    breaks = vouchers('[bonus]\nevery = 3\namount = "10.00"\n[excused]\nbreaks_bonus = true')
    assert pays(breaks, "N N E N") == ["2.50", "3.75", "0.00", "5.00"]


def test_an_extra_is_added_when_its_analytes_are_negative_too() -> None:
    tells(
        draws('[[extra]]\nanalytes = ["opioid", "thc"]\namount = 2', head='targets = ["cocaine"]'),
        """
        Mon 2026-01-05  negative, opioid negative and thc negative   1 + 2
        Tue 2026-01-06  negative, opioid negative and thc explained  2 + 2
        Wed 2026-01-07  negative, opioid negative and thc positive   3
        Thu 2026-01-08  negative, opioid negative too                4   # thc was not reported
        Fri 2026-01-09  positive, opioid negative and thc negative   0
        """,
    )


def test_in_a_phase_a_success_pays_flat_and_the_ladder_waits() -> None:
    phase = draws("[bonus]\nevery = 3\namount = 10\n[[phases]]\nfrom_week = 2\nto_week = 2\namount = 7")
    assert pays(phase, "W1 NN W2 NP W3 NN") == ["1", "2", "7", "0", "13", "4"]


def test_a_phase_without_an_end_lasts() -> None:
    assert pays(draws("[[phases]]\nfrom_week = 2\namount = 5"), "W1 N W2 N W30 P W31 N") == ["1", "5", "0", "5"]


# Excused absences, the day, the program's length.


def test_an_excused_absence_holds_the_place_unless_the_terms_count_it_as_a_failure() -> None:
    assert pays(draws(), "N N E N") == ["1", "2", "0", "3"]
    assert pays(draws("[excused]\nholds = false"), "N N E N") == ["1", "2", "0", "1"]


def test_only_the_first_result_of_a_day_counts() -> None:
    result = tells(
        draws(),
        """
        Mon 2026-01-05  negative  1
        Mon 2026-01-05  positive  0
        Mon 2026-01-05  negative  0
        Tue 2026-01-06  negative  2
        """,
    )
    assert [line.seen.seen_as for line in result.lines] == ["success", "ignore", "ignore", "success"]


def test_an_excused_absence_takes_the_day_only_where_it_counts_as_a_failure() -> None:
    story = """
        Mon 2026-01-05  excused   0
        Mon 2026-01-05  negative  {}
        """
    tells(draws(), story.format(1))
    tells(draws("[excused]\nholds = false"), story.format(0))


def test_each_session_of_a_day_counts_for_itself() -> None:
    tells(
        draws(on="attendance"),
        """
        Mon 2026-01-05  attended at early-recovery-group  1
        Mon 2026-01-05  attended at relapse-prevention    2
        Mon 2026-01-05  attended at relapse-prevention    0   # already counted today
        """,
    )


def test_a_session_that_is_not_listed_is_not_counted() -> None:
    listed = draws(on="attendance", head='sessions = ["early-recovery-group"]')
    tells(
        listed,
        """
        Mon 2026-01-05  attended at early-recovery-group  1
        Tue 2026-01-06  missed at family-therapy          0
        Wed 2026-01-07  attended at early-recovery-group  2
        """,
    )


def test_after_the_programs_weeks_nothing_is_paid() -> None:
    assert pays(draws(head="weeks = 2"), "W1 N W2 N W3 N") == ["1", "2", "0"]


def test_outcomes_can_be_seen_otherwise_than_usual() -> None:
    kind = draws('[outcomes]\ninvalid = "excused"\nrefused = "ignore"\n')
    tells(
        kind,
        """
        Mon 2026-01-05  negative  1
        Tue 2026-01-06  invalid   0
        Wed 2026-01-07  refused   0
        Thu 2026-01-08  negative  2
        """,
    )


# What decides a test.


@pytest.mark.parametrize(
    ("outcome", "analytes", "seen_as"),
    [
        ("", "cocaine=negative;thc=negative", "success"),
        ("", "cocaine=explained;thc=negative", "success"),
        ("", "cocaine=negative;thc=positive", "failure"),
        ("", "cocaine=negative", "success"),  # counts by what it reports
        ("negative", "cocaine=positive", "failure"),  # the targets decide
        ("positive", "cocaine=negative;opioid=positive", "success"),
        ("positive", "opioid=positive", "ignore"),  # no target reported
        ("missed", "cocaine=negative", "failure"),  # stands, whatever the analytes
        ("pending", "cocaine=positive", "ignore"),
        ("negative", "", "success"),  # without analytes, its outcome
        ("excused", "", "excused"),
    ],
)
def test_with_targets_the_targets_decide(outcome: str, analytes: str, seen_as: str) -> None:
    policy = draws(head='targets = ["cocaine", "thc"]')
    assert policy.see(_result(outcome, analytes), "").seen_as == seen_as


@pytest.mark.parametrize(
    ("outcome", "analytes", "seen_as"),
    [
        ("", "cocaine=negative;thc=explained", "success"),
        ("", "cocaine=negative;thc=positive", "failure"),
        ("negative", "thc=positive", "success"),
        ("invalid", "thc=negative", "failure"),
    ],
)
def test_without_targets_the_outcome_decides_and_else_any_positive_analyte(
    outcome: str, analytes: str, seen_as: str
) -> None:
    assert draws().see(_result(outcome, analytes), "").seen_as == seen_as


def _result(outcome: str, analytes: str) -> Result:
    pairs = [part.split("=") for part in analytes.split(";") if part]
    return Result(outcome, tuple((name, cast("Finding", finding)) for name, finding in pairs))


def test_a_place_that_was_won_back_is_remembered_no_longer() -> None:
    """The awards would be the same; but a state that went on counting would never be one that was there before."""
    policy = vouchers("[restore]\nafter = 2")
    state = policy.begin()
    for success in (True, True, True, False, True, True, True, True):
        state, _ = policy.step(state, Visit("success" if success else "failure", 1))
    assert (state.lost, state.since_reset) == (NOTHING, 0)
