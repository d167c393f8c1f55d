"""Reservations: the prizes that were chosen and wait to be handed over, and those that one person alone handed over."""

from datetime import date
from typing import NamedTuple

from sqlalchemy import bindparam, delete, func, insert, select

from cm_engine.store.database import Statement, Transaction
from cm_engine.store.tables import lone_handovers, prizes, reservations

RESERVE = Statement(insert(reservations))
RELEASE = Statement(delete(reservations).where(reservations.c.redemption_id == bindparam("of")))
_WAITING = (
    select(
        reservations.c.redemption_id,
        reservations.c.participant_id,
        reservations.c.prize_id,
        prizes.c.name,
        reservations.c.chosen_at,
    )
    .join_from(reservations, prizes)
    .order_by(reservations.c.chosen_at, reservations.c.redemption_id)
)
WAITING = Statement(_WAITING.where(reservations.c.program_id == bindparam("program")).limit(bindparam("most")))
WAITING_OF = Statement(_WAITING.where(reservations.c.participant_id == bindparam("of")))
COUNTED = Statement(
    select(reservations.c.prize_id, func.count())
    .where(reservations.c.program_id == bindparam("program"))
    .group_by(reservations.c.prize_id)
)
NOTE = Statement(insert(lone_handovers))
LONE = Statement(
    select(
        lone_handovers.c.redemption_id,
        lone_handovers.c.participant_id,
        prizes.c.name,
        lone_handovers.c.on_day,
        lone_handovers.c.actor,
    )
    .join_from(lone_handovers, prizes)
    .where(
        lone_handovers.c.program_id == bindparam("program"),
        lone_handovers.c.on_day >= bindparam("first"),
        lone_handovers.c.on_day <= bindparam("last"),
    )
    .order_by(lone_handovers.c.on_day, lone_handovers.c.made_at)
)


class Waiting(NamedTuple):
    """A prize that waits to be handed over: as which redemption, to whom, and since when."""

    redemption: str
    participant: str
    prize: str
    name: str
    chosen_at: str


class Lone(NamedTuple):
    """A prize that somebody handed over alone, who had recorded a result of that participant on that day."""

    redemption: str
    participant: str
    name: str
    on: date
    actor: str


def reserve(tx: Transaction, program: str, waiting: Waiting) -> None:
    """Note that a prize of a program's cabinet waits."""
    row = {"redemption_id": waiting.redemption, "program_id": program, "participant_id": waiting.participant}
    tx.run(RESERVE, {**row, "prize_id": waiting.prize, "chosen_at": waiting.chosen_at})


def release(tx: Transaction, redemption: str) -> None:
    """Note that a prize waits no more."""
    tx.run(RELEASE, {"of": redemption})


def waiting_in(tx: Transaction, program: str, most: int) -> list[Waiting]:
    """Give at most so much of what waits to be handed over from a program's cabinet, the oldest first."""
    return [Waiting(*row) for row in tx.rows(WAITING, {"program": program, "most": most})]


def waiting_of(tx: Transaction, participant: str) -> list[Waiting]:
    """Give what waits to be handed over to a participant, the oldest first."""
    return [Waiting(*row) for row in tx.rows(WAITING_OF, {"of": participant})]


def waiting_by_prize(tx: Transaction, program: str) -> dict[str, int]:
    """Give how many of each prize of a program's cabinet wait to be handed over."""
    return dict(map(tuple, tx.rows(COUNTED, {"program": program})))


def note_lone(tx: Transaction, program: str, waiting: Waiting, on: date, actor: str, made_at: str) -> None:
    """Note that somebody handed over alone."""
    row = {"redemption_id": waiting.redemption, "program_id": program, "participant_id": waiting.participant}
    tx.run(NOTE, {**row, "prize_id": waiting.prize, "on_day": on.isoformat(), "actor": actor, "made_at": made_at})


def lone_between(tx: Transaction, program: str, first: date, last: date) -> list[Lone]:
    """Give what was handed over alone from a program's cabinet on some days."""
    rows = tx.rows(LONE, {"program": program, "first": first.isoformat(), "last": last.isoformat()})
    return [Lone(redemption, who, name, date.fromisoformat(on), actor) for redemption, who, name, on, actor in rows]
