"""Doors: every view says who may come in; one that says nothing lets nobody in.

An address that names something at a site lets in who may do the view's thing there. Whoever may not is told that there is no
such page, as for what does not exist: nothing tells what there is elsewhere.
"""

from collections.abc import Callable, Mapping
from functools import partial
from itertools import chain
from typing import Any, TypeVar

from flask import Flask, abort, g, request
from flask.typing import ResponseReturnValue

from cm_engine.actions import place_kiosk, viewing
from web.access import Permission
from web.activity import note_view
from web.at_hand import engine, published
from web.viewer import is_signed_in, login, viewer

View = TypeVar("View", bound=Callable[..., Any])

# Lets somebody in (None), or answers in the view's place.
Door = Callable[[Mapping[str, Any]], ResponseReturnValue | None]


def through(door: Door) -> Callable[[View], View]:
    """Say by which door a view is reached."""

    def decorate(view: View) -> View:
        view.door = door  # type: ignore[attr-defined]
        return view

    return decorate


def needs(permission: Permission) -> Callable[[View], View]:
    """Let in whoever of the staff may do this at the site that the address is of; at any site, where it names none."""

    def decorate(view: View) -> View:
        view.permission = permission  # type: ignore[attr-defined]
        return through(partial(_staff, permission))(view)

    return decorate


def open_to_all(view: View) -> View:
    """Let everybody in."""
    return through(lambda _: None)(view)


def open_to_staff(view: View) -> View:
    """Let in whoever is signed in."""
    return through(lambda _: None if is_signed_in() else to_sign_in())(view)


def guard(app: Flask) -> None:
    """Stand at every door of an application."""

    @app.before_request
    def _stand() -> ResponseReturnValue | None:
        if request.endpoint is None or request.endpoint == "static":
            return None
        if _is_no_text():
            abort(400)
        door: Door | None = getattr(app.view_functions[request.endpoint], "door", None)
        if door is None:
            abort(404)
        return door(request.view_args or {})


def _is_no_text() -> bool:
    """Tell whether an address or a form holds the character that is none, which not every database takes in a text."""
    sent = chain(request.args.items(multi=True), request.form.items(multi=True))
    return "\0" in request.path or any("\0" in text for text in chain.from_iterable(sent))


def to_sign_in() -> ResponseReturnValue:
    """Ask for what somebody still has to show, and lead them back behind it."""
    answer: ResponseReturnValue = login.unauthorized()
    return answer


def site_of(ids: Mapping[str, Any]) -> str | None:
    """Tell at which site lies what an address names; None where it names nothing.

    The page is not found where there is no such thing, or where it names things of two sites.
    """
    found = {_SITE[kind](str(id_)) for kind, id_ in ids.items() if kind in _SITE}
    if None in found or len(found) > 1:
        abort(404)
    return next(iter(found), None)


def _staff(permission: Permission, ids: Mapping[str, Any]) -> ResponseReturnValue | None:
    if not is_signed_in():
        return to_sign_in()
    site = site_of(ids)
    if not viewer().may(permission, site):
        abort(403 if site is None else 404)
    g.here = site
    if "participant" in ids:
        note_view(str(ids["participant"]), str(site))
    return None


def _site(id_: str) -> str | None:
    return id_ if id_ in viewer().roles else None


def _of_program(id_: str) -> str | None:
    running = published().programs.get(id_)
    return running.site if running else None


def _of_kiosk(id_: str) -> str | None:
    return place_kiosk.site_of(engine(), id_)


def _of_participant(id_: str) -> str | None:
    return viewing.site_of(engine(), id_)


# What an address may name, and how its site is found.
_SITE: dict[str, Callable[[str], str | None]] = {
    "site": _site,
    "program": _of_program,
    "participant": _of_participant,
    "kiosk": _of_kiosk,
}
