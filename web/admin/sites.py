"""Sites and programs: what each program's terms say, in words and as a file; and new ones."""

from flask import Response, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cm_engine.actions.change_program import add_program, read_new
from cm_engine.catalogue import PROGRAMS, shipped_program
from cm_engine.errors import InputError, Mistake
from cm_engine.exchange.program_file import program_text
from cm_engine.program_words import in_words
from cm_engine.standing import RefusedError
from web.access import Permission
from web.admin.at_sites import programs_at, sites_for
from web.admin.files import typed, with_site
from web.admin.forms import FileForm
from web.admin.rooms import admin
from web.at_hand import asked, engine, published, today
from web.at_hand import program as program_by_id
from web.doors import needs

UNPROCESSABLE = 422


@admin.get("/admin/sites")
@needs(Permission.MANAGE_PROGRAMS)
def sites() -> ResponseReturnValue:
    """List the viewer's sites, and the programs that are run there."""
    listed = [(site, programs_at(site.id)) for site in sites_for(Permission.MANAGE_PROGRAMS)]
    return render_template("admin/sites.html", listed=listed, today=today)


@admin.get("/admin/programs/<program>")
@needs(Permission.MANAGE_PROGRAMS)
def program(program: str) -> ResponseReturnValue:
    """Show a program's terms: in words, as a file, and what is set for later."""
    running = program_by_id(program)
    now = today(running)
    held = running.on(now)
    to_come = [(day, terms) for day, terms in running.terms if day > now]
    titles = {one.policy.name: one.policy.title for one in published().versions.values() if one.program == running.id}
    earlier = [day for day, _ in running.terms if day <= now][:-1]
    return render_template(
        "admin/program.html",
        program=running,
        held=held,
        sections=in_words(held),
        titles={name: titles.get(name, name) for name in held.policies},
        text=program_text(held),
        to_come=to_come,
        earlier=earlier,
    )


@admin.get("/admin/programs/<program>/file")
@needs(Permission.MANAGE_PROGRAMS)
def program_file(program: str) -> ResponseReturnValue:
    """Give a program's terms of today as a file."""
    running = program_by_id(program)
    answer = Response(program_text(running.on(today(running))), mimetype="application/toml")
    answer.headers["Content-Disposition"] = 'attachment; filename="program.toml"'
    return answer


@admin.route("/admin/programs/new", methods=["GET", "POST"])
@needs(Permission.MANAGE_PROGRAMS)
def new_program() -> ResponseReturnValue:
    """Begin a program by its file: one that ships, as it is or changed, or one of one's own."""
    form = FileForm()
    refused = ""
    mistakes: tuple[Mistake, ...] = ()
    if form.validate_on_submit():
        try:
            begun = add_program(engine(), asked(), *read_new(engine(), typed(form)))
            return redirect(url_for("admin.program", program=begun["program"]), 303)
        except InputError as error:
            mistakes = error.mistakes
        except RefusedError as error:
            refused = str(error)
    else:
        form.terms.data = _start()
    page = render_template(
        "admin/new_program.html",
        form=form,
        shipped=PROGRAMS,
        chosen=request.args.get("from", PROGRAMS[0]),
        refused=refused,
        mistakes=mistakes,
    )
    return page, UNPROCESSABLE if form.is_submitted() else 200


def _start() -> str:
    """Give the text that a new program begins with: a shipped one, at the viewer's first site."""
    chosen = request.args.get("from", PROGRAMS[0])
    if chosen not in PROGRAMS:
        abort(404)
    site = sites_for(Permission.MANAGE_PROGRAMS)[0]
    return with_site(shipped_program(chosen), site.name, str(site.zone))
