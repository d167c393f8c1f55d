"""Record: what happened, and what it earned; with the reason, at once."""

from datetime import UTC, date, datetime, time
from typing import NamedTuple
from zoneinfo import ZoneInfo

from cm_engine.actions.awards import award_records, left_records, refuse_partial
from cm_engine.actions.exempt import refuse_unexplained
from cm_engine.actions.requests import Answer, ConflictError, Doing, Request, answer_participant
from cm_engine.clock import written
from cm_engine.engine import Engine
from cm_engine.errors import nearest, quoted
from cm_engine.events import FINDINGS, KINDS, OUTCOMES, VOID, YEARS, Kind, Result, slot_of
from cm_engine.facts import EventRecorded
from cm_engine.standing import RefusedError
from cm_engine.store.chains import Participant
from cm_engine.store.notes import keep_note, note_of
from cm_engine.store.published import sessions_named
from cm_engine.store.received import known, receive
from cm_engine.store.visits import events_on

LONGEST_SESSION = 64


class Happening(NamedTuple):
    """What happened, as somebody reports it.

    `at` is an aware moment, or a date, taken as its beginning at the site. `sender_id` is the sender's own id, or empty.
    """

    at: datetime | date
    kind: Kind
    result: Result
    session: str = ""
    sender_id: str = ""
    reason: str = ""
    note: str = ""


def record(
    engine: Engine,
    request: Request,
    participant: str,
    happening: Happening,
    *,
    allow_partial: bool = False,
    at_the_desk: bool = False,
    needs_exemption: bool = False,
) -> Answer:
    """Record a test, an attendance or an activity; answer what it earned under each policy.

    `at_the_desk`, a session is one that is named somewhere, and what is recorded already for the same slot is corrected and not
    recorded twice. There, and where it `needs_exemption`, a finding is explained only where a clinician's exemption covers it.
    Raises RefusedError for what cannot be taken, and ConflictError where the sender's id was used for something else.
    """

    def act(doing: Doing, person: Participant) -> Answer:
        _, on = moment(happening.at, doing.program_of(person).zone)
        if at_the_desk or needs_exemption:
            refuse_unexplained(person, happening.result.analytes, on)
        if at_the_desk:
            refuse_unnamed(doing, happening)
            _refuse_second(doing, person, slot_of(happening.kind, happening.session), on)
        return take_happening(doing, person, happening, allow_partial=allow_partial)

    content = {**happening._asdict(), "at": happening.at.isoformat(), "allow_partial": allow_partial}
    return answer_participant(engine, request, participant, ("record", content), act)


def take_happening(doing: Doing, person: Participant, happening: Happening, *, allow_partial: bool = False) -> Answer:
    """Take what happened into a participant's chain, or find it there."""
    program = doing.program_of(person)
    today = doing.today(program.zone)
    at, on = moment(happening.at, program.zone)
    fact = EventRecorded(doing.new_id(), at, on, happening.kind, by_name(happening.result), happening.session, today)
    refuse_nonsense(doing.engine.analytes, fact)
    refuse_session(doing, fact.session)
    if happening.sender_id and (earlier := _found(doing, person, program.site, happening, fact)):
        return earlier
    posted = person.take(fact)
    if not allow_partial:
        refuse_partial(posted.lines)
    receive(doing.tx, program.site, happening.sender_id, person.id, person.latest_seq)
    keep_note(doing.tx, doing.engine.vault, person.id, person.latest_seq, happening.reason, happening.note)
    return {
        "participant": person.id,
        "event": fact.id,
        "on": on.isoformat(),
        "already_there": False,
        "awards": award_records(person.standing, posted.lines, today),
        "left": left_records(person.standing.left(today)),
    }


def moment(at: datetime | date, zone: ZoneInfo) -> tuple[datetime, date]:
    """Give the moment in UTC, and its date at the site."""
    if not isinstance(at, datetime):
        return datetime.combine(at, time(), zone).astimezone(UTC), at
    if at.tzinfo is None:
        at = at.replace(tzinfo=zone)
    return at.astimezone(UTC), at.astimezone(zone).date()


def refuse_nonsense(analytes: frozenset[str], fact: EventRecorded) -> None:
    """Refuse what no event can be. Raises RefusedError with what would be right."""
    refuse_moment(fact.on, fact.made_on)
    if fact.kind not in KINDS:
        raise RefusedError(f"{quoted(fact.kind)} is not a kind of event{nearest(fact.kind, KINDS)} ({' '.join(KINDS)})")
    refuse_result(analytes, fact.kind, fact.result)


