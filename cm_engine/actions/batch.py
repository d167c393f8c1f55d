"""Batch: record later what was written on the day sheet while nothing worked, with the true times; all of it, or nothing.

As staff would say it: whoever is on the sheet is typed in once the power is back. What somebody has recorded meanwhile is left as it is.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from cm_engine.actions.record import Happening, moment, refuse_unnamed, take_happening
from cm_engine.actions.requests import Answer, Doing, Request, answer_program
from cm_engine.engine import Engine
from cm_engine.errors import quoted
from cm_engine.events import VOID, slot_of
from cm_engine.standing import RefusedError
from cm_engine.store.chains import Chain, Participant
from cm_engine.store.published import Running
from cm_engine.store.visits import OnTheDay, events_on


class Line(NamedTuple):
    """A line of the sheet: whose, and what happened."""

    participant: str
    happening: Happening


class BatchError(RefusedError):
    """Lines that cannot be taken; nothing was recorded. `lines` says by number, from 0, what is wrong with each."""

    def __init__(self, lines: Mapping[int, str]) -> None:
        self.lines = dict(lines)
        super().__init__("; ".join(f"line {number + 1}: {said}" for number, said in sorted(self.lines.items())))


def record_batch(engine: Engine, request: Request, program: str, lines: Sequence[Line]) -> Answer:
    """Record the lines of a program's sheet; one that is there already, with the same result, is not recorded twice.

    The answer tells of each line, in their order. Raises BatchError with all that is wrong.
    """

    def act(doing: Doing, _: Chain) -> Answer:
        running = doing.program(program)
        people, wrong = _held(doing, lines)
        answers: dict[int, Answer] = {}
        for number, line in enumerate(lines):
            person = people.get(line.participant)
            if person is None:
                continue
            try:
                answers[number] = _take(doing, running, person, line.happening)
                person.save()
            except RefusedError as error:
                wrong[number] = str(error)
                people[line.participant] = None
        if wrong:
            raise BatchError(wrong)
        return {"program": program, "lines": [answers[number] for number in range(len(lines))]}

    asked = [(line.participant, {**line.happening._asdict(), "at": line.happening.at.isoformat()}) for line in lines]
    return answer_program(engine, request, program, ("record batch", {"lines": asked}), act)


def _held(doing: Doing, lines: Sequence[Line]) -> tuple[dict[str, Participant | None], dict[int, str]]:
    """Hold everybody on the sheet, in the order of their ids; say of which line nobody is there."""
    people: dict[str, Participant | None] = {}
    wrong: dict[int, str] = {}
    for participant in sorted({line.participant for line in lines}):
        try:
            people[participant] = doing.participant(participant)
        except RefusedError as error:
            wrong |= {number: str(error) for number, line in enumerate(lines) if line.participant == participant}
    return people, wrong


def _take(doing: Doing, running: Running, person: Participant, happening: Happening) -> Answer:
    _, on = moment(happening.at, running.zone)
    if not any(enrolment.is_in(running.id, on) for enrolment in person.standing.enrolments.values()):
        raise RefusedError(f"this participant was not in the program on {on}")
    if there := _recorded(doing, person, happening, on):
        if there.result.came_out != happening.result.came_out:
            raise RefusedError(f"{quoted(there.result.came_out)} is recorded already; correct that, if it is not right")
        return {"participant": person.id, "event": there.event, "on": on.isoformat(), "already_there": True}
    refuse_unnamed(doing, happening)
    return take_happening(doing, person, happening)


def _recorded(doing: Doing, person: Participant, happening: Happening, on: date) -> OnTheDay | None:
    slot = slot_of(happening.kind, happening.session)
    for event in events_on(doing.tx, [person.id], on).get(person.id, ()):
        if event.slot == slot and event.result.outcome not in {VOID, "cancelled"}:
            return event
    return None
