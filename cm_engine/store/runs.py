"""Runs: what jobs did, one row for each time that a job was due; and the lease of whoever may run them now."""

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import and_, bindparam, delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from cm_engine.clock import read, written
from cm_engine.store.database import Statement, Transaction
from cm_engine.store.tables import job_runs, leases

RUN = Statement(
    select(job_runs.c.ended_at, job_runs.c.outcome, job_runs.c.failed).where(
        job_runs.c.job == bindparam("named"), job_runs.c.due == bindparam("at")
    )
)
# PostgreSQL and SQLite write this alike: of two that come at once, the second one changes nothing.
KEEP = Statement(insert(job_runs).on_conflict_do_nothing())
RENEW = Statement(
    update(leases)
    .where(
        leases.c.name == bindparam("of"),
        or_(
            leases.c.holder == bindparam("by"),
            leases.c.until < bindparam("now"),
            leases.c.until > bindparam("beyond"),
        ),
    )
    .values(holder=bindparam("by"), until=bindparam("lasts"), beat_at=bindparam("now"))
)
TAKE = Statement(insert(leases).on_conflict_do_nothing())
LEASE = Statement(select(leases.c.holder, leases.c.until, leases.c.beat_at).where(leases.c.name == bindparam("of")))


class Run(NamedTuple):
    """What a job did: when it was due, when it ended, what came of it, and whether it failed."""

    due: str
    ended_at: str
    outcome: str
    failed: bool


class Lease(NamedTuple):
    """Who may run jobs, until when, and when they last lived."""

    holder: str
    until: datetime
    beat_at: datetime


def run_of(tx: Transaction, job: str, due: str) -> Run | None:
    """Find what a job did when it was due; None where it did not run then."""
    row = tx.row(RUN, {"named": job, "at": due})
    return Run(due, row[0], row[1], bool(row[2])) if row else None


def keep_run(tx: Transaction, job: str, run: Run) -> bool:
    """Keep what a job did; tell whether nothing was kept of that time yet."""
    return bool(tx.run(KEEP, {"job": job, **run._asdict(), "failed": int(run.failed)}))


def take_lease(tx: Transaction, name: str, holder: str, now: datetime, lasts: timedelta) -> bool:
    """Take a lease, or renew one's own; tell whether it is held now.

    One that has run out may be taken by anybody, and so may one that ends further ahead than any lease lasts: it was taken
    by a clock that was wrong.
    """
    values = {"by": holder, "now": written(now), "lasts": written(now + lasts)}
    if tx.run(RENEW, {**values, "of": name, "beyond": written(now + 2 * lasts)}):
        return True
    return bool(tx.run(TAKE, {"name": name, "holder": holder, "until": written(now + lasts), "beat_at": written(now)}))


def give_up_lease(tx: Transaction, name: str, holder: str) -> None:
    """Give a lease up, if it is one's own, so that nobody waits for it to run out."""
    tx.do(delete(leases).where(and_(leases.c.name == name, leases.c.holder == holder)))


def lease_of(tx: Transaction, name: str) -> Lease | None:
    """Tell who holds a lease, or held it last; None where nobody did."""
    row = tx.row(LEASE, {"of": name})
    return Lease(row[0], read(row[1]), read(row[2])) if row else None
