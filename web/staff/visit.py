"""A visit: what was earned and why, what the next one is worth, what to say; and taking it back within minutes."""

from typing import Any

from flask import abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from cm_engine.actions.correct import undo as take_back
from cm_engine.actions.requests import ConflictError
from cm_engine.actions.visit import visit as told_visit
from cm_engine.clock import written
from cm_engine.happened import subject
from cm_engine.standing import RefusedError
from web.access import Permission
from web.at_hand import asked, engine, program
from web.doors import needs
from web.people import called
from web.staff.at_desk import SEEN
from web.staff.rooms import staff
from web.staff.say import script
from web.viewer import viewer

ABSENT = {"missed", "incomplete"}


@staff.get("/people/<participant>/visits/<event>")
@needs(Permission.SEE_PEOPLE)
def visit(participant: str, event: str) -> ResponseReturnValue:
    """Show what a visit earned."""
    return visit_page(participant, event)


@staff.post("/people/<participant>/visits/<event>/undo")
@needs(Permission.UNDO)
def undo(participant: str, event: str) -> ResponseReturnValue:
    """Take back what one has recorded oneself just now."""
    told_of(participant, event)
    try:
        take_back(engine(), asked(), participant, event)
    except (RefusedError, ConflictError) as error:
        return visit_page(participant, event, refused=str(error))
    return redirect(url_for("staff.visit", participant=participant, event=event), 303)


def told_of(participant: str, event: str) -> dict[str, Any]:
    """Give what there is to tell of an event; there is no such page where somebody has none such."""
    try:
        return told_visit(engine(), participant, event)
    except RefusedError:
        abort(404)


def visit_page(participant: str, event: str, *, refused: str = "") -> ResponseReturnValue:
    """Make the page of a visit; with what was refused, where something was."""
    told = told_of(participant, event)
    running = program(told["program"])
    page = render_template(
        "staff/visit.html",
        visit=told,
        name=called(participant),
        participant=participant,
        what=subject(told["kind"], told["session"]),
        titles={one["policy"]: one["title"] for one in told["next"]},
        says=script(told),
        collect=told["collect"],
        looks=SEEN,
        zone=running.zone,
        refused=refused,
        can_undo=_can_undo(told, running.site),
        can_correct=not told["is_void"] and viewer().may(Permission.CORRECT, running.site),
        can_excuse=told["outcome"] in ABSENT and viewer().may(Permission.EXCUSE, running.site),
    )
    return page, 422 if refused else 200


def _can_undo(told: dict[str, Any], site: str) -> bool:
    is_own = told["recorded"]["actor"] == viewer().id
    is_fresh = written(engine().clock()) <= told["undo_until"] and not told["is_corrected"]
    return is_own and is_fresh and viewer().may(Permission.UNDO, site)
