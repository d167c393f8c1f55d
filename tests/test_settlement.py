"""Corrections: what a laboratory overturns, what was entered in error, and what is then credited or taken back."""

from cm_engine.exchange.policy_file import load_policy, parse_policy, policy_text
from tests.stories import tells

HIGGINS = load_policy("higgins-voucher")
CLAWBACK = parse_policy("story", policy_text(HIGGINS).replace("clawback = false", "clawback = true"))


def capped(amount: str, per: str, mode: str = "truncate") -> str:
    """Write a draws policy with one cap."""
    head = 'name = "c"\ntitle = "C"\nkind = "escalating"\npays = "draws"\non = "test"\n[ladder]\nstart = 1\nstep = 1\n'
    return f'{head}[[caps]]\namount = {amount}\nper = "{per}"\nmode = "{mode}"\n'


def test_a_false_positive_is_put_right_in_one_credit() -> None:
    told = tells(
        HIGGINS,
        """
        Mon 2026-01-05  negative                     2.50
        Wed 2026-01-07  negative                     3.75
        Fri 2026-01-09  negative                     5.00 + 10.00
        Mon 2026-01-12  positive                     0.00
        Wed 2026-01-14  negative                     2.50
        Fri 2026-01-16  negative                     3.75             # 27.50 so far
        Sat 2026-01-17  2026-01-12 becomes negative  26.25            # 53.75 are due
        Mon 2026-01-19  negative                     10.00
        """,
    )
    assert told.balance == "63.75"


FALSE_NEGATIVE = """
    Mon 2026-01-05  negative                     2.50
    Wed 2026-01-07  negative                     3.75
    Fri 2026-01-09  negative                     5.00 + 10.00
    Mon 2026-01-12  negative                     6.25
    Wed 2026-01-14  negative                     7.50
    Fri 2026-01-16  negative                     8.75 + 10.00     # 53.75 so far
    Sat 2026-01-17  2026-01-12 becomes positive  {}
    Mon 2026-01-19  negative                     5.00 + 10.00     # the ladder was rebuilt
    """


def test_after_a_false_negative_nothing_is_taken_back_and_the_ladder_is_rebuilt() -> None:
    assert tells(HIGGINS, FALSE_NEGATIVE.format("0.00")).balance == "68.75"


def test_with_clawback_a_false_negative_is_taken_back() -> None:
    assert tells(CLAWBACK, FALSE_NEGATIVE.format("-26.25")).balance == "42.50"


def test_what_was_entered_in_error_never_happened() -> None:
    told = tells(
        HIGGINS,
        """
        Mon 2026-01-05  negative                   2.50
        Tue 2026-01-06  negative                   3.75             # another patient's
        Wed 2026-01-07  negative                   5.00 + 10.00
        Thu 2026-01-08  2026-01-06 never happened  -15.00           # its own, and what it lifted
        Fri 2026-01-09  negative                   5.00 + 10.00
        """,
    )
    assert told.balance == "21.25"
    assert told.lines[3].seen.seen_as == "ignore"


def test_a_void_takes_back_what_earlier_corrections_left_too() -> None:
    told = tells(
        HIGGINS,
        """
        Mon 2026-01-05  negative                     2.50
        Wed 2026-01-07  negative                     3.75
        Fri 2026-01-09  2026-01-05 becomes positive  0.00     # 2.50 and 1.25 too many are left
        Sat 2026-01-10  2026-01-07 never happened    -6.25
        """,
    )
    assert told.balance == "0.00"


def test_the_latest_correction_wins_and_can_bring_a_voided_event_back() -> None:
    told = tells(
        HIGGINS,
        """
        Mon 2026-01-05  negative                     2.50
        Tue 2026-01-06  2026-01-05 never happened    -2.50
        Wed 2026-01-07  2026-01-05 becomes positive  0.00
        Thu 2026-01-08  2026-01-05 becomes negative  2.50
        """,
    )
    assert told.balance == "2.50"


def test_another_result_of_the_day_takes_over_what_was_settled_for_it() -> None:
    told = tells(
        HIGGINS,
        """
        Mon 2026-01-05  negative                    2.50
        Mon 2026-01-05  2026-01-05 becomes pending  0.00
        Mon 2026-01-05  negative                    0.00      # 2.50 was settled for this day already
        Tue 2026-01-06  negative                    3.75
        """,
    )
    assert told.lines[2].seen.seen_as == "success"


def test_a_credit_goes_through_the_caps_as_one_award_of_the_day_it_is_made() -> None:
    told = tells(
        parse_policy("story", capped("4", "day")),
        """
        Mon 2026-01-05  negative                     1
        Tue 2026-01-06  positive                     0
        Wed 2026-01-07  negative                     1
        Thu 2026-01-08  negative                     2
        Fri 2026-01-09  2026-01-06 becomes negative  4        # 6 are due more: 2, 2 and 2
        Sat 2026-01-10  2026-01-06 becomes positive  0
        Sun 2026-01-11  2026-01-06 becomes negative  0        # what a cap refused is never carried over
        """,
    )
    assert told.lines[4].capped == 2


def test_a_cap_by_event_takes_a_correction_as_one_event() -> None:
    tells(
        parse_policy("story", capped("3", "event", "deny")),
        """
        Mon 2026-01-05  positive                     0
        Tue 2026-01-06  negative                     1
        Wed 2026-01-07  negative                     2
        Thu 2026-01-08  2026-01-05 becomes negative  3        # 1, 1 and 1
        Fri 2026-01-09  negative                     0        # the fourth would not fit whole
        """,
    )


def test_what_is_taken_back_makes_room_under_the_cap_from_the_day_it_is_posted() -> None:
    tells(
        parse_policy("story", capped("6", "episode")),
        """
        Mon 2026-01-05  negative                   1
        Tue 2026-01-06  negative                   2
        Wed 2026-01-07  negative                   3        # the cap is full
        Thu 2026-01-08  2026-01-06 never happened  -3       # its 2, and 1 of the next
        Fri 2026-01-09  negative                   3
        """,
    )


def test_what_is_taken_back_in_a_later_month_never_lets_more_in_than_the_cap() -> None:
    tells(
        parse_policy("story", capped("3", "month")),
        """
        Thu 2026-01-29  negative                   1
        Fri 2026-01-30  negative                   2
        Sun 2026-02-01  2026-01-29 never happened  -2       # February stands at 2 below nothing
        Mon 2026-02-02  negative                   2
        Tue 2026-02-03  negative                   3        # 0 were counted so far, not 2 below
        Wed 2026-02-04  negative                   0        # 3 were
        """,
    )


def test_weeks_look_at_the_day_of_the_event_and_not_of_the_correction() -> None:
    two_weeks = parse_policy("story", policy_text(HIGGINS).replace("weeks = 12", "weeks = 2"))
    tells(
        two_weeks,
        """
        Mon 2026-01-05  positive                     0.00
        Mon 2026-03-02  2026-01-05 becomes negative  2.50
        Tue 2026-03-03  negative                     0.00
        """,
    )
