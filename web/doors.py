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

from cm_engine.actions import issue_token, place_kiosk, viewing
from web.access import Permission, scope_of
from web.activity import note_view
from web.at_hand import engine, published
from web.caller import bearer, caller, said_token
from web.problems import LARGEST_BODY, Problem, is_asked_by_program
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


def needs_token(permission: Permission | None) -> Callable[[View], View]:
    """Let in a program whose token may do this at the site that the address is of; any good token, where it is nothing."""

    def decorate(view: View) -> View:
        view.permission = permission  # type: ignore[attr-defined]
        return through(partial(_token, permission))(view)

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
        if is_asked_by_program():
            request.max_content_length = LARGEST_BODY
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


def _token(permission: Permission | None, ids: Mapping[str, Any]) -> ResponseReturnValue | None:
    """Let a token in. What it may not do anywhere, it is told before anything is looked up."""
    _refuse_no_token()
    if permission and not caller().may(permission):
        raise Problem("scope-missing", f'this call needs the scope "{scope_of(permission)}", which the token has not')
    g.whose, g.here = _owner(ids)
    if "participant" in ids:
        note_view(g.whose, g.here, caller().id)
    return None


def _refuse_no_token() -> None:
    if not said_token():
        raise Problem("no-token")
    came = bearer()
    if came is None or came.why_not:
        raise Problem("no-token", f"the token is not good: {came.why_not if came else 'there is none such'}")


def _owner(ids: Mapping[str, Any]) -> tuple[str, str]:
    """Tell of whom an address is, and at which site; both empty where it names nobody. Raises Problem for what is not there."""
    for kind, id_ in ids.items():
        whose = _WHOSE[kind](id_)
        site = _of_participant(whose) if whose else None
        if whose and site in caller().sites:
            return whose, str(site)
        raise Problem("not-found", f"there is no such {kind} for this token")
    return "", ""


def _site(id_: str) -> str | None:
    return id_ if id_ in viewer().roles else None


def _of_program(id_: str) -> str | None:
    running = published().programs.get(id_)
    return running.site if running else None


def _of_kiosk(id_: str) -> str | None:
    return place_kiosk.site_of(engine(), id_)


def _of_token(id_: str) -> str | None:
    """Tell by which of its sites the viewer may see to a token; it may be for several."""
    sites = sorted(issue_token.sites_of_token(engine(), id_))
    return next((site for site in sites if viewer().may(Permission.MANAGE_TOKENS, site)), None)


def _of_participant(id_: str) -> str | None:
    return viewing.site_of(engine(), id_)


def _of_fact(word: str, id_: str) -> str | None:
    return viewing.owner_of(engine(), id_, word)


# What the address of a call may name, and how it is found whose that is.
_WHOSE: dict[str, Callable[[str], str | None]] = {
    "participant": str,
    "event": partial(_of_fact, "event-recorded"),
    "draw": partial(_of_fact, "draw-opened"),
    "redemption": partial(_of_fact, "prize-chosen"),
}

# What an address may name, and how its site is found.
_SITE: dict[str, Callable[[str], str | None]] = {
    "site": _site,
    "program": _of_program,
    "participant": _of_participant,
    "kiosk": _of_kiosk,
    "token": _of_token,
}
