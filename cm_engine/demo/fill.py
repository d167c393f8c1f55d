"""Filling the demo: eight weeks of an intensive outpatient clinic, day by day, by the actions that staff and patients use.

The history ends today, at this hour, with the day under way. Dates count from today; all else follows from the seed.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from cm_engine.actions.begin import Wanted as Begins
from cm_engine.actions.begin import begin
from cm_engine.actions.cards import issue_card
from cm_engine.actions.close_out import confirm_day, day_list, note_presence
from cm_engine.actions.consents import Agreed
from cm_engine.actions.enrol import discharge, enrol, readmit
from cm_engine.actions.exempt import Wanted, exempt
from cm_engine.actions.plan import plan_week
from cm_engine.actions.requests import Request
from cm_engine.demo.agenda import Agenda, PutClock
from cm_engine.demo.chance import Chance, SeededDice
from cm_engine.demo.clinic import WEEKDAYS, Clinic
from cm_engine.demo.kiosk import keep_pin, place, put_down_remarks
from cm_engine.demo.office import put_down_changes
from cm_engine.demo.people import PEOPLE, MadeUp, by_code, phones
from cm_engine.demo.spending import fill_cabinet
from cm_engine.demo.staff import ADMIN, NAMES, Staff, appoint, come_and_go, quick_passwords
from cm_engine.demo.visits import Due, keep_visits
from cm_engine.engine import Engine
from cm_engine.exchange.program_file import load_program, policies_of
from cm_engine.jobs import JOBS, by_name
from cm_engine.scheduler import run_job
from cm_engine.store.database import Database
from cm_engine.store.demo_mark import mark_as_demo
from cm_engine.vault import Vault

SEED = "riverside"
PROGRAM, SITE = "intensive-outpatient", "Riverside"

WEEKS = timedelta(weeks=8)
ONE_DAY = timedelta(days=1)

# Days ago: the latest restock, and since when everybody's coming is in the activity log, too.
LATEST_RESTOCK, SIGNED_IN = 3, 2
PRESCRIBED = timedelta(days=90)
NIGHTLY = ("plan", "close-out", "head", "low-stock")

Reached = Callable[[float], None]


class Filled(NamedTuple):
    """What was filled: the program, its site, the staff, and participants by their codes."""

    program: str
    site: str
    staff: Staff
    ids: dict[str, str]


def fill(
    database: Database, vault: Vault, now: datetime, zone: ZoneInfo, reached: Reached = lambda _: None, seed: str = SEED
) -> Filled:
    """Fill a migrated, empty database up to now, and mark it as a demo. `reached` is told how far it is, from 0 to 1."""
    clock = PutClock(_first_morning(now, zone))
    engine = Engine(database, vault, clock=clock, dice=SeededDice(seed), passwords=quick_passwords())
    program, site, code = _begin(engine, zone, now)
    staff = appoint(engine, site, code)
    clinic = Clinic(engine, Agenda(clock), Chance(seed), staff, program, site, zone, now)
    clinic.tablet = place(clinic)
    put_down_changes(clinic)
    put_down_remarks(clinic)
    _put_down_shares(clinic, clock.now, now, reached)
    _begin_day(clinic, clock.now.astimezone(zone).date())
    clinic.agenda.go_on_until(now)
    _run(clinic, "plan", "rollups")
    reached(1.0)
    return Filled(program, site, clinic.staff, clinic.ids)


def _first_morning(now: datetime, zone: ZoneInfo) -> datetime:
    """Give the first minutes of the Monday on which the history begins."""
    begins = now.astimezone(zone).date() - WEEKS
    return datetime.combine(begins - timedelta(days=begins.weekday()), time(0, 5), zone).astimezone(UTC)


def _begin(engine: Engine, zone: ZoneInfo, now: datetime) -> tuple[str, str, str]:
    """Begin the program, and mark the database as a demo; give program, site, and the admin's one-time code."""
    program = replace(load_program(PROGRAM), site=SITE, timezone=str(zone))
    begun = begin(engine, Request("demo", "demo"), Begins(program, policies_of(program), ADMIN))
    with engine.database.writing() as tx:
        mark_as_demo(tx, now.astimezone(zone).date())
    with engine.database.reading() as tx:
        [running] = engine.published(tx).programs.values()
    return running.id, running.site, begun.code


