"""Enrol: who takes part, in which program, under which policies, from when; discharge, readmit, step over."""

from datetime import date
from unicodedata import normalize

from sqlalchemy import bindparam, insert, select, update

from cm_engine.actions.consents import Agreed, take_consent
from cm_engine.actions.requests import Answer, Doing, Request, answer_participant, answer_program
from cm_engine.engine import Engine
from cm_engine.errors import quoted
from cm_engine.events import YEARS
from cm_engine.facts import Discharged, Enrolled, Moved
from cm_engine.standing import RefusedError
from cm_engine.store.chains import Chain, Participant, begin_chain
from cm_engine.store.database import Statement, Transaction
from cm_engine.store.people import keep_person, person_of
from cm_engine.store.published import Running
from cm_engine.store.tables import enrolments, participants

BY_CODE = Statement(
    select(participants.c.id).where(participants.c.site_id == bindparam("site"), participants.c.code == bindparam("by"))
)
ADD = Statement(insert(participants))
ENROL = Statement(insert(enrolments))
END = Statement(update(enrolments).where(enrolments.c.id == bindparam("of")).values(last_day=bindparam("last_day")))

# Policies by name, each with the id of the version that somebody is under.
Versions = tuple[tuple[str, str], ...]


def enrol(
    engine: Engine,
    request: Request,
    program: str,
    code: str,
    first_day: date,
    *,
    policies: tuple[str, ...] = (),
    payer: str = "",
    person: dict[str, str] | None = None,
    consent: Agreed | None = None,
) -> Answer:
    """Enrol somebody by their code, who need not be known yet; `policies` by name, all of the program's where none.

    `person` holds name and contacts, which are sealed. Raises RefusedError where an enrolment is still open, and where another
    person is kept under the code: a code that was mistaken must not put one person's name on another's books.
    """
    by = known_as(code)

    def act(doing: Doing, _: Chain) -> Answer:
        running = doing.program(program)
        participant = find_participant(doing.tx, running.site, by) or add_participant(doing, running.site, by)
        held = doing.participant(participant)
        if person:
            _keep_new_person(doing, participant, person)
        versions = versions_of(doing, running, first_day, policies)
        answer = begin_enrolment(doing, held, running, first_day, versions, payer)
        _take(doing, held, consent)
        held.save()
        return answer

    asked = {"code": by, "first_day": first_day.isoformat(), "policies": policies, "payer": payer, "person": person}
    content = {**asked, **_asked(consent)}
    return answer_program(engine, request, program, ("enrol", content), act)


def readmit(
    engine: Engine,
    request: Request,
    participant: str,
    program: str,
    first_day: date,
    *,
    policies: tuple[str, ...] = (),
    payer: str = "",
    consent: Agreed | None = None,
) -> Answer:
    """Enrol somebody anew who was discharged: every ladder from its start, while caps go on."""

    def act(doing: Doing, person: Participant) -> Answer:
        if not person.standing.enrolments:
            raise RefusedError("this participant was never enrolled; enrol first")
        running = doing.program(program)
        _refuse_another_site(doing, person, running)
        versions = versions_of(doing, running, first_day, policies)
        answer = begin_enrolment(doing, person, running, first_day, versions, payer)
        _take(doing, person, consent)
        return answer

    asked = {"program": program, "first_day": first_day.isoformat(), "policies": policies, "payer": payer}
    content = {**asked, **_asked(consent)}
    return answer_participant(engine, request, participant, ("readmit", content), act)


def discharge(engine: Engine, request: Request, participant: str, last_day: date) -> Answer:
    """End the open enrolment with its last day: later events earn nothing, and what was earned may still be spent.

    A last day that has not passed yet may be moved.
    """

    def act(doing: Doing, person: Participant) -> Answer:
        enrolment = _last_enrolment(person, doing.today(doing.program_of(person).zone))
        _refuse_year(last_day)
        person.take(Discharged(enrolment, last_day))
        doing.tx.run(END, {"of": enrolment, "last_day": last_day.isoformat()})
        return {"participant": person.id, "enrolment": enrolment, "last_day": last_day.isoformat()}

    return answer_participant(engine, request, participant, ("discharge", {"last_day": last_day.isoformat()}), act)


def step_over(engine: Engine, request: Request, participant: str, program: str, on: date) -> Answer:
    """Go on in another program from a day: under policies of the same name, ladder and caps are kept."""

    def act(doing: Doing, person: Participant) -> Answer:
        running = doing.program(program)
        enrolment = open_enrolment(person)
        _refuse_year(on)
        _refuse_another_site(doing, person, running)
        versions = versions_of(doing, running, on, ())
        person.take(Moved(enrolment, running.id, payer_of(doing, running, on, ""), on, versions))
        doing.tx.do(update(enrolments).where(enrolments.c.id == enrolment).values(program_id=running.id))
        names = [name for name, _ in versions]
        return {"participant": person.id, "enrolment": enrolment, "program": running.id, "policies": names}

    asked = {"program": program, "on": on.isoformat()}
    return answer_participant(engine, request, participant, ("step over", asked), act)


