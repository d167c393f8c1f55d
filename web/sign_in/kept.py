"""Kept forms: what was sent by somebody whose session had ended waits, sealed, until the same person has signed in again.

It is kept in the page that asks for the password, nowhere else, and for an hour; forms of the account, which hold passwords, are not. Sent on, it is the request that it was, under its
own key; so it is done once, also where it had been done already.
"""

from datetime import timedelta
from typing import NamedTuple

import orjson
from flask import request, session

from cm_engine.clock import written
from cm_engine.vault import VaultError
from web.at_hand import engine
from web.sign_in.rooms import sign_in
from web.viewer import CSRF, WHO

LASTS = timedelta(hours=1)


class Kept(NamedTuple):
    """A form that waits: whose it is, where it was sent to, what was in it, and until when it waits."""

    staff: str
    address: str
    fields: list[list[str]]
    until: str


def keep() -> str:
    """Seal the form that was just sent, for whoever was signed in last; empty where there is nothing to keep, or nobody."""
    who = session.get(WHO)
    if who is None or "key" not in request.form or request.blueprint == sign_in.name:
        return ""
    fields = [[name, value] for name, value in request.form.items(multi=True) if name != CSRF]
    kept = Kept(who, request.full_path.rstrip("?"), fields, written(engine().clock() + LASTS))
    return engine().vault.seal(orjson.dumps(list(kept)).decode()).decode("ascii")


def opened(sealed: str, staff: str) -> Kept | None:
    """Open what was kept; None where it is somebody else's, or waits no more."""
    try:
        kept = Kept(*orjson.loads(engine().vault.open(sealed.encode("ascii", "replace"))))
    except (VaultError, ValueError, TypeError):  # nothing of ours, or sealed for something else
        return None
    is_due = written(engine().clock()) < kept.until
    return kept if is_due and kept.staff == staff else None
