"""Purge: remove the person behind the records once the retention time is over.

Code, name, contacts, card, PIN, free text, senders' ids and answers go. The log and the entries stay as they are, under a random
id that leads to nobody, so that the books still add up and every chain still holds.
"""

from datetime import date

from sqlalchemy import delete, select, update

from cm_engine.actions.look import balances
from cm_engine.actions.requests import Answer, Doing, Request, answer_participant
from cm_engine.engine import Engine
from cm_engine.facts import Purged
from cm_engine.standing import RefusedError
from cm_engine.store.cards import end_cards
from cm_engine.store.chains import Participant
from cm_engine.store.people import remove_person
from cm_engine.store.tables import (
    enrolments,
    expected,
    notes,
    participants,
    pins,
    received,
    remarks,
    requests,
    seals,
    turns,
)


def purge(engine: Engine, request: Request, participant: str, *, retention_years: int) -> Answer:
    """Remove a person whose last enrolment ended at least so many years ago. Raises RefusedError before that.

    The answer says what they still have, which nobody can redeem any more.
    """

    def act(doing: Doing, person: Participant) -> Answer:
        today = doing.today(doing.program_of(person).zone)
        last_day = max(enrolment.last_day for enrolment in person.standing.enrolments.values())
        if last_day == date.max:
            raise RefusedError("an enrolment is still open; discharge first")
        over = retained_until(last_day, retention_years)
        if over > today:
            raise RefusedError(f"the retention time lasts until {over}; nobody is removed before")
        person.take(Purged(today))
        for table in (notes, received, requests, seals):
            doing.tx.do(delete(table).where(table.c.chain == person.id))
        for table in (pins, turns, remarks):
            doing.tx.do(delete(table).where(table.c.participant_id == person.id))
        remove_person(doing.tx, person.id)
        end_cards(doing.tx, person.id, doing.recorded_at, request.actor)
        own = select(enrolments.c.id).where(enrolments.c.participant_id == person.id)
        doing.tx.do(delete(expected).where(expected.c.enrolment_id.in_(own)))
        doing.tx.do(update(participants).where(participants.c.id == person.id).values(code=None))
        return {"participant": person.id, "purged_on": today.isoformat(), "has": balances(person.standing)}

    return answer_participant(engine, request, participant, ("purge", {"retention_years": retention_years}), act)


def retained_until(last_day: date, years: int) -> date:
    """Give the same day so many years later; 1 March where the year has no 29 February."""
    try:
        return last_day.replace(year=last_day.year + years)
    except ValueError:
        return date(last_day.year + years, 3, 1)
