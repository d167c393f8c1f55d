"""Take part: in which programs somebody is or was, under which policies, from when, and by what they are known. Writes nothing."""

from typing import Any

from cm_engine.actions.look import reading_it
from cm_engine.actions.requests import SYSTEM, Answer, Doing, Request
from cm_engine.actions.viewing import named
from cm_engine.engine import Engine
from cm_engine.standing import Enrolment, Standing
from cm_engine.store.chains import standing_of
from cm_engine.store.database import Transaction
from cm_engine.store.logged import payers_of


def taking_part(engine: Engine, participant: str) -> Answer:
    """Tell of somebody and all their enrolments, the latest last. Raises RefusedError where there is nobody."""
    who = named(engine, [participant]).get(participant)

    def read(tx: Transaction) -> Answer:
        doing = Doing(engine, tx, Request("", SYSTEM))
        standing = standing_of(tx, participant, doing.published.rulebook)
        payers = payers_of(tx, participant)
        return {
            "participant": participant,
            "site": doing.program_in(standing).terms[-1][1].site,
            "code": who.code if who else None,
            "name": who.person.get("name") if who else None,
            "state": _state(standing),
            "enrolments": [_told(doing, key, one, payers) for key, one in standing.enrolments.items()],
        }

    return reading_it(engine, read)


def _state(standing: Standing) -> str:
    if standing.is_purged:
        return "purged"
    return "enrolled" if any(one.is_open for one in standing.enrolments.values()) else "discharged"


def _told(doing: Doing, enrolment_id: str, enrolment: Enrolment, payers: dict[str, str]) -> dict[str, Any]:
    place = enrolment.places[-1]
    return {
        "enrolment": enrolment_id,
        "program": doing.program(place.program).name,
        "first_day": enrolment.first_day.isoformat(),
        "last_day": None if enrolment.is_open else enrolment.last_day.isoformat(),
        "payer": payers.get(place.payer),
        "policies": list(enrolment.accounts),
    }
