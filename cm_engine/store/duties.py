"""Duties: who may not hand over to somebody on a day, because what is handed over hangs on what they did.

As staff would say it: whoever recorded a result of a patient today, put one right, or gave them a one-time code for a new PIN, does
not hand over a prize to that patient today; a colleague does.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select, union

from cm_engine.clock import written
from cm_engine.store.database import Transaction
from cm_engine.store.tables import log, pin_resets, sites

# The facts by which somebody says what a participant did.
RESULTS = ("event-recorded", "result-corrected")

AT_ONCE = 400


def hands_off(tx: Transaction, participant: str, on: date, zone: ZoneInfo) -> frozenset[str]:
    """Give the staff who may not hand over to a participant on a date, by their ids."""
    return hands_off_all(tx, [participant], on, zone).get(participant, frozenset())


def hands_off_all(tx: Transaction, participants: Sequence[str], on: date, zone: ZoneInfo) -> dict[str, frozenset[str]]:
    """Give the staff who may not hand over on a date, for each of some participants who has any."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    begins, ends = (written(_midnight(day, zone)) for day in (on, on + timedelta(days=1)))
    for start in range(0, len(participants), AT_ONCE):
        some = participants[start : start + AT_ONCE]
        recorded = select(log.c.chain, log.c.actor).where(
            log.c.chain.in_(some),
            log.c.fact.in_(RESULTS),
            log.c.recorded_at >= begins,
            log.c.recorded_at < ends,
        )
        reset = select(pin_resets.c.participant_id, pin_resets.c.actor).where(
            pin_resets.c.participant_id.in_(some),
            pin_resets.c.what == "code",
            pin_resets.c.made_at >= begins,
            pin_resets.c.made_at < ends,
        )
        for participant, actor in tx.ask(union(recorded, reset)):
            found[participant].add(actor)
    return {participant: frozenset(actors) for participant, actors in found.items()}


def is_one_person_site(tx: Transaction, names: Collection[str], site: str) -> bool:
    """Tell whether a site is among those of these names, at which one person does everything."""
    return bool(names) and tx.ask(select(sites.c.name).where(sites.c.id == site))[0][0] in names


def _midnight(on: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(on, time(), zone).astimezone(UTC)
