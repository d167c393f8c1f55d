"""Schedules: so many visits in so many weeks, and the days they fall on."""

from datetime import date

import pytest

from cm_engine.timetable import ScheduleError, read_schedule


def test_visits_are_spread_over_their_week() -> None:
    days = list(read_schedule("1:2,2-3:1").days(date(2026, 1, 5)))
    assert [day.isoformat() for day in days] == ["2026-01-05", "2026-01-08", "2026-01-12", "2026-01-19"]
    assert [day.day for day in read_schedule("1:3").days(date(2026, 1, 5))] == [5, 7, 9]


def test_a_schedule_is_written_as_it_is_read() -> None:
    assert str(read_schedule("1-12:2, 13-24:1,30:3")) == "1-12:2,13-24:1,30:3"


@pytest.mark.parametrize("text", ["", "12", "1-12", "2-1:3", "0-3:1", "1-12:2,12:1", "1:8", "1-x:2", "1--3:2"])
def test_what_is_no_schedule_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ScheduleError, match=r"1-12:2|before|one visit a day"):
        read_schedule(text)
