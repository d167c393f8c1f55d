"""Replace lost: another key for a database whose own key is lost, so that its books go on.

What only the lost key opens is gone for good and removed; open draws are sealed anew, each in the log. The new key file is
written before the database takes the new key; so whenever this is cut short, it can be run again.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Table, and_, delete, func, select, text, update

from cm_engine.actions.draw import reseal_all
from cm_engine.actions.requests import Doing, Request
from cm_engine.actions.rotate import SEALED
from cm_engine.engine import Engine
from cm_engine.exchange.key_file import write_key_file
from cm_engine.store.cards import end_all_cards
from cm_engine.store.database import Transaction
from cm_engine.store.factors import remove_stray_codes
from cm_engine.store.people import index_names
from cm_engine.store.proof import has_proof, keep_proof, refuse_other_keys
from cm_engine.store.tables import (
    draft_notes,
    name_index,
    notes,
    people,
    pins,
    received,
    remarks,
    replies,
    seals,
    second_factors,
)
from cm_engine.vault import Keys, Vault, VaultError


class Replaced(NamedTuple):
    """What was removed because nobody can open it or fit it, how many draws were sealed anew, rows had no id, and cards ended.

    Notes are those beside facts and drafts, and what participants and staff wrote to each other. No PIN fits without the index key, and a
    card is found by it alone, so that new ones are to be printed. A row without an id is known again by the key alone: its file
    would be recorded twice if it were taken in again. Who loses their second factor sets up another one.
    """

    people: int
    notes: int
    pins: int
    resealed: int
    without_id: int
    cards: int
    factors: int


def replace_lost(engine: Engine, request: Request, at_hand: Keys | None) -> Replaced:
    """Give the database the key of the engine's vault in place of a lost one; `at_hand` are keys that do not fit.

    Raises VaultError where they do fit, since then nothing is lost.
    """
    with engine.database.writing(dry_run=request.dry_run) as tx:
        if tx.kind == "postgresql":
            tx.do(text(f"LOCK TABLE {', '.join(table.name for table in (*SEALED, pins))} IN EXCLUSIVE MODE"))
        _refuse_needless(tx, at_hand)
        nameless, factorless = (_remove_closed(tx, table, engine.vault, at_hand) for table in (people, second_factors))
        noteless = sum(
            _remove_closed(tx, table, engine.vault, at_hand) for table in (notes, remarks, replies, draft_notes)
        )
        pinless = tx.do(delete(pins))
        remove_stray_codes(tx)
        tx.do(delete(name_index))  # its digests were of the lost key
        index_names(tx, engine.vault)
        keep_proof(tx, engine.vault)
        without_id = tx.ask(select(func.count()).where(received.c.sender_id.like("row %")))[0][0]
        doing = Doing(engine, tx, request)
        cards = end_all_cards(tx, doing.recorded_at, request.actor)
        drawing = [chain for (chain,) in tx.ask(select(seals.c.chain).distinct().order_by(seals.c.chain))]
        return Replaced(nameless, noteless, pinless, reseal_all(doing, drawing), without_id, cards, factorless)


def put_new_file(key_file: Path, keys: Keys, now: datetime) -> Path | None:
    """Write the new key file; one that is there is put aside, never removed. Give where that is, None where none was."""
    aside = key_file.with_name(f"{key_file.name}.aside-{now.astimezone(UTC):%Y-%m-%dT%H-%M-%S.%fZ}")
    is_there = key_file.exists()
    if is_there:
        key_file.rename(aside)
    write_key_file(key_file, keys)
    return aside if is_there else None


def _refuse_needless(tx: Transaction, at_hand: Keys | None) -> None:
    if not has_proof(tx):
        raise VaultError("this database was made, but not made ready; run cm-engine init")
    if at_hand is not None and _fits(tx, at_hand):
        raise VaultError(
            "the key at hand is that of this database, so it is not lost; to change it: cm-engine key rotate"
        )


def _fits(tx: Transaction, at_hand: Keys) -> bool:
    try:
        refuse_other_keys(tx, Vault(at_hand))
    except VaultError:
        return False
    return True


def _remove_closed(tx: Transaction, table: Table, vault: Vault, at_hand: Keys | None) -> int:
    """Remove rows that no key at hand opens, and seal the others again; give how many were removed."""
    keys = list(table.primary_key.columns)
    opening = Vault(at_hand) if at_hand else vault
    removed = 0
    for *found, sealed in tx.ask(select(*keys, table.c.sealed)):
        this = and_(*(key == value for key, value in zip(keys, found, strict=True)))
        try:
            again = vault.seal_bytes(opening.open_bytes(bytes(sealed)))
        except VaultError:
            tx.do(delete(table).where(this))
            removed += 1
        else:
            tx.do(update(table).where(this).values(sealed=again))
    return removed
