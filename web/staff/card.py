"""The card that a participant carries: shown, printed, issued anew; ended when it is lost."""

import segno
from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from cm_engine.actions.cards import end_card, issue_card, printed_card
from cm_engine.actions.viewing import named
from cm_engine.errors import CmError
from cm_engine.store.activity import Deed
from web.access import Permission
from web.activity import note_deed
from web.at_hand import asked, engine, here
from web.doors import needs
from web.people import called
from web.staff.rooms import staff


@staff.get("/people/<participant>/card")
@needs(Permission.ISSUE_CARDS)
def card(participant: str) -> ResponseReturnValue:
    """Show the card, to print."""
    if printed_card(engine(), participant):
        note_deed(Deed.CARD_PRINTED, here(), participant=participant)
    return _page(participant)


@staff.post("/people/<participant>/card")
@needs(Permission.ISSUE_CARDS)
def new_card(participant: str) -> ResponseReturnValue:
    """Issue a new card; the one before leads to nobody any more."""
    try:
        issue_card(engine(), asked(), participant)
    except CmError as error:
        return _page(participant, refused=str(error))
    flash("A new card is ready to print. An earlier one works no more.", "good")
    return redirect(url_for("staff.card", participant=participant), 303)


@staff.post("/people/<participant>/card/lost")
@needs(Permission.ISSUE_CARDS)
def lost_card(participant: str) -> ResponseReturnValue:
    """End a card that is lost."""
    try:
        end_card(engine(), asked(), participant)
    except CmError as error:
        return _page(participant, refused=str(error))
    flash("The lost card leads to nobody any more. Issue a new one when they are here.", "good")
    return redirect(url_for("staff.card", participant=participant), 303)


def qr_code(token: str) -> Markup:
    """Draw what a scanner reads, in black on white, with the quiet edge that it needs."""
    drawn = segno.make(token, error="m", micro=False)
    return Markup(drawn.svg_inline(scale=1, border=2, omitsize=True, light="#fff", svgclass="qr", lineclass=None))  # noqa: S704


def _page(participant: str, *, refused: str = "") -> ResponseReturnValue:
    kept = printed_card(engine(), participant)
    who = named(engine(), [participant]).get(participant)
    page = render_template(
        "staff/card.html",
        participant=participant,
        name=called(participant),
        code=who.code if who and who.code else "",
        card=kept,
        drawn=qr_code(kept.token) if kept else None,
        refused=refused,
    )
    return page, 422 if refused else 200
