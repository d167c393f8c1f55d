"""Exempt: a clinician who saw a prescription says from when to when it explains positive findings of an analyte.

As staff would say it: a finding is recorded as explained only on a day that a clinician has covered. An exemption is never edited;
it may be ended earlier.
"""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from cm_engine.actions.look import reading_it
from cm_engine.actions.requests import Answer, Doing, Request, answer_participant
from cm_engine.engine import Engine
from cm_engine.errors import nearest, quoted
from cm_engine.events import YEARS
from cm_engine.facts import ExemptionEnded, ExemptionGiven
from cm_engine.standing import RefusedError
from cm_engine.store.chains import Participant, standing_of
from cm_engine.store.database import Transaction
from cm_engine.store.notes import keep_note


class Wanted(NamedTuple):
    """What is to be covered: an analyte, from a day to another; the reason is sealed."""

    analyte: str
    from_day: date
    to_day: date
    reason: str = ""


def exempt(engine: Engine, request: Request, participant: str, wanted: Wanted) -> Answer:
    """Cover an analyte's findings of some days. Raises RefusedError for an unknown analyte, and for days that run backwards."""

    def act(doing: Doing, person: Participant) -> Answer:
        _refuse_unknown(doing.engine.analytes, wanted)
        today = doing.today(doing.program_of(person).zone)
        exemption = doing.new_id()
        person.take(ExemptionGiven(exemption, wanted.analyte, wanted.from_day, wanted.to_day, today))
        keep_note(doing.tx, doing.engine.vault, person.id, person.latest_seq, wanted.reason, "")
        return {"participant": person.id, "exemption": exemption, **_days(person, exemption)}

    asked = {**wanted._asdict(), "from_day": wanted.from_day.isoformat(), "to_day": wanted.to_day.isoformat()}
    return answer_participant(engine, request, participant, ("exempt", asked), act)


def end_exemption(
    engine: Engine, request: Request, participant: str, exemption: str, last_day: date, reason: str = ""
) -> Answer:
    """Let an exemption last no longer than a day. What was recorded under it stays as it is, until somebody corrects it."""

    def act(doing: Doing, person: Participant) -> Answer:
        today = doing.today(doing.program_of(person).zone)
        person.take(ExemptionEnded(exemption, last_day, today))
        keep_note(doing.tx, doing.engine.vault, person.id, person.latest_seq, reason, "")
        return {"participant": person.id, "exemption": exemption, **_days(person, exemption)}

    asked = {"exemption": exemption, "last_day": last_day.isoformat(), "reason": reason}
    return answer_participant(engine, request, participant, ("end exemption", asked), act)


def exempted(engine: Engine, participant: str, on: date) -> frozenset[str]:
    """Give the analytes that somebody's exemptions cover on a date. Raises RefusedError where there is nobody."""

    def read(tx: Transaction) -> frozenset[str]:
        standing = standing_of(tx, participant, engine.published(tx).rulebook)
        return frozenset(one.analyte for one in standing.exemptions.values() if one.covers(one.analyte, on))

    return reading_it(engine, read)


def refuse_unexplained(person: Participant, analytes: Iterable[tuple[str, str]], on: date) -> None:
    """Refuse findings that are called explained where no exemption covers their analyte on the day."""
    for name, finding in analytes:
        if finding == "explained" and not person.standing.is_exempt(name, on):
            raise RefusedError(
                f"no exemption covers {name} on {on}: a clinician who saw the prescription gives one first, "
                "or record what the test shows"
            )


def _refuse_unknown(analytes: frozenset[str], wanted: Wanted) -> None:
    if wanted.analyte not in analytes:
        hint = nearest(wanted.analyte, analytes)
        raise RefusedError(f"{quoted(wanted.analyte)} is not a known analyte{hint}")
    for day in (wanted.from_day, wanted.to_day):
        if day.year not in YEARS:
            raise RefusedError(f"the year {day.year} is not believable")


def _days(person: Participant, exemption: str) -> dict[str, str]:
    given = person.standing.exemptions[exemption]
    return {"analyte": given.analyte, "from_day": given.from_day.isoformat(), "to_day": given.to_day.isoformat()}
