"""Pairing: a tablet becomes a kiosk by the code that an admin was given for it."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import StringField

from cm_engine.actions.place_kiosk import PairingError, pair
from cm_engine.actions.requests import Request
from cm_engine.actions.sign_in import sign_out
from web.at_hand import KEY, engine, new_key, options
from web.doors import open_to_all
from web.kiosk.rooms import kiosk
from web.kiosk.turn import COOKIE, PATH
from web.languages import gettext as _
from web.viewer import let_out, present

A_LONG_TIME = 400 * 24 * 3600  # the longest that browsers keep a cookie


class PairingForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """The pairing code."""

    code = StringField()


@kiosk.get("/pair")
@open_to_all
def pairing() -> ResponseReturnValue:
    """Ask for the code."""
    return render_template("kiosk/pair.html", form=PairingForm())


@kiosk.post("/pair")
@open_to_all
def pair_tablet() -> ResponseReturnValue:
    """Pair this tablet, and let nobody of the staff stay signed in on it."""
    form = PairingForm()
    key = request.form.get("key", "")
    asked = Request(f"pair {key if KEY.fullmatch(key) else new_key()}", "tablet")
    try:
        token = pair(engine(), asked, form.code.data or "")
    except PairingError:
        form.code.errors = [_("This code does not work. It may be mistyped, used, or more than an hour old.")]
        return render_template("kiosk/pair.html", form=form), 422
    if here := present():
        sign_out(engine(), here)
    let_out()
    response = redirect(url_for("kiosk.welcome"), 303)
    response.set_cookie(
        COOKIE, token, max_age=A_LONG_TIME, path=PATH, httponly=True, samesite="Strict", secure=options().is_secure
    )
    return response
