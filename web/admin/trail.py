"""The trail of one award, for whoever checks it: every step with who and when, and nobody's name."""

from datetime import date

from flask import abort, render_template
from flask.typing import ResponseReturnValue

from cm_engine.actions.trail import trail as follow
from cm_engine.actions.viewing import pseudonym
from cm_engine.standing import RefusedError
from cm_engine.store.activity import Deed
from web.access import Permission
from web.activity import note_deed
from web.admin.at_sites import site_by_id
from web.admin.rooms import admin
from web.admin.words import ACCOUNTS, STEPS, who
from web.at_hand import engine, here, published
from web.doors import needs


@admin.get("/people/<participant>/trail/<event>")
@needs(Permission.TRACE_AWARDS)
def trail(participant: str, event: str) -> ResponseReturnValue:
    """Show an award's steps in the order in which they were recorded."""
    try:
        told = follow(engine(), participant, event)
    except RefusedError:
        abort(404)
    running = published().programs.get(told["program"])
    note_deed(Deed.TRAIL_VIEWED, here(), participant=participant, about=event)
    return render_template(
        "admin/trail.html",
        trail=told,
        site=site_by_id(here()),
        program=running.on(date.fromisoformat(told["on"])) if running else None,
        name=pseudonym(participant),
        words=STEPS,
        accounts=ACCOUNTS,
        who=who,
    )
