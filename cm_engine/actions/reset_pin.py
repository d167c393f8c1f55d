"""Reset a PIN: give a participant a one-time code by which they choose a new one, or take the lock off their card.

As staff would say it: the code is good for an hour and once, and from then on the old PIN is none. Nobody of the staff ever knows
a PIN. Who gave somebody a way in is kept, since they may not hand over that person's prizes on that day.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from cm_engine.actions.activity import note_in
from cm_engine.actions.requests import Doing, Request, doing_it
from cm_engine.actions.viewing import site_in
from cm_engine.clock import read, written
from cm_engine.engine import Engine
from cm_engine.ids import id_of
from cm_engine.pin import code_from, hash_of
from cm_engine.standing import RefusedError
from cm_engine.store.activity import Deed
from cm_engine.store.history import staff_names
from cm_engine.store.pins import Pin, Reset, hold_pin, keep_pin, note_reset, pin_of, resets_since, was_reset

CODE_LASTS = timedelta(hours=1)

_NOTED = {"code": Deed.PIN_CODE_GIVEN, "unlock": Deed.CARD_UNLOCKED}


class Issued(NamedTuple):
    """A one-time code, which is shown this once, and until when it is good."""

    code: str
    until: datetime


class Access(NamedTuple):
    """How somebody gets in at a kiosk: whether they have a PIN, a code that is good until, a lock since, and who reset it (with names)."""

    has_pin: bool
    code_until: datetime | None
    locked_at: str | None
    resets: tuple[Reset, ...]
    names: dict[str, str]


def issue_code(engine: Engine, request: Request, participant: str) -> Issued:
    """Give somebody a one-time code in place of their PIN, and take any lock off. Sent twice, it is the same code.

    Raises RefusedError where that code was used meanwhile, or is not theirs.
    """
    secret = engine.vault.index(f"one-time code {request.key}")
    code = code_from(secret)
    kept = hash_of(engine.passwords.hasher, engine.vault, participant, code, engine.vault.index(f"salt {request.key}"))

    def act(doing: Doing) -> Issued:
        until = doing.now + CODE_LASTS
        if _note(doing, participant, "code"):
            keep_pin(doing.tx, participant, Pin(code_hash=kept, code_until=written(until)))
            return Issued(code, until)
        held = hold_pin(doing.tx, participant)
        if held.code_hash != kept or held.code_until is None:
            raise RefusedError("this code was given before, and is used or replaced; give a new one")
        return Issued(code, read(held.code_until))

    return doing_it(engine, request, act)


def unlock_card(engine: Engine, request: Request, participant: str) -> None:
    """Let somebody in again, with the PIN they have, whose card wrong PINs locked."""

    def act(doing: Doing) -> None:
        if _note(doing, participant, "unlock"):
            pin = hold_pin(doing.tx, participant)
            keep_pin(doing.tx, participant, pin._replace(failures=0, locked_at=None))

    doing_it(engine, request, act)


def access_of(engine: Engine, participant: str, since: datetime) -> Access:
    """Tell how somebody gets in at a kiosk, and who of the staff gave them a way in since a moment."""
    now = engine.clock()
    with engine.database.reading() as tx:
        pin = pin_of(tx, participant)
        resets = resets_since(tx, participant, written(since))
        names = staff_names(tx, {reset.actor for reset in resets})
    until = read(pin.code_until) if pin.code_until else None
    is_good = until is not None and until > now
    return Access(pin.pin_hash is not None, until if is_good else None, pin.locked_at, tuple(resets), names)


def _note(doing: Doing, participant: str, what: str) -> bool:
    """Note a reset, once a request; tell whether it was not noted yet."""
    reset = id_of(doing.request.key, 1)
    if was_reset(doing.tx, reset):
        return False
    note_reset(doing.tx, reset, participant, Reset(doing.request.actor, what, doing.recorded_at))
    note_in(doing, _NOTED[what], site=site_in(doing.tx, participant), participant=participant)
    return True
