"""The day: who is expected, who came and what it earned, and who of them has something to collect. Reads, and writes nothing.

However many people there are, it asks the database the same few things: what is told of a person is read for all at once.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from cm_engine import ledger
from cm_engine.actions.look import reading_it
from cm_engine.actions.requests import SYSTEM, Answer, Doing, Request
from cm_engine.engine import Engine
from cm_engine.events import Kind
from cm_engine.money import Unit
from cm_engine.policies.contract import USUALLY
from cm_engine.standing import Standing
from cm_engine.store.chains import glimpses_of
from cm_engine.store.database import Transaction
from cm_engine.store.history import earned, staff_names
from cm_engine.store.visits import Mark, OnTheDay, Visit, enrolled_on, events_on, marks_of, visits_on


class Row(NamedTuple):
    """Somebody's visit of a day: expected or not, with what was recorded of it."""

    participant: str
    code: str | None
    kind: Kind
    session: str
    at: str | None
    event: OnTheDay | None
    is_expected: bool = True


def day(engine: Engine, program: str, on: date) -> Answer:
    """Tell a program's day: visits with what is recorded and earned, its sessions, what was said of it, and what waits for whom.

    Raises RefusedError where there is no such program.
    """
    return reading_it(engine, lambda tx: _day(engine, tx, program, on))


def to_collect(standing: Standing) -> Answer:
    """Tell what waits for somebody: draws to open, open draws to pick, won prizes to choose, reserved prizes to hand over."""
    won = {
        account.partition("@")[0].partition(":")[2]: number
        for (account, unit), number in sorted(standing.purse.items())
        if unit == ledger.SLIPS and account.startswith(f"{ledger.WON}:")
    }
    return {
        "to_open": sum(
            number
            for (account, unit), number in standing.purse.items()
            if unit == ledger.DRAWS and account.startswith(f"{ledger.HELD}:")
        ),
        "open": len(standing.draws),
        "won": won,
        "reserved": len(standing.reserved),
    }


def earned_records(by_unit: Mapping[str, int]) -> list[dict[str, str]]:
    """Give what was earned as amounts with their units, in decimal strings."""
    return [{"amount": Unit(unit).text(amount), "unit": unit} for unit, amount in sorted(by_unit.items())]


def _day(engine: Engine, tx: Transaction, program: str, on: date) -> Answer:
    doing = Doing(engine, tx, Request("", SYSTEM))
    running = doing.program(program)
    planned = visits_on(tx, program, on)
    codes = {visit.participant: visit.code for visit in planned} | enrolled_on(tx, program, on)
    recorded = events_on(tx, sorted(codes), on)
    visits: defaultdict[str, list[Visit]] = defaultdict(list)
    for visit in planned:
        visits[visit.participant].append(visit)
    here = sorted(name for name in codes if name in visits or recorded.get(name))
    standings = glimpses_of(tx, here, doing.published.rulebook)
    rows = [row for name in here for row in _rows(codes[name], standings[name], visits[name], recorded, program, on)]
    gains = earned(tx, [row.event.event for row in rows if row.event])
    collect = {name: to_collect(standings[name]) for name in here}
    today = doing.today(running.zone)
    return {
        "program": program,
        "on": on.isoformat(),
        "today": today.isoformat(),
        "confirms": running.on(on).close_out.confirm,
        "states": _states(tx, marks_of(tx, program, on)),
        "missing": sum(row.is_expected and row.event is None for row in rows),
        "sessions": _sessions(rows),
        "visits": [_told(row, gains) for row in sorted(rows, key=_order)],
        "collect": {name: told for name, told in collect.items() if any(told.values())},
    }


def _rows(
    code: str | None,
    standing: Standing,
    planned: Sequence[Visit],
    recorded: Mapping[str, Sequence[OnTheDay]],
    program: str,
    on: date,
) -> Iterable[Row]:
    """Give somebody's visits: those that are expected still, and what else was recorded."""
    if standing.is_purged:
        return
    name = standing.participant
    events = {event.slot: event for event in reversed(recorded.get(name, ())) if not event.is_void}
    for visit in planned:
        if standing.enrolments[visit.enrolment].is_in(program, on):
            at = visit.at.isoformat("minutes") if visit.at else None
            yield Row(name, code, visit.kind, visit.session, at, events.pop(visit.slot, None))
    if any(enrolment.is_in(program, on) for enrolment in standing.enrolments.values()):
        for event in events.values():
            yield Row(name, code, event.kind, event.session, None, event, is_expected=False)


def _sessions(rows: Iterable[Row]) -> list[dict[str, Any]]:
    """Give the groups of the day, in their order, each with how many are expected, and of how many something is recorded."""
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        if row.kind == "attendance" and row.is_expected:
            groups.setdefault((row.at or "", row.session), []).append(row)
    return [
        {
            "session": session,
            "at": at,
            "expected": len(people),
            "recorded": sum(row.event is not None for row in people),
        }
        for (at, session), people in sorted(groups.items())
    ]


def _told(row: Row, gains: Mapping[str, Mapping[str, int]]) -> dict[str, Any]:
    event = row.event
    outcome = event.result.came_out if event else None
    return {
        "participant": row.participant,
        "code": row.code,
        "kind": row.kind,
        "session": row.session,
        "at": row.at,
        "is_expected": row.is_expected,
        "event": event.event if event else None,
        "outcome": outcome,
        "seen": USUALLY.get(outcome) if outcome else None,
        "earned": earned_records(gains.get(event.event, {})) if event else [],
    }


def _states(tx: Transaction, said: Mapping[str, Mark]) -> dict[str, dict[str, str | None]]:
    names = staff_names(tx, [one.actor for one in said.values()]) if said else {}
    return {state: {"by": names.get(one.actor), "at": one.made_at} for state, one in said.items()}


def _order(row: Row) -> tuple[bool, str, str, str, str]:
    """Order by time; what is at no time, and who was not expected, comes behind."""
    return not row.is_expected, row.at or "~", row.kind, row.session, row.code or ""
