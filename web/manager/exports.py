"""Exports: reports as CSV files, each with the notice against redisclosure, each noted in the activity log."""

import secrets
from functools import partial

from flask import Response, abort, render_template
from flask.typing import ResponseReturnValue

from cm_engine.actions.export import REPORTS, codes, export_report, pseudonyms
from cm_engine.actions.requests import Request
from cm_engine.exchange.report_csv import NOTICE, report_lines
from web.access import Permission
from web.at_hand import engine, here, today
from web.at_hand import program as running_of
from web.doors import needs
from web.manager.period import chosen
from web.manager.rooms import manager
from web.viewer import viewer


@manager.get("/programs/<program>/exports")
@needs(Permission.EXPORT)
def exports(program: str) -> ResponseReturnValue:
    """Show which reports there are."""
    running = running_of(program)
    sees_codes = viewer().may(Permission.SEE_CODES, here())
    return render_template(
        "manager/exports.html",
        running=running,
        choice=chosen(today(running)),
        reports=REPORTS,
        notice=NOTICE,
        sees_codes=sees_codes,
    )


@manager.get("/programs/<program>/exports/<report>.csv")
@needs(Permission.EXPORT)
def export(program: str, report: str) -> ResponseReturnValue:
    """Give a report as a file: people by code, or for whoever may not see codes by what tells nobody who they are."""
    if report not in REPORTS:
        abort(404)
    running = running_of(program)
    period = chosen(today(running)).period
    call = partial(codes, engine()) if viewer().may(Permission.SEE_CODES, here()) else pseudonyms
    made = export_report(engine(), Request(secrets.token_urlsafe(16), viewer().id), program, report, period, call)
    name = f"{running.name}-{report}-{period.first}-{period.last}.csv"
    answer = Response(report_lines(made), mimetype="text/csv")
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer
