"""The sites that a viewer may do something at, by name, and the one that a page is about."""

from collections.abc import Sequence
from datetime import date
from itertools import groupby
from typing import NamedTuple
from zoneinfo import ZoneInfo

from flask import abort, request

from cm_engine.actions.requests import Answer
from cm_engine.clock import read
from cm_engine.store.published import Running
from web.access import Permission
from web.at_hand import published
from web.viewer import viewer


class Site(NamedTuple):
    """A site as a page names it."""

    id: str
    name: str
    zone: ZoneInfo


def sites_for(permission: Permission) -> list[Site]:
    """Give the sites at which the viewer may do something, by name."""
    may = viewer().sites(permission)
    found = {running.site: _site(running) for running in published().programs.values() if running.site in may}
    return sorted(found.values(), key=lambda site: (site.name, site.id))


def site_at_hand(permission: Permission) -> Site:
    """Give the site that the address asks for with `site`, or the first; not found where the viewer may not look there."""
    sites = sites_for(permission)
    wanted = request.args.get("site") or (sites[0].id if sites else "")
    return next((site for site in sites if site.id == wanted), None) or abort(404)


def site_by_id(id_: str) -> Site:
    """Give a site that the door has let the viewer into."""
    return next(_site(running) for running in published().programs.values() if running.site == id_)


def programs_at(site: str) -> list[Running]:
    """Give the programs of a site, by title."""
    found = [running for running in published().programs.values() if running.site == site]
    return sorted(found, key=lambda running: (running.terms[-1][1].title, running.id))


def date_at(moment: str, zone: ZoneInfo) -> date:
    """Give the date of a moment at a site."""
    return read(moment).astimezone(zone).date()


def by_day(rows: Sequence[Answer], moment: str, zone: ZoneInfo) -> list[tuple[date, list[Answer]]]:
    """Put rows that are in the order of a moment of theirs together by the site's day."""
    return [(on, list(some)) for on, some in groupby(rows, key=lambda row: date_at(row[moment], zone))]


def _site(running: Running) -> Site:
    return Site(running.site, running.terms[-1][1].site, running.zone)
