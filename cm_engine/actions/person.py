"""A person: where somebody stands, what they have, what waits for them, and their history, a page at a time. Writes nothing."""

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import groupby
from typing import Any

from sqlalchemy import select

from cm_engine import ledger
from cm_engine.actions.awards import left_records
from cm_engine.actions.day import earned_records, to_collect
from cm_engine.actions.ladders import ladders
from cm_engine.actions.look import balances, reading_it
from cm_engine.actions.requests import SYSTEM, Answer, Doing, Request
from cm_engine.engine import Engine
from cm_engine.facts import EventRecorded, ExemptionGiven, ResultCorrected
from cm_engine.happened import told
from cm_engine.ledger import Entry
from cm_engine.standing import Enrolment, RefusedError, Standing
from cm_engine.store.chains import standing_of
from cm_engine.store.database import Transaction
from cm_engine.store.history import Noted, latest_noted, moved, noted_of_kind, staff_names
from cm_engine.store.notes import note_of
from cm_engine.store.published import Running
from cm_engine.store.tables import prizes

# How many facts of a history are told at once.
A_PAGE = 30


def person(engine: Engine, participant: str, before: int | None = None) -> Answer:
    """Tell of a participant; `before` is the number of the fact behind which the history goes on, None for the latest.

    Raises RefusedError where there is nobody, or somebody who was never enrolled.
    """
    return reading_it(engine, lambda tx: _person(engine, tx, participant, before))


def _person(engine: Engine, tx: Transaction, participant: str, before: int | None) -> Answer:
    doing = Doing(engine, tx, Request("", SYSTEM))
    standing = standing_of(tx, participant, doing.published.rulebook)
    if not standing.enrolments:
        raise RefusedError("this participant was never enrolled; enrol first")
    latest = next(reversed(standing.enrolments.values()))
    running = doing.program(latest.places[-1].program)
    today = doing.today(running.zone)
    names = _prizes(tx)
    return {
        "participant": participant,
        "program": running.id,
        "today": today.isoformat(),
        "is_purged": standing.is_purged,
        "enrolment": _enrolment(latest, running, today),
        "policies": ladders(standing, today),
        "has": balances(standing),
        "collect": to_collect(standing),
        "reserved": [{"redemption": key, "name": names.get(one.prize, "")} for key, one in standing.reserved.items()],
        "left": left_records(standing.left(today)),
        "exemptions": _exemptions(doing, standing, today),
        **_history(tx, participant, before, names),
    }


def _enrolment(latest: Enrolment, running: Running, today: date) -> dict[str, Any]:
    terms = running.on(today)
    return {
        "program": terms.title,
        "first_day": latest.first_day.isoformat(),
        "last_day": None if latest.is_open else latest.last_day.isoformat(),
        "week": latest.week(today),
        "weeks": terms.weeks,
        "has_begun": latest.first_day <= today,
        "is_over": latest.last_day < today,
    }


def _exemptions(doing: Doing, standing: Standing, today: date) -> list[dict[str, Any]]:
    """Tell of exemptions as they stand, the latest first, with who gave each and why."""
    if not standing.exemptions:
        return []
    given = noted_of_kind(doing.tx, standing.participant, "exemption-given")
    names = staff_names(doing.tx, {one.actor for one in given})
    return [_exemption(doing, standing, one, names, today) for one in reversed(given)]


def _exemption(doing: Doing, standing: Standing, given: Noted, names: dict[str, str], today: date) -> dict[str, Any]:
    assert isinstance(given.fact, ExemptionGiven)  # noqa: S101 - asked for by its kind
    stands = standing.exemptions[given.fact.id]
    reason, _ = note_of(doing.tx, doing.engine.vault, standing.participant, given.seq)
    return {
        "exemption": given.fact.id,
        "analyte": stands.analyte,
        "from_day": stands.from_day.isoformat(),
        "to_day": stands.to_day.isoformat(),
        "is_over": stands.to_day < today,
        "by": names.get(given.actor),
        "reason": reason,
    }


def _history(tx: Transaction, participant: str, before: int | None, names: dict[str, str]) -> dict[str, Any]:
    found = latest_noted(tx, participant, A_PAGE + 1, before)
    shown = found[:A_PAGE]
    posted = moved(tx, participant, shown[-1].seq, shown[0].seq) if shown else {}
    staff = staff_names(tx, {one.actor for one in shown}) if shown else {}
    rows = [_row(participant, one, posted.get(one.seq, []), names, staff) for one in shown]
    return {"history": _together(rows), "earlier": shown[-1].seq if len(found) > A_PAGE else None}


def _row(
    participant: str, one: Noted, posted: Sequence[Entry], names: dict[str, str], staff: dict[str, str]
) -> dict[str, Any]:
    fact = one.fact
    row = {
        "at": one.recorded_at,
        "by": staff.get(one.actor),
        "what": told(fact, posted, names),
        "event": None,
        "on": None,
    }
    if isinstance(fact, EventRecorded):
        row |= {"event": fact.id, "on": fact.on.isoformat()}
    if isinstance(fact, ResultCorrected):
        row |= {"event": fact.event}
    is_award = isinstance(fact, EventRecorded | ResultCorrected)
    return {**row, "earned": earned_records(_gained(participant, posted)) if is_award else []}


def _together(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Tell what is alike and came one after another once, with how many there were, such as draws that were opened together."""

    def likeness(row: dict[str, Any]) -> tuple[Any, ...]:
        return row["what"], row["by"], row["event"], row["at"][:16]

    groups = [list(alike) for _, alike in groupby(rows, likeness)]
    return [{**alike[0], "times": len(alike)} for alike in groups]


def _gained(participant: str, posted: Iterable[Entry]) -> dict[str, int]:
    gains: dict[str, int] = {}
    for entry in posted:
        gain = (ledger.owner(entry.credit) == participant) - (ledger.owner(entry.debit) == participant)
        gains[entry.unit] = gains.get(entry.unit, 0) + gain * entry.amount
    return {unit: amount for unit, amount in gains.items() if amount}


def _prizes(tx: Transaction) -> dict[str, str]:
    return dict(tx.ask(select(prizes.c.id, prizes.c.name)))
