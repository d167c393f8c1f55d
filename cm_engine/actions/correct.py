"""Correct: another result for an event, a void, an excuse. Nothing is edited: a correction is a fact of its own."""

from datetime import date, datetime
from typing import NamedTuple

from cm_engine.actions.awards import award_records, left_records, refuse_partial
from cm_engine.actions.exempt import refuse_unexplained
from cm_engine.actions.record import Happening, by_name, moment, refuse_moment, refuse_result, take_happening
from cm_engine.actions.requests import Answer, Doing, Request, answer_participant
from cm_engine.actions.visit import UNDO
from cm_engine.clock import read
from cm_engine.engine import Engine
from cm_engine.events import VOID, Kind, Result, slot_of
from cm_engine.facts import EventRecorded, ResultCorrected
from cm_engine.standing import RefusedError
from cm_engine.store.chains import Participant
from cm_engine.store.history import noted
from cm_engine.store.notes import keep_note


class Correction(NamedTuple):
    """Another result for an event, by its id; `at` is when that was found, None for now."""

    event: str
    result: Result
    at: datetime | date | None = None
    reason: str = ""
    note: str = ""


def correct(
    engine: Engine,
    request: Request,
    participant: str,
    correction: Correction,
    *,
    allow_partial: bool = False,
    at_the_desk: bool = False,
) -> Answer:
    """Give an event another result; answer what is credited or taken back under each policy.

    `at_the_desk`, a finding is explained only where a clinician's exemption covers it on the event's day. Raises RefusedError for
    what cannot be taken.
    """

    def act(doing: Doing, person: Participant) -> Answer:
        if at_the_desk:
            person.remember()
            on = person.standing.event(correction.event).on
            refuse_unexplained(person, correction.result.analytes, on)
        return take_correction(doing, person, correction, allow_partial=allow_partial)

    at = correction.at.isoformat() if correction.at else None
    content = {**correction._asdict(), "at": at, "allow_partial": allow_partial}
    return answer_participant(engine, request, participant, ("correct", content), act)


def void(engine: Engine, request: Request, participant: str, event: str, reason: str = "") -> Answer:
    """Say that an event was entered in error and never happened; what it earned is taken back."""
    return correct(engine, request, participant, Correction(event, Result(VOID), reason=reason))


def undo(engine: Engine, request: Request, participant: str, event: str) -> Answer:
    """Take back what one has recorded oneself within the last minutes (`visit.UNDO`): it never happened.

    Raises RefusedError where somebody else recorded it, where it is too long ago, and where it was corrected since.
    """

    def act(doing: Doing, person: Participant) -> Answer:
        found = noted(doing.tx, person.id, event)
        if found is None or not isinstance(found.fact, EventRecorded):
            raise RefusedError(f"this participant has no event {event}")
        if found.actor != request.actor:
            raise RefusedError("somebody else recorded this; a clinician may correct it")
        if doing.now > read(found.recorded_at) + UNDO:
            raise RefusedError("this was recorded too long ago to undo; a clinician may correct it")
        person.remember()
        if person.standing.event(event).result != found.fact.result:
            raise RefusedError("this was corrected since, and is not undone any more")
        return take_correction(doing, person, Correction(event, Result(VOID), reason="undone"))

    return answer_participant(engine, request, participant, ("undo", {"event": event}), act)


def excuse(
    engine: Engine, request: Request, participant: str, on: date, kind: Kind, session: str = "", reason: str = ""
) -> Answer:
    """Excuse an absence: correct what was recorded as missed on a date, or record it as excused.

    Raises RefusedError where something else than an absence was recorded.
    """

    def act(doing: Doing, person: Participant) -> Answer:
        person.remember()
        events = [e for e in person.standing.events() if (e.on, e.slot) == (on, slot_of(kind, session))]
        missed = [event for event in events if event.result.outcome in {"missed", "incomplete"}]
        excused = Result("excused")
        if missed:
            return take_correction(doing, person, Correction(missed[0].id, excused, reason=reason))
        if came := [event for event in events if event.result.outcome not in {VOID, "cancelled", "pending"}]:
            raise RefusedError(f"on {on} {came[0].result.outcome or 'a result'} was recorded; that cannot be excused")
        return take_happening(doing, person, Happening(on, kind, excused, session, reason=reason))

    content = {"on": on.isoformat(), "kind": kind, "session": session, "reason": reason}
    return answer_participant(engine, request, participant, ("excuse", content), act)


def take_correction(
    doing: Doing, person: Participant, correction: Correction, *, allow_partial: bool = False
) -> Answer:
    """Take a correction into a participant's chain."""
    program = doing.program_of(person)
    today = doing.today(program.zone)
    at, on = moment(correction.at or doing.now, program.zone)
    refuse_moment(on, today)
    person.remember()
    if correction.result.outcome != VOID:
        refuse_result(doing.engine.analytes, person.standing.event(correction.event).kind, correction.result)
    result = by_name(correction.result)
    posted = person.take(ResultCorrected(correction.event, at, on, result))
    if not allow_partial:
        refuse_partial(posted.lines)
    keep_note(doing.tx, doing.engine.vault, person.id, person.latest_seq, correction.reason, correction.note)
    return {
        "participant": person.id,
        "event": correction.event,
        "on": on.isoformat(),
        "in_force": person.standing.event(correction.event).result == result,
        "awards": award_records(person.standing, posted.lines, today),
        "left": left_records(person.standing.left(today)),
    }
