"""The scheduler: one at a time across processes, each job once, and nothing lost by a kill."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cm_engine.clock import written
from cm_engine.engine import Engine
from cm_engine.errors import CmError
from cm_engine.jobs import JOBS, Job, Outcome, by_name
from cm_engine.scheduler import LEASE, Scheduler, last_due, run_job, trigger_of
from cm_engine.store.database import StoreError
from cm_engine.store.runs import lease_of, run_of, take_lease
from tests.clinic import Clinic, clinic

ROOT = Path(__file__).parents[1]
PATIENCE = 20.0
LOS_ANGELES = ZoneInfo("America/Los_Angeles")


def hourly(run: Callable[[Engine], Outcome]) -> Job:
    return Job("hourly", "Do something each hour.", "*", "0", run)


def diary_of(lines: list[str]) -> Job:
    def write(_: Engine) -> Outcome:
        lines.append("done")
        return Outcome("done")

    return hourly(write)


# --- in one process, by a clock that is set ------------------------------------------------------------------------------


def test_a_job_runs_once_for_each_time_that_it_is_due(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        done: list[str] = []
        scheduler = Scheduler(riverside.engine, [diary_of(done)])
        assert scheduler.renew()
        scheduler.catch_up()
        scheduler.catch_up()
        assert len(done) == 1
        riverside.clock.go_on(hours=1)
        scheduler.run_due(scheduler.jobs[0])
        assert len(done) == 2
        assert [due for (due,) in riverside.ask("SELECT due FROM job_runs ORDER BY due")] == [
            "2026-03-02T17:00:00.000000Z",
            "2026-03-02T18:00:00.000000Z",
        ]


def test_of_several_missed_times_the_last_is_caught_up_with(migrated_sqlite_url: str) -> None:
    with clinic(migrated_sqlite_url) as riverside:
        done: list[str] = []
        scheduler = Scheduler(riverside.engine, [diary_of(done)])
        scheduler.renew()
        scheduler.catch_up()
        riverside.clock.go_on(days=3, minutes=7)
        scheduler.catch_up()
        assert len(done) == 2


def test_the_lease_is_held_by_one_until_it_runs_out(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        done: list[str] = []
        first, second = (Scheduler(riverside.engine, [diary_of(done)], holder=name) for name in ("one", "two"))
        assert (first.renew(), second.renew()) == (True, False)
        second.catch_up()
        assert done == []
        riverside.clock.go_on(seconds=59)
        assert (first.renew(), second.renew()) == (False, False)
        riverside.clock.go_on(seconds=59)
        assert not second.renew()
        riverside.clock.go_on(seconds=2)
        assert second.renew()
        assert not first.renew()
        assert (first.is_holding, second.is_holding) == (False, True)
        first.give_up()
        with riverside.engine.database.reading() as tx:
            lease = lease_of(tx, LEASE)
        assert lease is not None
        assert lease.holder == "two"
        second.give_up()
        assert first.renew()


def test_a_lease_that_a_wrong_clock_took_does_not_last_for_years(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside, riverside.engine.database.writing() as tx:
        lasts = timedelta(seconds=60)
        now = riverside.clock.now
        assert take_lease(tx, LEASE, "one", now + timedelta(days=400), lasts)
        assert take_lease(tx, LEASE, "two", now, lasts)
        assert not take_lease(tx, LEASE, "one", now + timedelta(seconds=5), lasts)


class WrongError(CmError):
    pass


def test_a_job_that_fails_is_kept_as_failed_by_the_class_of_its_error_alone(
    migrated_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_: Engine) -> Outcome:
        raise WrongError("Ada's sample is positive")

    with clinic(migrated_url) as riverside, caplog.at_level("INFO"):
        run = run_job(riverside.engine, hourly(fail), riverside.clock.now)
        assert run.failed
        assert run.outcome.startswith("WrongError in test_scheduler.py, line ")
        assert '"event": "job-failed"' in caplog.text
        assert "Ada" not in caplog.text + str(riverside.ask("SELECT * FROM job_runs"))
        assert run_job(riverside.engine, hourly(fail), riverside.clock.now) == run


def test_what_the_database_says_of_a_failure_is_told(migrated_sqlite_url: str) -> None:
    def fail(_: Engine) -> Outcome:
        raise StoreError("the disk is full")

    with clinic(migrated_sqlite_url) as riverside:
        run = run_job(riverside.engine, hourly(fail), riverside.clock.now)
        assert run.outcome == "StoreError: the disk is full"


def test_a_job_that_is_killed_in_the_middle_runs_again(migrated_url: str) -> None:
    tries: list[str] = []

    def die_first(_: Engine) -> Outcome:
        tries.append("tried")
        if len(tries) == 1:
            raise KeyboardInterrupt
        return Outcome("done")

    with clinic(migrated_url) as riverside:
        due = riverside.clock.now
        with pytest.raises(KeyboardInterrupt):
            run_job(riverside.engine, hourly(die_first), due)
        with riverside.engine.database.reading() as tx:
            assert run_of(tx, "hourly", written(due)) is None
        assert not run_job(riverside.engine, hourly(die_first), due).failed
        assert len(tries) == 2


@given(minute=st.integers(0, 366 * 24 * 60), job=st.sampled_from(JOBS))
def test_a_job_was_due_within_a_day_and_not_again_since(minute: int, job: Job) -> None:
    """Also on the two days a year on which clocks change."""
    now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
    due = last_due(job, now, LOS_ANGELES)
    assert due is not None
    assert now - timedelta(hours=25) <= due <= now
    following = trigger_of(job, LOS_ANGELES).get_next_fire_time(due, due + timedelta(seconds=1))
    assert following > now


def test_jobs_have_names_of_their_own() -> None:
    assert len(by_name(JOBS)) == len(JOBS)


# --- in processes of their own ---------------------------------------------------------------------------------------------


@contextmanager
def scheduler_process(
    url: str, diary: Path, *, seconds: float = 0, lasts: float = 1
) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.scheduler_process", url, str(diary), str(seconds), str(lasts)]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        assert process.stderr is not None
        process.stderr.close()


def lines_of(diary: Path) -> list[tuple[str, str]]:
    """Give who wrote what into the diary."""
    if not diary.exists():
        return []
    return [(who, what) for who, what in (line.split() for line in diary.read_text().splitlines())]


def wait_for(what: Callable[[], object]) -> None:
    until = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.05)


def holders(diary: Path) -> list[str]:
    """Give who worked, in the order in which they began to."""
    return list(dict.fromkeys(who for who, _ in lines_of(diary)))


def test_of_two_schedulers_one_works_and_the_other_takes_over_from_a_killed_one(
    migrated_url: str, tmp_path: Path
) -> None:
    diary = tmp_path / "diary"
    with scheduler_process(migrated_url, diary) as first:
        wait_for(lambda: lines_of(diary))
        with scheduler_process(migrated_url, diary) as second:
            before = len(lines_of(diary))
            wait_for(lambda: len(lines_of(diary)) >= before + 4)
            assert len(holders(diary)) == 1
            first.send_signal(signal.SIGKILL)
            first.wait()
            wait_for(lambda: len(holders(diary)) == 2)
            second.send_signal(signal.SIGTERM)
            assert second.wait(timeout=PATIENCE) == 0
    with clinic(migrated_url) as riverside:
        runs = riverside.ask("SELECT due FROM job_runs")
        ended = sum(what == "ends" for _, what in lines_of(diary))
        assert len(set(runs)) == len(runs)
        assert ended - len(runs) in {0, 1}  # the kill may come between the end of a job and the note of it
        assert riverside.ask("SELECT * FROM leases") == []


def test_a_job_under_way_is_finished_at_sigterm_and_its_lease_given_up(migrated_url: str, tmp_path: Path) -> None:
    diary = tmp_path / "diary"
    with scheduler_process(migrated_url, diary, seconds=1) as process:
        wait_for(lambda: lines_of(diary))
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=PATIENCE) == 0
        assert process.stderr is not None
        said = process.stderr.read()
    assert lines_of(diary)[-1][1] == "ends"
    assert '"event": "stopped"' in said
    with clinic(migrated_url) as riverside:
        assert riverside.ask("SELECT * FROM leases") == []


def test_a_job_killed_in_the_middle_leaves_no_run_and_the_next_holder_works_on(
    migrated_sqlite_url: str, tmp_path: Path
) -> None:
    diary = tmp_path / "diary"
    with scheduler_process(migrated_sqlite_url, diary, seconds=3) as first:
        wait_for(lambda: lines_of(diary))
        first.send_signal(signal.SIGKILL)
        first.wait()
    with clinic(migrated_sqlite_url) as riverside:
        assert runs_of(riverside) == 0
        with scheduler_process(migrated_sqlite_url, diary):
            wait_for(lambda: runs_of(riverside))
    assert len(holders(diary)) == 2


def runs_of(riverside: Clinic) -> int:
    return len(riverside.ask("SELECT * FROM job_runs"))
