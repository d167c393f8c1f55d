"""Find: people of a site by their name, or by how their code begins."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import or_, select

from cm_engine.actions.enrol import known_as
from cm_engine.actions.requests import Answer
from cm_engine.engine import Engine
from cm_engine.store.database import Transaction
from cm_engine.store.names import found_by_name
from cm_engine.store.tables import enrolments, participants

# How many are shown; whoever is not among them is found by typing more.
MOST = 25
_AFTER_ALL = "\U0010ffff"


def find(engine: Engine, site: str, typed: str, *, by_name: bool) -> Answer:
    """Find people of a site by what somebody typed: a code or its beginning; `by_name`: or names, by how their words begin.

    The answer lists each with code and latest enrolment; who has the very code comes first.
    """
    typed = known_as(typed)
    if not typed:
        return {"people": [], "more": False}
    with engine.database.reading() as tx:
        found = _by_code(tx, site, typed)
        if by_name:
            found += [id_ for id_ in found_by_name(tx, engine.vault, site, typed, MOST + 1) if id_ not in found]
        return {"people": _told(tx, found[:MOST]), "more": len(found) > MOST}


def _by_code(tx: Transaction, site: str, typed: str) -> list[str]:
    """Find by the beginning of a code, as it was typed, in large or in small letters."""
    begins = {typed, typed.upper(), typed.lower()}
    code = participants.c.code
    like_it = or_(*((code >= text) & (code <= text + _AFTER_ALL) for text in sorted(begins)))
    query = select(participants.c.id, participants.c.code).where(participants.c.site_id == site, like_it)
    rows = tx.ask(query.order_by(participants.c.code).limit(MOST + 1))
    return [id_ for id_, code in sorted(rows, key=lambda row: row[1] not in begins)]


def _told(tx: Transaction, found: Sequence[str]) -> list[dict[str, Any]]:
    query = (
        select(participants.c.id, participants.c.code, enrolments.c.program_id, enrolments.c.last_day)
        .outerjoin_from(participants, enrolments, enrolments.c.participant_id == participants.c.id)
        .where(participants.c.id.in_(found))
        .order_by(enrolments.c.first_day)
    )
    told = {
        id_: {"participant": id_, "code": code, "program": program, "last_day": last_day}
        for id_, code, program, last_day in tx.ask(query)
    }
    return [told[id_] for id_ in found]
