"""Kiosks: the tablets that stand at a site, and whose turn it is at each of them."""

from typing import NamedTuple

from sqlalchemy import bindparam, delete, insert, select, update

from cm_engine.store.database import Row, Statement, Transaction
from cm_engine.store.tables import kiosks, turns

COLUMNS = (
    kiosks.c.id,
    kiosks.c.site_id,
    kiosks.c.name,
    kiosks.c.token_digest,
    kiosks.c.code_until,
    kiosks.c.failures,
    kiosks.c.locked_at,
    kiosks.c.ended_at,
)
TURN = (turns.c.participant_id, turns.c.signed_in_at, turns.c.seen_at)
BY_TOKEN = Statement(
    select(*COLUMNS, *TURN).outerjoin_from(kiosks, turns).where(kiosks.c.token_digest == bindparam("of"))
)
BY_CODE = Statement(select(*COLUMNS).where(kiosks.c.code_digest == bindparam("of")).with_for_update(of=kiosks))
BY_ID = Statement(select(*COLUMNS).where(kiosks.c.id == bindparam("of")).with_for_update(of=kiosks))
TURN_OF = Statement(select(*TURN).where(turns.c.kiosk_id == bindparam("of")))
FAIL = Statement(
    update(kiosks)
    .where(kiosks.c.id == bindparam("of"))
    .values(failures=bindparam("failed"), locked_at=bindparam("locked"))
)
END_TURN = Statement(delete(turns).where(turns.c.kiosk_id == bindparam("of")))
BEGIN_TURN = Statement(insert(turns))
SEE = Statement(update(turns).where(turns.c.kiosk_id == bindparam("of")).values(seen_at=bindparam("seen")))


class Kiosk(NamedTuple):
    """A tablet at a site: whether one was paired, until when its pairing code is good, and what went wrong at it."""

    id: str
    site: str
    name: str
    is_paired: bool
    code_until: str | None
    failures: int
    locked_at: str | None
    ended_at: str | None


class Turn(NamedTuple):
    """Whose turn it is (None: of somebody unknown), since when they are signed in, and when they were last there."""

    participant: str | None
    signed_in_at: str | None
    seen_at: str


def kiosk_of(row: Row) -> Kiosk:
    """Read a kiosk from a row of `COLUMNS`."""
    id_, site, name, token, code_until, failures, locked_at, ended_at = row
    return Kiosk(id_, site, name, token is not None, code_until, failures, locked_at, ended_at)


def by_token(tx: Transaction, digest: bytes) -> tuple[Kiosk, Turn | None] | None:
    """Find the kiosk whose tablet holds a token, with whose turn it is there; one that was ended is none."""
    row = tx.row(BY_TOKEN, {"of": digest})
    if row is None:
        return None
    kiosk, turn = kiosk_of(row[: len(COLUMNS)]), row[len(COLUMNS) :]
    return None if kiosk.ended_at else (kiosk, Turn(*turn) if turn[-1] else None)


def by_code(tx: Transaction, digest: bytes, now: str) -> Kiosk | None:
    """Hold the kiosk that a pairing code is of, while the code is good."""
    row = tx.row(BY_CODE, {"of": digest})
    kiosk = kiosk_of(row) if row else None
    return kiosk if kiosk and not kiosk.ended_at and (kiosk.code_until or "") > now else None


def hold_kiosk(tx: Transaction, kiosk: str) -> Kiosk | None:
    """Hold a kiosk until the transaction ends; None where there is none, or it was ended."""
    row = tx.row(BY_ID, {"of": kiosk})
    held = kiosk_of(row) if row else None
    return None if held is None or held.ended_at else held


def turn_at(tx: Transaction, kiosk: str) -> Turn | None:
    """Tell whose turn it is at a kiosk."""
    row = tx.row(TURN_OF, {"of": kiosk})
    return Turn(*row) if row else None


def begin_turn(tx: Transaction, kiosk: str, turn: Turn) -> None:
    """Let it be somebody's turn at a kiosk, in place of whoever was there."""
    tx.run(END_TURN, {"of": kiosk})
    row = {"participant_id": turn.participant, "signed_in_at": turn.signed_in_at, "seen_at": turn.seen_at}
    tx.run(BEGIN_TURN, {"kiosk_id": kiosk, **row})


def see(tx: Transaction, kiosk: str, now: str) -> None:
    """Note that whoever's turn it is was there just now."""
    tx.run(SEE, {"of": kiosk, "seen": now})


def end_turn(tx: Transaction, kiosk: str) -> None:
    """Let it be nobody's turn."""
    tx.run(END_TURN, {"of": kiosk})


def keep_failures(tx: Transaction, kiosk: str, failures: int, locked_at: str | None) -> None:
    """Keep how often a wrong PIN was typed at a kiosk in a row, and since when it is locked."""
    tx.run(FAIL, {"of": kiosk, "failed": failures, "locked": locked_at})


def kiosks_at(tx: Transaction, site_ids: frozenset[str]) -> list[Kiosk]:
    """Give the kiosks of some sites that were not ended, by name."""
    query = select(*COLUMNS).where(kiosks.c.site_id.in_(sorted(site_ids)), kiosks.c.ended_at.is_(None))
    return [kiosk_of(row) for row in tx.ask(query.order_by(kiosks.c.name, kiosks.c.id))]
