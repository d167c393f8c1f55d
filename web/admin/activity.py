"""The activity log of a site: who did or saw what, narrowed down, a page at a time; and who viewed somebody's record."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cm_engine.actions.activity import Narrowed, activity_page, viewers
from cm_engine.actions.look import find_by_code
from cm_engine.actions.place_kiosk import kiosks_of
from cm_engine.actions.roster import roster
from cm_engine.actions.viewing import pseudonym
from cm_engine.standing import RefusedError
from cm_engine.store.activity import Deed
from web.access import Permission
from web.admin import asked_for
from web.admin.at_sites import Site, by_day, date_at, site_at_hand, site_by_id, sites_for
from web.admin.rooms import admin
from web.admin.words import DEEDS, who
from web.at_hand import engine, here
from web.doors import needs


@admin.get("/admin/activity")
@needs(Permission.SEE_ACTIVITY)
def activity() -> ResponseReturnValue:
    """Show a page of the log, newest first."""
    site = site_at_hand(Permission.SEE_ACTIVITY)
    narrowed = _narrowed()
    page = activity_page(engine(), site.id, narrowed, behind=asked_for.text("behind"))
    older = asked_for.lead_on("admin.activity", page["older"]) if page["older"] else ""
    return render_template(
        "admin/activity.html",
        site=site,
        sites=sites_for(Permission.SEE_ACTIVITY),
        staff=roster(engine(), site.id),
        kiosks=kiosks_of(engine(), frozenset({site.id})),
        deeds=DEEDS,
        deed=Deed,
        days=by_day(page["rows"], "at", site.zone),
        narrowed=narrowed,
        is_narrowed=narrowed != Narrowed(),
        older=older,
        newest=asked_for.lead_on("admin.activity", "") if asked_for.text("behind") else "",
        who=who,
        pseudonym=pseudonym,
    )


@admin.post("/admin/sites/<site>/activity/find")
@needs(Permission.SEE_ACTIVITY)
def find_activity(site: str) -> ResponseReturnValue:
    """Go to what was done to one person, found by their code: codes do not stand in addresses."""
    at = site_by_id(site)
    found = _found(at, request.form.get("code", "").strip())
    if found is None:
        flash("Nobody at this site has that code now. Somebody who was purged has none any more.", "warn")
        return redirect(url_for("admin.activity", site=site), 303)
    return redirect(url_for("admin.record_viewers", participant=found), 303)


@admin.get("/people/<participant>/viewers")
@needs(Permission.SEE_ACTIVITY)
def record_viewers(participant: str) -> ResponseReturnValue:
    """Tell who viewed somebody's record, for whoever asks for an accounting of it."""
    site = site_by_id(here())
    told = [
        one | {"first_on": date_at(one["first_at"], site.zone), "last_on": date_at(one["last_at"], site.zone)}
        for one in viewers(engine(), participant)["viewers"]
    ]
    name = pseudonym(participant)
    return render_template("admin/viewers.html", site=site, participant=participant, viewers=told, name=name, who=who)


def _narrowed() -> Narrowed:
    what = asked_for.text("what")
    return Narrowed(
        actor=asked_for.text("who") or None,
        deed=Deed(what) if what in set(Deed) else None,
        participant=asked_for.text("whose") or None,
        from_day=asked_for.day("from"),
        to_day=asked_for.day("to"),
    )


def _found(site: Site, code: str) -> str | None:
    try:
        return find_by_code(engine(), code, site.name) if code else None
    except RefusedError:
        return None
