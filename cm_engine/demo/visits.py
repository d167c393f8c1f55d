"""Visits of the demo: who comes, what their tests show, and how staff put it down."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import NamedTuple

from cm_engine.actions.correct import Correction, correct, excuse, void
from cm_engine.actions.record import Happening, record
from cm_engine.demo.clinic import Clinic
from cm_engine.demo.kiosk import TOLD
from cm_engine.demo.people import MadeUp
from cm_engine.demo.spending import come_to_kiosk
from cm_engine.events import Finding, Kind, Result

PANEL = ("amphetamine", "methamphetamine", "cocaine", "opioid", "fentanyl")
FOUND = (("methamphetamine",), ("cocaine",), ("amphetamine", "methamphetamine"), ("cocaine", "fentanyl"))

OF_MARCUS = frozenset({"psychoeducation-group", "family-therapy", "vocational-counselling", "recovery-activity"})

# How long after its beginning the people of a session are put down, and then one after the other.
TO_SETTLE = timedelta(minutes=12)
NEXT_ONE = timedelta(seconds=20)

# In which hours after the opening they come who have no appointment.
TESTS, ACTIVITIES = (0.1, 3.5), (3.5, 8.5)

# How many of today's visits are left for whoever tries the demo.
LEFT_TO_DO = 0.2

A_TEST_TAKES = timedelta(minutes=4)
TO_THE_KIOSK = timedelta(minutes=25)


class Due(NamedTuple):
    """A visit that is expected of somebody; `at` is None for some time of the day."""

    person: MadeUp
    on: date
    kind: Kind
    session: str
    at: time | None


def keep_visits(clinic: Clinic, visits: Iterable[Due]) -> None:
    """Put down on the agenda what becomes of each visit of a day."""
    for place, due in enumerate(visits):
        if reason := _away(clinic, due):
            clinic.agenda.at(clinic.opens(due.on), partial(_excuse, clinic, due, reason))
        elif due.on == clinic.today and _is_left(clinic, due):
            continue
        elif _comes(clinic, due):
            clinic.agenda.at(_moment(clinic, due, place), partial(_come, clinic, due))
        elif due.at:
            absent = partial(_record, clinic, _clinician(clinic, due), due, Result("missed"))
            clinic.agenda.at(_moment(clinic, due, place), absent)


def _is_left(clinic: Clinic, due: Due) -> bool:
    """Tell whether a visit of today is left for whoever tries the demo: all of hers whose card they are told."""
    left = clinic.chance.happens(LEFT_TO_DO, "left to do", due.person.code, *due[2:4])
    return left or due.person.code == TOLD


def _moment(clinic: Clinic, due: Due, place: int) -> datetime:
    if due.at:
        return clinic.moment(due.on, due.at) + TO_SETTLE + place * NEXT_ONE
    share = clinic.chance.of("when", due.person.code, due.kind, _day(clinic, due))
    return clinic.within(due.on, TESTS if due.kind == "test" else ACTIVITIES, share)


def _day(clinic: Clinic, due: Due) -> int:
    """Count the days since somebody began, so that the same happens to them whenever the demo is made."""
    return due.person.course.began - clinic.ago(due.on)


def _away(clinic: Clinic, due: Due) -> str:
    """Give the reason why somebody is excused; empty where they are not."""
    ago = clinic.ago(due.on)
    return next((away.reason for away in due.person.course.away if away.until <= ago <= away.since), "")


def _comes(clinic: Clinic, due: Due) -> bool:
    """Tell whether somebody comes; whoever stays away misses all of a day, but for what they do elsewhere."""
    course, ago, day = due.person.course, clinic.ago(due.on), _day(clinic, due)
    if course.gone is not None and ago <= course.gone and (course.back is None or ago > course.back):
        return False
    if due.kind == "activity":
        return clinic.chance.happens(course.does, "does", due.person.code, due.session, day)
    chance = course.comes / 2 if day // 7 + 1 in course.slow_weeks else course.comes
    return clinic.chance.happens(chance, "comes", due.person.code, day)


def _come(clinic: Clinic, due: Due) -> None:
    if due.kind == "activity":
        _record(clinic, _clinician(clinic, due), due, Result("completed"))
        return
    if due.kind == "test":
        _test(clinic, due)
    else:
        _attend(clinic, due)
    clinic.agenda.at(clinic.agenda.clock.now + TO_THE_KIOSK, partial(come_to_kiosk, clinic, due.person))


def _test(clinic: Clinic, due: Due) -> None:
    person, number = due.person, clinic.nth(due.person, "test")
    is_clean = clinic.chance.happens(person.course.clean, "clean", person.code, number)
    positive = number in person.course.setbacks or not is_clean
    refused = positive and clinic.chance.happens(0.12, "refused", person.code, number)
    result = Result("refused") if refused else _findings(clinic, person, number, positive=positive)
    event = _record(clinic, clinic.at_desk(due.on), due, result)
    if number == person.course.overturned:
        findings = _findings(clinic, person, number, positive=not positive)
        report = partial(_overturn, clinic, person, event, findings)
        clinic.at(due.on + timedelta(days=2), time(11, 20), report)


def _findings(clinic: Clinic, person: MadeUp, number: int, *, positive: bool) -> Result:
    found = clinic.chance.one_of(FOUND, "found", person.code, number) if positive else ()
    findings: dict[str, Finding] = {analyte: "positive" if analyte in found else "negative" for analyte in PANEL}
    if person.course.prescribed:
        findings[person.course.prescribed] = "explained"
    return Result("", tuple(findings.items()))


def _attend(clinic: Clinic, due: Due) -> None:
    number = clinic.nth(due.person, "attendance")
    chance = clinic.chance.of("on time", due.person.code, number)
    outcome = "late" if chance < 0.06 else "left-early" if chance > 0.98 else "attended"
    _record(clinic, _clinician(clinic, due), due, Result(outcome))
    if number == due.person.course.mistaken:
        _mistake(clinic, due)


def _mistake(clinic: Clinic, due: Due) -> None:
    """Put down somebody else's test for this person, and take it back minutes later."""
    desk = clinic.at_desk(due.on)
    test = due._replace(kind="test", session="", at=None)
    event = _record(clinic, desk, test, _findings(clinic, due.person, 0, positive=False))
    request = clinic.request(desk)
    undo = partial(void, clinic.engine, request, clinic.ids[due.person.code], event, "put down for the wrong person")
    clinic.agenda.at(clinic.agenda.clock.now + timedelta(minutes=3), undo)


def _record(clinic: Clinic, actor: str, due: Due, result: Result) -> str:
    """Put down what happened just now, or at the time of the session that it was; give its id."""
    now = clinic.agenda.clock.now
    at = clinic.moment(due.on, due.at) if due.at else max(now - A_TEST_TAKES, clinic.moment(due.on, time()))
    happening = Happening(at, due.kind, result, due.session)
    event: str = record(clinic.engine, clinic.request(actor), clinic.ids[due.person.code], happening)["event"]
    return event


def _overturn(clinic: Clinic, person: MadeUp, event: str, findings: Result) -> None:
    correction = Correction(event, findings, reason="the laboratory found otherwise")
    correct(clinic.engine, clinic.request(clinic.staff.elin), clinic.ids[person.code], correction)


def _excuse(clinic: Clinic, due: Due, reason: str) -> None:
    who, participant = _clinician(clinic, due), clinic.ids[due.person.code]
    excuse(clinic.engine, clinic.request(who), participant, due.on, due.kind, due.session, reason)


def _clinician(clinic: Clinic, due: Due) -> str:
    return clinic.staff.marcus if due.session in OF_MARCUS else clinic.staff.elin
