"""Traces: the moments that the database holds of the engine at work, by which a jump of the clock shows.

A clock that was put ahead leaves a gap behind which the work goes on; one that was put back leaves traces that lie ahead.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from sqlalchemy import bindparam, func, select

from cm_engine.clock import read, written
from cm_engine.store.database import Statement, Transaction
from cm_engine.store.tables import days, job_runs, leases, log

# Without any trace for longer, nobody can tell a jump of the clock from an engine that stood still.
LONGEST_PAUSE = timedelta(days=3)

# Two machines' clocks may differ by this much.
LEEWAY = timedelta(minutes=5)

_LEFT = (log.c.recorded_at, job_runs.c.ended_at, leases.c.beat_at, days.c.made_at)
_HOUR = len("2026-01-05T09")
BEFORE = [Statement(select(func.max(at)).where(at <= bindparam("moment"))) for at in _LEFT]
SINCE = [
    Statement(select(func.min(at), func.max(at)).where(at > bindparam("moment")).group_by(func.substr(at, 1, _HOUR)))
    for at in _LEFT
]


class Passing(NamedTuple):
    """How time went by until now: without a jump since a moment, and whether the clock is behind what was written."""

    steady_since: datetime
    is_behind: bool


def traces(tx: Transaction, begin: datetime) -> list[datetime]:
    """Give moments at which the engine was at work, in order: the last one before a moment, and those of each hour since."""
    ends = {"moment": written(begin)}
    before = [at for statement in BEFORE for (at,) in tx.rows(statement, ends) if at]
    since = {at for statement in SINCE for row in tx.rows(statement, ends) for at in row}
    return [read(at) for at in sorted({*since, *([max(before)] if before else [])})]


def passing(moments: Sequence[datetime], begin: datetime, now: datetime) -> Passing:
    """Tell how time went by from a moment until now, by the traces in order; without any before, nothing was there yet."""
    earlier = [moment for moment in moments if moment <= begin]
    since = [moment for moment in moments if begin < moment <= now]
    steps = [earlier[-1] if earlier else begin, *since, now]
    pauses = [later for sooner, later in pairwise(steps) if later - sooner > LONGEST_PAUSE]
    return Passing(pauses[-1] if pauses else steps[0], bool(moments) and moments[-1] > now + LEEWAY)
