"""Consents: what a participant agreed to in writing, to whom what may be told and why, and taking that back.

As staff would say it: before anything about a patient is told to anybody, such as the payer, the patient has signed what, to
whom and for what. They may take it back at any time, in writing or not; what was told before stays told. A consent ends on its
last day, or where it names none, with treatment.
"""

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from cm_engine.actions.requests import Answer, Doing, Request, answer_participant
from cm_engine.engine import Engine
from cm_engine.events import YEARS
from cm_engine.facts import ConsentGiven, ConsentRevoked
from cm_engine.standing import RefusedError
from cm_engine.store.chains import Participant
from cm_engine.store.notes import keep_note


class Agreed(NamedTuple):
    """What was signed: on which day, until which (None: as long as treatment lasts), what may be told, to whom, why."""

    given_on: date
    last_day: date | None
    scope: str
    recipient: str
    purpose: str

    def asked(self) -> Mapping[str, object]:
        """Give it as part of a request's content."""
        last_day = self.last_day and self.last_day.isoformat()
        return {**self._asdict(), "given_on": self.given_on.isoformat(), "last_day": last_day}


def give_consent(engine: Engine, request: Request, participant: str, agreed: Agreed) -> Answer:
    """Record a written consent. Raises RefusedError for one that leaves out what may be told, to whom or why."""

    def act(doing: Doing, person: Participant) -> Answer:
        doing.program_of(person)
        return {"participant": person.id, "consent": take_consent(doing, person, agreed)}

    return answer_participant(engine, request, participant, ("give consent", agreed.asked()), act)


def revoke_consent(engine: Engine, request: Request, participant: str, consent: str, reason: str = "") -> Answer:
    """Record that somebody took a consent back, today: from now on nothing more may be told by it."""

    def act(doing: Doing, person: Participant) -> Answer:
        today = doing.today(doing.program_of(person).zone)
        person.take(ConsentRevoked(consent, today))
        keep_note(doing.tx, engine.vault, person.id, person.latest_seq, reason, "")
        return {"participant": person.id, "consent": consent, "revoked_on": today.isoformat()}

    return answer_participant(
        engine, request, participant, ("revoke consent", {"consent": consent, "reason": reason}), act
    )


def take_consent(doing: Doing, person: Participant, agreed: Agreed) -> str:
    """Take a consent into a participant's chain, its words sealed beside it; give its id."""
    scope, recipient, purpose = (" ".join(words.split()) for words in agreed[2:])
    if not (scope and recipient and purpose):
        raise RefusedError("a consent says what may be told, to whom, and for what; one of them is missing")
    last_day = agreed.last_day or date.max
    for day in (agreed.given_on, last_day):
        if day.year not in YEARS and day != date.max:
            raise RefusedError(f"the year {day.year} is not believable")
    consent, today = doing.new_id(), doing.today(doing.program_of(person).zone)
    person.take(ConsentGiven(consent, agreed.given_on, last_day, today))
    keep_note(doing.tx, doing.engine.vault, person.id, person.latest_seq, purpose, f"{scope}\n{recipient}")
    return consent