def known_as(code: str) -> str:
    """Give a code as it is kept: without blanks around it, each letter in one form, so that nobody is two people."""
    return normalize("NFC", code.strip())


def find_participant(tx: Transaction, site: str, code: str) -> str | None:
    """Find a participant of a site by their code."""
    row = tx.row(BY_CODE, {"site": site, "by": known_as(code)})
    return row[0] if row else None


def add_participant(doing: Doing, site: str, code: str) -> str:
    """Add a participant, whose chain is empty as yet. Raises RefusedError for a code that cannot be used."""
    code = known_as(code)
    if not code or not code.isprintable():
        raise RefusedError(f"{quoted(code)} cannot be a participant's code; write one on one line")
    participant = doing.new_id()
    doing.tx.run(ADD, {"id": participant, "site_id": site, "code": code})
    begin_chain(doing.tx, participant)
    return participant


def begin_enrolment(
    doing: Doing, person: Participant, running: Running, first_day: date, versions: Versions, payer: str
) -> Answer:
    """Begin an enrolment in a program, under versions of policies (name, version)."""
    _refuse_year(first_day)
    enrolment = doing.new_id()
    person.take(Enrolled(enrolment, running.id, payer_of(doing, running, first_day, payer), first_day, versions))
    row = {"id": enrolment, "participant_id": person.id, "program_id": running.id}
    doing.tx.run(ENROL, {**row, "first_day": first_day.isoformat(), "last_day": None})
    names = [name for name, _ in versions]
    return {"participant": person.id, "enrolment": enrolment, "first_day": first_day.isoformat(), "policies": names}


def versions_of(doing: Doing, running: Running, on: date, policies: tuple[str, ...]) -> Versions:
    """Give the versions of policies that enrolments of a day take: those named, or else all of the program's."""
    today = doing.today(running.zone)
    names = policies or running.on(on).policies
    found = [(name, doing.published.latest(running.id, name, max(on, today))) for name in names]
    for name, version in found:
        if version is None:
            raise RefusedError(f"the program {running.name} has no policy {quoted(name)} that is in force on {on}")
    return tuple((name, version.id) for name, version in found if version)


def _take(doing: Doing, person: Participant, consent: Agreed | None) -> None:
    if consent is not None:
        take_consent(doing, person, consent)


def _asked(consent: Agreed | None) -> dict[str, object]:
    return {} if consent is None else {"consent": consent.asked()}


def _keep_new_person(doing: Doing, participant: str, person: dict[str, str]) -> None:
    """Keep name and contacts of somebody of whom none are kept. Raises RefusedError, which shows neither, for others."""
    kept = person_of(doing.tx, doing.engine.vault, participant)
    if kept and kept != person:
        raise RefusedError(
            "another name or other contacts are kept under this code already; look whether it is the right code, and enrol "
            "without them if it is: an enrolment does not change them"
        )
    if not kept:
        keep_person(doing.tx, doing.engine.vault, participant, person)


def payer_of(doing: Doing, running: Running, on: date, named: str) -> str:
    """Give the id of the payer who gives what is paid: the one named, or the program's first; else the program."""
    payers = {payer.name: payer.id for payer in doing.published.rulebook.payers(running.id, on)}
    if named and named not in payers:
        raise RefusedError(f"the program {running.name} has no payer {quoted(named)}; it has {', '.join(payers)}")
    return payers[named] if named else next(iter(payers.values()), running.id)


def _last_enrolment(person: Participant, today: date) -> str:
    """Give the enrolment that is open, or whose last day has not passed. Raises RefusedError where there is none."""
    enrolment_id, enrolment = next(reversed(person.standing.enrolments.items()))
    return enrolment_id if enrolment.last_day >= today else open_enrolment(person)


def open_enrolment(person: Participant) -> str:
    """Give the enrolment that is open. Raises RefusedError where there is none."""
    for enrolment_id, enrolment in reversed(person.standing.enrolments.items()):
        if enrolment.is_open:
            return enrolment_id
    raise RefusedError("this participant has no open enrolment")


def _refuse_year(day: date) -> None:
    if day.year not in YEARS:
        raise RefusedError(f"the year {day.year} is not believable")


def _refuse_another_site(doing: Doing, person: Participant, running: Running) -> None:
    if doing.program_of(person).site != running.site:
        raise RefusedError(f"the program {running.name} is run at another site; enrol them there, by their code there")
