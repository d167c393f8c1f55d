"""Plan: which visits are expected of whom, week by week; once a week is planned, it never changes.

A program's weeks count from the day on which somebody came into it, so that who steps over begins with its first week. What
lies before the day of planning is not planned any more: nobody can come to a visit that nobody knew of.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import or_, select

from cm_engine.actions.requests import SYSTEM, Answer, Doing, Request, doing_it
from cm_engine.engine import Engine
from cm_engine.standing import Enrolment, Standing
from cm_engine.store.chains import standing_of
from cm_engine.store.tables import enrolments
from cm_engine.store.visits import expect, keep_plan, planned_tests
from cm_engine.timetable import Expected, expected
from cm_engine.weekly import WEEK

# How many people are planned in one transaction.
AT_ONCE = 100


class Week(NamedTuple):
    """A week of a program as one enrolment goes through it: its number, from 1, and the days that are in it."""

    program: str
    entered_on: date
    number: int
    days: tuple[date, ...]

    @property
    def begins(self) -> date:
        """The day on which the week begins; it may lie before the first of its days that is still to come."""
        return self.entered_on + timedelta(weeks=self.number - 1)


def plan(engine: Engine, program: str) -> Answer:
    """Plan the current and the next week of everybody in a program; what is planned stays as it is.

    Safe to run twice, from several machines, and to be killed: a week is planned whole or not at all, and only once.
    """
    people = _enrolled(engine, program)
    weeks = visits = 0
    for start in range(0, len(people), AT_ONCE):
        planned, expected_visits = _plan(engine, program, people[start : start + AT_ONCE])
        weeks += planned
        visits += expected_visits
    return {"program": program, "weeks": weeks, "visits": visits}


def plan_week(engine: Engine, program: str, participant: str) -> Answer:
    """Plan the current and the next week of one participant in a program, such as one who was enrolled just now."""
    weeks, visits = _plan(engine, program, [participant])
    return {"program": program, "weeks": weeks, "visits": visits}


def weeks_ahead(enrolment: Enrolment, today: date) -> list[Week]:
    """Give the weeks that an enrolment goes through in the seven days from today on, and in the rest of the last one.

    Those are the current and the next week of the program; and of the next program, where somebody steps over meanwhile.
    """
    weeks: dict[tuple[str, date], Week] = {}
    for ahead in range(WEEK + 1):
        day = today + timedelta(days=ahead)
        if enrolment.first_day <= day <= enrolment.last_day:
            week = _week_of(enrolment, day, today)
            weeks[week.program, week.begins] = week
    return list(weeks.values())


def _week_of(enrolment: Enrolment, day: date, today: date) -> Week:
    place = enrolment.place(day)
    number = (day - place.from_day).days // WEEK + 1
    begins = place.from_day + timedelta(weeks=number - 1)
    days = (begins + timedelta(days=i) for i in range(WEEK))
    return Week(
        place.program,
        place.from_day,
        number,
        tuple(d for d in days if today <= d <= enrolment.last_day and enrolment.place(d) == place),
    )


def _enrolled(engine: Engine, program: str) -> list[str]:
    """Give whoever is or will be enrolled, in whichever program: somebody may step over from another one."""
    with engine.database.reading() as tx:
        doing = Doing(engine, tx, Request("", SYSTEM))
        today = doing.today(doing.program(program).zone).isoformat()
        goes_on = or_(enrolments.c.last_day.is_(None), enrolments.c.last_day >= today)
        return sorted(row[0] for row in tx.ask(select(enrolments.c.participant_id).where(goes_on).distinct()))


def _plan(engine: Engine, program: str, people: Sequence[str]) -> tuple[int, int]:
    def act(doing: Doing) -> tuple[int, int]:
        planned = [len(visits) for person in people for visits in _plan_person(doing, program, person)]
        return len(planned), sum(planned)

    return doing_it(engine, Request("", SYSTEM), act)


def _plan_person(doing: Doing, program: str, participant: str) -> Iterator[list[Expected]]:
    """Plan the weeks of one participant that are not planned yet; give the visits of each."""
    running = doing.program(program)
    standing = standing_of(doing.tx, participant, doing.published.rulebook)
    for enrolment_id, enrolment in standing.enrolments.items():
        for week in weeks_ahead(enrolment, doing.today(running.zone)):
            if week.program == program and keep_plan(doing.tx, enrolment_id, program, week.begins):
                last_test = _last_test(doing, standing, week.begins)
                terms = running.on(week.begins)
                visits = expected(terms, week.entered_on, week.number, doing.engine.dice.below, last_test)
                ahead = [visit for visit in visits if visit.on in week.days]
                expect(doing.tx, enrolment_id, program, ahead)
                yield ahead


def _last_test(doing: Doing, standing: Standing, before: date) -> date | None:
    """Give the last day before a date on which a test is expected, in whichever program that is."""
    for day, program, enrolment_id in planned_tests(doing.tx, standing.participant, before):
        if standing.enrolments[enrolment_id].is_in(program, day):
            return day
    return None
