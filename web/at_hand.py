"""What a view has at hand: the engine, the options, the site of the address, and the request that a form asks for."""

import re
import secrets
from datetime import date
from typing import cast

from flask import abort, current_app, g, request
from flask_login import current_user
from werkzeug.exceptions import RequestEntityTooLarge

from cm_engine.actions.requests import Request
from cm_engine.engine import Engine
from cm_engine.store.published import Published, Running
from web.options import Options

EXTENSION = "cm_engine"
KEY = re.compile(r"[A-Za-z0-9_-]{16,64}")


def engine() -> Engine:
    """Give the engine that this application was made for."""
    return cast("Engine", current_app.extensions[EXTENSION][0])


def options() -> Options:
    """Give how this application is served."""
    return cast("Options", current_app.extensions[EXTENSION][1])


def here() -> str:
    """Give the site of the request's address; only where the address names something at a site."""
    return cast("str", g.here)


def published() -> Published:
    """Give what is published; read once a request."""
    if "published" not in g:
        with engine().database.reading() as tx:
            g.published = engine().published(tx)
    return cast("Published", g.published)


def program(id_: str) -> Running:
    """Give a program by its id; the page is not found where there is none."""
    running = published().programs.get(id_)
    if running is None:
        abort(404)
    return running


def today(running: Running) -> date:
    """Give the date at a program's site."""
    return engine().clock().astimezone(running.zone).date()


def new_key() -> str:
    """Make a key for a form; one that was sent and refused is kept, so that what is sent again is the same request."""
    try:
        sent = request.form.get("key", "")
    except RequestEntityTooLarge:  # said on a page that has forms too
        sent = ""
    return sent if KEY.fullmatch(sent) else secrets.token_urlsafe(16)


def asked(part: str = "", *, actor: str = "", dry_run: bool = False) -> Request:
    """Make the request that a form asks for: sent twice, it has its effect once. `part` tells several of one form apart.

    `actor` is who asks, where that is not whoever is signed in.
    """
    key = request.form.get("key", "")
    if not KEY.fullmatch(key):
        abort(400, "The form has no key; load the page again.")
    who = actor or current_user.id
    return Request(" ".join(filter(None, ("web", who, key, part))), who, dry_run)
