"""Two schedulers wake at the same moment, day after day: one of them works; and where both do, everything is done once."""

from datetime import UTC, datetime, timedelta

import pytest

from cm_engine.actions.close_out import note_presence
from cm_engine.actions.verify import verify
from cm_engine.engine import Engine
from cm_engine.jobs import JOBS
from cm_engine.scheduler import Scheduler
from cm_engine.store.runs import take_lease
from tests.clinic import SetClock
from tests.races.crew import Crew, Task
from tests.soak import times
from tests.weeks import GROUPS, MONDAY, Weeks, weeks

TRIALS = times(200, in_soak=1000)
DAYS = times(25, in_soak=75)
DAWN = datetime(2026, 3, 2, 16, 30, tzinfo=UTC)
WEEKLY = [job for job in JOBS if job.name in {"plan", "close-out"}]


def take(engine: Engine, name: str, holder: str, now: datetime) -> bool:
    """Take a lease, for a minute."""
    with engine.database.writing() as tx:
        return take_lease(tx, name, holder, now, timedelta(minutes=1))


def wake(engine: Engine, holder: str, now: datetime, *also_without: bool) -> bool:
    """Wake a scheduler: it takes the lease if it can, and catches up if it has it, or also without it."""
    engine.clock = SetClock(now)
    scheduler = Scheduler(engine, jobs=WEEKLY, holder=holder)
    holds = scheduler.renew()
    scheduler.is_holding = scheduler.is_holding or any(also_without)
    scheduler.catch_up()
    return holds


def test_a_lease_that_is_free_or_has_run_out_goes_to_one(migrated_url: str, crew: Crew) -> None:
    moments = [(f"lease {number // 2}", DAWN + timedelta(hours=number % 2)) for number in range(TRIALS)]
    trials = [
        [Task(take, (name, f"machine {now.hour} {machine}", now)) for machine in range(4)] for name, now in moments
    ]
    with weeks(migrated_url):
        for outcome in crew.race(migrated_url, trials):
            assert sorted(outcome) == [False, False, False, True]


@pytest.mark.parametrize("also_without", [False, True], ids=["with the lease", "whoever has the lease"])
def test_everything_is_done_once(migrated_url: str, crew: Crew, also_without: bool) -> None:  # noqa: FBT001 - a parameter
    with weeks(migrated_url, GROUPS.replace("confirm = true", "confirm = false")) as riverside:
        for code in ("Ada", "Ben", "Cleo"):
            riverside.enrol(code)
        mornings = [DAWN + timedelta(days=day) for day in range(DAYS)]
        somebody_signs_in(riverside, DAYS)
        trials = [
            [Task(wake, (f"{morning:%j} {machine}", morning, also_without)) for machine in range(2)]
            for morning in mornings
        ]
        for outcome in crew.race(migrated_url, trials):
            assert sorted(outcome) == [False, True]
        closed = riverside.ask("SELECT on_day FROM days WHERE state = 'closed-out' ORDER BY on_day")
        assert len(closed) >= DAYS // 2
        planned = len([day for day, _, _ in riverside.expected() if (day,) in closed])
        assert riverside.ask("SELECT count(*) FROM log WHERE fact = 'event-recorded'") == [(planned,)]
        runs = riverside.ask("SELECT job, count(*) FROM job_runs WHERE failed = 0 GROUP BY job ORDER BY job")
        assert runs == [("close-out", DAYS), ("plan", DAYS)]
        assert verify(riverside.engine).faults == []


def somebody_signs_in(riverside: Weeks, days: int) -> None:
    [(site,)] = riverside.ask("SELECT id FROM sites")
    for day in range(days):
        note_presence(riverside.engine, site, MONDAY + timedelta(days=day))
