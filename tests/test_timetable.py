"""Timetables: so many visits in so many weeks, and what a program expects on which day."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import combinations, pairwise
from random import Random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cm_engine.exchange.program_file import load_program, parse_program
from cm_engine.forms import Reader
from cm_engine.program import Program, Screening
from cm_engine.terms import read_terms
from cm_engine.timetable import Expected, Pick, ScheduleError, expected, read_schedule
from cm_engine.weekly import DAYS


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


HEAD = 'name = "x"\ntitle = "X"\nsite = "x"\ntimezone = "UTC"\npolicies = ["va-prize"]\n'


def the_first(_: int) -> int:
    return 0


def program(inside: str) -> Program:
    return parse_program("x.toml", HEAD + inside)


def told(visits: Sequence[Expected]) -> list[str]:
    """Tell visits as `Mon 10:00 attendance early-recovery-group`."""
    return [
        f"{visit.on:%a} {f'{visit.at:%H:%M} ' if visit.at else ''}{visit.kind} {visit.session}".strip()
        for visit in visits
    ]


def sessions_in(name: str, week: int) -> list[str]:
    visits = expected(load_program(name), date(2026, 1, 5), week, the_first)
    return told([visit for visit in visits if visit.kind != "test"])


EARLY = [
    "Mon 10:00 attendance early-recovery-group",
    "Tue activity mutual-support-group",
    "Wed 10:00 attendance relapse-prevention-group",
    "Thu 10:00 attendance individual-counselling",
    "Fri 10:00 attendance psychoeducation-group",
    "Sat activity recovery-activity",
    "Sun activity mutual-support-group",
]

STEPPED_DOWN = [
    "Mon 10:00 attendance relapse-prevention-group",
    "Tue 17:30 attendance family-therapy",
    "Wed 10:00 attendance psychoeducation-group",
    "Thu activity recovery-activity",
    "Fri 10:00 attendance vocational-counselling",
    "Sat activity recovery-activity",
    "Sun activity mutual-support-group",
]


@pytest.mark.parametrize(
    ("week", "sessions"), [(1, EARLY), (5, EARLY), (6, STEPPED_DOWN), (13, STEPPED_DOWN), (14, [])]
)
def test_intensive_outpatient_steps_down_at_week_6_and_ends_after_90_days(week: int, sessions: list[str]) -> None:
    assert sessions_in("intensive-outpatient", week) == sessions


@pytest.mark.parametrize(
    ("week", "days"), [(1, "Mon Tue Wed Thu Fri Sat Sun"), (6, "Mon Tue Wed Thu Fri Sat Sun"), (7, "")]
)
def test_partial_hospitalization_has_every_day_in_each_of_its_weeks(week: int, days: str) -> None:
    assert list(dict.fromkeys(visit[:3] for visit in sessions_in("partial-hospitalization", week))) == days.split()


def test_a_week_begins_on_whatever_day_somebody_began() -> None:
    thursday = date(2026, 1, 8)
    visits = expected(load_program("intensive-outpatient"), thursday, 1, the_first)
    assert told(visits) == [
        *("Thu 10:00 attendance individual-counselling", "Thu test", "Fri 10:00 attendance psychoeducation-group"),
        *("Sat activity recovery-activity", "Sun activity mutual-support-group"),
        *("Mon 10:00 attendance early-recovery-group", "Mon test", "Tue activity mutual-support-group"),
        "Wed 10:00 attendance relapse-prevention-group",
    ]


def test_fixed_days_need_no_dice() -> None:
    fixed = program('[testing]\ndays = ["thu", "mon"]\n')
    for week in (1, 2, 300):
        assert told(expected(fixed, date(2026, 1, 7), week, never_asked)) == ["Thu test", "Mon test"]


def never_asked(_: int) -> int:
    raise AssertionError


@pytest.mark.parametrize("week", [0, -1, 13])
def test_outside_of_the_programs_weeks_nothing_is_expected(week: int) -> None:
    assert not expected(program("weeks = 12\n[testing]\nper_week = 1\n"), date(2026, 1, 5), week, never_asked)


@st.composite
def plans(draw: st.DrawFn) -> Program:
    """Make up programs with random tests that a program file may ask for."""
    among = draw(st.sets(st.sampled_from(DAYS)).map(sorted))
    testing = {"per_week": draw(st.integers(1, 7)), "least_gap_days": draw(st.integers(1, 7)), "among": among}
    made = read_terms(Program, {**HEAD_TABLE, "testing": testing}, (), Reader())
    assume(isinstance(made, Program))
    assert isinstance(made, Program)
    return made


HEAD_TABLE = {"name": "x", "title": "X", "site": "x", "timezone": "UTC", "policies": ["va-prize"]}


@given(plan=plans(), first=st.dates(date(2026, 1, 1), date(2026, 1, 7)), dice=st.randoms(use_true_random=False))
def test_random_tests_keep_their_number_days_and_gap_week_after_week(plan: Program, first: date, dice: Random) -> None:
    tests: list[date] = []
    for week in range(1, 20):
        visits = expected(plan, first, week, dice.randrange, tests[-1] if tests else None)
        assert len(visits) == plan.testing.per_week
        assert all(0 <= (visit.on - first).days - 7 * (week - 1) < 7 for visit in visits)
        tests += [visit.on for visit in visits]
    assert all(DAYS[day.weekday()] in (plan.testing.among or DAYS) for day in tests)
    assert all((later - earlier).days >= (plan.testing.least_gap_days or 1) for earlier, later in pairwise(tests))


@given(plan=plans(), last=st.none() | st.dates(date(2025, 12, 26), date(2026, 1, 4)))
def test_each_valid_set_of_days_is_taken_by_one_number_of_the_dice(plan: Program, last: date | None) -> None:
    asked: list[int] = []

    def number(chosen: int) -> Pick:
        def pick(of: int) -> int:
            asked.append(of)
            return chosen

        return pick

    first = date(2026, 1, 5)
    expected(plan, first, 1, number(0), last)
    [ways] = asked
    sets = {tuple(visit.on for visit in expected(plan, first, 1, number(chosen), last)) for chosen in range(ways)}
    assert len(sets) == ways
    if not plan.testing.among:
        assert sets == set(valid(plan.testing, first, last))


def valid(testing: Screening, first: date, last: date | None) -> Iterator[tuple[date, ...]]:
    """Tell the valid sets of days the long way round."""
    for days in combinations([first + timedelta(days=day) for day in range(7)], testing.per_week or 0):
        tests = [last, *days] if last else days
        if all((b - a).days >= (testing.least_gap_days or 1) for a, b in pairwise(tests)):
            yield days


def test_after_a_test_outside_of_the_plan_the_next_is_as_late_as_can_be() -> None:
    weekdays = program('[testing]\nper_week = 3\nleast_gap_days = 2\namong = ["mon", "tue", "wed", "thu", "fri"]\n')
    sunday = date(2026, 1, 4)
    assert told(expected(weekdays, date(2026, 1, 5), 1, the_first, sunday)) == ["Mon test", "Wed test", "Fri test"]


def test_three_days_apart_on_weekdays_can_be_kept_from_whatever_day() -> None:
    plan = program('[testing]\nper_week = 2\nleast_gap_days = 3\namong = ["mon", "tue", "wed", "thu", "fri"]\n')
    assert plan.testing.choices(0) == [(0, 3), (0, 4), (1, 4)]
    assert plan.testing.choices(3) == [(0, 4), (0, 5), (1, 4), (1, 5)]
