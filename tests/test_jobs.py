"""Jobs: what each one does, what it says of it, and that twice is as good as once."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from cm_engine.actions.close_out import note_presence, reopen_day
from cm_engine.actions.correct import void
from cm_engine.actions.record import Happening, record
from cm_engine.actions.requests import Request
from cm_engine.actions.seal_day import seal_day
from cm_engine.actions.stock import count_stock, restock
from cm_engine.actions.verify import verify
from cm_engine.clock import written
from cm_engine.events import Result
from cm_engine.jobs import JOBS, Outcome, backing_up, by_name
from cm_engine.scheduler import Scheduler, run_job
from cm_engine.standing import RefusedError
from cm_engine.store.database import Transaction
from cm_engine.store.heads import head_of
from tests.clinic import DEV, PROGRAM, Clinic, clinic
from tests.weeks import GROUPS, MONDAY, Weeks, weeks

UNCONFIRMED = GROUPS.replace("confirm = true", "confirm = false")


def run(riverside: Clinic, name: str) -> Outcome:
    return by_name(JOBS)[name].run(riverside.engine)


def live_through(riverside: Weeks, hours: int) -> None:
    """Let hours go by in which the scheduler runs, and somebody signs in every day."""
    [(site,)] = riverside.ask("SELECT id FROM sites")
    scheduler = Scheduler(riverside.engine)
    for _ in range(hours):
        note_presence(riverside.engine, site, riverside.today)
        scheduler.renew()
        scheduler.catch_up()
        riverside.clock.go_on(hours=1)
    scheduler.give_up()


def test_a_program_runs_by_itself_for_days(migrated_url: str) -> None:
    with weeks(migrated_url, UNCONFIRMED) as riverside:
        ada = riverside.enrol()
        riverside.record(ada)
        live_through(riverside, 24 * 4)
        assert riverside.outcomes(ada) == [
            (MONDAY, "test", "negative"),
            (MONDAY, "attendance", "missed"),
            (MONDAY + timedelta(days=2), "attendance", "missed"),
        ]
        assert riverside.ask("SELECT job, outcome FROM job_runs WHERE failed <> 0") == []
        assert len(riverside.ask("SELECT * FROM heads")) == 4
        assert verify(riverside.engine).is_clean


def test_after_a_jump_of_the_clock_the_jobs_miss_nobody(migrated_url: str) -> None:
    with weeks(migrated_url, UNCONFIRMED) as riverside:
        ada = riverside.enrol()
        live_through(riverside, 10)
        riverside.clock.go_on(days=100)
        live_through(riverside, 5)
        riverside.clock.go_on(days=-100, hours=-5)
        live_through(riverside, 24 * 3)
        assert riverside.outcomes(ada) == []
        said = run(riverside, "close-out").said
        assert said.startswith("0 days closed out, 0 missed; waiting: riverside-iop 2026-03-02: the clock is behind")


def test_planning_says_how_much_was_planned(migrated_url: str) -> None:
    with weeks(migrated_url) as riverside:
        riverside.enrol()
        assert run(riverside, "plan").said == "2 weeks planned, with 10 visits"
        assert run(riverside, "plan").said == "0 weeks planned, with 0 visits"


def test_closing_out_says_what_waits_and_for_what(migrated_url: str) -> None:
    with weeks(migrated_url) as riverside:
        ada = riverside.enrol()
        run(riverside, "plan")
        riverside.clock.go_on(days=2)
        waits = "waiting: riverside-iop 2026-03-02: nobody has confirmed the day's list"
        assert run(riverside, "close-out").said == f"0 days closed out, 0 missed; {waits}"
        riverside.confirm(MONDAY)
        riverside.record(ada, at=MONDAY)
        assert run(riverside, "close-out").said == "1 day closed out, 1 missed"
        assert run(riverside, "close-out").said == "0 days closed out, 0 missed"


def test_a_day_that_cannot_be_closed_out_keeps_no_other_from_it(migrated_url: str) -> None:
    with weeks(migrated_url) as riverside:
        ada = riverside.enrol()
        run(riverside, "plan")
        for day in (0, 2, 3):
            riverside.it_is(MONDAY + timedelta(days=day))
            riverside.confirm(MONDAY + timedelta(days=day))
        # A person's request has the key that the job would give to Wednesday's.
        riverside.it_is(MONDAY + timedelta(days=5))
        now = written(riverside.clock.now)
        taken = Request(f"close out {riverside.program} {MONDAY + timedelta(days=2)} at {now}", DEV)
        record(riverside.engine, taken, ada, Happening(MONDAY + timedelta(days=3), "test", Result("negative")))
        outcome = run(riverside, "close-out")
        assert outcome.failed
        what = "riverside-iop 2026-03-04: this key was used before, to ask for something else"
        assert outcome.said.startswith(f"2 days closed out, 2 missed; failed: {what}")
        assert [on.day for on, _, result in riverside.outcomes(ada) if result == "missed"] == [2, 2]


def test_a_day_that_was_closed_by_mistake_is_closed_out_again_by_the_job(migrated_url: str) -> None:
    with weeks(migrated_url, UNCONFIRMED) as riverside:
        ada = riverside.enrol()
        run(riverside, "plan")
        riverside.close_day(MONDAY, "snow")
        assert run(riverside, "close-out").said == "1 day closed out, 0 missed"
        answer = reopen_day(riverside.engine, riverside.request(), riverside.program, MONDAY, "no snow at all")
        assert (answer["state"], answer["excused"]) == ("open", 2)
        for event in riverside.standing(ada).events():
            void(riverside.engine, riverside.request(), ada, event.id, "the day was not closed")
        riverside.confirm(MONDAY)
        riverside.it_is(MONDAY + timedelta(days=2))
        assert run(riverside, "close-out").said == "1 day closed out, 2 missed"
        assert verify(riverside.engine).is_clean


def test_the_nightly_check_fails_where_a_row_was_changed_by_hand(migrated_sqlite_url: str) -> None:
    with clinic(migrated_sqlite_url) as riverside:
        ada = riverside.enrol()
        riverside.record(ada)
        assert run(riverside, "verify").said.startswith("clean: ")
        with riverside.engine.database.engine.begin() as connection:
            connection.exec_driver_sql("DROP TRIGGER log_no_update")
            connection.exec_driver_sql("UPDATE log SET actor = 'nobody' WHERE fact = 'event-recorded'")
        outcome = run(riverside, "verify")
        assert outcome.failed
        assert "fault" in outcome.said


def test_the_head_of_a_day_is_kept_once_and_holds(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        ada = riverside.enrol()
        riverside.record(ada)
        with pytest.raises(RefusedError, match="is not over for long enough"):
            seal_day(riverside.engine, MONDAY)
        riverside.clock.go_on(hours=8)
        first = seal_day(riverside.engine, MONDAY)
        riverside.record(ada)
        assert seal_day(riverside.engine, MONDAY) == first
        assert verify(riverside.engine).is_clean
        assert run(riverside, "head").said == "every day that is over has its head"


def test_each_day_has_its_head_also_where_utc_midnight_is_at_three_in_the_morning(migrated_url: str) -> None:
    with clinic(migrated_url, program=PROGRAM.replace("America/Los_Angeles", "Europe/Istanbul")) as riverside:
        riverside.record(riverside.enrol())
        scheduler = Scheduler(riverside.engine)
        for _ in range(24 * 3):
            scheduler.renew()
            scheduler.catch_up()
            riverside.clock.go_on(hours=1)
        assert [on for (on,) in riverside.ask("SELECT on_day FROM heads ORDER BY on_day")] == [
            str(MONDAY + timedelta(days=day)) for day in range(3)
        ]
        assert riverside.ask("SELECT outcome FROM job_runs WHERE failed <> 0") == []


def test_days_that_were_missed_get_the_heads_that_they_would_have_had(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        ada = riverside.enrol()
        assert run(riverside, "head").said == "every day that is over has its head"
        for _ in range(4):
            riverside.record(ada)
            riverside.clock.go_on(days=1)
        with riverside.engine.database.reading() as tx:
            would_be = [head_of(tx, MONDAY + timedelta(days=day), riverside.clock()).digest for day in range(4)]
        assert not run(riverside, "head").failed
        kept = riverside.ask("SELECT digest FROM heads ORDER BY on_day")
        assert [bytes(digest) for (digest,) in kept] == would_be
        assert verify(riverside.engine).is_clean


def test_without_any_head_only_the_last_month_is_sealed(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        ada = riverside.enrol()
        for _ in range(20):
            riverside.clock.go_on(days=2)
            riverside.record(ada)
        run(riverside, "head")
        assert len(riverside.ask("SELECT * FROM heads")) == 31


def test_days_of_a_clock_that_was_put_ahead_by_mistake_get_no_head(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        ada = riverside.enrol()
        riverside.clock.go_on(days=300)
        riverside.record(ada)
        assert run(riverside, "head").said.startswith("no head yet: nothing was recorded for long before 2026-12-27")
        riverside.clock.go_on(days=-300)
        assert riverside.ask("SELECT * FROM heads") == []


def test_days_of_a_long_holiday_get_their_heads_a_day_after_it(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        ada = riverside.enrol()
        riverside.clock.go_on(days=10)
        riverside.record(ada)
        run(riverside, "head")
        assert riverside.ask("SELECT * FROM heads") == []
        riverside.clock.go_on(days=1)
        run(riverside, "head")
        assert len(riverside.ask("SELECT * FROM heads")) == 11


def test_no_head_is_made_while_the_clock_is_behind(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        riverside.clock.go_on(days=30)
        riverside.enrol()
        riverside.clock.go_on(days=-25)
        outcome = run(riverside, "head")
        assert outcome.failed
        assert "the clock is behind what was recorded" in outcome.said


def test_prizes_to_reorder_are_listed_with_what_is_left(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        assert run(riverside, "low-stock").said == "nothing is low"
        card = riverside.prize("Coffee card")
        count_stock(riverside.engine, riverside.request(), riverside.program, card, 15)
        assert run(riverside, "low-stock").said == (
            "1 prize to reorder: riverside-iop: Coffee card 15 left (reorder at 15)"
        )
        restock(riverside.engine, riverside.request(), riverside.program, card, 1)
        assert run(riverside, "low-stock").said == "nothing is low"


def test_rolling_up_says_how_much(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        riverside.record(riverside.enrol())
        assert run(riverside, "rollups").said.startswith("summed up what is new of 1 participant, as of ")


def test_a_backup_is_a_job_of_whoever_can_write_one(migrated_sqlite_url: str) -> None:
    with clinic(migrated_sqlite_url) as riverside:
        job = backing_up(lambda _: "backup.cmbackup: 100 bytes")
        assert run_job(riverside.engine, job, riverside.clock.now).outcome == "backup.cmbackup: 100 bytes"


@pytest.mark.parametrize("name", sorted(by_name(JOBS)))
def test_every_job_does_nothing_more_when_it_runs_again(migrated_url: str, name: str) -> None:
    with weeks(migrated_url) as riverside:
        riverside.record(riverside.enrol())
        riverside.plan()
        riverside.confirm(MONDAY)
        riverside.clock.go_on(days=2)
        run(riverside, name)
        before = riverside.rows()
        run(riverside, name)
        assert riverside.rows() == before


class KilledError(BaseException):
    """What stands for a kill: nothing catches it."""


@pytest.mark.parametrize("name", ["plan", "close-out", "rollups", "head"])
def test_a_job_killed_at_any_write_and_run_again_leads_to_what_one_run_leads_to(
    migrated_sqlite_url: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with weeks(migrated_sqlite_url) as riverside:
        riverside.record(riverside.enrol("Ada"))
        riverside.enrol("Ben")
        if name != "plan":
            riverside.plan()
        riverside.confirm(MONDAY)
        riverside.clock.go_on(days=2)
        killed = 0
        while kill_at(killed, monkeypatch, lambda: run(riverside, name)):
            killed += 1
        assert killed > 0
        assert verify(riverside.engine).is_clean
        if name == "close-out":
            assert len(riverside.ask("SELECT * FROM log WHERE fact = 'event-recorded'")) == 4


def kill_at(statement: int, monkeypatch: pytest.MonkeyPatch, job: Callable[[], Outcome]) -> bool:
    """Run a job, and kill it at a statement; tell whether it came so far."""
    count = 0

    def counting(method: str) -> Callable[..., object]:
        real = getattr(Transaction, method)

        def call(self: object, *args: object) -> object:
            nonlocal count
            if count == statement:
                raise KilledError
            count += 1
            return real(self, *args)

        return call

    with monkeypatch.context() as patched:
        for method in ("run", "run_many", "do"):
            patched.setattr(Transaction, method, counting(method))
        try:
            job()
        except KilledError:
            return True
    return False


def test_a_day_marked_closed_for_tomorrow_is_excused_by_the_job(migrated_url: str) -> None:
    with weeks(migrated_url) as riverside:
        ada = riverside.enrol()
        riverside.plan()
        thursday = MONDAY + timedelta(days=3)
        riverside.close_day(thursday, "staff day")
        riverside.it_is(date(2026, 3, 5), 1)
        run(riverside, "close-out")
        assert riverside.outcomes(ada) == [(thursday, "test", "excused")]
