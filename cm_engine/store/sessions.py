"""Sessions: who is signed in. The browser holds a token, the database only its digest; so a copy of the database lets nobody in."""

import hashlib
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import and_, bindparam, delete, exists, insert, select, update

from cm_engine.clock import read
from cm_engine.store.database import Row, Statement, Transaction
from cm_engine.store.tables import roles, second_factors, sessions, settings, staff

PASSWORD, CODE = "password", "code"
DEMO = "demo"

_DEMO = exists().where(settings.c.name == DEMO)
_HAS_FACTOR = exists().where(second_factors.c.staff_id == staff.c.id)

SESSION = Statement(
    select(
        sessions.c.staff_id,
        staff.c.name,
        sessions.c.proof,
        sessions.c.factor_at,
        sessions.c.began_at,
        sessions.c.seen_at,
        sessions.c.arrived_at,
        _HAS_FACTOR,
        _DEMO,
        roles.c.site_id,
        roles.c.role,
    )
    .join_from(sessions, staff)
    .outerjoin(roles)
    .where(sessions.c.digest == bindparam("of"), staff.c.ended_at.is_(None))
)
SEEN = Statement(
    update(sessions).where(sessions.c.digest == bindparam("of")).values(seen_at=bindparam("now"))  # it goes on
)


class Session(NamedTuple):
    """A session, whose it is, and what they are at which site."""

    digest: bytes
    staff: str
    name: str
    proof: str
    factor_at: str | None
    began_at: datetime
    seen_at: datetime
    arrived_at: str | None
    has_factor: bool
    is_demo: bool
    roles: dict[str, frozenset[str]]


def digest_of(token: str) -> bytes:
    """Give what is kept of a token: it is 256 random bits, so that a quick digest is enough."""
    return hashlib.sha256(token.encode()).digest()


def begin_session(
    tx: Transaction, token: str, staff_id: str, proof: str, now: str, *, factor_at: str | None = None
) -> None:
    """Begin a session by a proof, and the second factor where it was shown."""
    row = {"staff_id": staff_id, "proof": proof, "factor_at": factor_at, "began_at": now, "seen_at": now}
    tx.do(insert(sessions).values(digest=digest_of(token), **row))


def session_by(tx: Transaction, token: str) -> Session | None:
    """Give the session of a token; None where there is none, or whose it is has left."""
    digest = digest_of(token)
    rows = tx.rows(SESSION, {"of": digest})
    return _session(digest, rows) if rows else None


def see_session(tx: Transaction, digest: bytes, now: str) -> None:
    """Keep when a session was last seen."""
    tx.run(SEEN, {"of": digest, "now": now})


def change_session(tx: Transaction, digest: bytes, **columns: str) -> int:
    """Change some columns of a session; tell whether it is still there."""
    return tx.do(update(sessions).where(sessions.c.digest == digest).values(**columns))


def end_session(tx: Transaction, digest: bytes) -> None:
    """End a session."""
    tx.do(delete(sessions).where(sessions.c.digest == digest))


def end_sessions(tx: Transaction, staff_id: str, besides: bytes = b"") -> int:
    """End all sessions of somebody, but for one; tell how many there were."""
    return tx.do(delete(sessions).where(and_(sessions.c.staff_id == staff_id, sessions.c.digest != besides)))


def end_all_sessions(tx: Transaction) -> None:
    """Sign everybody out."""
    tx.do(delete(sessions))


def end_old_sessions(tx: Transaction, before: str) -> None:
    """Remove what was not seen since long ago."""
    tx.do(delete(sessions).where(sessions.c.seen_at < before))


def _session(digest: bytes, rows: list[Row]) -> Session:
    staff_id, name, proof, factor_at, began_at, seen_at, arrived_at, has_factor, is_demo, _, _ = rows[0]
    held = [(site, role) for *_, site, role in rows if site is not None]
    by_site = {site: frozenset(role for at, role in held if at == site) for site, _ in held}
    began, seen = read(began_at), read(seen_at)
    return Session(
        digest, staff_id, name, proof, factor_at, began, seen, arrived_at, bool(has_factor), bool(is_demo), by_site
    )
