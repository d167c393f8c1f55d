"""People: names and contacts of participants, sealed.

What is sealed says whose it is, so that it opens for nobody else when rows were exchanged by hand.
"""

import json
from collections.abc import Mapping

from sqlalchemy import bindparam, delete, insert, select

from cm_engine.store.database import Statement, Transaction
from cm_engine.store.tables import people
from cm_engine.vault import Vault, VaultError

PERSON = Statement(select(people.c.sealed).where(people.c.participant_id == bindparam("of")))


def keep_person(tx: Transaction, vault: Vault, participant: str, person: Mapping[str, str]) -> None:
    """Keep somebody's name and contacts; what was kept before is replaced."""
    tx.do(delete(people).where(people.c.participant_id == participant))
    tx.do(insert(people).values(participant_id=participant, sealed=vault.seal(json.dumps([participant, dict(person)]))))


def person_of(tx: Transaction, vault: Vault, participant: str) -> dict[str, str]:
    """Give somebody's name and contacts; empty where none are kept. Raises VaultError for those of somebody else."""
    row = tx.row(PERSON, {"of": participant})
    return {} if row is None else opened(vault, participant, bytes(row[0]))


def opened(vault: Vault, participant: str, sealed: bytes) -> dict[str, str]:
    """Open the name and contacts of a participant. Raises VaultError for those of somebody else."""
    whose, kept = json.loads(vault.open(sealed))
    if whose != participant:
        raise VaultError(f"the name kept of participant {participant} was sealed for another one; restore a backup")
    person: dict[str, str] = kept
    return person
