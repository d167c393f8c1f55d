"""Changing a program: its file is checked, the difference is shown, and only then it is set."""

from collections.abc import Sequence

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cm_engine.actions.change_program import Proposed, change, earliest, propose
from cm_engine.errors import InputError, Mistake
from cm_engine.exchange.program_file import program_text
from cm_engine.standing import RefusedError
from cm_engine.store.activity import Deed
from cm_engine.store.published import Running
from web.access import Permission
from web.activity import note_deed
from web.admin.files import typed
from web.admin.forms import ChangeForm
from web.admin.rooms import admin
from web.at_hand import asked, engine, published
from web.at_hand import program as program_by_id
from web.doors import needs
from web.filters import day as said_day

UNPROCESSABLE = 422
CHECK, SET = "check", "set"


@admin.get("/admin/programs/<program>/change")
@needs(Permission.MANAGE_PROGRAMS)
def change_program(program: str) -> ResponseReturnValue:
    """Show the latest terms as a file, to be changed."""
    running = program_by_id(program)
    form = ChangeForm(formdata=None, terms=program_text(running.terms[-1][1]), from_day=earliest(engine(), running))
    return _page(running, form)


@admin.post("/admin/programs/<program>/change")
@needs(Permission.MANAGE_PROGRAMS)
def check_or_set(program: str) -> ResponseReturnValue:
    """Check a file and show what it would change, or set it from a day on."""
    running, form = program_by_id(program), ChangeForm()
    step = request.form.get("step", CHECK)
    if not form.validate():
        return _page(running, form), UNPROCESSABLE
    if step not in {CHECK, SET}:
        return _page(running, form)  # back to the file, with all that was typed
    from_day = form.from_day.data or earliest(engine(), running)
    try:
        proposed = propose(engine(), published(), running, typed(form), from_day)
        change(engine(), asked(dry_run=step == CHECK), running, proposed, from_day)
    except InputError as error:
        return _page(running, form, mistakes=error.mistakes), UNPROCESSABLE
    except RefusedError as error:
        return _page(running, form, refused=str(error)), UNPROCESSABLE
    if step == CHECK:
        return _difference(running, form, proposed)
    note_deed(Deed.PROGRAM_SET, running.site, about=running.id)
    flash(f"The program is changed; the new terms hold from {said_day(from_day)}.", "good")
    return redirect(url_for("admin.program", program=running.id), 303)


def _difference(running: Running, form: ChangeForm, proposed: Proposed) -> str:
    return render_template("admin/difference.html", program=running, form=form, proposed=proposed)


def _page(running: Running, form: ChangeForm, *, refused: str = "", mistakes: Sequence[Mistake] = ()) -> str:
    first = earliest(engine(), running)
    return render_template(
        "admin/change.html", program=running, form=form, first=first, refused=refused, mistakes=mistakes
    )
