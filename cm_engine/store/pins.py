"""PINs as they are kept: hashes, wrong tries, locks, and who of the staff gave somebody a way in."""

from typing import NamedTuple

from sqlalchemy import bindparam, delete, insert, select

from cm_engine.store.database import Statement, Transaction
from cm_engine.store.tables import pin_resets, pins

PIN = select(
    pins.c.pin_hash, pins.c.set_at, pins.c.code_hash, pins.c.code_until, pins.c.failures, pins.c.locked_at
).where(pins.c.participant_id == bindparam("of"))
PIN_OF = Statement(PIN)
HOLD = Statement(PIN.with_for_update(of=pins))
FORGET = Statement(delete(pins).where(pins.c.participant_id == bindparam("of")))
KEEP = Statement(insert(pins))
RESET = Statement(insert(pin_resets))
WAS_RESET = Statement(select(pin_resets.c.id).where(pin_resets.c.id == bindparam("of")))
RESETS = Statement(
    select(pin_resets.c.actor, pin_resets.c.what, pin_resets.c.made_at)
    .where(pin_resets.c.participant_id == bindparam("of"), pin_resets.c.made_at >= bindparam("since"))
    .order_by(pin_resets.c.made_at.desc(), pin_resets.c.id)
)


class Pin(NamedTuple):
    """What is kept of somebody's PIN and one-time code, and of wrong tries in a row."""

    pin_hash: str | None = None
    set_at: str | None = None
    code_hash: str | None = None
    code_until: str | None = None
    failures: int = 0
    locked_at: str | None = None


class Reset(NamedTuple):
    """Who of the staff gave a participant a way in: by a one-time `code`, or by taking off a lock (`unlock`)."""

    actor: str
    what: str
    made_at: str


NO_PIN = Pin()


def pin_of(tx: Transaction, participant: str | None) -> Pin:
    """Give what is kept of somebody's PIN."""
    row = tx.row(PIN_OF, {"of": participant}) if participant else None
    return Pin(*row) if row else NO_PIN


def hold_pin(tx: Transaction, participant: str | None) -> Pin:
    """Give what is kept of somebody's PIN, and hold it until the transaction ends."""
    row = tx.row(HOLD, {"of": participant}) if participant else None
    return Pin(*row) if row else NO_PIN


def keep_pin(tx: Transaction, participant: str, pin: Pin) -> None:
    """Keep a PIN in place of what was kept."""
    tx.run(FORGET, {"of": participant})
    tx.run(KEEP, {"participant_id": participant, **pin._asdict()})


def was_reset(tx: Transaction, reset: str) -> bool:
    """Tell whether a reset was noted, by its id."""
    return tx.row(WAS_RESET, {"of": reset}) is not None


def note_reset(tx: Transaction, reset: str, participant: str, made: Reset) -> None:
    """Note for good who gave a participant a way in."""
    tx.run(RESET, {"id": reset, "participant_id": participant, **made._asdict()})


def resets_since(tx: Transaction, participant: str, moment: str) -> list[Reset]:
    """Tell who gave a participant a way in since a moment, the latest first."""
    return [Reset(*row) for row in tx.rows(RESETS, {"of": participant, "since": moment})]
