"""Rotate: put a new key in front, seal everything again under it, and take the earlier ones out of the key file.

The key file holds both until all is sealed again; so whenever this is cut short, everything can be opened, and it can be run
again. The earlier keys are kept in a file of their own, because backups that were made under them open with nothing else.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Table, and_, bindparam, select, text, update

from cm_engine.engine import Engine
from cm_engine.exchange.key_file import read_keys, write_key_file
from cm_engine.store.database import Statement, Transaction
from cm_engine.store.proof import keep_proof
from cm_engine.store.tables import cards, draft_notes, notes, people, remarks, replies, seals, second_factors
from cm_engine.vault import Keys, Vault

SEALED = (people, notes, seals, cards, second_factors, remarks, replies, draft_notes)
LOCK = text(f"LOCK TABLE {', '.join(table.name for table in SEALED)} IN EXCLUSIVE MODE")


class Rotated(NamedTuple):
    """How much was sealed again, and where the earlier keys are kept."""

    sealed: int
    earlier: Path


def rotate(engine: Engine, key_file: Path) -> Rotated:
    """Change the key that seals. Raises VaultError where something cannot be opened; then the key file still has all keys."""
    before = read_keys(key_file, None)
    earlier = _earlier(key_file, engine.clock())
    write_key_file(earlier, before)
    both = before.with_new()
    write_key_file(key_file, both, overwrite=True)
    vault = Vault(both)
    with engine.database.writing() as tx:
        if tx.kind == "postgresql":
            tx.do(LOCK)
        count = sum(_seal_again(tx, table, vault) for table in SEALED)
        keep_proof(tx, vault)
    write_key_file(key_file, Keys(both.sealing[:1], both.index), overwrite=True)
    return Rotated(count, earlier)


def _seal_again(tx: Transaction, table: Table, vault: Vault) -> int:
    keys = list(table.primary_key.columns)
    rows = tx.ask(select(*keys, table.c.sealed).where(table.c.sealed.is_not(None)))
    at = and_(*(key == bindparam(f"of_{key.name}") for key in keys))
    again = Statement(update(table).where(at).values(sealed=bindparam("again")))
    names = [f"of_{key.name}" for key in keys]
    for row in rows:
        tx.run(again, {**dict(zip(names, row, strict=False)), "again": vault.rotate(bytes(row[-1]))})
    return len(rows)


def _earlier(key_file: Path, now: datetime) -> Path:
    return key_file.with_name(f"{key_file.name}.until-{now.astimezone(UTC):%Y-%m-%dT%H-%M-%S.%fZ}")
