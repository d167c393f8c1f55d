"""Prizes: choosing one from the cabinet, putting it back, trading small ones for a better."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cm_engine.actions.outlook import shelf_for
from cm_engine.actions.redeem import cancel, choose, trade_up
from cm_engine.standing import OverCapsError, RefusedError, TooLittleError
from cm_engine.store.cabinet import NoneLeftError
from web.at_hand import engine
from web.kiosk import words
from web.kiosk.icons import icon
from web.kiosk.rooms import kiosk
from web.kiosk.turn import asked, guest, open_to_guest
from web.languages import gettext as _


@kiosk.get("/prizes")
@open_to_guest
def prizes() -> ResponseReturnValue:
    """Show the cabinet: what can be chosen now first, then what not yet."""
    return _cabinet()


@kiosk.post("/prizes/<prize>")
@open_to_guest
def choose_prize(prize: str) -> ResponseReturnValue:
    """Reserve a prize; staff hand it over."""
    try:
        chosen = choose(engine(), asked(), guest(), prize)
    except RefusedError as error:
        return _cabinet(_kindly(error)), 422
    flash(_("%(prize)s is yours. Pick it up at the desk.", prize=chosen["name"]))
    return redirect(url_for("kiosk.prizes"), 303)


@kiosk.post("/prizes/back/<redemption>")
@open_to_guest
def put_back(redemption: str) -> ResponseReturnValue:
    """Put a prize back that was chosen and not picked up."""
    try:
        cancel(engine(), asked(), guest(), redemption)
    except RefusedError as error:
        return _cabinet(_kindly(error)), 422
    flash(_("It is back in the cabinet. Choose again when you like."))
    return redirect(url_for("kiosk.prizes"), 303)


@kiosk.post("/prizes/trade")
@open_to_guest
def trade() -> ResponseReturnValue:
    """Trade won prizes of one size for one of a better."""
    try:
        done = trade_up(engine(), asked(), guest(), request.form.get("give", ""), request.form.get("get", ""))
    except RefusedError as error:
        return _cabinet(_kindly(error)), 422
    flash(_("You now have: %(prize)s. Choose it below.", prize=words.sizes(done["got"], 1)))
    return redirect(url_for("kiosk.prizes"), 303)


def _cabinet(error: str = "") -> str:
    shelf = shelf_for(engine(), guest())
    now = [offer for offer in shelf.offers if offer.can_be_chosen]
    later = [offer for offer in shelf.offers if not offer.can_be_chosen]
    return render_template("kiosk/prizes.html", shelf=shelf, now=now, later=later, error=error, icon=icon)


def _kindly(error: RefusedError) -> str:
    """Say to a patient why something could not be done."""
    match error:
        case NoneLeftError():
            return _("Somebody else has just taken the last one. Please choose another; you have lost nothing.")
        case TooLittleError():
            return _("You do not have enough for this one yet. You have lost nothing.")
        case OverCapsError():
            return _("There is a limit on how much can be given out this year, and this would go past it.")
        case _:
            return _("This cannot be done right now. Please ask at the desk; you have lost nothing.")
