"""Visits: who is expected when, what was recorded on a day, and what became of a program's days."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import NamedTuple

from sqlalchemy import Text, bindparam, delete, exists, insert, or_, select

from cm_engine.events import VOID, Kind, Result, slot_of
from cm_engine.facts import EventRecorded, ResultCorrected
from cm_engine.store.codec import read_fact
from cm_engine.store.database import Statement, Transaction
from cm_engine.store.several import Several
from cm_engine.store.tables import days, enrolments, expected, log, participants, planned, presence, programs
from cm_engine.timetable import Expected

CLOSED, CONFIRMED, CLOSED_OUT = "closed", "confirmed", "closed-out"

_WEEK = (planned.c.enrolment_id, planned.c.program_id, planned.c.begins)
_GIVEN = [bindparam(name, type_=Text) for name in ("enrolment", "program", "week_begins")]
UPCOMING = Statement(
    select(
        expected.c.on_day,
        expected.c.at_time,
        expected.c.kind,
        expected.c.session,
        expected.c.program_id,
        expected.c.enrolment_id,
    )
    .join_from(expected, enrolments)
    .where(
        enrolments.c.participant_id == bindparam("of"),
        expected.c.on_day >= bindparam("from_day"),
        ~exists().where(
            days.c.program_id == expected.c.program_id,
            days.c.on_day == expected.c.on_day,
            or_(days.c.state == CLOSED, days.c.state == CLOSED_OUT),
        ),
    )
    .order_by(expected.c.on_day, expected.c.at_time == "", expected.c.at_time, expected.c.kind, expected.c.session)
    .limit(40)
)
PLAN = Statement(
    insert(planned).from_select(
        [column.name for column in _WEEK],
        select(*_GIVEN).where(~exists().where(*(column == given for column, given in zip(_WEEK, _GIVEN, strict=True)))),
    )
)
EXPECT = Statement(insert(expected))
TESTS = Statement(
    select(expected.c.on_day, expected.c.program_id, expected.c.enrolment_id)
    .join_from(expected, enrolments)
    .where(
        enrolments.c.participant_id == bindparam("of"),
        expected.c.kind == "test",
        expected.c.on_day < bindparam("before"),
    )
    .order_by(expected.c.on_day.desc())
    .limit(14)
)
VISITS = Statement(
    select(
        enrolments.c.participant_id,
        participants.c.code,
        expected.c.enrolment_id,
        expected.c.kind,
        expected.c.session,
        expected.c.at_time,
    )
    .join_from(expected, enrolments)
    .join(participants)
    .where(expected.c.program_id == bindparam("program"), expected.c.on_day == bindparam("day"))
    .order_by(enrolments.c.participant_id, expected.c.at_time, expected.c.kind, expected.c.session)
)
ENROLLED = Statement(
    select(enrolments.c.participant_id, participants.c.code)
    .join_from(enrolments, participants)
    .where(
        enrolments.c.program_id == bindparam("program"),
        enrolments.c.first_day <= bindparam("day"),
        or_(enrolments.c.last_day.is_(None), enrolments.c.last_day >= bindparam("day")),
    )
)
MARKS = Statement(
    select(days.c.on_day, days.c.state, days.c.actor, days.c.made_at).where(
        days.c.program_id == bindparam("program"),
        days.c.on_day >= bindparam("from_day"),
        days.c.on_day <= bindparam("to_day"),
    )
)
RECORDED = Several(
    lambda ids: (
        select(log.c.chain, log.c.fact, log.c.key, log.c.body)
        .where(
            log.c.chain.in_(ids),
            or_(
                (log.c.fact == "event-recorded") & log.c.body.like(bindparam("of_day")),
                log.c.fact == "result-corrected",
            ),
        )
        .order_by(log.c.chain, log.c.seq)
    )
)
DAYS = Statement(
    select(days.c.state, days.c.actor, days.c.made_at).where(
        days.c.program_id == bindparam("program"), days.c.on_day == bindparam("day")
    )
)
MARK = Statement(insert(days))
OPEN_DAYS = Statement(
    select(expected.c.on_day)
    .where(
        expected.c.program_id == bindparam("program"),
        expected.c.on_day >= bindparam("from_day"),
        expected.c.on_day <= bindparam("to_day"),
        ~exists().where(
            days.c.program_id == expected.c.program_id, days.c.on_day == expected.c.on_day, days.c.state == CLOSED_OUT
        ),
    )
    .distinct()
    .order_by(expected.c.on_day)
)
SIGNED_IN = Statement(
    select(presence.c.on_day).where(presence.c.site_id == bindparam("site"), presence.c.on_day == bindparam("day"))
)
SIGN_IN = Statement(insert(presence))


class Visit(NamedTuple):
    """A visit that was planned for a day: whose, by id and code, in which enrolment, and at what time if at one."""

    participant: str
    code: str | None
    enrolment: str
    kind: Kind
    session: str
    at: time | None

    @property
    def slot(self) -> tuple[Kind, str]:
        """What it is one of on its day: a test, or the attendance or activity of a session."""
        return slot_of(self.kind, self.session)


@dataclass
class OnTheDay:
    """An event of a day, as it stands after all corrections."""

    event: str
    kind: Kind
    session: str
    result: Result

    @property
    def slot(self) -> tuple[Kind, str]:
        """What it is one of on its day."""
        return slot_of(self.kind, self.session)

    @property
    def is_void(self) -> bool:
        """Tell whether it was entered in error, and never happened."""
        return self.result.outcome == VOID


class Mark(NamedTuple):
    """What somebody said of a day, and when."""

    actor: str
    made_at: str


def keep_plan(tx: Transaction, enrolment: str, program: str, begins: date) -> bool:
    """Note that a week is planned; tell whether it was not yet."""
    return bool(tx.run(PLAN, {"enrolment": enrolment, "program": program, "week_begins": begins.isoformat()}))


def expect(tx: Transaction, enrolment: str, program: str, visits: Iterable[Expected]) -> None:
    """Keep the visits that a week was planned with."""
    rows = [
        (
            program,
            visit.on.isoformat(),
            enrolment,
            visit.kind,
            visit.session,
            visit.at.isoformat("minutes") if visit.at else "",
        )
        for visit in visits
    ]
    tx.run_many(EXPECT, rows)


def planned_tests(tx: Transaction, participant: str, before: date) -> list[tuple[date, str, str]]:
    """Give the latest days before a date that tests are planned on, with program and enrolment, the last first."""
    rows = tx.rows(TESTS, {"of": participant, "before": before.isoformat()})
    return [(date.fromisoformat(day), program, enrolment) for day, program, enrolment in rows]


def upcoming(tx: Transaction, participant: str, from_day: date) -> list[tuple[Expected, str, str]]:
    """Give what is expected of somebody from a day on, the next first, with program and enrolment; not on closed days."""
    rows = tx.rows(UPCOMING, {"of": participant, "from_day": from_day.isoformat()})
    return [
        (Expected(date.fromisoformat(day), time.fromisoformat(at) if at else None, kind, session), program, enrolment)
        for day, at, kind, session, program, enrolment in rows
    ]


def visits_on(tx: Transaction, program: str, on: date) -> list[Visit]:
    """Give all visits that were planned for a program's day, by participant."""
    rows = tx.rows(VISITS, {"program": program, "day": on.isoformat()})
    return [
        Visit(participant, code, enrolment, kind, session, time.fromisoformat(at) if at else None)
        for participant, code, enrolment, kind, session, at in rows
    ]


