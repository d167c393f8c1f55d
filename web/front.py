"""The front: where somebody gets who names no room; the program they work with; the theme; the page of patterns."""

from flask import Blueprint, abort, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from web.doors import open_to_all, open_to_staff
from web.navigation import PROGRAM, home, programs_of_viewer

front = Blueprint("front", __name__)

THEMES = ("light", "dark", "auto")
A_YEAR = 31_536_000


@front.get("/")
@open_to_staff
def start() -> ResponseReturnValue:
    """Go to the viewer's first room."""
    address = home()
    return redirect(address, 303) if address else render_template("front/nothing.html")


@front.post("/program")
@open_to_staff
def choose_program() -> ResponseReturnValue:
    """Work with another program from here on."""
    chosen = request.form.get("program")
    if chosen not in {running.id for running in programs_of_viewer()}:
        abort(404)
    session[PROGRAM] = chosen
    return redirect(url_for("front.start"), 303)


@front.post("/theme")
@open_to_all
def choose_theme() -> ResponseReturnValue:
    """Show pages light, dark, or as the device does; kept on this device."""
    theme = request.form.get("theme", "")
    if theme not in THEMES:
        abort(400)
    response = redirect(_back(), 303)
    response.set_cookie("theme", theme, max_age=A_YEAR, httponly=True, samesite="Lax", secure=request.is_secure)
    return response


@front.get("/patterns")
@open_to_staff
def patterns() -> ResponseReturnValue:
    """Show every component once."""
    return render_template("front/patterns.html")


def _back() -> str:
    """Give the page that a form was on, where that is one of ours."""
    came_from = request.referrer or ""
    return came_from if came_from.startswith(request.host_url) else url_for("front.start")
