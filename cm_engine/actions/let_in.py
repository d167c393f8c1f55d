"""Let in: somebody's turn at a kiosk, from their card to their leaving.

As staff would say it: your card or code, then your PIN. Five wrong PINs in a row lock the card, and the kiosk with it, until staff
unlock them; a locked card is told of like one that nobody has, so that no stranger learns whose it is. It is your turn until you leave, or until nobody has touched the kiosk for a minute.
"""

from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from cm_engine.actions.activity import note_in
from cm_engine.actions.enrol import find_participant
from cm_engine.actions.place_kiosk import token_digest
from cm_engine.actions.requests import Doing, Request, doing_it
from cm_engine.clock import read, written
from cm_engine.engine import Engine
from cm_engine.pin import fits, hash_of, refuse_weak
from cm_engine.store.activity import Deed
from cm_engine.store.cards import card_found
from cm_engine.store.kiosks import (
    Kiosk,
    Turn,
    begin_turn,
    by_token,
    end_turn,
    hold_kiosk,
    keep_failures,
    see,
    turn_at,
)
from cm_engine.store.pins import Pin, hold_pin, keep_pin, pin_of

TRIES = 5
IDLE = timedelta(seconds=60)
SEEN_EVERY = timedelta(seconds=5)

# What became of a PIN or code that was typed: `over` where the turn had ended meanwhile.
Came = Literal["in", "wrong", "kiosk-locked", "over"]


class AtKiosk(NamedTuple):
    """A kiosk, and whose turn it is there (None: nobody's)."""

    kiosk: Kiosk
    turn: Turn | None

    @property
    def participant(self) -> str | None:
        """Who is signed in."""
        return self.turn.participant if self.turn and self.turn.signed_in_at else None


def at_kiosk(engine: Engine, token: str) -> AtKiosk | None:
    """Tell which kiosk a tablet is, and whose turn it is; a turn that nobody has gone on with is over. None for no kiosk."""
    with engine.database.reading() as tx:
        engine.refresh(tx)
        found = by_token(tx, token_digest(token))
    if found is None:
        return None
    kiosk, turn = found
    return AtKiosk(kiosk, turn if turn and not is_over(turn, engine.clock()) else None)


def is_over(turn: Turn, now: datetime) -> bool:
    """Tell whether nobody has gone on with a turn for too long."""
    return now - read(turn.seen_at) > IDLE


def go_on(engine: Engine, at: AtKiosk) -> None:
    """Note that somebody is still there; seldom enough that not every page is a write."""
    if at.turn and engine.clock() - read(at.turn.seen_at) >= SEEN_EVERY:
        with engine.database.writing() as tx:
            see(tx, at.kiosk.id, written(engine.clock()))


def come(engine: Engine, kiosk: Kiosk, typed: str) -> None:
    """Begin somebody's turn by their card or code. Nothing tells whether there is anybody of it before the PIN is right."""
    with engine.database.writing() as tx:
        card = card_found(tx, engine.vault, kiosk.site, typed)
        participant = card[1] if card else find_participant(tx, kiosk.site, typed)
        begin_turn(tx, kiosk.id, Turn(participant, None, written(engine.clock())))


def leave(engine: Engine, request: Request, at: AtKiosk) -> None:
    """End whoever's turn it is."""

    def act(doing: Doing) -> None:
        end_turn(doing.tx, at.kiosk.id)
        if at.participant:
            note_in(doing, Deed.KIOSK_LEFT, site=at.kiosk.site, participant=at.participant, about=at.kiosk.id)

    doing_it(engine, request, act)


def sign_in(engine: Engine, request: Request, at: AtKiosk, pin: str) -> Came:
    """Let whoever's turn it is in by their PIN, or count a wrong try."""
    wanted = at.turn.participant if at.turn else None
    kept = _kept(engine, wanted).pin_hash
    is_right = fits(engine.passwords.hasher, engine.vault, wanted or "", pin, kept)

    def act(doing: Doing) -> Came:
        held = hold_pin(doing.tx, wanted)
        return _came(doing, at, held, is_right=is_right and held.pin_hash == kept)

    return doing_it(engine, request, act)


