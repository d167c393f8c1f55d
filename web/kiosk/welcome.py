"""Welcome: the language, the card or code, and leaving again."""

import re

from flask import abort, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cm_engine.actions.let_in import come, leave
from web.at_hand import engine, options
from web.kiosk.rooms import kiosk
from web.kiosk.turn import PATH, at, open_to_kiosk, tried
from web.languages import COOKIE, LANGUAGES
from web.languages import gettext as _

LONGEST = 100

# A page of the kiosk, to go back to.
OURS = re.compile(rf"{PATH}(/[A-Za-z0-9-]+)*")


@kiosk.get("")
@open_to_kiosk
def welcome() -> ResponseReturnValue:
    """Ask for a card or code; whoever is signed in goes home."""
    if at().participant:
        return redirect(url_for("kiosk.home"), 303)
    return render_template("kiosk/welcome.html", is_locked=bool(at().kiosk.locked_at), error="")


@kiosk.post("")
@open_to_kiosk
def begin() -> ResponseReturnValue:
    """Take a card or code, whosever it is, and ask for the PIN."""
    typed = request.form.get("card", "").strip()
    if not typed or len(typed) > LONGEST:
        error = _("Scan your card, or type your code.")
        return render_template("kiosk/welcome.html", is_locked=False, error=error), 422
    if not at().kiosk.locked_at:
        come(engine(), at().kiosk, typed)
    return redirect(url_for("kiosk.pin"), 303)


@kiosk.post("/language")
@open_to_kiosk
def speak() -> ResponseReturnValue:
    """Speak another language from here on."""
    chosen = request.form.get("language", "")
    if chosen not in LANGUAGES:
        abort(400)
    back = request.form.get("back", "")
    response = redirect(back if OURS.fullmatch(back) else url_for("kiosk.welcome"), 303)
    response.set_cookie(COOKIE, chosen, path=PATH, httponly=True, samesite="Strict", secure=options().is_secure)
    return response


@kiosk.post("/here")
@open_to_kiosk
def here() -> ResponseReturnValue:
    """Say whether it is still somebody's turn; asking is going on."""
    return ("", 204) if at().turn else ("", 410)


@kiosk.post("/leave")
@open_to_kiosk
def sign_out() -> ResponseReturnValue:
    """End the turn, and leave nothing behind, the language neither."""
    leave(engine(), tried(), at())
    response = make_response(redirect(url_for("kiosk.welcome"), 303))
    response.delete_cookie(COOKIE, path=PATH)
    return response
