"""Excuse an absence, with the reason; whoever is excused keeps their place on the ladder."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cm_engine.actions.correct import excuse as excuse_absence
from cm_engine.actions.requests import ConflictError
from cm_engine.events import KINDS, Kind
from cm_engine.happened import subject
from cm_engine.specimens import EXCUSES
from cm_engine.standing import RefusedError
from web.access import Permission
from web.at_hand import asked, engine
from web.doors import needs
from web.people import called
from web.staff.at_desk import asked_day, asked_program
from web.staff.rooms import staff


@staff.get("/people/<participant>/excuse")
@needs(Permission.EXCUSE)
def excuse(participant: str) -> ResponseReturnValue:
    """Ask for the reason."""
    return _page(participant)


@staff.post("/people/<participant>/excuse")
@needs(Permission.EXCUSE)
def excuse_it(participant: str) -> ResponseReturnValue:
    """Excuse what was missed, or will be."""
    why, note = request.form.get("why", ""), request.form.get("note", "").strip()
    if why not in EXCUSES:
        return _page(participant, wrong="Choose the reason.")
    reason = f"{why}: {note}" if note else why
    session = request.form.get("session", "")
    try:
        answer = excuse_absence(engine(), asked(), participant, asked_day(), _kind(), session, reason)
    except (RefusedError, ConflictError) as error:
        return _page(participant, refused=str(error))
    return redirect(url_for("staff.visit", participant=participant, event=answer["event"]), 303)


def _kind() -> Kind:
    return next((kind for kind in KINDS if kind == request.values.get("kind")), "attendance")


def _page(participant: str, *, wrong: str = "", refused: str = "") -> ResponseReturnValue:
    running, kind, session = asked_program(), _kind(), request.values.get("session", "")
    page = render_template(
        "staff/excuse.html",
        participant=participant,
        name=called(participant),
        program=running.id,
        on=asked_day(),
        kind=kind,
        session=session,
        what=subject(kind, session),
        reasons=[(why, why.capitalize()) for why in EXCUSES],
        sent=request.form,
        wrong=wrong,
        refused=refused,
    )
    return page, 422 if wrong or refused else 200
