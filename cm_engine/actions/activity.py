"""Activity: note who did or saw what, and read it: a site's log a page at a time, and who viewed somebody's record.

Rows are kept for good: they hold ids and fixed words alone, and an accounting of who saw a record must reach years back.
"""

import heapq
from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from cm_engine.actions.requests import Answer, Doing, Request, doing_it
from cm_engine.engine import Engine
from cm_engine.store.activity import (
    ONCE_AN_HOUR,
    Deed,
    Entry,
    Noted,
    Place,
    Wanted,
    entries_of,
    is_noted,
    keep_activity,
    sites_of,
    viewers_of,
)
from cm_engine.store.database import Transaction
from cm_engine.store.site_days import between, zone_of

MOST_A_PAGE = 200


class Narrowed(NamedTuple):
    """What a site's log is narrowed down to: who, what, whose record, from which day to which, both included."""

    actor: str | None = None
    deed: Deed | None = None
    participant: str | None = None
    from_day: date | None = None
    to_day: date | None = None


EVERYTHING = Narrowed()


def note(
    engine: Engine,
    deed: Deed,
    actor: str | None = None,
    *,
    site: str | None = None,
    participant: str | None = None,
    about: str | None = None,
) -> None:
    """Note what somebody did or saw.

    Without a site it is noted at every site where the actor has a role; where there is none, at no site. What is noted once
    an hour is written only where it is not there yet.
    """
    noted = Noted(deed, actor, site, participant, about)
    if deed in ONCE_AN_HOUR and _is_noted(engine, noted):
        return

    def act(doing: Doing) -> None:
        for placed in _placed(doing.tx, noted):
            _keep(doing, placed)

    doing_it(engine, Request(engine.dice.new_id(), actor or ""), act)


def note_in(
    doing: Doing,
    deed: Deed,
    *,
    site: str | None = None,
    participant: str | None = None,
    about: str | None = None,
) -> None:
    """Note what whoever asks does, in the transaction that does it; without a site as `note` does."""
    for placed in _placed(doing.tx, Noted(deed, doing.request.actor, site, participant, about)):
        _keep(doing, placed)


def activity_page(
    engine: Engine, site: str, narrowed: Narrowed = EVERYTHING, *, behind: str = "", most: int = 50
) -> Answer:
    """Give a page of a site's log, newest first, with what nobody known tried at the door; `older` leads to the next page.

    `behind` is what an earlier page gave as `older`; anything else that is no place in the log begins anew. Raises
    RefusedError for no site.
    """
    most = min(most, MOST_A_PAGE)
    place = _place(behind)
    with engine.database.reading() as tx:
        wanted = _wanted(tx, site, narrowed)
        found = [entries_of(tx, one, place, most + 1) for one in (wanted, wanted._replace(site=None))]
    newest_first = list(heapq.merge(*found, key=_newness, reverse=True))
    shown = newest_first[:most]
    has_more = len(newest_first) > most
    return {
        "rows": [_record(entry) for entry in shown],
        "older": f"{shown[-1].at} {shown[-1].id}" if has_more else "",
    }


def viewers(engine: Engine, participant: str) -> Answer:
    """Tell who viewed a participant's record, the latest first: since when, last when, in how many different hours."""
    with engine.database.reading() as tx:
        found = viewers_of(tx, participant)
    names = ("actor", "name", "first_at", "last_at", "hours")
    return {"participant": participant, "viewers": [dict(zip(names, row, strict=True)) for row in found]}


def _is_noted(engine: Engine, noted: Noted) -> bool:
    with engine.database.reading() as tx:
        return is_noted(tx, noted.id_in_the_hour(engine.clock()))


def _placed(tx: Transaction, noted: Noted) -> Iterable[Noted]:
    """Give a row for each site that a deed is noted at."""
    if noted.site or noted.actor is None:
        return [noted]
    return [noted._replace(site=site) for site in sites_of(tx, noted.actor)] or [noted]


def _keep(doing: Doing, noted: Noted) -> None:
    if noted.deed not in ONCE_AN_HOUR:
        keep_activity(doing.tx, doing.engine.dice.new_id(), doing.now, noted)
        return
    activity_id = noted.id_in_the_hour(doing.now)
    if not is_noted(doing.tx, activity_id):
        keep_activity(doing.tx, activity_id, doing.now, noted)


def _wanted(tx: Transaction, site: str, narrowed: Narrowed) -> Wanted:
    since, before = between(zone_of(tx, site), narrowed.from_day, narrowed.to_day)
    return Wanted(site, narrowed.actor, narrowed.deed, narrowed.participant, since, before)


def _place(behind: str) -> Place | None:
    at, _, activity_id = behind.partition(" ")
    return Place(at, activity_id) if activity_id else None


def _newness(entry: Entry) -> tuple[str, str]:
    return entry.at, entry.id


def _record(entry: Entry) -> Answer:
    return {**entry._asdict(), "deed": str(entry.deed)}
