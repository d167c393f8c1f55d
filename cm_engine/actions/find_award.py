"""Find an award to follow: by the id of its event, or among the awards of a site, by day and policy. Names nobody."""

from collections.abc import Collection
from datetime import date
from typing import NamedTuple

from cm_engine.actions.requests import Answer
from cm_engine.engine import Engine
from cm_engine.money import Unit
from cm_engine.standing import pool
from cm_engine.store.awarded import Awarded, Sought, Spot, latest_awards, whose_event
from cm_engine.store.database import Transaction
from cm_engine.store.published import Published
from cm_engine.store.site_days import between, zone_of

MOST_A_PAGE = 200


class Narrowed(NamedTuple):
    """What a site's awards are narrowed down to: a policy by its name, and when they were recorded, both days included."""

    policy: str = ""
    from_day: date | None = None
    to_day: date | None = None


def participant_of(engine: Engine, event: str, sites: Collection[str]) -> str | None:
    """Tell whose an event is; None where there is none at any of these sites."""
    with engine.database.reading() as tx:
        found = whose_event(tx, event)
    return found[0] if found and found[1] in sites else None


def awards_page(engine: Engine, site: str, narrowed: Narrowed, *, behind: str = "", most: int = 50) -> Answer:
    """Give a page of a site's awards, the latest recorded first; `older` leads to the next page.

    Money and points of all policies are held together: a policy that pays those is found with the others that do. Raises
    RefusedError for no site.
    """
    most = min(most, MOST_A_PAGE)
    with engine.database.reading() as tx:
        sought = _sought(tx, engine.published(tx), site, narrowed)
        found = latest_awards(tx, sought, _spot(behind), most + 1) if sought else []
    shown = found[:most]
    older = " ".join(map(str, shown[-1].spot)) if len(found) > most else ""
    return {"rows": [_record(one) for one in shown], "older": older}


def policies_of(published: Published, site: str) -> list[str]:
    """Name the policies that a site's programs have had, in order."""
    programs = {running.id for running in published.programs.values() if running.site == site}
    return sorted({version.policy.name for version in published.versions.values() if version.program in programs})


def _sought(tx: Transaction, published: Published, site: str, narrowed: Narrowed) -> Sought | None:
    """Say what is sought; None for a policy that the site does not have."""
    since, before = between(zone_of(tx, site), narrowed.from_day, narrowed.to_day)
    if not narrowed.policy:
        return Sought(site, since, before)
    if narrowed.policy not in policies_of(published, site):
        return None
    policy = next(one.policy for one in published.versions.values() if one.policy.name == narrowed.policy)
    return Sought(site, since, before, policy.pays.code, pool(policy))


def _spot(behind: str) -> Spot | None:
    """Read a place that a page gave; None for what is no place."""
    match behind.split(" "):
        case [at, chain, seq] if seq.isdecimal():
            return Spot(at, chain, int(seq))
    return None


def _record(one: Awarded) -> Answer:
    return {
        "participant": one.spot.chain,
        "event": one.event,
        "recorded_at": one.spot.recorded_at,
        "posted_on": one.posted_on,
        "moved": [moved._asdict() | {"amount": Unit(moved.unit).text(moved.amount)} for moved in one.moved],
    }
