"""Seal a day: the head over all chains as they were at its end, to be printed and kept elsewhere.

A chain cannot show that its end was cut off, or that all of it was written anew. Heads that are kept out of reach of whoever
could do that, can. A day ends at midnight UTC: the head is over all sites.
"""

from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import func, insert, select

from cm_engine.actions.requests import SYSTEM, Answer, Doing, Request, doing_it
from cm_engine.clock import written
from cm_engine.engine import Engine
from cm_engine.standing import RefusedError
from cm_engine.store.database import Row, Transaction
from cm_engine.store.links import head
from cm_engine.store.tables import heads, log
from cm_engine.store.traces import LEEWAY, passing

ONE_DAY = timedelta(days=1)


def seal_day(engine: Engine, on: date) -> Answer:
    """Make the head of a day that is over; once made, it stays.

    Raises RefusedError before the day is over, and while the clock is behind what was recorded: more might come of that day.
    """

    def act(doing: Doing) -> Answer:
        ends = datetime.combine(on + ONE_DAY, time(), UTC)
        kept = _kept(doing.tx, on)
        if kept is None:
            _refuse_unsettled(doing, on, ends)
            latest = _latest(doing.tx, written(ends - timedelta(microseconds=1)))
            row = {
                "on_day": on.isoformat(),
                "made_at": written(ends - timedelta(microseconds=1)),
                "chains": len(latest),
                "facts": sum(seq for _, seq, _ in latest),
                "digest": head(latest),
            }
            doing.tx.do(insert(heads).values(**row))
            kept = (row["chains"], row["facts"], row["digest"])
        chains, facts, digest = kept
        return {"on": on.isoformat(), "chains": chains, "facts": facts, "head": bytes(digest).hex()}

    return doing_it(engine, Request("", SYSTEM), act)


def _refuse_unsettled(doing: Doing, on: date, ends: datetime) -> None:
    if doing.now < ends + LEEWAY:
        raise RefusedError(f"{on} is not over for long enough; its head can be made from {ends + LEEWAY:%H:%M} UTC on")
    if passing(doing.tx, ends, doing.now).is_behind:
        raise RefusedError("the clock is behind what was recorded; set it right, and the head of the day can be made")


def _kept(tx: Transaction, on: date) -> Row | None:
    rows = tx.ask(select(heads.c.chains, heads.c.facts, heads.c.digest).where(heads.c.on_day == on.isoformat()))
    return rows[0] if rows else None


def _latest(tx: Transaction, until: str) -> list[tuple[str, int, bytes]]:
    """Give the latest link of each chain that has one by a moment, by the chains' names."""
    last = select(log.c.chain, func.max(log.c.seq).label("seq")).where(log.c.recorded_at <= until)
    ends = last.group_by(log.c.chain).subquery()
    both = (log.c.chain == ends.c.chain) & (log.c.seq == ends.c.seq)
    rows = tx.ask(select(log.c.chain, log.c.seq, log.c.digest).join_from(log, ends, both))
    return sorted((chain, seq, bytes(digest)) for chain, seq, digest in rows)
