"""Place a kiosk: register it at a site, pair a tablet with it by a one-time code, unlock it, end it.

As staff would say it: an admin registers the kiosk here and types its code on the tablet within the hour. From then on the tablet is
that kiosk. Five wrong PINs in a row lock it; a kiosk that is ended lets nobody in any more.
"""

import hashlib
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Update, bindparam, insert, select, update

from cm_engine.actions.activity import note_in
from cm_engine.actions.requests import ConflictError, Doing, Request, doing_it
from cm_engine.clock import read, written
from cm_engine.engine import Engine
from cm_engine.errors import quoted
from cm_engine.one_time_code import code_from, plain
from cm_engine.standing import RefusedError
from cm_engine.store.activity import Deed
from cm_engine.store.database import Statement
from cm_engine.store.kiosks import Kiosk, by_code, by_token, end_turn, hold_kiosk, keep_failures, kiosks_at
from cm_engine.store.tables import kiosks

CODE_LASTS = timedelta(hours=1)
LONGEST_NAME = 60

SITE = Statement(select(kiosks.c.site_id).where(kiosks.c.id == bindparam("of"), kiosks.c.ended_at.is_(None)))


class PairingError(RefusedError):
    """A pairing code that is none, was used, or is too old."""


class Registered(NamedTuple):
    """A kiosk with its pairing code, which is shown this once, and until when it is good."""

    kiosk: str
    code: str
    until: datetime


def register(engine: Engine, request: Request, site: str, name: str) -> Registered:
    """Register a kiosk at a site. Raises RefusedError for a name that cannot be one, or that another kiosk there has."""
    called = " ".join(name.split())
    if not called or not called.isprintable() or len(called) > LONGEST_NAME:
        raise RefusedError(f"{quoted(name)} cannot be a kiosk's name; write one on one line, such as Front desk tablet")

    def act(doing: Doing) -> Registered:
        kiosk, code, until = doing.new_id(), _code(engine, request), doing.now + CODE_LASTS
        if there := hold_kiosk(doing.tx, kiosk):
            if (there.site, there.name) != (site, called):
                raise ConflictError("this form was sent before, for another kiosk; load the page again")
            return Registered(kiosk, code, until)
        if any(called.casefold() == other.name.casefold() for other in kiosks_at(doing.tx, frozenset({site}))):
            raise RefusedError(f"a kiosk called {quoted(called)} is at this site already; choose another name")
        row = {"id": kiosk, "site_id": site, "name": called, "failures": 0, "registered_at": doing.recorded_at}
        note_in(doing, Deed.KIOSK_REGISTERED, site=site, about=kiosk)
        doing.tx.do(insert(kiosks).values(**row, code_digest=_code_digest(engine, code), code_until=written(until)))
        return Registered(kiosk, code, until)

    return doing_it(engine, request, act)


def new_code(engine: Engine, request: Request, kiosk: str) -> Registered:
    """Give a kiosk a new pairing code, for another tablet or one whose cookie is gone; the old tablet goes on until then."""

    def act(doing: Doing) -> Registered:
        _held(doing, kiosk)
        code, until = _code(engine, request), doing.now + CODE_LASTS
        digest = _code_digest(engine, code)
        doing.tx.do(_change(kiosk).values(code_digest=digest, code_until=written(until)))
        return Registered(kiosk, code, until)

    return doing_it(engine, request, act)


def pair(engine: Engine, request: Request, code: str) -> str:
    """Pair a tablet: give the token that it is known by, and use the code up. Raises PairingError where the code is not good."""
    token = engine.vault.index(f"kiosk token {request.key} {plain(code)}").hex()

    def act(doing: Doing) -> str:
        if by_token(doing.tx, token_digest(token)):
            return token
        kiosk = by_code(doing.tx, _code_digest(engine, code), doing.recorded_at)
        if kiosk is None:
            raise PairingError(
                "this code is mistyped, was used, or is more than an hour old; ask an admin for a new one"
            )
        end_turn(doing.tx, kiosk.id)
        doing.tx.do(_change(kiosk.id).values(token_digest=token_digest(token), code_digest=None, code_until=None))
        return token

    return doing_it(engine, request, act)


def unlock_kiosk(engine: Engine, request: Request, kiosk: str) -> None:
    """Let a kiosk that wrong PINs locked take people again."""

    def act(doing: Doing) -> None:
        held = _held(doing, kiosk)
        if held.locked_at or held.failures:
            keep_failures(doing.tx, kiosk, 0, None)
            note_in(doing, Deed.KIOSK_UNLOCKED, site=held.site, about=kiosk)

    doing_it(engine, request, act)


def end_kiosk(engine: Engine, request: Request, kiosk: str) -> None:
    """End a kiosk: its tablet lets nobody in any more, at once and for good. Ending it twice changes nothing."""

    def act(doing: Doing) -> None:
        held = hold_kiosk(doing.tx, kiosk)
        if held is None:
            return
        end_turn(doing.tx, kiosk)
        gone = {"token_digest": None, "code_digest": None, "code_until": None}
        doing.tx.do(_change(kiosk).values(ended_at=doing.recorded_at, **gone))
        note_in(doing, Deed.KIOSK_ENDED, site=held.site, about=kiosk)

    doing_it(engine, request, act)


def kiosks_of(engine: Engine, site_ids: frozenset[str]) -> list[Kiosk]:
    """Give the kiosks of some sites that were not ended, by name."""
    with engine.database.reading() as tx:
        return kiosks_at(tx, site_ids)


def site_of(engine: Engine, kiosk: str) -> str | None:
    """Tell at which site a kiosk stands; None where there is none, or it was ended."""
    with engine.database.reading() as tx:
        row = tx.row(SITE, {"of": kiosk})
    return row[0] if row else None


def waits_for_tablet(kiosk: Kiosk, now: datetime) -> bool:
    """Tell whether a kiosk has a pairing code that is still good."""
    return kiosk.code_until is not None and read(kiosk.code_until) > now


def token_digest(token: str) -> bytes:
    """Give what is kept of a token, which is long and random, so that no slow hash is needed."""
    return hashlib.sha256(token.encode()).digest()


def _held(doing: Doing, kiosk: str) -> Kiosk:
    held = hold_kiosk(doing.tx, kiosk)
    if held is None:
        raise RefusedError("there is no such kiosk; it may have been ended")
    return held


def _change(kiosk: str) -> Update:
    return update(kiosks).where(kiosks.c.id == kiosk)


def _code(engine: Engine, request: Request) -> str:
    """Make the code that goes with a request: the same again where it is sent twice."""
    return code_from(engine.vault.index(f"pairing code {request.key}"))


def _code_digest(engine: Engine, code: str) -> bytes:
    return engine.vault.index(f"pairing {plain(code)}")
