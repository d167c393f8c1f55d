"""Heads: one digest over the latest links of all chains at a moment, to be printed and kept elsewhere."""

from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from sqlalchemy import func, select

from cm_engine.clock import written
from cm_engine.store.database import Transaction
from cm_engine.store.links import head
from cm_engine.store.tables import heads, log


class Head(NamedTuple):
    """A digest over so many chains with so many facts, as they were at a moment; `is_kept`: a job wrote it down."""

    on: date
    made_at: str
    chains: int
    facts: int
    digest: bytes
    is_kept: bool


def head_of(tx: Transaction, on: date, now: datetime) -> Head:
    """Give the head of a date: the one that was kept, or else one computed at its end (UTC), or now while it lasts."""
    columns = (heads.c.made_at, heads.c.chains, heads.c.facts, heads.c.digest)
    for made_at, chains, facts, digest in tx.ask(select(*columns).where(heads.c.on_day == on.isoformat())):
        return Head(on, made_at, chains, facts, bytes(digest), is_kept=True)
    end = datetime.combine(on, time(), UTC) + timedelta(days=1) - timedelta(microseconds=1)
    return head_at(tx, on, written(min(now, end)))


def head_at(tx: Transaction, on: date, made_at: str) -> Head:
    """Compute the head over all facts that were recorded up to a moment."""
    told = log.c.recorded_at <= made_at
    latest = select(log.c.chain, func.max(log.c.seq).label("seq")).where(told).group_by(log.c.chain).subquery()
    both = (log.c.chain == latest.c.chain) & (log.c.seq == latest.c.seq)
    rows = tx.ask(select(log.c.chain, log.c.seq, log.c.digest).join_from(log, latest, both))
    chains = sorted((chain, seq, bytes(digest)) for chain, seq, digest in rows)
    return Head(on, made_at, len(chains), sum(seq for _, seq, _ in chains), head(chains), is_kept=False)
