"""Traces: a jump of the clock shows, and work from day to day does not look like one."""

from datetime import UTC, datetime, timedelta
from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st

from cm_engine.store.traces import LONGEST_PAUSE, passing, traces
from tests.clinic import clinic

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
PAUSES = st.lists(st.timedeltas(timedelta(0), LONGEST_PAUSE), max_size=8)


def at(*days: float) -> list[datetime]:
    return [MONDAY + timedelta(days=day) for day in days]


def test_hours_and_weekends_are_no_jump() -> None:
    assert passing(at(-1, 0.4, 3, 5), MONDAY, *at(5.1)).steady_since < MONDAY


def test_behind_a_jump_it_goes_on_steadily_from_the_first_trace() -> None:
    assert passing(at(0.4, 90, 91), MONDAY, *at(92)).steady_since == MONDAY + timedelta(days=90)


def test_a_jump_just_now_is_one() -> None:
    assert passing(at(0.4), MONDAY, *at(90)).steady_since == MONDAY + timedelta(days=90)


def test_a_jump_onto_the_day_itself_is_one() -> None:
    assert passing(at(-90, 0.4), MONDAY, *at(1)).steady_since == MONDAY + timedelta(days=0.4)


def test_where_there_was_nothing_before_the_day_there_is_no_jump() -> None:
    assert passing(at(0.4), MONDAY, *at(1)) == (MONDAY, False)


def test_a_clock_that_was_put_back_is_behind() -> None:
    assert passing(at(0.4, 90), MONDAY, *at(1)) == (MONDAY, True)


def after(begin: datetime, pauses: list[timedelta]) -> list[datetime]:
    """Give moments, each a pause after the one before."""
    return [begin, *(begin + gone for gone in accumulate(pauses))]


@given(pauses=PAUSES, jump=st.timedeltas(LONGEST_PAUSE + timedelta(seconds=1), timedelta(days=900)), later=PAUSES)
def test_of_any_work_with_one_jump_it_is_steady_since_the_jump(
    pauses: list[timedelta], jump: timedelta, later: list[timedelta]
) -> None:
    before = after(MONDAY, pauses)
    behind = after(before[-1] + jump, later)
    assert passing(before, MONDAY, before[-1]).steady_since == MONDAY
    assert passing(before + behind, MONDAY, behind[-1]) == (behind[0], False)


def test_what_was_recorded_leaves_traces(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        begin = riverside.clock.now
        riverside.clock.go_on(hours=30)
        riverside.enrol()
        with riverside.engine.database.reading() as tx:
            assert traces(tx, begin) == [begin, riverside.clock.now]
            assert traces(tx, riverside.clock.now) == [riverside.clock.now]
