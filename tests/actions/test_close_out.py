"""Closing out: who was expected and did not come, when that counts, and the days on which it never does."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier

import pytest

from cm_engine.actions.close_out import close_day, close_out, note_presence, reopen_day
from cm_engine.actions.correct import excuse, void
from cm_engine.actions.enrol import discharge
from cm_engine.actions.requests import SYSTEM, Request
from cm_engine.actions.verify import verify
from cm_engine.clock import written
from cm_engine.engine import Engine
from cm_engine.standing import RefusedError
from cm_engine.store.database import Database
from cm_engine.store.notes import note_of
from cm_engine.store.runs import Run, keep_run
from tests.clinic import LoadedDice
from tests.weeks import (
    FRIDAY,
    GROUPS,
    MONDAY,
    SATURDAY,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    Weeks,
    weeks,
)

UNCONFIRMED = GROUPS.replace("confirm = true", "confirm = false")


def someone_is_there(riverside: Weeks) -> None:
    """Let somebody sign in at the site today."""
    [(site,)] = riverside.ask("SELECT id FROM sites")
    note_presence(riverside.engine, site, riverside.today)


def go_on_to(riverside: Weeks, day: int, *, nobody_on: date | None = None) -> None:
    """Let days go by until a day of March; the scheduler runs, and somebody signs in, but for one day."""
    while riverside.today < MONDAY.replace(day=day):
        if riverside.today != nobody_on:
            someone_is_there(riverside)
        a_job_runs(riverside)
        riverside.clock.go_on(days=1)


def a_job_runs(riverside: Weeks) -> None:
    """Let some job run, which shows that the scheduler lives."""
    now = written(riverside.clock.now)
    with riverside.engine.database.writing() as tx:
        keep_run(tx, "verify", Run(now, now, "clean", failed=False))


def test_a_missed_test_sends_the_ladder_back_after_the_grace_period_and_not_before(migrated_url: str) -> None:
    with weeks(migrated_url) as riverside:
        ada = riverside.enrol()
        riverside.plan()
        assert riverside.record(ada)["awards"][0]["next"] == "2"
        riverside.record(ada, "attended", kind="attendance", session="early-recovery-group")
        go_on_to(riverside, 5)
        riverside.confirm(THURSDAY)

        riverside.it_is(FRIDAY, 23, 59)
        with pytest.raises(RefusedError, match="the grace period lasts until 2026-03-07 00:00"):
            riverside.close_out(THURSDAY)
        assert riverside.standing(ada).account("va-prize").next_visit(FRIDAY) == 2

        riverside.it_is(SATURDAY, 0)
        assert riverside.close_out(THURSDAY)["missed"] == 1
        assert riverside.outcomes(ada)[-1] == (THURSDAY, "test", "missed")
        assert riverside.standing(ada).account("va-prize").next_visit(SATURDAY) == 1
        assert verify(riverside.engine).is_clean


def test_the_list_tells_who_was_expected_what_is_recorded_and_what_is_missing(migrated_url: str) -> None:
    with weeks(migrated_url) as riverside:
        ada = riverside.enrol("Ada")
        riverside.enrol("Ben")
        riverside.plan()
        event = riverside.record(ada)["event"]
        listed = riverside.day_list(MONDAY)
        assert (listed["missing"], listed["states"]) == (3, [])
        told = {(v["code"], v["kind"], v["session"]): (v["at"], v["event"], v["outcome"]) for v in listed["visits"]}
        assert told == {
            ("Ada", "test", ""): (None, event, "negative"),
            ("Ada", "attendance", "early-recovery-group"): ("10:00", None, None),
            ("Ben", "test", ""): (None, None, None),
            ("Ben", "attendance", "early-recovery-group"): ("10:00", None, None),
        }
        riverside.confirm(MONDAY)
        assert riverside.day_list(MONDAY)["states"] == ["confirmed"]


def test_a_day_to_come_that_was_closed_by_mistake_is_an_ordinary_one_again(migrated_url: str) -> None:
    with weeks(migrated_url) as riverside:
        ada = riverside.enrol()
        riverside.plan()
        with riverside.refuses("2026-03-05 is not marked closed"):
            reopen_day(riverside.engine, riverside.request(), riverside.program, THURSDAY)
        riverside.close_day(THURSDAY, "holiday")
        reopen_day(riverside.engine, riverside.request(), riverside.program, THURSDAY, "a slip of the pen")
        assert riverside.day_list(THURSDAY)["states"] == []
        facts = [
            fact for (fact,) in riverside.ask(f"SELECT fact FROM log WHERE chain = '{riverside.program}' ORDER BY seq")
        ]
        assert facts[-2:] == ["day-closed", "day-reopened"]
        go_on_to(riverside, 5)
        riverside.confirm(THURSDAY)
        go_on_to(riverside, 7)
        assert riverside.close_out(THURSDAY)["missed"] == 1
        assert riverside.outcomes(ada)[-1] == (THURSDAY, "test", "missed")
        assert verify(riverside.engine).is_clean


def test_a_past_day_is_reopened_only_before_it_is_closed_out(migrated_url: str) -> None:
    with weeks(migrated_url) as riverside:
        riverside.enrol()
        riverside.plan()
        riverside.close_day(MONDAY)
        go_on_to(riverside, 3)
        reopen_day(riverside.engine, riverside.request(), riverside.program, MONDAY)
        riverside.close_day(MONDAY)
        riverside.close_out(MONDAY)
        with riverside.refuses("2026-03-02 is over and closed out"):
            reopen_day(riverside.engine, riverside.request(), riverside.program, MONDAY)


@pytest.mark.parametrize("outcome", ["pending", "cancelled", "refused", "excused", "invalid"])
def test_whatever_was_recorded_of_a_visit_it_was_not_missed(migrated_sqlite_url: str, outcome: str) -> None:
    with weeks(migrated_sqlite_url) as riverside:
        ada = riverside.enrol()
        riverside.plan()
        riverside.record(ada, outcome)
        riverside.confirm(MONDAY)
        go_on_to(riverside, 4)
        assert riverside.close_out(MONDAY)["missed"] == 1
        assert riverside.outcomes(ada) == [(MONDAY, "test", outcome), (MONDAY, "attendance", "missed")]


def test_what_was_voided_was_not_recorded(migrated_url: str) -> None:
    with weeks(migrated_url) as riverside:
        ada = riverside.enrol()
        riverside.plan()
        event = riverside.record(ada)["event"]
        void(riverside.engine, riverside.request(), ada, event)
        riverside.confirm(MONDAY)
        go_on_to(riverside, 4)
        assert riverside.close_out(MONDAY)["missed"] == 2


def test_what_nobody_did_of_an_activity_is_incomplete_and_a_missed_group_is_at_its_time(migrated_url: str) -> None:
    with weeks(migrated_url) as riverside:
        ada = riverside.enrol()
        riverside.plan()
        go_on_to(riverside, 9)
        riverside.confirm(SATURDAY)
        riverside.confirm(WEDNESDAY)
        riverside.close_out(SATURDAY)
        riverside.close_out(WEDNESDAY)
        assert riverside.outcomes(ada) == [(SATURDAY, "activity", "incomplete"), (WEDNESDAY, "attendance", "missed")]
        group = riverside.standing(ada).events()[1]
        assert group.at.isoformat() == "2026-03-04T18:00:00+00:00"


def test_closing_out_twice_adds_nothing(migrated_url: str) -> None:
    with weeks(migrated_url) as riverside:
        ada = riverside.enrol()
        riverside.plan()
        riverside.confirm(MONDAY)
        go_on_to(riverside, 4)
        request = Request("the key", SYSTEM)
        first = close_out(riverside.engine, request, riverside.program, MONDAY)
        assert close_out(riverside.engine, request, riverside.program, MONDAY) == first
        assert riverside.close_out(MONDAY)["already_there"]
        assert len(riverside.outcomes(ada)) == 2
        assert riverside.can_close_out() == []
        assert len(riverside.ask("SELECT * FROM log WHERE fact = 'day-closed-out'")) == 1


def test_two_that_close_a_day_out_at_the_same_time_do_it_once(migrated_url: str) -> None:
    with weeks(migrated_url) as riverside:
        ada = riverside.enrol()
        riverside.plan()
        riverside.confirm(MONDAY)
        go_on_to(riverside, 4)
        engines = [
            Engine(Database(migrated_url), riverside.engine.vault, clock=riverside.clock, dice=LoadedDice(name))
            for name in ("one", "two")
        ]
        start = Barrier(len(engines))

        def close(engine: Engine) -> int:
            start.wait()
            missed: int = close_out(engine, Request(engine.dice.new_id(), SYSTEM), riverside.program, MONDAY)["missed"]
            return missed

        with ThreadPoolExecutor(len(engines)) as pool:
            assert sorted(pool.map(close, engines)) == [0, 2]
        for engine in engines:
            engine.close()
        assert len(riverside.outcomes(ada)) == 2
        assert verify(riverside.engine).is_clean


def test_a_dry_run_of_closing_out_tells_the_same_and_writes_nothing(migrated_url: str) -> None:
    with weeks(migrated_url) as riverside:
        riverside.enrol()
        riverside.plan()
        riverside.confirm(MONDAY)
        go_on_to(riverside, 4)
        before = riverside.ask("SELECT * FROM log")
        tried = close_out(riverside.engine, Request("k", SYSTEM, dry_run=True), riverside.program, MONDAY)
        assert riverside.ask("SELECT * FROM log") == before
        assert close_out(riverside.engine, Request("k", SYSTEM), riverside.program, MONDAY) == tried


def test_staff_confirm_the_list_unless_the_program_says_otherwise(migrated_url: str) -> None:
    with weeks(migrated_url) as riverside:
        riverside.enrol()
        riverside.plan()
        go_on_to(riverside, 4)
        with pytest.raises(RefusedError, match="nobody has confirmed the day's list"):
            riverside.close_out(MONDAY)
        assert riverside.can_close_out() == []
        riverside.confirm(MONDAY)
        assert riverside.can_close_out() == [MONDAY]


def test_a_program_may_leave_out_the_confirmation(migrated_sqlite_url: str) -> None:
    with weeks(migrated_sqlite_url, UNCONFIRMED) as riverside:
        riverside.enrol()
        riverside.plan()
        go_on_to(riverside, 4)
        assert riverside.can_close_out() == [MONDAY]
        assert riverside.close_out(MONDAY)["missed"] == 2


def test_a_day_to_come_cannot_be_confirmed(migrated_sqlite_url: str) -> None:
    with weeks(migrated_sqlite_url) as riverside, pytest.raises(RefusedError, match="2026-03-03 has not come yet"):
        riverside.confirm(TUESDAY)


def test_a_day_on_which_nobody_came_in_makes_nobody_miss_anything(migrated_url: str) -> None:
    """On Wednesday the clinic was snowed in, and nobody thought of marking it closed."""
    with weeks(migrated_url, UNCONFIRMED) as riverside:
        ada = riverside.enrol()
        riverside.plan()
        go_on_to(riverside, 9, nobody_on=WEDNESDAY)
        with pytest.raises(RefusedError, match="nobody signed in or recorded anything on that day"):
            riverside.close_out(WEDNESDAY)
        assert WEDNESDAY not in riverside.can_close_out()
        assert MONDAY in riverside.can_close_out()
        assert riverside.outcomes(ada) == []


def test_what_a_person_recorded_shows_that_somebody_was_there_and_what_a_job_recorded_does_not(
    migrated_url: str,
) -> None:
    with weeks(migrated_url, UNCONFIRMED) as riverside:
        ada = riverside.enrol()
        riverside.plan()
        go_on_to(riverside, 4)
        close_out(riverside.engine, Request("by the job", SYSTEM), riverside.program, MONDAY)
        riverside.clock.go_on(days=1)
        riverside.record(ada, "negative")
        riverside.clock.go_on(days=3)
        assert riverside.can_close_out() == [THURSDAY]


def test_a_closed_day_is_excused_in_one_action_with_what_was_missed_already(migrated_url: str) -> None:
    with weeks(migrated_url) as riverside:
        ada, ben = riverside.enrol("Ada"), riverside.enrol("Ben")
        riverside.plan()
        riverside.record(ada)
        riverside.record(ben, "missed")
        answer = riverside.close_day(MONDAY, "a burst pipe")
        assert answer["excused"] == 3
        assert riverside.outcomes(ada) == [(MONDAY, "test", "negative"), (MONDAY, "attendance", "excused")]
        assert sorted(riverside.outcomes(ben)) == [(MONDAY, "attendance", "excused"), (MONDAY, "test", "excused")]
        assert riverside.day_list(MONDAY)["states"] == ["closed"]
        assert "pipe" not in str(riverside.ask("SELECT * FROM log"))
        [(seq,)] = riverside.ask("SELECT seq FROM log WHERE fact = 'day-closed'")
        with riverside.engine.database.reading() as tx:
            assert note_of(tx, riverside.engine.vault, riverside.program, seq) == ("a burst pipe", "")
        assert verify(riverside.engine).is_clean


def test_a_day_that_was_closed_out_may_turn_out_to_have_been_closed(migrated_url: str) -> None:
    with weeks(migrated_url) as riverside:
        ada = riverside.enrol()
        riverside.record(ada, at=MONDAY)
        riverside.clock.go_on(hours=1)
        riverside.plan()
        go_on_to(riverside, 5)
        riverside.confirm(THURSDAY)
        go_on_to(riverside, 8)
        riverside.close_out(THURSDAY)
        assert riverside.standing(ada).account("va-prize").next_visit(riverside.today) == 1
        riverside.close_day(THURSDAY)
        assert riverside.standing(ada).account("va-prize").next_visit(riverside.today) == 2
        assert riverside.outcomes(ada)[-1] == (THURSDAY, "test", "excused")


def test_a_day_marked_closed_before_it_comes_is_excused_once_it_has_come(migrated_url: str) -> None:
    with weeks(migrated_url) as riverside:
        ada = riverside.enrol()
        riverside.plan()
        assert riverside.close_day(THURSDAY, "Thanksgiving")["excused"] == 0
        assert riverside.can_close_out() == []
        riverside.it_is(THURSDAY)
        with pytest.raises(RefusedError, match="marked closed"):
            riverside.confirm(THURSDAY)
        assert riverside.can_close_out() == [THURSDAY]
        answer = riverside.close_out(THURSDAY)
        assert (answer["missed"], answer["excused"]) == (0, 1)
        assert riverside.outcomes(ada) == [(THURSDAY, "test", "excused")]


def test_closing_a_day_twice_adds_nothing(migrated_sqlite_url: str) -> None:
    with weeks(migrated_sqlite_url) as riverside:
        riverside.enrol()
        riverside.plan()
        request = riverside.request()
        first = close_day(riverside.engine, request, riverside.program, MONDAY, "snow")
        before = riverside.ask("SELECT * FROM log")
        assert close_day(riverside.engine, request, riverside.program, MONDAY, "snow") == first
        assert riverside.close_day(MONDAY)["excused"] == 0
        assert riverside.ask("SELECT * FROM log") == before


def test_somebody_discharged_before_or_not_enrolled_yet_is_not_expected(migrated_url: str) -> None:
    with weeks(migrated_url) as riverside:
        ada = riverside.enrol("Ada")
        ben = riverside.enrol("Ben", THURSDAY)
        riverside.plan()
        discharge(riverside.engine, riverside.request(), ada, TUESDAY)
        for day in (WEDNESDAY, THURSDAY):
            riverside.it_is(day)
            someone_is_there(riverside)
            riverside.confirm(day)
        riverside.it_is(SATURDAY)
        assert riverside.close_out(WEDNESDAY)["missed"] == 0
        assert riverside.close_out(THURSDAY)["missed"] == 1
        assert (riverside.outcomes(ada), riverside.outcomes(ben)) == ([], [(THURSDAY, "test", "missed")])


def test_a_clock_that_jumps_by_months_and_back_closes_nothing_out(migrated_url: str) -> None:
    with weeks(migrated_url, UNCONFIRMED) as riverside:
        ada = riverside.enrol()
        riverside.plan()
        riverside.clock.go_on(hours=5)
        someone_is_there(riverside)
        riverside.clock.go_on(days=120)
        riverside.plan()
        with pytest.raises(RefusedError, match="the clock jumped"):
            riverside.close_out(MONDAY)
        riverside.enrol("Ben")
        riverside.clock.go_on(days=-120)
        go_on_to(riverside, 5)
        with pytest.raises(RefusedError, match="the clock is behind what was recorded"):
            riverside.close_out(MONDAY)
        assert riverside.can_close_out() == []
        assert riverside.outcomes(ada) == []


def test_behind_a_jump_a_day_waits_for_a_person_also_where_its_list_was_confirmed_before(migrated_url: str) -> None:
    with weeks(migrated_url) as riverside:
        ada = riverside.enrol()
        riverside.plan()
        someone_is_there(riverside)
        riverside.confirm(MONDAY)
        riverside.clock.go_on(days=20)
        riverside.enrol("Ben")
        riverside.clock.go_on(hours=1)
        with pytest.raises(RefusedError, match="nothing ran for days, or the clock jumped"):
            riverside.close_out(MONDAY)
        assert riverside.outcomes(ada) == []
        riverside.confirm(MONDAY)
        assert riverside.close_out(MONDAY)["missed"] == 2


def test_a_clinic_that_works_on_behind_a_jump_closes_its_new_days_out(migrated_sqlite_url: str) -> None:
    with weeks(migrated_sqlite_url, UNCONFIRMED) as riverside:
        riverside.enrol()
        riverside.plan()
        riverside.clock.go_on(days=21)
        riverside.plan()
        go_on_to(riverside, 26)
        jumped_to, behind = date(2026, 3, 23), date(2026, 3, 25)
        assert riverside.can_close_out() == []
        go_on_to(riverside, 27)
        assert riverside.can_close_out() == [behind]
        riverside.confirm(jumped_to)
        assert riverside.can_close_out() == [jumped_to, behind]


def test_a_late_result_corrects_what_was_missed(migrated_url: str) -> None:
    with weeks(migrated_url) as riverside:
        ada = riverside.enrol()
        riverside.plan()
        riverside.confirm(MONDAY)
        go_on_to(riverside, 4)
        riverside.close_out(MONDAY)
        missed = next(e.id for e in riverside.standing(ada).events() if e.kind == "test")
        riverside.correct(ada, missed, "negative")
        assert riverside.standing(ada).account("va-prize").next_visit(riverside.today) == 2


def test_whoever_is_excused_is_not_missed(migrated_sqlite_url: str) -> None:
    with weeks(migrated_sqlite_url) as riverside:
        ada = riverside.enrol()
        riverside.plan()
        excuse(riverside.engine, riverside.request(), ada, MONDAY, "test", reason="in hospital")
        riverside.confirm(MONDAY)
        riverside.clock.go_on(days=2)
        assert riverside.close_out(MONDAY)["missed"] == 1


def test_no_day_of_a_program_that_is_not_there(migrated_sqlite_url: str) -> None:
    with weeks(migrated_sqlite_url) as riverside:
        riverside.program = "nowhere"
        with pytest.raises(RefusedError, match="there is no"):
            riverside.day_list(MONDAY)


def test_days_change_at_the_site_when_its_clock_does(migrated_sqlite_url: str) -> None:
    """On Sunday, 8 March, clocks go forward: that day has 23 hours, and the grace period is still 24."""
    with weeks(migrated_sqlite_url) as riverside:
        riverside.enrol()
        riverside.plan()
        go_on_to(riverside, 7)
        riverside.confirm(SATURDAY)
        someone_is_there(riverside)
        riverside.it_is(SATURDAY + timedelta(days=2), 0, 59)
        assert riverside.can_close_out() == []
        riverside.it_is(SATURDAY + timedelta(days=2), 1)
        assert riverside.can_close_out() == [SATURDAY]
