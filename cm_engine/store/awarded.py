"""Awarded: the events of a site that earned something, or had something taken back, the latest recorded first."""

from functools import cache
from itertools import groupby
from typing import NamedTuple

from sqlalchemy import Text, bindparam, exists, or_, select, tuple_

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

# Which entries count where a unit is sought: those of an account that the participant holds it in.
_ACCOUNT = bindparam("account", type_=Text).concat(log.c.chain)
_HELD = (entries.c.unit == bindparam("unit"), or_(entries.c.debit == _ACCOUNT, entries.c.credit == _ACCOUNT))


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
    account = f"{ledger.HELD}:{sought.of}@" if sought.of else f"{ledger.HELD}@"
    given = {**sought._asdict(), "account": account, "most": most, **(behind._asdict() if behind else {})}
    asked = (sought.since is not None, sought.before is not None, sought.unit is not None, behind is not None)
    rows = tx.rows(latest(*asked), given)
    return [_awarded(Spot(*spot), list(posted)) for spot, posted in groupby(rows, key=lambda row: row[:3])]


@cache
def latest(is_since: bool, is_before: bool, is_unit: bool, is_behind: bool) -> Statement:  # noqa: FBT001
    """Give the query for the entries of the latest awards; the log's index by moment gives them in their order."""
    spot = (log.c.recorded_at, log.c.chain, log.c.seq)
    facts = select(*spot).where(
        or_(*(log.c.fact == fact for fact in EARNING)),
        _CHAIN.in_(select(participants.c.id).where(participants.c.site_id == bindparam("site"))),
        exists().where(_OF_ROW, *(_HELD if is_unit else ())),
    )
    if is_since:
        facts = facts.where(log.c.recorded_at >= bindparam("since"))
    if is_before:
        facts = facts.where(log.c.recorded_at < bindparam("before"))
    if is_behind:
        place = tuple_(bindparam("recorded_at"), bindparam("chain"), bindparam("seq"))
        facts = facts.where(log.c.recorded_at <= bindparam("recorded_at"), tuple_(*spot) < place)
    found = facts.order_by(*(column.desc() for column in spot)).limit(bindparam("most")).subquery()
    what = (entries.c.event, entries.c.posted_on, entries.c.debit, entries.c.credit, entries.c.unit, entries.c.amount)
    order = (found.c.recorded_at.desc(), found.c.chain.desc(), found.c.seq.desc(), entries.c.place)
    both = (entries.c.chain == found.c.chain) & (entries.c.seq == found.c.seq)
    return Statement(select(*found.c, *what).join_from(found, entries, both).order_by(*order))


def whose_event(tx: Transaction, event: str) -> tuple[str, str] | None:
    """Tell whose an event is, and at which site; None where there is no such event."""
    row = tx.row(WHOSE, {"of": event})
    return (row[0], row[1]) if row else None


def _awarded(spot: Spot, rows: list[Row]) -> Awarded:
    event, posted_on = rows[0][3:5]
    return Awarded(spot, event, posted_on, tuple(_moved(spot.chain, *row[5:]) for row in rows))


def _moved(participant: str, debit: str, credit: str, unit: str, amount: int) -> Moved:
    is_taken_back = ledger.owner(debit) == participant
    return Moved(unit, amount, ledger.parts(debit if is_taken_back else credit).of, is_taken_back)
