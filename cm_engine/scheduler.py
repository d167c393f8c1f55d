"""The scheduler: runs each job when it is due, in a process of its own; of all machines only one at a time works.

Who works holds a lease in the database and renews it with every beat. A holder that was killed renews no more, and once the
lease has run out, another one takes over and catches up with what was missed, each job once. The lease is for quiet, not for
safety: a job that two run at the same time does everything once.
"""

import secrets
import signal
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from traceback import extract_tb
from typing import cast

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MISSED, JobExecutionEvent
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger

from cm_engine.clock import written
from cm_engine.engine import Engine
from cm_engine.jobs import JOBS, Job, Outcome
from cm_engine.process_log import tell
from cm_engine.store.database import StoreError
from cm_engine.store.runs import Run, give_up_lease, keep_run, run_of, take_lease
from cm_engine.store.traces import LEEWAY

LEASE = "scheduler"

# How long the lease lasts, and how often its holder renews it.
LASTS = timedelta(seconds=60)
BEAT = timedelta(seconds=15)

# How far back a missed job is looked for; of several, the last is caught up with.
CATCHES_UP = timedelta(hours=25)


@dataclass
class Scheduler:
    """One process that runs jobs while it holds the lease."""

    engine: Engine
    jobs: Sequence[Job] = JOBS
    lasts: timedelta = LASTS
    beat: timedelta = BEAT
    holder: str = field(default_factory=lambda: secrets.token_hex(6))
    is_holding: bool = False

    def run(self) -> None:
        """Work until SIGTERM or SIGINT; a job under way is finished first."""
        stop = {signal.SIGTERM, signal.SIGINT}
        signal.pthread_sigmask(signal.SIG_BLOCK, stop)  # in all threads: only `sigtimedwait` takes them
        tell("started", holder=self.holder)
        timer, latest = self._timer(), self.engine.clock()
        timer.start()
        while True:
            now = self.engine.clock()
            if now < latest - LEEWAY:  # a timer would wait until the clock is again where it was
                tell("clock-put-back", holder=self.holder)
                _end(timer)
                timer = self._timer()
                timer.start()
            latest = now
            if self.renew():
                timer.add_job(self.catch_up)
            if signal.sigtimedwait(stop, self.beat.total_seconds()):
                break
        tell("stopping", holder=self.holder)
        _end(timer)
        self.give_up()
        tell("stopped", holder=self.holder)

    def renew(self) -> bool:
        """Take or renew the lease; tell whether it was gained just now."""
        had = self.is_holding
        try:
            with self.engine.database.writing() as tx:
                self.is_holding = take_lease(tx, LEASE, self.holder, self.engine.clock(), self.lasts)
        except StoreError as error:
            self.is_holding = False
            tell("lease-unknown", holder=self.holder, error=type(error).__name__)
        if had != self.is_holding:
            tell("lease-taken" if self.is_holding else "lease-lost", holder=self.holder)
        return self.is_holding and not had

    def give_up(self) -> None:
        """Give the lease up, so that another one can work at once."""
        if self.is_holding:
            with self.engine.database.writing() as tx:
                give_up_lease(tx, LEASE, self.holder)
        self.is_holding = False

    def catch_up(self) -> None:
        """Run each job that was due, and did not run then, once."""
        for job in self.jobs:
            self.run_due(job)

    def run_due(self, job: Job) -> None:
        """Run a job for the last time that it was due, if this one works and nobody did that yet."""
        due = last_due(job, self.engine.clock(), zone_of(self.engine))
        if due is not None and self.is_holding:
            run_job(self.engine, job, due)

    def _timer(self) -> BackgroundScheduler:
        """Give what wakes for each job at the site's time, one at a time; one it woke for too late is run all the same."""
        zone = zone_of(self.engine)
        timer = BackgroundScheduler(
            executors={"default": ThreadPoolExecutor(1)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone=zone,
        )
        for job in self.jobs:
            timer.add_job(self.run_due, trigger_of(job, zone), [job], id=job.name)
        timer.add_listener(_tell_trouble, EVENT_JOB_ERROR | EVENT_JOB_MISSED)
        return timer


def run_job(engine: Engine, job: Job, due: datetime) -> Run:
    """Run a job for a time at which it was due, and keep what came of it; where that is kept already, give it.

    A job that fails is kept as failed, and told by the class of its error: what an error says may name somebody.
    """
    at = written(due)
    with engine.database.reading() as tx:
        earlier = run_of(tx, job.name, at)
    if earlier is not None:
        return earlier
    engine.forget()  # other processes set programs up, too
    tell("job-started", job=job.name, due=at)
    try:
        outcome = job.run(engine)
    except Exception as error:  # noqa: BLE001 - the one place where whatever goes wrong is to be kept and told
        outcome = Outcome(_blamed(error), failed=True)
    run = Run(at, written(engine.clock()), outcome.said, outcome.failed)
    with engine.database.writing() as tx:
        keep_run(tx, job.name, run)
    tell("job-failed" if run.failed else "job-done", job=job.name, due=at, outcome=run.outcome)
    return run


def last_due(job: Job, now: datetime, zone: tzinfo) -> datetime | None:
    """Tell when a job was due last; None where that is too long ago."""
    trigger = trigger_of(job, zone)
    for back in (timedelta(minutes=2), timedelta(hours=2), CATCHES_UP):
        due, at = None, trigger.get_next_fire_time(None, now - back)
        while at is not None and at <= now:
            due, at = at, trigger.get_next_fire_time(at, at + timedelta(microseconds=1))
        if due is not None:
            return cast("datetime", due)
    return None


def trigger_of(job: Job, zone: tzinfo) -> CronTrigger:
    """Give when a job is due."""
    return CronTrigger(hour=job.hour, minute=job.minute, second=job.second, timezone=zone)


def zone_of(engine: Engine) -> tzinfo:
    """Give the time zone that jobs go by: that of the first program's site; UTC where there is none yet."""
    with engine.database.reading() as tx:
        running = engine.published(tx).programs
    return running[min(running)].zone if running else UTC


def _end(timer: BackgroundScheduler) -> None:
    """End a timer once the job under way has ended. Stopped while it looks for what is due, it would trip over what it found."""
    timer.pause()
    timer.get_jobs()  # waits until it has looked
    timer.shutdown()


def _blamed(error: Exception) -> str:
    """Say an error by its class, and where in this program it came up; what the database says, as it says it."""
    if isinstance(error, StoreError):
        return f"{type(error).__name__}: {error}"
    place = extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {Path(place.filename).name}, line {place.lineno}"


def _tell_trouble(event: JobExecutionEvent) -> None:
    error = type(event.exception).__name__ if event.exception else "missed"
    tell("trouble", job=str(event.job_id), error=error)