def _put_down_shares(clinic: Clinic, begins: datetime, now: datetime, reached: Reached) -> None:
    for percent in range(100):
        clinic.agenda.at(begins + (now - begins) * percent / 100, partial(reached, percent / 100))


def _begin_day(clinic: Clinic, on: date) -> None:
    """Run the night's jobs, and put down the day that follows and the next night."""
    _run(clinic, *NIGHTLY)
    opens = clinic.opens(on)
    clinic.agenda.at(opens, partial(_open, clinic, on))
    if clinic.ago(on) <= SIGNED_IN:
        for place, (name, _) in enumerate(NAMES.values()):
            clinic.agenda.at(opens - timedelta(minutes=place), partial(come_and_go, clinic.engine, name))
    if on.weekday() in WEEKDAYS and clinic.ago(on) >= LATEST_RESTOCK:
        clinic.at(on, time(15, 10), partial(fill_cabinet, clinic))
    clinic.at(on, time(18, 20), partial(_confirm, clinic, on))
    clinic.at(on + ONE_DAY, time(0, 10), partial(_begin_day, clinic, on + ONE_DAY))


def _open(clinic: Clinic, on: date) -> None:
    """Sign in, admit and discharge, and see who is expected."""
    note_presence(clinic.engine, clinic.site, on)
    for person in PEOPLE:
        if _admit(clinic, person, on):
            keep_pin(clinic, person, on)
        if person.course.left == clinic.ago(on):
            clinic.at(on, time(16), partial(_discharge, clinic, person, on))
    if on in clinic.closed:
        return
    people = by_code()
    listed = day_list(clinic.engine, clinic.program, on)["visits"]
    keep_visits(clinic, [_due(people[visit["code"]], on, visit) for visit in listed if visit["event"] is None])


def _due(person: MadeUp, on: date, visit: dict[str, Any]) -> Due:
    at = time.fromisoformat(visit["at"]) if visit["at"] else None
    return Due(person, on, visit["kind"], visit["session"], at)


def _admit(clinic: Clinic, person: MadeUp, on: date) -> bool:
    """Enrol somebody on their first day, or on the first day of the history, and once more when they come back; tell whether now."""
    begins = clinic.workday(person.course.began)
    if person.code not in clinic.ids and begins <= on:
        clinic.ids[person.code] = _enrol(clinic, person, begins, on)
    elif person.course.back is not None and on == clinic.workday(person.course.back):
        request, participant = clinic.request(clinic.staff.dev), clinic.ids[person.code]
        readmit(clinic.engine, request, participant, clinic.program, on, consent=_consent(on))
    else:
        return False
    plan_week(clinic.engine, clinic.program, clinic.ids[person.code])
    return True


def _enrol(clinic: Clinic, person: MadeUp, begins: date, on: date) -> str:
    """Enrol somebody with what they signed, and give them their card."""
    desk, contacts = clinic.staff.dev, {"name": person.name, "phone": dict(phones())[person.code]}
    participant: str = enrol(
        clinic.engine,
        clinic.request(desk),
        clinic.program,
        person.code,
        begins,
        person=contacts,
        consent=_consent(on),
    )["participant"]
    issue_card(clinic.engine, clinic.request(desk), participant)
    if person.course.prescribed:
        until = on + PRESCRIBED
        wanted = Wanted(person.course.prescribed, on, until, "prescription seen, from their own doctor")
        exempt(clinic.engine, clinic.request(clinic.staff.elin), participant, wanted)
    return participant


def _consent(on: date) -> Agreed:
    return Agreed(on, None, "attendance, test results and rewards", "State Medicaid", "payment for the program")


def _discharge(clinic: Clinic, person: MadeUp, on: date) -> None:
    discharge(clinic.engine, clinic.request(clinic.staff.elin), clinic.ids[person.code], on)


def _confirm(clinic: Clinic, on: date) -> None:
    """Confirm the day's list; yesterday's is left for whoever tries the demo."""
    if on not in clinic.closed and clinic.ago(on) > 1:
        confirm_day(clinic.engine, clinic.request(clinic.at_desk(on)), clinic.program, on)


def _run(clinic: Clinic, *named: str) -> None:
    jobs = by_name(JOBS)
    for name in named:
        run_job(clinic.engine, jobs[name], clinic.agenda.clock.now)