def choose_pin(engine: Engine, request: Request, at: AtKiosk, code: str, pin: str) -> Came:
    """Let whoever's turn it is choose a PIN by their one-time code, and in; or count a wrong try.

    Raises NoPinError and WeakPinError for what cannot be a PIN; the code is good still.
    """
    refuse_weak(pin)
    wanted = at.turn.participant if at.turn else None
    kept = _kept(engine, wanted)
    is_right = fits(engine.passwords.hasher, engine.vault, wanted or "", code, kept.code_hash) and _is_good(
        kept, engine.clock()
    )
    chosen = hash_of(engine.passwords.hasher, engine.vault, wanted or "", pin, engine.dice.secret())

    def act(doing: Doing) -> Came:
        held = hold_pin(doing.tx, wanted)
        came = _came(doing, at, held, is_right=is_right and held.code_hash == kept.code_hash)
        if came == "in" and wanted:
            keep_pin(doing.tx, wanted, Pin(chosen, doing.recorded_at))
            note_in(doing, Deed.PIN_SET, site=at.kiosk.site, participant=wanted, about=at.kiosk.id)
        return came

    return doing_it(engine, request, act)


def _kept(engine: Engine, participant: str | None) -> Pin:
    with engine.database.reading() as tx:
        return pin_of(tx, participant)


def _is_good(pin: Pin, now: datetime) -> bool:
    return pin.code_until is not None and read(pin.code_until) > now


def _came(doing: Doing, at: AtKiosk, pin: Pin, *, is_right: bool) -> Came:
    """Say what becomes of a try. A lock comes before all else, so that of many tries at once no more than five count."""
    kiosk, turn = hold_kiosk(doing.tx, at.kiosk.id), turn_at(doing.tx, at.kiosk.id)
    if kiosk is None or turn is None or at.turn is None or turn.participant != at.turn.participant:
        return "over"
    if kiosk.locked_at:
        return "kiosk-locked"
    if pin.locked_at or not is_right or turn.participant is None:
        return _fail(doing, kiosk, turn.participant, pin)
    keep_pin(doing.tx, turn.participant, pin._replace(failures=0))
    keep_failures(doing.tx, kiosk.id, 0, None)
    begin_turn(doing.tx, kiosk.id, Turn(turn.participant, doing.recorded_at, doing.recorded_at))
    note_in(doing, Deed.KIOSK_ENTERED, site=kiosk.site, participant=turn.participant, about=kiosk.id)
    return "in"


def _fail(doing: Doing, kiosk: Kiosk, participant: str | None, pin: Pin) -> Came:
    """Count a wrong try on card and kiosk; the fifth in a row locks both. One at a card that is locked counts on the kiosk alone."""
    note_in(doing, Deed.PIN_FAILED, site=kiosk.site, participant=participant, about=kiosk.id)
    counts_on_card = participant is not None and not pin.locked_at
    locks_card = counts_on_card and pin.failures + 1 >= TRIES
    if participant and counts_on_card:
        _count_on_card(doing, kiosk, participant, pin, is_last=locks_card)
    is_last = locks_card or kiosk.failures + 1 >= TRIES
    keep_failures(doing.tx, kiosk.id, kiosk.failures + 1, doing.recorded_at if is_last else None)
    if not is_last:
        see(doing.tx, kiosk.id, doing.recorded_at)
        return "wrong"
    end_turn(doing.tx, kiosk.id)
    note_in(doing, Deed.KIOSK_LOCKED, site=kiosk.site, about=kiosk.id)
    return "kiosk-locked"


def _count_on_card(doing: Doing, kiosk: Kiosk, participant: str, pin: Pin, *, is_last: bool) -> None:
    locked_at = doing.recorded_at if is_last else None
    keep_pin(doing.tx, participant, pin._replace(failures=pin.failures + 1, locked_at=locked_at))
    if is_last:
        note_in(doing, Deed.CARD_LOCKED, site=kiosk.site, participant=participant, about=kiosk.id)
