"""Seal a day: keep the head over all chains as they were at its end, to be printed and kept elsewhere.

A chain cannot show that its end was cut off, or that all of it was written anew. Heads that are kept out of reach of whoever
could do that, can. A day ends at midnight UTC: the head is over all sites.
"""

from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import insert

from cm_engine.actions.requests import SYSTEM, Answer, Doing, Request, doing_it
from cm_engine.engine import Engine
from cm_engine.standing import RefusedError
from cm_engine.store.heads import head_of
from cm_engine.store.tables import heads
from cm_engine.store.traces import LEEWAY, passing, traces

ONE_DAY = timedelta(days=1)


def seal_day(engine: Engine, on: date) -> Answer:
    """Keep the head of a day that is over; once kept, it stays.

    Raises RefusedError before the day is over, and while the clock is behind what was recorded: more might come of that day.
    """

    def act(doing: Doing) -> Answer:
        found = head_of(doing.tx, on, doing.now)
        if not found.is_kept:
            _refuse_unsettled(doing, on)
            row = {"made_at": found.made_at, "chains": found.chains, "facts": found.facts, "digest": found.digest}
            doing.tx.do(insert(heads).values(on_day=on.isoformat(), **row))
        return {"on": on.isoformat(), "chains": found.chains, "facts": found.facts, "head": found.digest.hex()}

    return doing_it(engine, Request("", SYSTEM), act)


def _refuse_unsettled(doing: Doing, on: date) -> None:
    ends = datetime.combine(on + ONE_DAY, time(), UTC)
    if doing.now < ends + LEEWAY:
        raise RefusedError(f"{on} is not over for long enough; its head is made from {ends + LEEWAY:%H:%M} UTC on")
    if passing(traces(doing.tx, ends), ends, doing.now).is_behind:
        raise RefusedError("the clock is behind what was recorded; set it right, and the head of the day can be made")
