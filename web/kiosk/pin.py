"""The PIN: typed on a pad; chosen with a one-time code by whoever has none yet."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cm_engine.actions.let_in import Came, choose_pin, sign_in
from cm_engine.pin import NoPinError, WeakPinError
from web.at_hand import engine
from web.kiosk.rooms import kiosk
from web.kiosk.turn import at, open_to_kiosk, tried
from web.languages import gettext as _

KEYS = ("1", "2", "3", "4", "5", "6", "7", "8", "9")


@kiosk.get("/pin")
@open_to_kiosk
def pin() -> ResponseReturnValue:
    """Ask for the PIN."""
    return _back() or _ask()


@kiosk.post("/pin")
@open_to_kiosk
def enter() -> ResponseReturnValue:
    """Let somebody in by their PIN."""
    came = sign_in(engine(), tried(), at(), request.form.get("pin", ""))
    if came == "wrong":
        return _ask(_("That did not fit. Try again, or ask at the desk.")), 422
    return _after(came)


@kiosk.get("/new-pin")
@open_to_kiosk
def new_pin() -> ResponseReturnValue:
    """Ask for the one-time code and a new PIN."""
    return _back() or _ask_new()


@kiosk.post("/new-pin")
@open_to_kiosk
def choose() -> ResponseReturnValue:
    """Take the new PIN, and let its owner in."""
    chosen = request.form.get("pin", "")
    if chosen != request.form.get("again", ""):
        return _ask_new(again=_("The two PINs are not the same. Type the same six digits twice.")), 422
    try:
        came = choose_pin(engine(), tried(), at(), request.form.get("code", ""), chosen)
    except WeakPinError:
        return _ask_new(pin=_("That is too easy to guess. Mix the digits more.")), 422
    except NoPinError:
        return _ask_new(pin=_("A PIN is six digits.")), 422
    if came == "wrong":
        return _ask_new(code=_("This code does not fit. Ask at the desk for a new one.")), 422
    return _after(came)


def _back() -> ResponseReturnValue | None:
    """Lead whoever has not come, or is in already, to where they belong."""
    if at().turn is None:
        return redirect(url_for("kiosk.welcome"), 303)
    return redirect(url_for("kiosk.home"), 303) if at().participant else None


def _ask(error: str = "") -> str:
    return render_template("kiosk/pin.html", digits=KEYS, error=error)


def _ask_new(**errors: str) -> str:
    return render_template("kiosk/new_pin.html", digits=KEYS, errors=errors, code=request.form.get("code", ""))


def _after(came: Came) -> ResponseReturnValue:
    """Go on where a try has led."""
    if came == "in":
        return redirect(url_for("kiosk.home"), 303)
    return redirect(url_for("kiosk.welcome"), 303)
