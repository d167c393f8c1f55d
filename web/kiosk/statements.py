"""My statement: what happened and what it brought, in plain words, to read and to print."""

from itertools import groupby
from operator import attrgetter

from flask import render_template, request
from flask.typing import ResponseReturnValue

from cm_engine.actions.outlook import outlook
from cm_engine.actions.statement import statement
from web.at_hand import engine
from web.kiosk.rooms import kiosk
from web.kiosk.telling import entry
from web.kiosk.turn import guest, open_to_guest

MOST = 40


@kiosk.get("/statement")
@open_to_guest
def my_statement() -> ResponseReturnValue:
    """Show it a page at a time, the latest first."""
    rows = sorted(statement(engine(), guest()), key=attrgetter("on"), reverse=True)
    page = request.args.get("page", 1, type=int)
    first = MOST * (max(1, page) - 1)
    entries = [entry(row) for row in rows[first : first + MOST]]
    days = [(on, list(of_day)) for on, of_day in groupby(entries, attrgetter("on"))]
    return render_template(
        "kiosk/statement.html",
        days=days,
        page=page,
        has_older=len(rows) > first + MOST,
        told=outlook(engine(), guest()),
    )
