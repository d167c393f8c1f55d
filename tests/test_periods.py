"""Periods: months, quarters, and the steps that a time is told in."""

from datetime import date

import pytest

from cm_engine.periods import Period, PeriodError, month_of, months_back, named_period, quarter_of, steps


def test_a_month_and_a_quarter_are_read_by_their_names() -> None:
    assert named_period("2028-02") == (date(2028, 2, 1), date(2028, 2, 29))
    assert named_period("2026-Q4") == (date(2026, 10, 1), date(2026, 12, 31))
    assert (month_of(date(2026, 3, 2)), quarter_of(date(2026, 3, 31))) == ("2026-03", "2026-Q1")
    assert months_back(date(2026, 3, 31), 14) == date(2025, 1, 1)


@pytest.mark.parametrize("name", ["2026-13", "2026-Q5", "2026", "0000-01", "9999-12", "month", "2026-01-02"])
def test_what_names_no_period_is_refused(name: str) -> None:
    with pytest.raises(PeriodError):
        named_period(name)


def test_weeks_begin_on_monday_and_the_ends_are_cut() -> None:
    told = steps(Period(date(2026, 3, 4), date(2026, 3, 17)))
    assert [(step.first.day, step.last.day) for step in told] == [(4, 8), (9, 15), (16, 17)]


def test_a_long_time_is_told_by_months() -> None:
    told = steps(Period(date(2025, 11, 15), date(2026, 10, 3)))
    assert len(told) == 12
    assert told[0] == (date(2025, 11, 15), date(2025, 11, 30))
    assert told[-1] == (date(2026, 10, 1), date(2026, 10, 3))
