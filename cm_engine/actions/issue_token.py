"""Issue a token: by what another program comes in, what it may do, and at which sites; tell whose a token is; revoke it.

As staff would say it: an admin makes a token for each program that is to come in, and gives it no more than it needs. It is shown
once; whoever has it may do what it may, until it is revoked or its last day is over.
"""

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import NamedTuple

from cm_engine.actions.activity import note_in
from cm_engine.actions.requests import ConflictError, Doing, Request, doing_it
from cm_engine.clock import read, written
from cm_engine.engine import Engine
from cm_engine.errors import quoted
from cm_engine.standing import RefusedError
from cm_engine.store.activity import Deed
from cm_engine.store.tokens import (
    NewToken,
    Token,
    keep_token,
    revoke_token,
    token_by_digest,
    token_by_id,
    tokens_at,
    use_token,
)

# By which a token is known for one wherever it turns up, such as in a file that was made public by mistake.
PREFIX = "cme_"
LONGEST_TITLE = 60
LONGEST_DAYS = 400

# The last use is written no more often than this.
NOTED_EVERY = timedelta(minutes=1)


class Wished(NamedTuple):
    """A token as an admin asks for it: what it is for, what it may do, at which sites, and for how many days."""

    title: str
    scopes: frozenset[str]
    sites: frozenset[str]
    days: int


class Issued(NamedTuple):
    """A token's id, what it says, which is shown this once, and until when it is good."""

    token: str
    says: str
    until: datetime


class Bearer(NamedTuple):
    """A token that came with a request, and why it is not good any more; empty where it is."""

    token: Token
    why_not: str


def issue(engine: Engine, request: Request, wished: Wished) -> Issued:
    """Make a token. Raises RefusedError for a title that cannot be one, and where it could do nothing, nowhere or for ever."""
    called = " ".join(wished.title.split())
    _refuse(wished, called)

    def act(doing: Doing) -> Issued:
        token, says, until = doing.new_id(), _says(engine, request), doing.now + timedelta(days=wished.days)
        if there := token_by_id(doing.tx, token):
            return _again(there, says, wished._replace(title=called))
        row = NewToken(token, called, token_digest(says), doing.recorded_at, request.actor, written(until))
        keep_token(doing.tx, row, sorted(wished.sites), sorted(wished.scopes))
        for site in sorted(wished.sites):
            note_in(doing, Deed.TOKEN_MADE, site=site, about=token)
        return Issued(token, says, until)

    return doing_it(engine, request, act)


def revoke(engine: Engine, request: Request, token: str) -> None:
    """Let a token do nothing any more, at once and for good. Revoking it twice changes nothing."""

    def act(doing: Doing) -> None:
        there = token_by_id(doing.tx, token)
        if there and revoke_token(doing.tx, token, doing.recorded_at, request.actor):
            for site in sorted(there.sites):
                note_in(doing, Deed.TOKEN_REVOKED, site=site, about=token)

    doing_it(engine, request, act)


def bearer_of(engine: Engine, says: str) -> Bearer | None:
    """Tell which token came with a request, and note its use; None for what is none. What is not good any more is not used."""
    with engine.database.reading() as tx:
        engine.refresh(tx)
        token = token_by_digest(tx, token_digest(says))
    if token is None:
        return None
    now = engine.clock()
    bearer = Bearer(token, why_not(token, now))
    if not bearer.why_not:
        _note_use(engine, token, now)
    return bearer


def tokens_of(engine: Engine, sites: Collection[str]) -> list[Token]:
    """Give the tokens that may do something at any of some sites, revoked ones too, the latest first."""
    with engine.database.reading() as tx:
        return tokens_at(tx, sites)


def sites_of_token(engine: Engine, token: str) -> frozenset[str]:
    """Give the sites that a token is for; none where there is no such token."""
    with engine.database.reading() as tx:
        there = token_by_id(tx, token)
    return there.sites if there else frozenset()


def why_not(token: Token, now: datetime) -> str:
    """Tell why a token is not good any more; empty where it is."""
    if token.revoked_at:
        return "it was revoked"
    return "its time is over" if read(token.expires_at) <= now else ""


def token_digest(says: str) -> bytes:
    """Give what is kept of a token: it is 256 random bits, so that a quick digest is enough."""
    return hashlib.sha256(says.encode(errors="replace")).digest()


def _note_use(engine: Engine, token: Token, now: datetime) -> None:
    before = written(now - NOTED_EVERY)
    if token.used_at is None or token.used_at < before:
        with engine.database.writing() as tx:
            use_token(tx, token.id, written(now), before)


def _refuse(wished: Wished, called: str) -> None:
    if not called or not called.isprintable() or len(called) > LONGEST_TITLE:
        raise RefusedError(f"{quoted(wished.title)} cannot be a token's title; write one line, such as Laboratory")
    if not wished.scopes or not wished.sites:
        raise RefusedError("a token that may do nothing is of no use; give it a scope and a site")
    if not 1 <= wished.days <= LONGEST_DAYS:
        raise RefusedError(f"a token is good for 1 to {LONGEST_DAYS} days, not {wished.days}")


def _again(there: Token, says: str, wished: Wished) -> Issued:
    if (there.title, there.scopes, there.sites) != (wished.title, wished.scopes, wished.sites):
        raise ConflictError("this form was sent before, for another token; load the page again")
    return Issued(there.id, says, read(there.expires_at))


def _says(engine: Engine, request: Request) -> str:
    """Make what goes with a request: the same again where it is sent twice."""
    return PREFIX + urlsafe_b64encode(engine.vault.index(f"api token {request.key}")).decode().rstrip("=")