def enrolled_on(tx: Transaction, program: str, on: date) -> dict[str, str | None]:
    """Give whoever is enrolled in a program on a date, with their codes; whoever stepped over since is in another one."""
    return dict(tx.rows(ENROLLED, {"program": program, "day": on.isoformat()}))


def events_on(tx: Transaction, chains: Sequence[str], on: date) -> dict[str, list[OnTheDay]]:
    """Give the events of a date, as they stand, for each of some participants."""
    found: defaultdict[str, list[OnTheDay]] = defaultdict(list)
    rows = RECORDED.rows(tx, chains, {"of_day": f'%"on":"{on.isoformat()}"%'})
    for chain, word, key, body in rows:
        fact = read_fact(word, key, body)
        if isinstance(fact, EventRecorded) and fact.on == on:
            found[chain].append(OnTheDay(fact.id, fact.kind, fact.session, fact.result))
        elif isinstance(fact, ResultCorrected):
            for event in found.get(chain, ()):
                if event.event == fact.event:
                    event.result = fact.result
    return found


def marks_of(tx: Transaction, program: str, on: date) -> dict[str, Mark]:
    """Give what was said of a program's day: by state, who said it and when."""
    rows = tx.rows(DAYS, {"program": program, "day": on.isoformat()})
    return {state: Mark(actor, made_at) for state, actor, made_at in rows}


def marks_between(tx: Transaction, program: str, first: date, last: date) -> dict[date, dict[str, Mark]]:
    """Give what was said of a program's days, from one to another."""
    said: defaultdict[date, dict[str, Mark]] = defaultdict(dict)
    rows = tx.rows(MARKS, {"program": program, "from_day": first.isoformat(), "to_day": last.isoformat()})
    for day, state, actor, made_at in rows:
        said[date.fromisoformat(day)][state] = Mark(actor, made_at)
    return said


def mark(tx: Transaction, program: str, on: date, state: str, said: Mark) -> None:
    """Say something of a day; the last that was said so counts."""
    tx.do(delete(days).where(days.c.program_id == program, days.c.on_day == on.isoformat(), days.c.state == state))
    tx.run(MARK, {"program_id": program, "on_day": on.isoformat(), "state": state, **said._asdict()})


def unmark(tx: Transaction, program: str, on: date, *states: str) -> None:
    """Take back what was said of a day."""
    tx.do(delete(days).where(days.c.program_id == program, days.c.on_day == on.isoformat(), days.c.state.in_(states)))


def open_days(tx: Transaction, program: str, first: date, last: date) -> list[date]:
    """Give the days on which somebody is expected and that are not closed out, among some."""
    rows = tx.rows(OPEN_DAYS, {"program": program, "from_day": first.isoformat(), "to_day": last.isoformat()})
    return [date.fromisoformat(day) for (day,) in rows]


def has_signed_in(tx: Transaction, site: str, on: date) -> bool:
    """Tell whether somebody signed in at a site on a day."""
    return tx.row(SIGNED_IN, {"site": site, "day": on.isoformat()}) is not None


def sign_in(tx: Transaction, site: str, on: date) -> None:
    """Note that somebody signed in at a site on a day."""
    if not has_signed_in(tx, site, on):
        tx.run(SIGN_IN, {"site_id": site, "on_day": on.isoformat()})


def anybody_recorded(tx: Transaction, site: str, since: str, until: str, besides: str) -> bool:
    """Tell whether somebody besides the named actor recorded anything at a site from a moment until another."""
    people = select(participants.c.id).where(participants.c.site_id == site)
    running = select(programs.c.id).where(programs.c.site_id == site)
    of_site = or_(log.c.chain.in_(people), log.c.chain.in_(running))
    in_time = (log.c.recorded_at >= since) & (log.c.recorded_at < until)
    return bool(tx.ask(select(log.c.chain).where(in_time, log.c.actor != besides, of_site).limit(1)))
