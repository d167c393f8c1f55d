"""A visit: what it earned under each policy and why, what became of it since, and what the next one is worth. Writes nothing."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from cm_engine.actions.awards import award_records
from cm_engine.actions.day import earned_records, to_collect
from cm_engine.actions.ladders import ladders
from cm_engine.actions.look import reading_it
from cm_engine.actions.requests import SYSTEM, Answer, Doing, Request
from cm_engine.clock import read, written
from cm_engine.engine import Engine
from cm_engine.events import VOID, Result
from cm_engine.facts import EventRecorded, ParticipantFact, ResultCorrected
from cm_engine.policies.contract import USUALLY
from cm_engine.replay import Line
from cm_engine.standing import RefusedError, Standing
from cm_engine.store.database import Transaction
from cm_engine.store.history import Noted, all_noted, earned, staff_names
from cm_engine.store.notes import note_of

# For so long may whoever recorded something take it back.
UNDO = timedelta(minutes=15)


class Told(NamedTuple):
    """A fact that bears on the visit, and what it did under each policy."""

    noted: Noted
    lines: Sequence[Line]


def visit(engine: Engine, participant: str, event: str) -> Answer:
    """Tell of one event. Raises RefusedError where the participant has none such."""
    return reading_it(engine, lambda tx: _visit(engine, tx, participant, event))


def _visit(engine: Engine, tx: Transaction, participant: str, event: str) -> Answer:
    doing = Doing(engine, tx, Request("", SYSTEM))
    standing, told = _walk(doing, participant, event)
    if not told:
        raise RefusedError(f"this participant has no event {event}")
    first, *corrections = told
    fact = first.noted.fact
    assert isinstance(fact, EventRecorded)  # noqa: S101 - an event begins with nothing else
    running = doing.program(_program(standing, fact))
    today = doing.today(running.zone)
    result = standing.event(event).result
    names = staff_names(tx, {one.noted.actor for one in told})
    return {
        "participant": participant,
        "event": event,
        "program": running.id,
        "kind": fact.kind,
        "session": fact.session,
        "at": written(fact.at),
        "on": fact.on.isoformat(),
        "is_void": result.outcome == VOID,
        **_result(result),
        "awards": award_records(standing, first.lines, today),
        "earned": earned_records(earned(tx, [event]).get(event, {})),
        "recorded": _recorded(doing, participant, first, names),
        "undo_until": written(read(first.noted.recorded_at) + UNDO),
        "is_corrected": bool(corrections),
        "corrections": [_correction(doing, standing, one, names) for one in corrections],
        "next": ladders(standing, today),
        "collect": to_collect(standing),
    }


def _walk(doing: Doing, participant: str, event: str) -> tuple[Standing, list[Told]]:
    """Fold all facts; keep those that bear on the event, with what they did."""
    standing = Standing(participant, doing.published.rulebook)
    told: list[Told] = []
    for noted in all_noted(doing.tx, participant):
        fact: ParticipantFact = noted.fact  # type: ignore[assignment]  # a participant's chain holds no others
        lines = standing.take(fact).lines
        match fact:
            case EventRecorded(id=id_) if id_ == event:
                told.append(Told(noted, lines))
            case ResultCorrected(event=id_) if id_ == event:
                told.append(Told(noted, lines))
    return standing, told


def _program(standing: Standing, fact: EventRecorded) -> str:
    """Tell in which program the event's day lies; where in none, the program that came last."""
    held = [one for one in standing.enrolments.values() if one.first_day <= fact.on <= one.last_day]
    latest = held[-1] if held else next(reversed(standing.enrolments.values()))
    return latest.place(fact.on).program


def _result(result: Result) -> dict[str, Any]:
    outcome = result.came_out
    return {"outcome": outcome, "seen": USUALLY.get(outcome), "analytes": dict(result.analytes)}


def _recorded(doing: Doing, participant: str, told: Told, names: dict[str, str]) -> dict[str, Any]:
    noted = told.noted
    reason, note = note_of(doing.tx, doing.engine.vault, participant, noted.seq)
    by = {"actor": noted.actor, "by": names.get(noted.actor), "at": noted.recorded_at}
    return {**by, "reason": reason, "note": note}


def _correction(doing: Doing, standing: Standing, told: Told, names: dict[str, str]) -> dict[str, Any]:
    fact = told.noted.fact
    assert isinstance(fact, ResultCorrected)  # noqa: S101 - told by `_walk`
    return {
        "on": fact.on.isoformat(),
        **_result(fact.result),
        "awards": award_records(standing, told.lines, fact.on),
        **_recorded(doing, standing.participant, told, names),
    }