def refuse_moment(on: date, today: date) -> None:
    """Refuse a day that has not come yet, or that is not believable."""
    if on > today:
        raise RefusedError(f"{on} has not come yet: today is {today} at the site")
    if on.year not in YEARS:
        raise RefusedError(f"the year {on.year} is not believable")


def _refuse_second(doing: Doing, person: Participant, slot: tuple[Kind, str], on: date) -> None:
    """Refuse what somebody has recorded already, perhaps at another desk; what was voided or cancelled was not."""
    for event in events_on(doing.tx, [person.id], on).get(person.id, ()):
        if event.slot == slot and event.result.outcome not in {VOID, "cancelled"}:
            said = event.result.came_out
            raise RefusedError(f"{quoted(said)} is recorded already for {on}; correct that, if it is not right")


def refuse_session(doing: Doing, session: str) -> None:
    """Refuse what is no session's name: it stays in the log for good, so it is short, or one that a program or policy has."""
    if not session or _is_plain(session) or session in sessions_named(doing.published):
        return
    doing.read_anew()
    if session not in sessions_named(doing.published):
        raise RefusedError(
            f"{quoted(session)} cannot be a session: write at most {LONGEST_SESSION} letters, digits, spaces and hyphens, "
            "or a session that the program names; what was said of somebody belongs into the note"
        )


def refuse_unnamed(doing: Doing, happening: Happening) -> None:
    """Refuse a session that no program or policy ever named: nobody at a desk makes one up that is rewarded.

    Where none is named at all, any is taken.
    """
    if happening.kind == "test" or happening.session in sessions_named(doing.published):
        return
    doing.read_anew()
    named = sessions_named(doing.published)
    if named and happening.session not in named:
        raise RefusedError(
            f"there is no session {quoted(happening.session)} in any program; choose one of the day's list"
        )


def _is_plain(session: str) -> bool:
    return len(session) <= LONGEST_SESSION and all(sign.isalnum() or sign in " -" for sign in session)


def by_name(result: Result) -> Result:
    """Give a result with its analytes by name, so that the same findings are the same result."""
    return result._replace(analytes=tuple(sorted(result.analytes)))


def refuse_result(analytes: frozenset[str], kind: Kind, result: Result) -> None:
    """Refuse a result that events of a kind cannot have."""
    outcomes = OUTCOMES[kind]
    told_by_analytes = kind == "test" and not result.outcome and bool(result.analytes)
    if result.outcome not in outcomes and not told_by_analytes:
        said = f"{quoted(result.outcome)} is not an outcome of {kind}" if result.outcome else "an outcome is missing"
        raise RefusedError(f"{said}{nearest(result.outcome, outcomes)} ({' '.join(outcomes)})")
    if result.analytes and kind != "test":
        raise RefusedError(f"only a test has analytes, and this is {kind}")
    names = [name for name, _ in result.analytes]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise RefusedError(f"{twice} stands there twice; one finding is right")
    for name, finding in result.analytes:
        if name not in analytes:
            raise RefusedError(f"{quoted(name)} is not a known analyte{nearest(name, analytes)}")
        if finding not in FINDINGS:
            raise RefusedError(f"{quoted(finding)} is not a finding{nearest(finding, FINDINGS)} ({' '.join(FINDINGS)})")


def _found(doing: Doing, person: Participant, site: str, happening: Happening, fact: EventRecorded) -> Answer | None:
    """Find an event that came under the same id of its sender; with other content it is a conflict."""
    earlier = known(doing.tx, site, happening.sender_id)
    if earlier is None:
        return None
    note = note_of(doing.tx, doing.engine.vault, earlier.chain, earlier.seq)
    same = isinstance(earlier.fact, EventRecorded) and earlier.fact._replace(id=fact.id, made_on=fact.made_on) == fact
    if not same or earlier.chain != person.id or note != (happening.reason, happening.note):
        raise ConflictError(
            f"the id {quoted(happening.sender_id)} is of an event that was recorded {written(earlier.fact.at)} with "
            "other content; give each event an id of its own, or correct the one that is there"
        )
    assert isinstance(earlier.fact, EventRecorded)  # noqa: S101 - told by `same`
    answer = {"participant": person.id, "event": earlier.fact.id, "on": fact.on.isoformat()}
    return {**answer, "already_there": True, "awards": [], "left": left_records(person.standing.left(fact.made_on))}
