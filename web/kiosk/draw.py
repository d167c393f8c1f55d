"""Drawing slips: the bowl, the pick, what the slip says, and how anybody checks it.

Before a pick the page shows the SHA-256 of what is sealed; after it, the receipt. A slip is picked once: sent again, also with
another number, the same slip is shown.
"""

from flask import Response, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cm_engine.actions.draw import MOST_AT_ONCE, open_draws, pick
from cm_engine.actions.outlook import OpenDraw, outlook
from cm_engine.actions.requests import ConflictError
from cm_engine.actions.statement import receipt_of, statement
from cm_engine.drawing import Receipt, faults
from cm_engine.exchange.receipt_json import receipt_text
from cm_engine.facts import SlipPicked
from cm_engine.standing import RefusedError
from web.at_hand import engine
from web.kiosk.rooms import kiosk
from web.kiosk.telling import brought_by
from web.kiosk.turn import asked, asked_about, guest, open_to_guest
from web.languages import gettext as _

# A bowl that holds more than can be laid out is picked from by a number alone.
LAID_OUT = 1000


@kiosk.get("/slips")
@open_to_guest
def slips() -> ResponseReturnValue:
    """Show the bowl, once everything that waits is sealed; or how to get there."""
    return _bowl()


@kiosk.post("/slips")
@open_to_guest
def open_slips() -> ResponseReturnValue:
    """Seal what waits to be drawn: from here on, nothing but the pick decides."""
    for waiting in outlook(engine(), guest()).to_draw:
        for left in range(waiting.number, 0, -MOST_AT_ONCE):
            open_draws(engine(), asked(f"{waiting.policy} {left}"), guest(), waiting.policy, min(left, MOST_AT_ONCE))
    return redirect(url_for("kiosk.slips"), 303)


@kiosk.post("/slips/<draw>")
@open_to_guest
def pick_slip(draw: str) -> ResponseReturnValue:
    """Pick a slip of one draw, or of all that wait: with the number that was said, or any of each."""
    waiting = outlook(engine(), guest()).open_draws
    chosen = [one for one in waiting if one.draw == draw]
    if not chosen:
        return redirect(url_for("kiosk.slip", draw=draw), 303)
    typed = request.form.get("number", "").strip()
    together = "all" in request.form
    leaves_it = "any" in request.form or (together and not typed)
    number = _number(typed, chosen[0].slips)
    if number is None and not leaves_it:
        return _bowl(_("Say a number from 1 to %(most)s.", most=chosen[0].slips)), 422
    for one in waiting if together else chosen:
        _pick(one, min(number, one.slips) if number and not leaves_it else _any(one))
    return redirect(url_for("kiosk.drawn") if together else url_for("kiosk.slip", draw=draw), 303)


@kiosk.get("/slips/<draw>")
@open_to_guest
def slip(draw: str) -> ResponseReturnValue:
    """Show what a slip said."""
    rows = statement(engine(), guest())
    row = next((row for row in rows if isinstance(row.fact, SlipPicked) and row.fact.draw == draw), None)
    if row is None or row.slip is None:
        return redirect(url_for("kiosk.slips"), 303)
    return render_template("kiosk/slip.html", draw=draw, slip=row.slip, brought=brought_by(row.slip), left=_left())


@kiosk.get("/drawn")
@open_to_guest
def drawn() -> ResponseReturnValue:
    """Show all slips that were picked today."""
    today = outlook(engine(), guest()).today
    rows = [row for row in statement(engine(), guest()) if isinstance(row.fact, SlipPicked) and row.on == today]
    told = [(row.about, row.slip, brought_by(row.slip)) for row in rows if row.slip]
    return render_template("kiosk/drawn.html", told=told, left=_left())


@kiosk.get("/slips/<draw>/check")
@open_to_guest
def check(draw: str) -> ResponseReturnValue:
    """Show in plain words how a draw is checked, with its own numbers, and whether it holds."""
    receipt = _receipt(draw)
    return render_template("kiosk/check.html", receipt=receipt, holds=not faults(receipt))


@kiosk.get("/slips/<draw>/receipt")
@open_to_guest
def receipt(draw: str) -> ResponseReturnValue:
    """Give the receipt, to keep or to check elsewhere; there is nobody's name in it."""
    response = Response(receipt_text(_receipt(draw)), mimetype="application/json")
    response.headers["Content-Disposition"] = "attachment; filename=receipt.json"
    return response


def _bowl(error: str = "") -> str:
    told = outlook(engine(), guest())
    first = told.open_draws[0] if told.open_draws else None
    waiting = sum(one.number for one in told.to_draw)
    laid_out = range(1, first.slips + 1) if first and first.slips <= LAID_OUT else ()
    return render_template(
        "kiosk/slips.html", first=first, number=len(told.open_draws), waiting=waiting, laid_out=laid_out, error=error
    )


def _left() -> int:
    told = outlook(engine(), guest())
    return len(told.open_draws) + sum(one.number for one in told.to_draw)


def _number(typed: str, most: int) -> int | None:
    """Read a number that the bowl has."""
    number = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 9 else 0
    return number if 1 <= number <= most else None


def _any(draw: OpenDraw) -> int:
    return engine().dice.below(draw.slips) + 1


def _pick(draw: OpenDraw, number: int) -> None:
    """Pick; where the slip was picked already, it stays what it is."""
    try:
        pick(engine(), asked_about(f"pick {draw.draw}"), guest(), draw.draw, number)
    except (ConflictError, RefusedError):
        if draw.draw in {one.draw for one in outlook(engine(), guest()).open_draws}:
            raise


def _receipt(draw: str) -> Receipt:
    try:
        return receipt_of(engine(), guest(), draw)
    except RefusedError:
        abort(404)
