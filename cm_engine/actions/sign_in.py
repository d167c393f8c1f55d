"""Sign in: by a name with a password or a one-time code, then by what an app shows where somebody has one, or must have one.

A try is counted before it is looked at, so that many at once are not more guesses than one after another; too many make the name
wait (`store.tries`). Whether anybody has a name cannot be told, neither by what is answered nor by how long it takes.

A session is a token that the browser holds. It ends some time after it was last used, some time after it began, when somebody
signs out, and everywhere when a password is changed, access is reset, or somebody leaves.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import select

from cm_engine.actions.activity import note, note_in
from cm_engine.actions.requests import SYSTEM, Answer, Doing, Request, answer_staff, doing_it
from cm_engine.clock import read, written
from cm_engine.engine import Engine
from cm_engine.errors import CmError
from cm_engine.one_time_code import digest_of, fits
from cm_engine.second_factor import recovery_digest, step_of
from cm_engine.store import visits
from cm_engine.store.activity import Deed
from cm_engine.store.factors import factor_of, use_code, use_step
from cm_engine.store.sessions import (
    CODE,
    PASSWORD,
    Session,
    begin_session,
    change_session,
    end_old_sessions,
    end_session,
    end_sessions,
    see_session,
    session_by,
)
from cm_engine.store.staff import Person, change_person, person_by_name
from cm_engine.store.tables import sites
from cm_engine.store.tries import Failed, count_try, failed, forget_old_tries, forget_tries, give_back, name_index

# Roles that reach beyond one person's record need a second factor, except where all people are made up (a demo).
NEED_FACTOR = frozenset({"manager", "admin"})

# How long somebody may take from the password to the second factor.
ON_THE_WAY = timedelta(minutes=10)

# A session that was seen so recently is not written again, and one that was not seen for so long is removed.
JUST_NOW = timedelta(minutes=1)
LONG_AGO = timedelta(days=2)

# What a code is checked against that is for nobody, so that it takes as long.
_NOBODYS = digest_of("", bytes(16))


class NotLetInError(CmError):
    """What was given to sign in by is not right, or it was tried too often; the message tells which of the two."""


class Step(StrEnum):
    """What a session still asks for, before it shows anything else."""

    FACTOR = "second factor"
    PASSWORD = "new password"  # noqa: S105 - the name of a step
    SET_UP = "set-up of a second factor"
    IN = "nothing"


class Limits(NamedTuple):
    """After how long a session ends: since it was last used, and since it began."""

    idle: timedelta
    longest: timedelta


class Here(NamedTuple):
    """Somebody with a session: who, what they are at which site, what the session still asks for, and the digest of its token."""

    staff: str
    name: str
    roles: Mapping[str, frozenset[str]]
    step: Step
    proof: str
    has_factor: bool
    needs_factor: bool
    session: bytes


def sign_in(engine: Engine, name: str, secret: str) -> str:
    """Take a name and a password, or the one-time code in its place; give the token of a new session.

    Raises NotLetInError, the same whether there is such a name or not.
    """
    index = name_index(engine.vault, name)
    tried = take_try(engine, index)
    with engine.database.reading() as tx:
        person = person_by_name(tx, name)
    proof = _proof(engine, person, secret)
    if person is None or proof is None:
        raise refused(engine, person.id if person else None, tried, "name and password do not fit together")
    token = engine.dice.secret().hex()
    anew = proof == PASSWORD and engine.passwords.is_outdated(person.password or "")
    change = {"password": engine.passwords.digest(secret)} if anew else {}

    def begin(doing: Doing) -> None:
        give_back(doing.tx, index, doing.now)
        begin_session(doing.tx, token, person.id, proof, doing.recorded_at)
        if change:
            change_person(doing.tx, person.id, **change)

    doing_it(engine, Request("", person.id), begin)
    return token


def pass_factor(engine: Engine, request: Request, here: Here, code: str) -> str:
    """Take the code of an app, or a recovery code, and give the token of a session that has passed it.

    The same request gives a session again; the same code in another request is refused. Raises NotLetInError.
    """
    index = name_index(engine.vault, here.name)
    tried = take_try(engine, index)
    token = engine.dice.secret().hex()

    def act(doing: Doing) -> Answer:
        if not _uses_factor(doing, here.staff, code):
            raise NotLetInError("this code is not right")
        return {"staff": here.staff}

    def begin(doing: Doing) -> None:
        give_back(doing.tx, index, doing.now)
        begin_session(doing.tx, token, here.staff, here.proof, doing.recorded_at, factor_at=doing.recorded_at)

    try:
        answer_staff(engine, request, ("pass second factor", {"session": here.session.hex(), "code": code}), act)
    except NotLetInError as error:
        what = "this code is not right; a code of the app is new every half minute, and counts once"
        raise refused(engine, here.staff, tried, what) from error
    doing_it(engine, request, begin)
    return token


def who_is_here(engine: Engine, token: str, limits: Limits) -> Here | None:
    """Tell whose a token is and what their session still asks for; None where it is nobody's, or has ended.

    Notes when it was last used and, the first time that it asks for nothing any more, that somebody came: they are present
    at their sites, and earlier wrong tries are forgotten. What was published since is read anew when it is next asked for.
    """
    with engine.database.reading() as tx:
        engine.refresh(tx)
        session = session_by(tx, token)
    now = engine.clock()
    if session is None or _has_ended(session, now, limits):
        return None
    here = _here(session)
    if here.step is Step.IN and session.arrived_at is None:
        doing_it(engine, Request("", here.staff), lambda doing: _arrive(doing, here))
    elif now - session.seen_at >= JUST_NOW:
        doing_it(engine, Request("", here.staff), lambda doing: see_session(doing.tx, here.session, doing.recorded_at))
    return here


def sign_out(engine: Engine, here: Here) -> None:
    """End this session."""

    def act(doing: Doing) -> None:
        end_session(doing.tx, here.session)
        note_in(doing, Deed.SIGNED_OUT)

    doing_it(engine, Request("", here.staff), act)


def sign_out_everywhere(engine: Engine, here: Here) -> None:
    """End all sessions of somebody, this one too."""

    def act(doing: Doing) -> None:
        end_sessions(doing.tx, here.staff)
        note_in(doing, Deed.SIGNED_OUT_EVERYWHERE)

    doing_it(engine, Request("", here.staff), act)


def take_try(engine: Engine, index: bytes) -> Failed:
    """Count a try with a name before it is looked at; raise NotLetInError where the name waits."""

    def act(doing: Doing) -> tuple[bool, Failed]:
        before = failed(doing.tx, index)
        if before.waits(doing.recorded_at):
            return False, before
        forget_old_tries(doing.tx, doing.now)
        return True, count_try(doing.tx, index, doing.now)

    may_try, tried = doing_it(engine, Request("", SYSTEM), act)
    if not may_try:
        raise NotLetInError(f"this name was tried too often; {_wait(engine, tried)}")
    return tried


def refused(engine: Engine, staff: str | None, tried: Failed, what: str) -> NotLetInError:
    """Note a try that failed, and give what is said of it; nothing of what was typed is kept."""
    note(engine, Deed.SIGN_IN_FAILED, staff)
    if not tried.waits(written(engine.clock())):
        return NotLetInError(what)
    note(engine, Deed.LOCKED_OUT, staff)
    return NotLetInError(f"{what}; it was tried too often, so {_wait(engine, tried)}")


def _wait(engine: Engine, tried: Failed) -> str:
    minutes = -(-(read(tried.locked_until) - engine.clock()) // timedelta(minutes=1))
    return f"try again in {minutes} {'minute' if minutes == 1 else 'minutes'}, or ask an admin"


def _proof(engine: Engine, person: Person | None, secret: str) -> str | None:
    """Tell by what somebody shows who they are; None where by nothing. Both are always tried, so that it takes as long."""
    is_here = person is not None and person.ended_at is None
    password = person.password if person and is_here else None
    code = person.code_at(written(engine.clock())) if person and is_here else None
    is_password = engine.passwords.fits(secret, password)
    is_code = fits(secret, code or _NOBODYS) and code is not None
    return PASSWORD if is_password else CODE if is_code else None


def _uses_factor(doing: Doing, staff: str, code: str) -> bool:
    """Use the code of an app, or a recovery code; tell whether it was one that counts."""
    factor = factor_of(doing.tx, doing.engine.vault, staff)
    if factor is None:
        return False
    step = step_of(code, factor.secret, doing.now, factor.last_step)
    if step is not None:
        use_step(doing.tx, staff, step)
        return True
    is_used = use_code(doing.tx, staff, recovery_digest(staff, code), doing.recorded_at)
    if is_used:
        note_in(doing, Deed.RECOVERY_CODE_USED)
    return is_used


def _has_ended(session: Session, now: datetime, limits: Limits) -> bool:
    if now - session.seen_at > limits.idle or now - session.began_at > limits.longest:
        return True
    waits_for_factor = session.has_factor and session.factor_at is None
    return waits_for_factor and now - session.began_at > ON_THE_WAY


def _here(session: Session) -> Here:
    held = frozenset().union(*session.roles.values())
    needs_factor = not session.is_demo and not held.isdisjoint(NEED_FACTOR)
    return Here(
        session.staff,
        session.name,
        session.roles,
        _step(session, needs_factor=needs_factor),
        session.proof,
        session.has_factor,
        needs_factor,
        session.digest,
    )


def _step(session: Session, *, needs_factor: bool) -> Step:
    if session.has_factor and session.factor_at is None:
        return Step.FACTOR
    if session.proof == CODE:
        return Step.PASSWORD
    if needs_factor and not session.has_factor:
        return Step.SET_UP
    return Step.IN


def _arrive(doing: Doing, here: Here) -> None:
    change_session(doing.tx, here.session, arrived_at=doing.recorded_at, seen_at=doing.recorded_at)
    forget_tries(doing.tx, name_index(doing.engine.vault, here.name))
    end_old_sessions(doing.tx, written(doing.now - LONG_AGO))
    zones: dict[str, str] = dict(
        doing.tx.ask(select(sites.c.id, sites.c.timezone).where(sites.c.id.in_(sorted(here.roles))))
    )
    for site, zone in zones.items():
        visits.sign_in(doing.tx, site, doing.today(ZoneInfo(zone)))
    note_in(doing, Deed.SIGNED_IN)
