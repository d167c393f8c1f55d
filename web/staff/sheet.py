"""The day sheet: who is expected, on paper, for a day without power; what is ticked there is recorded later by the batch form."""

from itertools import groupby

from flask import render_template, request
from flask.typing import ResponseReturnValue

from cm_engine.actions.day import day
from cm_engine.actions.requests import Answer
from cm_engine.store.activity import Deed
from web.access import Permission
from web.activity import note_deed
from web.at_hand import engine
from web.at_hand import program as program_at
from web.doors import needs
from web.people import called_all
from web.staff.at_desk import day_of
from web.staff.rooms import staff

# Lines left empty for whoever comes without being expected.
SPARE = 6

TICKS = {
    "test": ("negative", "positive", "refused", "not readable"),
    "attendance": ("came", "late", "left early", "absent"),
    "activity": ("done", "not done"),
}


@staff.get("/programs/<program>/days/<on>/sheet")
@needs(Permission.SEE_DAY)
def sheet(program: str, on: str) -> ResponseReturnValue:
    """Show a day's sheet, to print; with codes instead of names where that is asked for."""
    running, when = program_at(program), day_of(on)
    note_deed(Deed.SHEET_PRINTED, running.site, about=program)
    told = day(engine(), program, when)
    visits = [visit for visit in told["visits"] if visit["is_expected"]]
    names = called_all({visit["participant"] for visit in visits}, short=True)
    by_code = request.args.get("by") == "code"
    if by_code:
        names |= {visit["participant"]: visit["code"] for visit in visits if visit["code"]}
    return render_template(
        "staff/sheet.html",
        program=program,
        title=running.on(when).title,
        on=when,
        groups=grouped(visits, names),
        names=names,
        ticks=TICKS,
        spare=range(SPARE),
        by_code=by_code,
    )


def grouped(visits: list[Answer], names: dict[str, str]) -> list[tuple[Answer, list[Answer]]]:
    """Put together who comes for the same thing at the same time, each group by name."""

    def slot(visit: Answer) -> tuple[str, str, str]:
        return visit["at"] or "~", visit["kind"], visit["session"]

    ordered = sorted(visits, key=lambda visit: (*slot(visit), names[visit["participant"]].casefold()))
    found = [list(together) for _, together in groupby(ordered, key=slot)]
    return [(together[0], together) for together in found]
