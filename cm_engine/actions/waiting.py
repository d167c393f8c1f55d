"""Waiting: which prizes wait to be handed over from a program's cabinet, and which of them somebody may hand over."""

from datetime import date

from cm_engine.actions.look import reading_it
from cm_engine.actions.requests import SYSTEM, Answer, Doing, Request
from cm_engine.engine import Engine
from cm_engine.store.database import Transaction
from cm_engine.store.duties import hands_off_all, is_one_person_site
from cm_engine.store.history import staff_names
from cm_engine.store.reservations import lone_between, waiting_in

# How many are told at once; the oldest come first, so that those behind come up once these are handed over.
MOST = 200


def waiting(engine: Engine, program: str, asker: str) -> Answer:
    """Tell what waits, the oldest first, and whether the asker leaves it to a colleague today.

    At a one-person site nothing is left to anybody (`alone`), but each such handover is noted.
    """

    def read(tx: Transaction) -> Answer:
        doing = Doing(engine, tx, Request("", SYSTEM))
        running = doing.program(program)
        found = waiting_in(tx, program, MOST + 1)
        told = found[:MOST]
        people = sorted({one.participant for one in told})
        off = hands_off_all(tx, people, doing.today(running.zone), running.zone)
        alone = is_one_person_site(tx, engine.one_person_sites, running.site)
        rows = [{**one._asdict(), "is_own": asker in off.get(one.participant, ())} for one in told]
        return {"program": program, "alone": alone, "more": len(found) > MOST, "waiting": rows}

    return reading_it(engine, read)


def handed_over_alone(engine: Engine, program: str, first: date, last: date) -> Answer:
    """List what was handed over on some days by who had recorded a result of that participant on that day."""

    def read(tx: Transaction) -> Answer:
        found = lone_between(tx, program, first, last)
        names = staff_names(tx, sorted({one.actor for one in found}))
        rows = [{**one._asdict(), "on": one.on.isoformat(), "by": names.get(one.actor, "")} for one in found]
        return {"program": program, "handovers": rows}

    return reading_it(engine, read)
