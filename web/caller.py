"""The caller: which token another program came with, and what it may do where."""

from typing import NamedTuple, cast

from flask import g, request

from cm_engine.actions.issue_token import Bearer, bearer_of
from web.access import Permission, permission_of
from web.at_hand import engine


class Caller(NamedTuple):
    """A program that came with a token: what it may do, and at which sites."""

    id: str
    scopes: frozenset[Permission]
    sites: frozenset[str]

    def may(self, permission: Permission, site: str | None = None) -> bool:
        """Tell whether it may do something at a site; at any, where none is named."""
        return permission in self.scopes and (site is None or site in self.sites)


def said_token() -> str:
    """Give what stands in the request as its token; empty where nothing does. A cookie is never asked."""
    sent = request.authorization
    return sent.token or "" if sent is not None and sent.type == "bearer" else ""


def bearer() -> Bearer | None:
    """Tell which token came with the request, and whether it is good; None for none. Looked up once a request."""
    if "bearer" not in g:
        says = said_token()
        g.bearer = bearer_of(engine(), says) if says else None
    return cast("Bearer | None", g.bearer)


def caller() -> Caller:
    """Give who is asking; only behind a door that lets nobody else in."""
    token = cast("Bearer", bearer()).token
    return Caller(token.id, frozenset(filter(None, map(permission_of, token.scopes))), token.sites)
