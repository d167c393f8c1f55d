"""Notes from patients: what they say is not right, and the reply."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cm_engine.actions.remark import LONGEST, NothingSaidError, remarks_at, reply
from cm_engine.facts import DrawOpened, EventRecorded, Fact, PrizeChosen, SlipDrawnByHand
from cm_engine.standing import RefusedError
from web.access import Permission
from web.at_hand import asked, engine, program
from web.doors import needs
from web.people import called_all
from web.staff.rooms import staff


@staff.get("/programs/<program>/notes")
@needs(Permission.ANSWER_REMARKS)
def notes(program: str) -> ResponseReturnValue:
    """Show what waits for a reply, and the latest replies."""
    return _notes(program)


@staff.post("/programs/<program>/notes/<participant>/<remark>")
@needs(Permission.ANSWER_REMARKS)
def reply_to(program: str, participant: str, remark: str) -> ResponseReturnValue:
    """Reply once; the patient reads it at the kiosk."""
    try:
        reply(engine(), asked(), participant, remark, request.form.get("text", ""))
    except NothingSaidError:
        return _notes(program, remark, f"Write a reply first, of {LONGEST} letters at most."), 422
    except RefusedError as error:
        return _notes(program, remark, str(error)), 422
    flash("The reply is kept; they see it at the kiosk.", "good")
    return redirect(url_for("staff.notes", program=program), 303)


def _notes(id_: str, at: str = "", error: str = "") -> str:
    waiting = remarks_at(engine(), id_, are_open=True)
    replied = remarks_at(engine(), id_, are_open=False)
    people = called_all({one.remark.participant for one in (*waiting, *replied)})
    return render_template(
        "staff/notes.html",
        running=program(id_),
        waiting=waiting,
        replied=replied,
        people=people,
        about=_about,
        at=at,
        error=error,
        text=request.form.get("text", ""),
        most=LONGEST,
    )


def _about(fact: Fact | None) -> str:
    """Say in a few words what a remark is about."""
    match fact:
        case EventRecorded(on=on, kind=kind, session=session):
            return f"{session.replace('-', ' ') or kind} of {on:%b} {on.day}"
        case DrawOpened(on=on) | SlipDrawnByHand(on=on):
            return f"slip of {on:%b} {on.day}"
        case PrizeChosen(on=on):
            return f"prize chosen on {on:%b} {on.day}"
        case _:
            return ""
