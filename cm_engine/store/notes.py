"""Notes: the reasons and free text that came with facts, sealed, outside of the log.

Notes that come together are sealed together, in a row by the number of the first fact among them. What is sealed
says beside which fact of which chain it is, so that it opens beside no other when rows were exchanged by hand.
"""

import json
from collections.abc import Mapping

from sqlalchemy import bindparam, insert, select

from cm_engine.store.database import Row, Statement, Transaction
from cm_engine.store.tables import notes
from cm_engine.vault import Vault, VaultError

KEEP = Statement(insert(notes))
NOTES = Statement(
    select(notes.c.seq, notes.c.sealed)
    .where(notes.c.chain == bindparam("of"), notes.c.seq <= bindparam("number"))
    .order_by(notes.c.seq.desc())
    .limit(1)
)

NOTHING = ("", "")


def keep_note(tx: Transaction, vault: Vault, chain: str, seq: int, reason: str, note: str) -> None:
    """Keep what was written beside a fact; nothing where nothing was."""
    if reason or note:
        tx.run_many(KEEP, [sealed_notes(vault, chain, {seq: (reason, note)})])


def sealed_notes(vault: Vault, chain: str, written: Mapping[int, tuple[str, str]]) -> Row:
    """Seal what was written beside facts of a chain (reason, note), by their numbers."""
    listed = [[seq, *beside] for seq, beside in written.items()]
    first = min(written)
    return chain, first, vault.seal(json.dumps([chain, first, listed]))


def note_of(tx: Transaction, vault: Vault, chain: str, seq: int) -> tuple[str, str]:
    """Give the reason and the note beside a fact; empty where nothing was written. Raises VaultError for another fact's."""
    row = tx.row(NOTES, {"of": chain, "number": seq})
    written = _opened(vault, chain, *row) if row else []
    return next(((reason, note) for number, reason, note in written if number == seq), NOTHING)


def _opened(vault: Vault, chain: str, first: int, sealed: bytes) -> list[tuple[int, str, str]]:
    *beside, listed = json.loads(vault.open(bytes(sealed)))
    if beside != [chain, first]:
        raise VaultError(f"the note beside row {first} of chain {chain} was sealed for another one; restore a backup")
    written: list[tuple[int, str, str]] = listed
    return written
