"""Awards to follow: found by the id of their event, or by day and policy; nobody is named."""

from datetime import date, timedelta

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from cm_engine.actions.find_award import Narrowed, awards_page, participant_of, policies_of
from cm_engine.actions.viewing import pseudonym
from web.access import Permission
from web.admin import asked_for
from web.admin.at_sites import by_day, site_at_hand, sites_for
from web.admin.rooms import admin
from web.at_hand import engine, published
from web.doors import needs
from web.viewer import viewer

# How far back awards are listed where no day is named, and how many on a page.
A_MONTH = timedelta(days=30)
A_PAGE = 15


@admin.get("/admin/awards")
@needs(Permission.TRACE_AWARDS)
def awards() -> ResponseReturnValue:
    """List the latest awards of a site, or go to the one whose event is named."""
    if event := asked_for.text("event"):
        participant = participant_of(engine(), event, viewer().sites(Permission.TRACE_AWARDS))
        if participant:
            return redirect(url_for("admin.trail", participant=participant, event=event), 303)
        flash("There is no event with that id. It is the id that a visit's page and a receipt's award show.", "warn")
        return redirect(url_for("admin.awards"), 303)
    site = site_at_hand(Permission.TRACE_AWARDS)
    today = engine().clock().astimezone(site.zone).date()
    narrowed = _narrowed(today)
    page = awards_page(engine(), site.id, narrowed, behind=asked_for.text("behind"), most=A_PAGE)
    return render_template(
        "admin/awards.html",
        site=site,
        sites=sites_for(Permission.TRACE_AWARDS),
        policies=policies_of(published(), site.id),
        days=by_day(page["rows"], "recorded_at", site.zone),
        narrowed=narrowed,
        older=asked_for.lead_on("admin.awards", page["older"]) if page["older"] else "",
        newest=asked_for.lead_on("admin.awards", "") if asked_for.text("behind") else "",
        pseudonym=pseudonym,
    )


def _narrowed(today: date) -> Narrowed:
    to_day = asked_for.day("to") or today
    return Narrowed(asked_for.text("policy"), asked_for.day("from") or to_day - A_MONTH, to_day)
