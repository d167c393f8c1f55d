"""Home: what I have, my run, my ladders, my next visit and its worth."""

from typing import NamedTuple

from flask import render_template
from flask.typing import ResponseReturnValue

from cm_engine.actions.outlook import Climb, outlook
from web.at_hand import engine
from web.kiosk import words
from web.kiosk.picture import Picture, picture
from web.kiosk.rooms import kiosk
from web.kiosk.turn import guest, open_to_guest
from web.languages import gettext as _
from web.languages import ngettext


class Shown(NamedTuple):
    """A ladder as the page shows it: its name, what is said of it, its picture if it has steps, and what the next is worth."""

    name: str
    said: str
    next: str
    bonus: str
    picture: Picture | None


@kiosk.get("/home")
@open_to_guest
def home() -> ResponseReturnValue:
    """Show it all on one page."""
    told = outlook(engine(), guest())
    climbs = [_shown(climb) for climb in told.climbs if climb.ladder.next or climb.ladder.in_a_row]
    slips = sum(one.number for one in told.to_draw) + len(told.open_draws)
    return render_template("kiosk/home.html", told=told, climbs=climbs, slips=slips)


def _shown(climb: Climb) -> Shown:
    ladder = climb.ladder
    bonus = ""
    if ladder.bonus:
        amount = words.written(climb.unit, ladder.bonus.amount)
        bonus = ngettext(
            "Bonus next time: %(amount)s", "Bonus in %(num)s more: %(amount)s", ladder.bonus.after, amount=amount
        )
    return Shown(
        words.visits(climb.kind), _run(ladder.in_a_row), words.written(climb.unit, ladder.next), bonus, picture(climb)
    )


def _run(in_a_row: int | None) -> str:
    if in_a_row is None:
        return ""
    return (
        ngettext("%(num)s in a row", "%(num)s in a row", in_a_row) if in_a_row else _("Your next one is the first step")
    )
