"""Traces: the moments that the database holds of the engine at work, by which a jump of the clock shows.

A clock that was put ahead leaves a gap behind which the work goes on; one that was put back leaves traces that lie ahead.
"""

from collections.abc import Iterator, Sequence
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


def passing(tx: Transaction, begin: datetime, now: datetime) -> Passing:
    """Tell how time went by from a moment until now."""
    ends = {"moment": written(begin)}
    before = [at for statement in BEFORE for (at,) in tx.rows(statement, ends) if at]
    since = [at for statement in SINCE for row in tx.rows(statement, ends) for at in row]
    moments = sorted(map(read, {max(before, default=written(begin)), *since}))
    return passing_by(moments, now)


def passing_by(moments: Sequence[datetime], now: datetime) -> Passing:
    """Tell how time went by, from the moments of which there are traces, in order."""
    until_now = [moment for moment in moments if moment <= now]
    steady_since = max(_after_pauses([*until_now, now]), default=(until_now or [now])[0])
    return Passing(steady_since, bool(moments) and moments[-1] > now + LEEWAY)


def _after_pauses(moments: Sequence[datetime]) -> Iterator[datetime]:
    return (later for earlier, later in pairwise(moments) if later - earlier > LONGEST_PAUSE)
