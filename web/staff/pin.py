"""PINs: give a patient a one-time code, take the lock off their card or off a kiosk."""

from datetime import datetime, time

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from cm_engine.actions.place_kiosk import kiosks_of, unlock_kiosk
from cm_engine.actions.reset_pin import Issued, access_of, issue_code, unlock_card
from cm_engine.standing import RefusedError
from cm_engine.store.published import Running
from web.access import Permission
from web.at_hand import asked, engine, here, published, today
from web.doors import needs
from web.people import called
from web.staff.rooms import staff


@staff.get("/people/<participant>/pin")
@needs(Permission.ISSUE_CARDS)
def pin(participant: str) -> ResponseReturnValue:
    """Show how somebody gets in at the kiosk, and who gave them a way in today."""
    return _pin(participant)


@staff.post("/people/<participant>/pin")
@needs(Permission.ISSUE_CARDS)
def pin_code(participant: str) -> ResponseReturnValue:
    """Give a one-time code, and show it this once."""
    try:
        issued = issue_code(engine(), asked("code"), participant)
    except RefusedError as error:
        flash(f"{str(error).capitalize()}.", "warn")
        return redirect(url_for("staff.pin", participant=participant), 303)
    return _pin(participant, issued)


@staff.post("/people/<participant>/pin/unlock")
@needs(Permission.ISSUE_CARDS)
def pin_unlock(participant: str) -> ResponseReturnValue:
    """Take the lock off somebody's card; their PIN stays."""
    unlock_card(engine(), asked("unlock"), participant)
    flash("The card is unlocked. Their PIN is the one they had.", "good")
    return redirect(url_for("staff.pin", participant=participant), 303)


@staff.post("/people/<participant>/pin/kiosks/<kiosk>/unlock")
@needs(Permission.ISSUE_CARDS)
def pin_unlock_kiosk(participant: str, kiosk: str) -> ResponseReturnValue:
    """Take the lock off a kiosk at this site."""
    unlock_kiosk(engine(), asked(), kiosk)
    flash("The kiosk takes people again.", "good")
    return redirect(url_for("staff.pin", participant=participant), 303)


def _pin(participant: str, issued: Issued | None = None) -> str:
    running = _running()
    midnight = datetime.combine(today(running), time(), running.zone)
    access = access_of(engine(), participant, midnight)
    return render_template(
        "staff/pin.html",
        participant=participant,
        called=called(participant),
        zone=running.zone,
        access=access,
        issued=issued,
        locked=[kiosk for kiosk in kiosks_of(engine(), frozenset({here()})) if kiosk.locked_at],
    )


def _running() -> Running:
    found = next((running for running in published().programs.values() if running.site == here()), None)
    if found is None:
        abort(404)
    return found
