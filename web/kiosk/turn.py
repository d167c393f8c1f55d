"""The turn: which kiosk this tablet is, and who is signed in there. It has nothing to do with anybody of the staff being signed in.

The tablet's cookie says which kiosk it is, and nothing else; whose turn it is, is kept in the database, and over after a minute.
"""

import secrets
from collections.abc import Mapping
from typing import Any, cast

from flask import abort, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from cm_engine.actions.let_in import AtKiosk, at_kiosk, go_on
from cm_engine.actions.requests import Request
from web.at_hand import KEY, engine
from web.doors import View, through

COOKIE = "place"
PATH = "/kiosk"


def open_to_kiosk(view: View) -> View:
    """Let in whoever stands at a tablet that was paired."""
    return through(_at_kiosk)(view)


def open_to_guest(view: View) -> View:
    """Let in whoever is signed in at a kiosk."""
    return through(_signed_in)(view)


def at() -> AtKiosk:
    """Give the kiosk, and whose turn it is."""
    return cast("AtKiosk", g.at_kiosk)


def guest() -> str:
    """Give the participant who is signed in; only behind a door that lets nobody else in."""
    return cast("str", at().participant)


def asked(part: str = "") -> Request:
    """Make the request that a form asks for, by whoever is signed in: sent twice, it has its effect once."""
    key = request.form.get("key", "")
    if not KEY.fullmatch(key):
        abort(400)
    return _request(f"{key} {part}".rstrip())


def asked_about(what: str) -> Request:
    """Make the one request that can be about a thing, such as a draw: however often it is sent, it is done once."""
    return _request(what)


def tried() -> Request:
    """Make a request of its own: every try at a PIN counts."""
    return _request(secrets.token_urlsafe(16))


def _request(key: str) -> Request:
    who = at().participant or at().kiosk.id
    return Request(f"kiosk {at().kiosk.id} {who} {key}", who)


def _at_kiosk(_: Mapping[str, Any]) -> ResponseReturnValue | None:
    found = at_kiosk(engine(), request.cookies.get(COOKIE, ""))
    if found is None:
        return redirect(url_for("kiosk.pairing"), 303)
    g.at_kiosk = found
    go_on(engine(), found)
    return None


def _signed_in(ids: Mapping[str, Any]) -> ResponseReturnValue | None:
    refused = _at_kiosk(ids)
    if refused is None and at().participant is None:
        return redirect(url_for("kiosk.welcome"), 303)
    return refused
