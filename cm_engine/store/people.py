"""People: names and contacts of participants, sealed."""

import json
from collections.abc import Mapping

from sqlalchemy import bindparam, delete, insert, select

from cm_engine.store.database import Statement, Transaction
from cm_engine.store.tables import people
from cm_engine.vault import Vault

PERSON = Statement(select(people.c.sealed).where(people.c.participant_id == bindparam("of")))


def keep_person(tx: Transaction, vault: Vault, participant: str, person: Mapping[str, str]) -> None:
    """Keep somebody's name and contacts; what was kept before is replaced."""
    tx.do(delete(people).where(people.c.participant_id == participant))
    tx.do(insert(people).values(participant_id=participant, sealed=vault.seal(json.dumps(dict(person)))))


def person_of(tx: Transaction, vault: Vault, participant: str) -> dict[str, str]:
    """Give somebody's name and contacts; empty where none are kept."""
    row = tx.row(PERSON, {"of": participant})
    kept: dict[str, str] = json.loads(vault.open(bytes(row[0]))) if row else {}
    return kept
