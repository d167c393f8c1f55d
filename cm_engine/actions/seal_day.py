"""Seal a day: keep the head over all chains as they were at its end, to be printed and kept elsewhere.

A chain cannot show that its end was cut off, or that all of it was written anew. Heads that are kept out of reach of whoever
could do that, can. A day ends at midnight UTC: the head is over all sites. Days that were missed are sealed later; their heads
are the same.
"""

from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import func, insert, select, text

from cm_engine.actions.requests import SYSTEM, Answer, Doing, Request, doing_it
from cm_engine.clock import read
from cm_engine.engine import Engine
from cm_engine.standing import RefusedError
from cm_engine.store.database import Transaction
from cm_engine.store.heads import head_of
from cm_engine.store.tables import heads, log
from cm_engine.store.traces import LEEWAY, passing, traces

ONE_DAY = timedelta(days=1)

# How many days back heads are made where there is none yet.
AT_FIRST = 31

# How long a head waits for those who are recording; then it is made by the next job.
WAITS_SECONDS = 5


def seal_day(engine: Engine, on: date) -> Answer:
    """Keep the head of a day that is over; once kept, it stays.

    Raises RefusedError before the day is over, and while the clock is behind what was recorded: more might come of that day.
    """

    def act(doing: Doing) -> Answer:
        _wait_for_writers(doing.tx)
        found = head_of(doing.tx, on, doing.now)
        if not found.is_kept:
            _refuse_unsettled(doing, on)
            row = {"made_at": found.made_at, "chains": found.chains, "facts": found.facts, "digest": found.digest}
            doing.tx.do(insert(heads).values(on_day=on.isoformat(), **row))
        return {"on": on.isoformat(), "chains": found.chains, "facts": found.facts, "head": found.digest.hex()}

    return doing_it(engine, Request("", SYSTEM), act)


def _wait_for_writers(tx: Transaction) -> None:
    """Hold all chains, so that whoever began to record before is done, and whoever comes next sees the head.

    On SQLite nobody else writes meanwhile anyway. Others can read, and wait for no longer than this does.
    """
    if tx.kind == "postgresql":
        tx.do(text(f"SET LOCAL lock_timeout = '{WAITS_SECONDS}s'"))
        tx.do(text("LOCK TABLE standings IN EXCLUSIVE MODE"))


def days_to_seal(engine: Engine) -> list[date]:
    """Give the days that are over and have no head yet: since the last head, or the last 31 at most, from the first fact on.

    Raises RefusedError after a long pause: only a day later is it clear that the clock was not put ahead by mistake.
    """
    now = engine.clock().astimezone(UTC)
    today = (now - LEEWAY).date()
    with engine.database.reading() as tx:
        begins = _first_to_seal(tx, today)
        if begins is None or begins >= today:
            return []
        ends = _end(begins)
        since, is_behind = passing(traces(tx, ends), ends, now)
    if since > ends and now - since < ONE_DAY and not is_behind:
        raise RefusedError(f"nothing was recorded for long before {since:%Y-%m-%d %H:%M} UTC; a day later it is made")
    return [begins + number * ONE_DAY for number in range((today - begins).days)]


def _first_to_seal(tx: Transaction, today: date) -> date | None:
    """Give the day after the last head, or else the first that is sealed at all; None before anything was recorded."""
    [(latest,)] = tx.ask(select(func.max(heads.c.on_day)))
    if latest is not None:
        return date.fromisoformat(latest) + ONE_DAY
    [(first,)] = tx.ask(select(func.min(log.c.recorded_at)))
    return None if first is None else max(read(first).date(), today - AT_FIRST * ONE_DAY)


def _end(on: date) -> datetime:
    return datetime.combine(on + ONE_DAY, time(), UTC)


def _refuse_unsettled(doing: Doing, on: date) -> None:
    ends = _end(on)
    if doing.now < ends + LEEWAY:
        raise RefusedError(f"{on} is not over for long enough; its head is made from {ends + LEEWAY:%H:%M} UTC on")
    if passing(traces(doing.tx, ends), ends, doing.now).is_behind:
        raise RefusedError("the clock is behind what was recorded; set it right, and the head of the day can be made")
