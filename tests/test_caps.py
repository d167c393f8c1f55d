"""Caps: what one person may be paid in a period, and which cap decided."""

from datetime import date
from typing import Any

import pytest

from cm_engine.caps import year_before
from cm_engine.errors import InputError
from cm_engine.exchange.policy_file import parse_policy
from cm_engine.policies.contract import Policy
from tests.stories import pays, tells


def flat(amount: str, caps: str, *, in_units: str = "usd", more: str = "") -> Policy[Any]:
    """Write a policy that pays the same for each negative, under caps."""
    head = f'name = "f"\ntitle = "F"\nkind = "escalating"\npays = "{in_units}"\non = "test"\n{more}\n'
    return parse_policy("story", f'{head}[ladder]\nstart = "{amount}"\n{caps}')


def cap(amount: str, per: str, mode: str = "truncate") -> str:
    """Write a cap."""
    return f'[[caps]]\namount = "{amount}"\nper = "{per}"\nmode = "{mode}"\n'


def test_a_cap_cuts_the_award_to_what_is_left() -> None:
    assert pays(flat("10", cap("25", "episode")), "N N N N") == ["10.00", "10.00", "5.00", "0.00"]


def test_a_cap_that_denies_pays_whole_awards_only() -> None:
    assert pays(flat("10", cap("25", "episode", "deny")), "N N N") == ["10.00", "10.00", "0.00"]


def test_the_tightest_cap_wins_and_is_named() -> None:
    both = flat("10", cap("25", "episode") + cap("8", "day"))
    told = tells(both, "Mon 2026-01-05  negative  8.00")
    assert told.lines[0].capped_by is not None
    assert told.lines[0].capped_by.per == "day"
    assert told.lines[0].capped == 200


def test_a_cap_never_touches_the_ladder() -> None:
    rising = parse_policy(
        "story",
        'name = "r"\ntitle = "R"\nkind = "escalating"\npays = "draws"\non = "test"\n'
        '[ladder]\nstart = 1\nstep = 1\n[[caps]]\namount = 3\nper = "week"\n',
    )
    assert pays(rising, "W1 NNN W2 N") == ["1", "2", "0", "3"]


def test_a_week_is_the_programs_and_a_month_the_calendars() -> None:
    by_week = flat("10", cap("10", "week"))
    by_month = flat("10", cap("10", "month"))
    story = """
        Thu 2026-01-29  negative  10.00
        Sat 2026-01-31  negative   0.00
        Sun 2026-02-01  negative  {}
        Thu 2026-02-05  negative  {}
        """
    tells(by_week, story.format("0.00", "10.00"))
    tells(by_month, story.format("10.00", "0.00"))


def test_a_calendar_year_begins_on_the_first_of_january() -> None:
    tells(
        flat("10", cap("10", "calendar-year")),
        """
        Wed 2025-12-31  negative  10.00
        Thu 2026-01-01  negative  10.00
        Thu 2026-12-31  negative   0.00
        """,
    )


def test_a_rolling_year_reaches_back_to_the_day_after_the_same_day_a_year_before() -> None:
    tells(
        flat("10", cap("10", "rolling-year")),
        """
        Mon 2026-01-05  negative  10.00
        Mon 2027-01-04  negative   0.00
        Tue 2027-01-05  negative  10.00
        """,
    )


@pytest.mark.parametrize(
    ("on", "before"),
    [("2026-01-05", "2025-01-05"), ("2024-02-29", "2023-02-28"), ("2025-02-28", "2024-02-28")],
)
def test_the_same_day_of_the_year_before(on: str, before: str) -> None:
    assert year_before(date.fromisoformat(on)) == date.fromisoformat(before)


def test_points_with_a_worth_are_capped_in_money_and_cut_to_whole_points() -> None:
    points = flat("20", cap("7.10", "episode"), in_units="points", more='worth = "0.25"')
    assert pays(points, "N N N") == ["20", "8", "0"]  # 28 points are 7.00; a 29th would be 7.25


def test_points_without_a_worth_are_capped_in_points() -> None:
    assert pays(flat("20", cap("25", "episode"), in_units="points"), "N N") == ["20", "5"]


def test_the_higgins_schedule_in_points_of_a_quarter_dollar_is_3990_points() -> None:
    text = (
        'name = "h"\ntitle = "H"\nkind = "escalating"\npays = "points"\nworth = "0.25"\non = "test"\n'
        "[ladder]\nstart = 10\nstep = 5\n[bonus]\nevery = 3\namount = 40\n"
    )
    amounts = pays(parse_policy("story", text), "N" * 36, a_week=3)
    assert sum(map(int, amounts)) == 3990


def test_a_worth_that_is_an_empty_list_is_as_good_as_absent() -> None:
    points = flat("20", cap("25", "episode"), in_units="points", more="worth = []")
    assert pays(points, "N N") == ["20", "5"]


def test_a_fiscal_year_begins_on_its_first_day() -> None:
    tells(
        flat("10", cap("10", "fiscal-year") + 'first_day = "07-01"\n'),
        """
        Tue 2026-06-30  negative  10.00
        Wed 2026-07-01  negative  10.00
        Fri 2027-01-01  negative   0.00
        Wed 2027-06-30  negative   0.00
        Thu 2027-07-01  negative  10.00
        """,
    )


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("", "a fiscal year needs its first day"),
        ('first_day = "02-29"', "of every year"),
        ('first_day = "1 July"', "a month and a day"),
    ],
)
def test_a_fiscal_year_needs_a_first_day_that_every_year_has(more: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        flat("10", cap("10", "fiscal-year") + f"{more}\n")


def test_no_other_period_has_a_first_day() -> None:
    with pytest.raises(InputError, match="a first day is for"):
        flat("10", cap("10", "month") + 'first_day = "07-01"\n')
