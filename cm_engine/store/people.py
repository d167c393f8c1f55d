"""People: names and contacts of participants, sealed.

What is sealed says whose it is, so that it opens for nobody else when rows were exchanged by hand.
"""

import json
from collections.abc import Mapping
from contextlib import suppress

from sqlalchemy import bindparam, delete, insert, select

from cm_engine.store.database import Statement, Transaction
from cm_engine.store.names import keep_name, nobodys_index, remove_name
from cm_engine.store.tables import people
from cm_engine.vault import Vault, VaultError

# What a name is kept as, beside contacts.
NAME = "name"

PERSON = Statement(select(people.c.sealed).where(people.c.participant_id == bindparam("of")))


def keep_person(tx: Transaction, vault: Vault, participant: str, person: Mapping[str, str]) -> None:
    """Keep somebody's name and contacts, and let them be found by that name; what was kept before is replaced."""
    tx.do(delete(people).where(people.c.participant_id == participant))
    tx.do(insert(people).values(participant_id=participant, sealed=vault.seal(json.dumps([participant, dict(person)]))))
    keep_name(tx, vault, participant, person.get(NAME, ""))


def remove_person(tx: Transaction, participant: str) -> None:
    """Remove somebody's name and contacts, and the way to find them by it."""
    tx.do(delete(people).where(people.c.participant_id == participant))
    remove_name(tx, participant)


def person_of(tx: Transaction, vault: Vault, participant: str) -> dict[str, str]:
    """Give somebody's name and contacts; empty where none are kept. Raises VaultError for those of somebody else."""
    row = tx.row(PERSON, {"of": participant})
    return {} if row is None else opened(vault, participant, bytes(row[0]))


def opened(vault: Vault, participant: str, sealed: bytes) -> dict[str, str]:
    """Open the name and contacts of a participant. Raises VaultError for those of somebody else."""
    whose, kept = json.loads(vault.open_again(sealed))
    if whose != participant:
        raise VaultError(f"the name kept of participant {participant} was sealed for another one; restore a backup")
    person: dict[str, str] = kept
    return person


def index_names(tx: Transaction, vault: Vault) -> int:
    """Let everybody be found by name who is not yet, because an older version kept it; give how many those were.

    A name that cannot be opened is left alone; `person_of` says what is wrong with it.
    """
    missing = nobodys_index(tx)
    for participant in missing:
        with suppress(VaultError):
            keep_name(tx, vault, participant, person_of(tx, vault, participant).get(NAME, ""))
    return len(missing)
