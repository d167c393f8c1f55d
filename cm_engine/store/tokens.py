"""Tokens: by what other programs come in, what each may do, and where. Only a digest of what it says is kept."""

from collections.abc import Collection, Iterable
from typing import NamedTuple

from sqlalchemy import bindparam, insert, or_, select, update

from cm_engine.store.database import Row, Statement, Transaction
from cm_engine.store.tables import staff, token_scopes, token_sites, tokens

COLUMNS = (
    tokens.c.id,
    tokens.c.title,
    tokens.c.made_at,
    staff.c.name,
    tokens.c.expires_at,
    tokens.c.used_at,
    tokens.c.revoked_at,
)
WITH_WHAT_IT_MAY = (
    select(*COLUMNS, token_sites.c.site_id, token_scopes.c.scope)
    .outerjoin_from(tokens, token_sites)
    .outerjoin(staff, staff.c.id == tokens.c.made_by)
    .outerjoin(token_scopes, token_scopes.c.token_id == tokens.c.id)
)
BY_DIGEST = Statement(WITH_WHAT_IT_MAY.where(tokens.c.digest == bindparam("of")))
BY_ID = Statement(WITH_WHAT_IT_MAY.where(tokens.c.id == bindparam("of")))
USE = Statement(
    update(tokens)
    .where(tokens.c.id == bindparam("of"), or_(tokens.c.used_at.is_(None), tokens.c.used_at < bindparam("before")))
    .values(used_at=bindparam("now"))
)
REVOKE = Statement(
    update(tokens)
    .where(tokens.c.id == bindparam("of"), tokens.c.revoked_at.is_(None))
    .values(revoked_at=bindparam("now"), revoked_by=bindparam("who"))
)


class Token(NamedTuple):
    """A token: its title, the name of who made it, until when it is good, when it was used last, what it may do, and where."""

    id: str
    title: str
    made_at: str
    made_by: str | None
    expires_at: str
    used_at: str | None
    revoked_at: str | None
    sites: frozenset[str]
    scopes: frozenset[str]


class NewToken(NamedTuple):
    """A token that is to be kept."""

    id: str
    title: str
    digest: bytes
    made_at: str
    made_by: str
    expires_at: str


def token_by_digest(tx: Transaction, digest: bytes) -> Token | None:
    """Find a token by the digest of what it says; one that is revoked or over too."""
    return next(iter(_together(tx.rows(BY_DIGEST, {"of": digest}))), None)


def token_by_id(tx: Transaction, token: str) -> Token | None:
    """Give a token by its id; None where there is none."""
    return next(iter(_together(tx.rows(BY_ID, {"of": token}))), None)


def tokens_at(tx: Transaction, sites: Collection[str]) -> list[Token]:
    """Give the tokens that may do something at any of some sites, revoked ones too, the latest first."""
    there = select(token_sites.c.token_id).where(token_sites.c.site_id.in_(sorted(sites)))
    query = WITH_WHAT_IT_MAY.where(tokens.c.id.in_(there))
    return _together(tx.ask(query.order_by(tokens.c.made_at.desc(), tokens.c.id)))


def keep_token(tx: Transaction, token: NewToken, sites: Iterable[str], scopes: Iterable[str]) -> None:
    """Keep a token that is new."""
    tx.do(insert(tokens).values(**token._asdict()))
    for site in sites:
        tx.do(insert(token_sites).values(token_id=token.id, site_id=site))
    for scope in scopes:
        tx.do(insert(token_scopes).values(token_id=token.id, scope=scope))


def use_token(tx: Transaction, token: str, now: str, before: str) -> None:
    """Note that a token was used just now, where its last use was before a moment."""
    tx.run(USE, {"of": token, "now": now, "before": before})


def revoke_token(tx: Transaction, token: str, now: str, who: str) -> bool:
    """Let a token do nothing any more; tell whether it could until now."""
    return bool(tx.run(REVOKE, {"of": token, "now": now, "who": who}))


def _together(rows: Iterable[Row]) -> list[Token]:
    """Put the rows of each token together: one for each site and scope."""
    by_id: dict[str, list[Row]] = {}
    for row in rows:
        by_id.setdefault(row[0], []).append(row)
    return [_token(some) for some in by_id.values()]


def _token(rows: list[Row]) -> Token:
    *columns, _, _ = rows[0]
    sites, scopes = (frozenset(row[place] for row in rows if row[place] is not None) for place in (-2, -1))
    return Token._make([*columns, sites, scopes])
