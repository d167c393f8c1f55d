"""Notes: the reasons and free text that came with facts, sealed, outside of the log."""

import json

from sqlalchemy import bindparam, insert, select

from cm_engine.store.database import Row, Statement, Transaction
from cm_engine.store.tables import notes
from cm_engine.vault import Vault

KEEP = Statement(insert(notes))
NOTE = Statement(select(notes.c.sealed).where(notes.c.chain == bindparam("of"), notes.c.seq == bindparam("number")))


def keep_note(tx: Transaction, vault: Vault, chain: str, seq: int, reason: str, note: str) -> None:
    """Keep what was written beside a fact; nothing where nothing was."""
    if row := note_row(vault, chain, seq, reason, note):
        tx.run_many(KEEP, [row])


def note_row(vault: Vault, chain: str, seq: int, reason: str, note: str) -> Row | None:
    """Seal what was written beside a fact; None where nothing was."""
    if not (reason or note):
        return None
    return chain, seq, vault.seal(json.dumps([reason, note]))


def note_of(tx: Transaction, vault: Vault, chain: str, seq: int) -> tuple[str, str]:
    """Give the reason and the note beside a fact; empty where nothing was written."""
    row = tx.row(NOTE, {"of": chain, "number": seq})
    if row is None:
        return "", ""
    reason, note = json.loads(vault.open(bytes(row[0])))
    return reason, note
