"""Awarded: the events of a site that earned something, or had something taken back, the latest recorded first."""

from collections.abc import Iterable
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import Select, bindparam, exists, or_, select, tuple_

from cm_engine import ledger
from cm_engine.store.database import Row, Statement, Transaction
from cm_engine.store.tables import entries, log, participants

EARNING = ("event-recorded", "result-corrected")

WHOSE = Statement(
    select(log.c.chain, participants.c.site_id)
    .join_from(log, participants, participants.c.id == log.c.chain)
    .where(log.c.key == bindparam("of"), log.c.fact == "event-recorded")
)

# An expression, which no index is of: so a search begins with the log's index by moment, and keeps its order. That index has
# the chains too, so that what is another site's is passed over without a look at the log.
_CHAIN = log.c.chain.concat("")
_OF_ROW = (entries.c.chain == log.c.chain) & (entries.c.seq == log.c.seq)


class Sought(NamedTuple):
    """Which awards are sought: of a site, recorded from a moment to before another, held in a unit, and of which policy.

    Draws and tickets are held by their policy; money and points of all policies together, so that `of` is empty there.
    """

    site: str
    since: str | None = None
    before: str | None = None
    unit: str | None = None
    of: str = ""


class Spot(NamedTuple):
    """A place among awards, the latest first: those behind it are wanted."""

    recorded_at: str
    chain: str
    seq: int


class Moved(NamedTuple):
    """An amount of a unit that was credited, or taken back; `of` is the policy whose draws or tickets they are, or empty."""

    unit: str
    amount: int
    of: str
    is_taken_back: bool


class Awarded(NamedTuple):
    """What was posted for an event: when it was recorded and whose it is, the event, and what was moved on which date."""

    spot: Spot
    event: str
    posted_on: str
    moved: tuple[Moved, ...]


def latest_awards(tx: Transaction, sought: Sought, behind: Spot | None, most: int) -> list[Awarded]:
    """Give the latest awards of those sought, or the latest behind a place; at most so many."""
    rows = tx.ask(latest(sought, behind, most))
    return [_awarded(Spot(*spot), list(posted)) for spot, posted in groupby(rows, key=lambda row: row[:3])]


def latest(sought: Sought, behind: Spot | None, most: int) -> Select[Any]:
    """Give the query for the entries of the latest awards; the log's index by moment gives them in their order."""
    spot = (log.c.recorded_at, log.c.chain, log.c.seq)
    posted = exists().where(_OF_ROW, *_held(sought))
    facts = select(*spot).where(
        log.c.fact.in_(EARNING),
        _CHAIN.in_(select(participants.c.id).where(participants.c.site_id == sought.site)),
        posted,
    )
    if sought.since:
        facts = facts.where(log.c.recorded_at >= sought.since)
    if sought.before:
        facts = facts.where(log.c.recorded_at < sought.before)
    if behind:
        facts = facts.where(log.c.recorded_at <= behind.recorded_at, tuple_(*spot) < tuple_(*behind))
    found = facts.order_by(*(column.desc() for column in spot)).limit(most).subquery()
    what = (entries.c.event, entries.c.posted_on, entries.c.debit, entries.c.credit, entries.c.unit, entries.c.amount)
    order = (found.c.recorded_at.desc(), found.c.chain.desc(), found.c.seq.desc(), entries.c.place)
    both = (entries.c.chain == found.c.chain) & (entries.c.seq == found.c.seq)
    return select(*found.c, *what).join_from(found, entries, both).order_by(*order)


def whose_event(tx: Transaction, event: str) -> tuple[str, str] | None:
    """Tell whose an event is, and at which site; None where there is no such event."""
    row = tx.row(WHOSE, {"of": event})
    return (row[0], row[1]) if row else None


def _held(sought: Sought) -> Iterable[Any]:
    """Say which entries count: those of an account that the participant holds a unit in."""
    if sought.unit is None:
        return []
    account = (f"{ledger.HELD}:{sought.of}@" if sought.of else f"{ledger.HELD}@") + log.c.chain
    return [entries.c.unit == sought.unit, or_(entries.c.debit == account, entries.c.credit == account)]


def _awarded(spot: Spot, rows: list[Row]) -> Awarded:
    event, posted_on = rows[0][3:5]
    return Awarded(spot, event, posted_on, tuple(_moved(spot.chain, *row[5:]) for row in rows))


def _moved(participant: str, debit: str, credit: str, unit: str, amount: int) -> Moved:
    is_taken_back = ledger.owner(debit) == participant
    return Moved(unit, amount, ledger.parts(debit if is_taken_back else credit).of, is_taken_back)
