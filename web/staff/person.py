"""A person's page: where they stand, what waits for them, their history; and the exemptions that clinicians give."""

from datetime import date
from typing import Any

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cm_engine.actions.exempt import Wanted, end_exemption, exempt
from cm_engine.actions.person import person as told_person
from cm_engine.actions.requests import ConflictError
from cm_engine.standing import RefusedError
from web.access import Permission
from web.at_hand import asked, engine, program
from web.doors import needs
from web.people import called
from web.staff.rooms import staff
from web.staff.test import panel_of
from web.viewer import viewer

LONGEST_REASON = 500


@staff.get("/people/<participant>")
@needs(Permission.SEE_PEOPLE)
def person(participant: str) -> ResponseReturnValue:
    """Show a person."""
    return _page(participant)


@staff.post("/people/<participant>/exemptions")
@needs(Permission.EXEMPT)
def give_exemption(participant: str) -> ResponseReturnValue:
    """Say which prescription explains which findings, from when to when."""
    days = [_day_or_none(request.form.get(name, "")) for name in ("from_day", "to_day")]
    from_day, to_day = days
    if from_day is None or to_day is None:
        return _page(participant, wrong="Give the first and the last day that the prescription covers.")
    reason = request.form.get("reason", "").strip()[:LONGEST_REASON]
    wanted = Wanted(request.form.get("analyte", ""), from_day, to_day, reason)
    try:
        exempt(engine(), asked(), participant, wanted)
    except (RefusedError, ConflictError) as error:
        return _page(participant, wrong=str(error))
    return redirect(f"{url_for('staff.person', participant=participant)}#exemptions", 303)


@staff.post("/people/<participant>/exemptions/<exemption>/end")
@needs(Permission.EXEMPT)
def end(participant: str, exemption: str) -> ResponseReturnValue:
    """Let an exemption end today."""
    on = date.fromisoformat(_told(participant)["today"])
    try:
        end_exemption(engine(), asked(), participant, exemption, on)
    except (RefusedError, ConflictError) as error:
        return _page(participant, wrong=str(error))
    return redirect(f"{url_for('staff.person', participant=participant)}#exemptions", 303)


def _day_or_none(written: str) -> date | None:
    try:
        return date.fromisoformat(written)
    except ValueError:
        return None


def _told(participant: str) -> dict[str, Any]:
    """Tell of somebody; there is no such page for somebody who was never enrolled."""
    try:
        return told_person(engine(), participant, request.args.get("before", type=int))
    except RefusedError:
        abort(404)


def _page(participant: str, *, wrong: str = "") -> ResponseReturnValue:
    told = _told(participant)
    running = program(told["program"])
    today = date.fromisoformat(told["today"])
    may = {
        word: viewer().may(permission, running.site)
        for word, permission in (
            ("record", Permission.RECORD),
            ("exempt", Permission.EXEMPT),
            ("hand_over", Permission.HAND_OVER),
            ("cards", Permission.ISSUE_CARDS),
            ("enrol", Permission.ENROL),
        )
    }
    page = render_template(
        "staff/person.html",
        person=told,
        titles={one["policy"]: one["title"] for one in told["policies"]},
        participant=participant,
        name=called(participant),
        panel=sorted({*panel_of(running, today), *engine().analytes}),
        zone=running.zone,
        is_later="before" in request.args,
        sent=request.form,
        wrong=wrong,
        may=may,
    )
    return page, 422 if wrong else 200
