"""Secure: choose one's own password, second factor and recovery codes.

Who lost all of them asks an admin, who gives a one-time code; so nobody else's are ever chosen here. With a new password, all
other sessions end.
"""

import json
from datetime import timedelta
from typing import NamedTuple

from cm_engine.actions.activity import note_in
from cm_engine.actions.requests import Answer, Doing, Request, answer_staff, doing_it
from cm_engine.actions.sign_in import Here, Step, refused, take_try
from cm_engine.clock import written
from cm_engine.engine import Engine
from cm_engine.passwords import refuse_weak
from cm_engine.second_factor import (
    RECOVERY_CODES,
    address,
    in_letters,
    new_secret,
    recovery_code,
    recovery_digest,
    step_of,
)
from cm_engine.standing import RefusedError
from cm_engine.store.activity import Deed
from cm_engine.store.factors import codes_left, keep_codes, keep_factor, remove_factor, seal_secret
from cm_engine.store.sessions import PASSWORD, change_session, end_sessions
from cm_engine.store.staff import change_person, person_by_id
from cm_engine.store.tries import give_back, name_index
from cm_engine.vault import VaultError

# How long somebody may take to bring a new secret into their app.
OFFER_LASTS = timedelta(minutes=30)


class Offer(NamedTuple):
    """A secret for somebody's app: as letters to type, as the address in the picture, and sealed, to come back with a code."""

    letters: str
    address: str
    sealed: str


def confirm_password(engine: Engine, here: Here, password: str) -> None:
    """Ask for the password once more, before what protects an account is changed. Raises NotLetInError, and counts like a try."""
    index = name_index(engine.vault, here.name)
    tried = take_try(engine, index)
    with engine.database.reading() as tx:
        person = person_by_id(tx, here.staff)
    if not engine.passwords.fits(password, person.password if person else None):
        raise refused(engine, here.staff, tried, "this is not your present password")
    doing_it(engine, Request("", here.staff), lambda doing: give_back(doing.tx, index, doing.now))


def set_password(engine: Engine, here: Here, password: str) -> None:
    """Choose a password; one-time codes count no more, and all other sessions end. Raises RefusedError for a weak one."""
    _refuse_at(here, Step.FACTOR)
    refuse_weak(password, [here.name])
    digest = engine.passwords.digest(password)

    def act(doing: Doing) -> None:
        end_sessions(doing.tx, here.staff, besides=here.session)
        if not change_session(doing.tx, here.session, proof=PASSWORD):
            raise RefusedError("you were signed out meanwhile; sign in again")
        change_person(doing.tx, here.staff, password=digest, code_digest=None, code_until=None)
        note_in(doing, Deed.PASSWORD_SET)

    doing_it(engine, Request("", here.staff), act)


def offer_factor(engine: Engine, here: Here) -> Offer:
    """Make a secret for somebody's app; nothing is kept before a code shows that the app has it."""
    secret = new_secret(engine.dice.secret())
    until = written(engine.clock() + OFFER_LASTS)
    return _offer(here, secret, engine.vault.seal(json.dumps([here.staff, secret.hex(), until])).decode("ascii"))


def offer_again(engine: Engine, here: Here, sealed: str) -> Offer:
    """Show an offer once more, after a code that was not right. Raises RefusedError where it lasts no more, or was not theirs."""
    return _offer(here, _offered(engine, here, sealed), sealed)


def take_factor(engine: Engine, request: Request, here: Here, sealed: str, code: str) -> list[str]:
    """Take a code of the app that has an offered secret: it is the second factor from now on. Gives new recovery codes, shown once.

    Raises RefusedError where the code is not right.
    """
    _refuse_at(here, Step.FACTOR, Step.PASSWORD)
    secret = _offered(engine, here, sealed)

    def act(doing: Doing) -> Answer:
        step = step_of(code, secret, doing.now)
        if step is None:
            raise RefusedError(
                "this code is not right; look whether the app shows a new one, and whether the clocks of phone and computer are right"
            )
        keep_factor(doing.tx, here.staff, seal_secret(engine.vault, here.staff, secret), step, doing.recorded_at)
        change_session(doing.tx, here.session, factor_at=doing.recorded_at)
        end_sessions(doing.tx, here.staff, besides=here.session)
        _keep_codes(doing, here)
        note_in(doing, Deed.FACTOR_SET)
        return {"staff": here.staff}

    answer_staff(engine, request, ("take factor", {"staff": here.staff, "sealed": sealed, "code": code}), act)
    return _codes(engine, request)


def drop_factor(engine: Engine, here: Here) -> None:
    """Sign in without a second factor from now on. Raises RefusedError for somebody who needs one."""
    _refuse_at(here, Step.FACTOR, Step.PASSWORD, Step.SET_UP)
    if here.needs_factor:
        raise RefusedError("a manager or an admin signs in with a second factor; you can replace it, but not remove it")

    def act(doing: Doing) -> None:
        remove_factor(doing.tx, here.staff)
        note_in(doing, Deed.FACTOR_REMOVED)

    doing_it(engine, Request("", here.staff), act)


def new_recovery_codes(engine: Engine, request: Request, here: Here) -> list[str]:
    """Give new recovery codes, shown once; those of before count no more. Raises RefusedError without a second factor."""
    _refuse_at(here, Step.FACTOR, Step.PASSWORD, Step.SET_UP)
    if not here.has_factor:
        raise RefusedError("recovery codes stand in for an app; set up the app first")

    def act(doing: Doing) -> Answer:
        _keep_codes(doing, here)
        note_in(doing, Deed.RECOVERY_CODES_MADE)
        return {"staff": here.staff}

    answer_staff(engine, request, ("new recovery codes", {"staff": here.staff}), act)
    return _codes(engine, request)


def recovery_codes_left(engine: Engine, here: Here) -> int:
    """Tell how many recovery codes somebody has not used."""
    with engine.database.reading() as tx:
        return codes_left(tx, here.staff)


def _refuse_at(here: Here, *steps: Step) -> None:
    """Refuse what somebody asks for who has first to show more."""
    if here.step in steps:
        raise RefusedError(f"sign in first: this still asks for the {here.step}")


def _offer(here: Here, secret: bytes, sealed: str) -> Offer:
    return Offer(in_letters(secret), address(secret, here.name), sealed)


def _offered(engine: Engine, here: Here, sealed: str) -> bytes:
    try:
        whose, secret, until = json.loads(engine.vault.open(sealed.encode("ascii", "replace")))
    except (VaultError, ValueError, TypeError):  # nothing of ours, or sealed for something else
        whose, secret, until = "", "", ""
    if whose != here.staff or written(engine.clock()) > until:
        raise RefusedError("this picture lasts no more; scan the new one")
    return bytes.fromhex(secret)


def _keep_codes(doing: Doing, here: Here) -> None:
    codes = _codes(doing.engine, doing.request)
    keep_codes(doing.tx, here.staff, [recovery_digest(here.staff, code) for code in codes])


def _codes(engine: Engine, request: Request) -> list[str]:
    """Give the recovery codes of a request: they follow from its key, so that asked again it shows the same."""
    return [
        recovery_code(engine.vault.index(f"cm-engine recovery code 1\n{number}\n{request.key}"))
        for number in range(RECOVERY_CODES)
    ]
