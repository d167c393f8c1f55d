"""Remarks: what participants write to staff from a kiosk, and what staff reply; sealed, and each says whose it is."""

import json
from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import bindparam, insert, select

from cm_engine.facts import Fact
from cm_engine.store.codec import read_fact
from cm_engine.store.database import Row, Statement, Transaction
from cm_engine.store.tables import enrolments, log, remarks, replies
from cm_engine.vault import Vault, VaultError

COLUMNS = (
    remarks.c.id,
    remarks.c.participant_id,
    remarks.c.about,
    remarks.c.sealed,
    remarks.c.made_at,
    replies.c.sealed.label("reply"),
    replies.c.actor,
    replies.c.made_at.label("replied_at"),
)
REMARKS_OF = Statement(
    select(*COLUMNS)
    .outerjoin_from(remarks, replies)
    .where(remarks.c.participant_id == bindparam("of"))
    .order_by(remarks.c.made_at.desc(), remarks.c.id)
    .limit(bindparam("most"))
)
KEEP = Statement(insert(remarks))
REPLY = Statement(insert(replies))


class Remark(NamedTuple):
    """What somebody wrote, about which event, draw or redemption if any; and the reply (none as yet: empty), by whom and when."""

    id: str
    participant: str
    about: str
    text: str
    made_at: str
    reply: str
    replied_by: str | None
    replied_at: str | None


def keep_remark(tx: Transaction, vault: Vault, remark: str, participant: str, said: tuple[str, str, str]) -> None:
    """Keep what somebody wrote: about what, the text, when."""
    about, text, made_at = said
    sealed = _sealed(vault, remark, text)
    tx.run(KEEP, {"id": remark, "participant_id": participant, "about": about, "sealed": sealed, "made_at": made_at})


def keep_reply(tx: Transaction, vault: Vault, remark: str, said: tuple[str, str, str]) -> None:
    """Keep what staff replied: the text, who, when."""
    text, actor, made_at = said
    tx.run(REPLY, {"remark_id": remark, "sealed": _sealed(vault, remark, text), "actor": actor, "made_at": made_at})


def remarks_of(tx: Transaction, vault: Vault, participant: str, most: int) -> list[Remark]:
    """Give what somebody wrote, the latest first."""
    return [_remark(vault, row) for row in tx.rows(REMARKS_OF, {"of": participant, "most": most})]


def remarks_in(tx: Transaction, vault: Vault, program: str, *, are_open: bool, most: int) -> list[Remark]:
    """Give what was written by people who were in a program last: what waits for a reply, the earliest first; or the rest."""
    later = enrolments.alias()
    was_later = (later.c.participant_id == enrolments.c.participant_id) & (later.c.first_day > enrolments.c.first_day)
    query = (
        select(*COLUMNS)
        .outerjoin_from(remarks, replies)
        .join(enrolments, enrolments.c.participant_id == remarks.c.participant_id)
        .where(enrolments.c.program_id == program, ~select(later.c.id).where(was_later).exists())
    )
    if are_open:
        query = query.where(replies.c.remark_id.is_(None)).order_by(remarks.c.made_at, remarks.c.id)
    else:
        query = query.where(replies.c.remark_id.is_not(None)).order_by(replies.c.made_at.desc(), remarks.c.id)
    return [_remark(vault, row) for row in tx.ask(query.limit(most))]


def facts_about(tx: Transaction, ids: Collection[str]) -> dict[str, Fact]:
    """Give the facts that remarks are about, by their ids: an event, a draw's opening, a prize's choice."""
    rows = tx.ask(select(log.c.fact, log.c.key, log.c.body).where(log.c.key.in_(sorted(set(ids)))))
    return {key: read_fact(word, key, body) for word, key, body in rows}


def _remark(vault: Vault, row: Row) -> Remark:
    id_, participant, about, sealed, made_at, reply, actor, replied_at = row
    answer = _opened(vault, id_, bytes(reply)) if reply is not None else ""
    return Remark(id_, participant, about, _opened(vault, id_, bytes(sealed)), made_at, answer, actor, replied_at)


def _sealed(vault: Vault, remark: str, text: str) -> bytes:
    return vault.seal(json.dumps([remark, text]))


def _opened(vault: Vault, remark: str, sealed: bytes) -> str:
    whose, text = json.loads(vault.open(sealed))
    if whose != remark:
        raise VaultError(f"what is kept of remark {remark} was sealed for another one; restore a backup")
    return str(text)
