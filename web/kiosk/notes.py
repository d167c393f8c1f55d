"""Notes to staff: what somebody finds is not right, and what was replied."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cm_engine.actions.remark import LONGEST, NothingSaidError, remark, remarks_by
from cm_engine.actions.statement import statement
from web.at_hand import engine
from web.kiosk.rooms import kiosk
from web.kiosk.telling import Entry, entry
from web.kiosk.turn import asked, guest, open_to_guest
from web.languages import gettext as _


@kiosk.get("/note")
@open_to_guest
def note() -> ResponseReturnValue:
    """Ask what is not right."""
    return _ask(request.args.get("about", ""))


@kiosk.post("/note")
@open_to_guest
def send_note() -> ResponseReturnValue:
    """Keep the note for staff."""
    about = request.form.get("about", "")
    entries = _entries()
    try:
        remark(engine(), asked(), guest(), request.form.get("text", ""), about if about in entries else "")
    except NothingSaidError:
        error = _("Write a few words first; %(most)s letters at most.", most=LONGEST)
        return _ask(about, error, request.form.get("text", "")), 422
    flash(_("Thank you. Staff will read it, and you will see their reply here."))
    return redirect(url_for("kiosk.note"), 303)


def _ask(about: str, error: str = "", text: str = "") -> str:
    entries = _entries()
    written = [(one, entries.get(one.about)) for one in remarks_by(engine(), guest())]
    return render_template(
        "kiosk/note.html", about=about, entry=entries.get(about), written=written, error=error, text=text, most=LONGEST
    )


def _entries() -> dict[str, Entry]:
    """Give what a note may be about: each thing as it happened first."""
    return {row.about: entry(row) for row in statement(engine(), guest()) if row.about}
