"""Logged: the facts of a participant with who recorded them and when, and the names of the payers and prizes in them."""

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import bindparam, func, select

from cm_engine.facts import ParticipantFact
from cm_engine.store.codec import read_fact
from cm_engine.store.database import Row, Statement, Transaction
from cm_engine.store.tables import log, participants, payers, prizes, programs, staff, tokens

FACTS = Statement(
    select(
        log.c.seq,
        log.c.recorded_at,
        log.c.actor,
        func.coalesce(staff.c.name, tokens.c.title),
        log.c.fact,
        log.c.key,
        log.c.body,
    )
    .select_from(log.outerjoin(staff, staff.c.id == log.c.actor).outerjoin(tokens, tokens.c.id == log.c.actor))
    .where(log.c.chain == bindparam("of"))
    .order_by(log.c.seq)
)

SITE = select(participants.c.site_id).where(participants.c.id == bindparam("of")).scalar_subquery()
PAYERS = Statement(select(payers.c.id, payers.c.name).where(payers.c.site_id == SITE))
PRIZES = Statement(select(prizes.c.id, prizes.c.name).join_from(prizes, programs).where(programs.c.site_id == SITE))


class Logged(NamedTuple):
    """A fact, its number in the chain, when it was recorded, and by whom: an id, with the name of staff, or the title of a token."""

    seq: int
    recorded_at: str
    actor: str
    actor_name: str | None
    fact: ParticipantFact


def facts_logged(tx: Transaction, participant: str) -> list[Logged]:
    """Give the facts of a participant, in their order."""
    return [
        Logged(seq, at, actor, name, read_fact(word, key, body))  # type: ignore[arg-type]
        for seq, at, actor, name, word, key, body in tx.rows(FACTS, {"of": participant})
    ]


def payers_of(tx: Transaction, participant: str) -> dict[str, str]:
    """Give the names of the payers at a participant's site."""
    return _names(tx.rows(PAYERS, {"of": participant}))


def prizes_of(tx: Transaction, participant: str) -> dict[str, str]:
    """Give the names of the prizes at a participant's site."""
    return _names(tx.rows(PRIZES, {"of": participant}))


def _names(rows: Iterable[Row]) -> dict[str, str]:
    return {row[0]: row[1] for row in rows}
