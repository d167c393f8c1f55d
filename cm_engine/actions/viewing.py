"""Viewing: where somebody is a participant, and by which name; what a door asks before all else."""

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import bindparam, select

from cm_engine.actions.enrol import find_participant
from cm_engine.engine import Engine
from cm_engine.store.database import Statement, Transaction
from cm_engine.store.people import opened
from cm_engine.store.several import Several
from cm_engine.store.tables import log, participants, people

SITE = Statement(select(participants.c.site_id).where(participants.c.id == bindparam("of")))
OWNER = Statement(select(log.c.chain).where(log.c.key == bindparam("of"), log.c.fact == bindparam("word")))
NAMED = Several(
    lambda ids: (
        select(participants.c.id, participants.c.code, people.c.sealed)
        .outerjoin_from(participants, people)
        .where(participants.c.id.in_(ids))
    )
)


class Named(NamedTuple):
    """Somebody who takes part: their code (none once they were purged), and name and contacts where such are kept."""

    code: str | None
    person: dict[str, str]


def site_of(engine: Engine, participant: str) -> str | None:
    """Tell at which site somebody takes part; None where there is nobody."""
    with engine.database.reading() as tx:
        return site_in(tx, participant)


def site_in(tx: Transaction, participant: str) -> str | None:
    """Tell at which site somebody takes part, in a transaction; None where there is nobody."""
    row = tx.row(SITE, {"of": participant})
    return row[0] if row else None


def owner_of(engine: Engine, id_: str, word: str) -> str | None:
    """Tell to which participant belongs what a fact of some kind began, by its id; None where there is none such."""
    with engine.database.reading() as tx:
        row = tx.row(OWNER, {"of": id_, "word": word})
    return row[0] if row else None


def found_by_code(engine: Engine, sites: Collection[str], code: str) -> list[str]:
    """Find whoever has a code at some sites: one at most at each."""
    with engine.database.reading() as tx:
        return [found for site in sorted(sites) if (found := find_participant(tx, site, code))]


def named(engine: Engine, wanted: Collection[str]) -> dict[str, Named]:
    """Give codes and names of participants by their ids; who is not there is left out."""
    found: dict[str, Named] = {}
    with engine.database.reading() as tx:
        for participant, code, sealed in NAMED.rows(tx, list(wanted)):
            person = {} if sealed is None else opened(engine.vault, participant, bytes(sealed))
            found[participant] = Named(code, person)
    return found


def pseudonym(participant: str) -> str:
    """Give a name that tells nobody who it is, and is always the same."""
    return f"P-{participant[:6]}"
