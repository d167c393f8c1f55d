"""The way in: from one step to the next, and then to where somebody wanted to go, with the form that waits for them."""

from typing import NamedTuple

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cm_engine.actions.sign_in import Step
from cm_engine.errors import CmError
from web.sign_in.kept import opened
from web.viewer import present

# Which page a session that still asks for something leads to.
PAGES = {
    Step.FACTOR: "sign_in.second_factor",
    Step.PASSWORD: "sign_in.first_password",
    Step.SET_UP: "sign_in.first_app",
}


class Way(NamedTuple):
    """Where somebody wanted to go, and a form that waits for them; either may be empty."""

    wanted: str
    kept: str


def way() -> Way:
    """Read the way of this request."""
    return Way(_local(request.values.get("next", "")), request.form.get("kept", ""))


def here_again() -> str:
    """Give the address of this request, to come back to; empty where something was sent."""
    return request.full_path.rstrip("?") if request.method == "GET" else ""


def said(error: CmError) -> str:
    """Give what the engine says as a sentence."""
    words = str(error)
    return f"{words[:1].upper()}{words[1:]}."


def go_on(way: Way) -> ResponseReturnValue:
    """Lead to what the session still asks for, or to where somebody wanted to go."""
    here = present()
    if here is None:
        return redirect(url_for("sign_in.sign_in", next=way.wanted or None), 303)
    if here.step in PAGES:
        if way.kept:
            return render_template("sign_in/go_on.html", way=way, page=PAGES[here.step])
        return redirect(url_for(PAGES[here.step], next=way.wanted or None), 303)
    if way.kept:
        kept = opened(way.kept, here.staff)
        if kept is not None:
            return render_template("sign_in/carry_on.html", kept=kept)
        flash("A form that was open here was not sent: it was somebody else's, or too long ago.", "warn")
    return redirect(way.wanted or url_for("front.start"), 303)


def _local(address: str) -> str:
    """Give an address on this site as it is, and nothing for any other."""
    is_path = address.startswith("/") and not address.startswith("//")
    return address if is_path and "\\" not in address and address.isprintable() else ""
