"""Close out: what nobody recorded of a day's list was missed, once staff have confirmed the list and the grace period is over.

A day that is marked closed, and one on which nobody came in, makes nobody miss anything. Neither does a clock that jumped: a
day that it jumped over, or from, waits until a person confirms its list behind the jump. What was missed is recorded the
way that everything is.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

from cm_engine.actions.correct import Correction, take_correction
from cm_engine.actions.look import reading_it
from cm_engine.actions.record import Happening, take_happening
from cm_engine.actions.requests import SYSTEM, Answer, Doing, Request, answer_program, doing_it
from cm_engine.clock import written
from cm_engine.engine import Engine
from cm_engine.events import Kind, Result
from cm_engine.facts import DayClosed, DayClosedOut, DayReopened
from cm_engine.standing import RefusedError, Standing
from cm_engine.store.chains import Chain, Participant, glimpses_of
from cm_engine.store.database import Transaction
from cm_engine.store.notes import keep_note
from cm_engine.store.published import Running
from cm_engine.store.traces import passing, traces
from cm_engine.store.visits import (
    CLOSED,
    CLOSED_OUT,
    CONFIRMED,
    Mark,
    OnTheDay,
    Visit,
    anybody_recorded,
    events_on,
    has_signed_in,
    mark,
    marks_between,
    marks_of,
    open_days,
    sign_in,
    unmark,
    visits_on,
)

ONE_DAY = timedelta(days=1)

# A day that waited for longer is closed out only when a person asks for it.
LOOKS_BACK = timedelta(days=31)

ABSENT: dict[Kind, Result] = {
    "test": Result("missed"),
    "attendance": Result("missed"),
    "activity": Result("incomplete"),
}
EXCUSED = Result("excused")


NOT_CONFIRMED = "nobody has confirmed the day's list"


class Listed(NamedTuple):
    """A visit of a day's list, and the event that was recorded for it; None where nothing was."""

    visit: Visit
    event: OnTheDay | None


# --- what staff see and say ------------------------------------------------------------------------------------------------


def day_list(engine: Engine, program: str, on: date) -> Answer:
    """Give a day's list: who is expected, what is recorded of them, how much is missing, and what was said of the day."""

    def read(tx: Transaction) -> Answer:
        doing = Doing(engine, tx, Request("", SYSTEM))
        doing.program(program)
        listed = _listed(doing, program, on)
        return {
            "program": program,
            "on": on.isoformat(),
            "states": sorted(marks_of(tx, program, on)),
            "missing": sum(entry.event is None for entry in listed),
            "visits": [_told(entry) for entry in listed],
        }

    return reading_it(engine, read)


def note_presence(engine: Engine, site: str, on: date) -> None:
    """Note that somebody signed in at a site on a day."""
    doing_it(engine, Request("", SYSTEM), lambda doing: sign_in(doing.tx, site, on))


def confirm_day(engine: Engine, request: Request, program: str, on: date) -> Answer:
    """Say that a day's list is right: whoever has nothing recorded was not there.

    Raises RefusedError for a day that has not come, and for one that is closed.
    """

    def act(doing: Doing, _: Chain) -> Answer:
        running = doing.program(program)
        today = doing.today(running.zone)
        _refuse_early(on, today)
        if CLOSED in marks_of(doing.tx, program, on):
            raise RefusedError(f"{on} is marked closed; nobody was expected")
        sign_in(doing.tx, running.site, today)  # whoever confirms a list is there
        mark(doing.tx, program, on, CONFIRMED, Mark(request.actor, doing.recorded_at))
        missing = sum(entry.event is None for entry in _listed(doing, program, on))
        return {"program": program, "on": on.isoformat(), "state": CONFIRMED, "missing": missing}

    return answer_program(engine, request, program, ("confirm day", {"on": on.isoformat()}), act)


# --- closed days -------------------------------------------------------------------------------------------------------------


def close_day(engine: Engine, request: Request, program: str, on: date, reason: str = "") -> Answer:
    """Mark a day on which the clinic is closed, and excuse whoever is expected on it, also of what they already missed.

    A day may be marked before it comes; it is excused then when it is closed out.
    """

    def act(doing: Doing, chain: Chain) -> Answer:
        running = doing.program(program)
        if CLOSED not in marks_of(doing.tx, program, on):
            seq = chain.add(DayClosed(on))
            keep_note(doing.tx, engine.vault, program, seq, reason, "")
            mark(doing.tx, program, on, CLOSED, Mark(request.actor, doing.recorded_at))
        has_come = on <= doing.today(running.zone)
        excused = _excuse_all(doing, running, on, reason) if has_come else 0
        return {"program": program, "on": on.isoformat(), "state": CLOSED, "excused": excused}

    return answer_program(engine, request, program, ("close day", {"on": on.isoformat(), "reason": reason}), act)


def reopen_day(engine: Engine, request: Request, program: str, on: date, reason: str = "") -> Answer:
    """Take back that a day is closed, where that was a mistake: it has its list again, and is closed out like any other.

    Whoever was excused by the closing stays so until somebody corrects it; the answer says how many that are. Raises
    RefusedError for a day that is not marked closed, and for one that is over and closed out.
    """

    def act(doing: Doing, chain: Chain) -> Answer:
        running = doing.program(program)
        said = marks_of(doing.tx, program, on)
        if CLOSED not in said:
            raise RefusedError(f"{on} is not marked closed; there is nothing to take back")
        if CLOSED_OUT in said and on < doing.today(running.zone):
            raise RefusedError(f"{on} is over and closed out; correct what was recorded of those who came")
        seq = chain.add(DayReopened(on))
        keep_note(doing.tx, engine.vault, program, seq, reason, "")
        unmark(doing.tx, program, on, CLOSED, CLOSED_OUT)
        excused = sum(
            entry.event is not None and entry.event.result == EXCUSED for entry in _listed(doing, program, on)
        )
        return {"program": program, "on": on.isoformat(), "state": "open", "excused": excused}

    return answer_program(engine, request, program, ("reopen day", {"on": on.isoformat(), "reason": reason}), act)


def _excuse_all(doing: Doing, running: Running, on: date, reason: str) -> int:
    excused = 0
    for person, listed in _people(doing, running.id, on):
        for entry in listed:
            if entry.event is None:
                take_happening(doing, person, _happening(entry.visit, running, on, EXCUSED, reason))
            elif entry.event.result == ABSENT[entry.visit.kind]:
                take_correction(doing, person, Correction(entry.event.event, EXCUSED, reason=reason))
            else:
                continue
            excused += 1
        person.save()
    return excused


# --- closing out ---------------------------------------------------------------------------------------------------------------


def close_out(engine: Engine, request: Request, program: str, on: date) -> Answer:
    """Record what nobody recorded of a day as missed; of a closed day, as excused. Once more, it adds nothing.

    Raises RefusedError, with the reason, for a day that cannot be closed out yet, or never.
    """

    def act(doing: Doing, chain: Chain) -> Answer:
        running = doing.program(program)
        said = marks_of(doing.tx, program, on)
        answer = {"program": program, "on": on.isoformat(), "state": CLOSED_OUT}
        if CLOSED_OUT in said:
            return {**answer, "already_there": True, "missed": 0, "excused": 0}
        if CLOSED in said:
            _refuse_early(on, doing.today(running.zone))
            missed, excused = 0, _excuse_all(doing, running, on, "")
        else:
            seen_at = traces(doing.tx, _midnight(on, running))
            if hindrance := _hindrance(doing, running, on, said, seen_at):
                raise RefusedError(f"{on} cannot be closed out: {hindrance}")
            missed, excused = _miss_all(doing, running, on), 0
        chain.add(DayClosedOut(on, missed))
        mark(doing.tx, program, on, CLOSED_OUT, Mark(request.actor, doing.recorded_at))
        return {**answer, "already_there": False, "missed": missed, "excused": excused}

    return answer_program(engine, request, program, ("close out", {"on": on.isoformat()}), act)


def days_to_close_out(engine: Engine, program: str) -> tuple[list[date], dict[date, str]]:
    """Give the days that can be closed out now, and those whose grace period is over and that wait, each with the reason."""
    can: list[date] = []
    waiting: dict[date, str] = {}
    with engine.database.reading() as tx:
        doing = Doing(engine, tx, Request("", SYSTEM))
        running = doing.program(program)
        today = doing.today(running.zone)
        seen_at = traces(tx, _midnight(today - LOOKS_BACK, running))
        for on in open_days(tx, program, today - LOOKS_BACK, today):
            said = marks_of(tx, program, on)
            if CLOSED in said:
                can.append(on)
            elif doing.now < _grace_ends(running, on):
                continue
            elif hindrance := _hindrance(doing, running, on, said, seen_at):
                waiting[on] = hindrance
            else:
                can.append(on)
    return can, waiting


def days_that_wait(engine: Engine, program: str) -> dict[date, str]:
    """Give the earlier days whose list a person is to look at, each with the reason: nobody confirmed it, or something hinders."""
    with engine.database.reading() as tx:
        doing = Doing(engine, tx, Request("", SYSTEM))
        running = doing.program(program)
        today = doing.today(running.zone)
        first, yesterday = today - LOOKS_BACK, today - ONE_DAY
        said = marks_between(tx, program, first, yesterday)
        open_ = [on for on in open_days(tx, program, first, yesterday) if CLOSED not in said[on]]
        seen_at = traces(tx, _midnight(first, running)) if open_ else []
        told = {on: _to_look_at(doing, running, on, said[on], seen_at) for on in open_}
        return {on: why for on, why in told.items() if why}


def _to_look_at(doing: Doing, running: Running, on: date, said: dict[str, Mark], seen_at: Sequence[datetime]) -> str:
    if running.on(on).close_out.confirm and CONFIRMED not in said:
        return NOT_CONFIRMED
    return "" if doing.now < _grace_ends(running, on) else _hindrance(doing, running, on, said, seen_at)


def _hindrance(doing: Doing, running: Running, on: date, said: dict[str, Mark], seen_at: Sequence[datetime]) -> str:
    """Tell why a day cannot be closed out now; empty where it can. `seen_at` are the traces of the engine at work."""
    ends = _grace_ends(running, on)
    if doing.now < ends:
        return f"the grace period lasts until {ends.astimezone(running.zone):%Y-%m-%d %H:%M}"
    confirmed_at = said[CONFIRMED].made_at if CONFIRMED in said else ""
    if running.on(on).close_out.confirm and not confirmed_at:
        return NOT_CONFIRMED
    jumped = _jump(_midnight(on, running), doing.now, seen_at, confirmed_at)
    return jumped or _nobody_there(doing.tx, running, on)


def _grace_ends(running: Running, on: date) -> datetime:
    """Give the moment at which the grace period of a day is over."""
    return _midnight(on + ONE_DAY, running) + timedelta(hours=running.on(on).close_out.grace_hours)


def _jump(begins: datetime, now: datetime, seen_at: Sequence[datetime], confirmed_at: str) -> str:
    """Tell that the clock jumped since a day began and a person did not confirm its list since; empty where neither is so."""
    steady_since, is_behind = passing(seen_at, begins, now)
    if written(steady_since) <= confirmed_at <= written(now):
        return ""
    if is_behind:
        return "the clock is behind what was recorded; a person is to set it right, or to confirm the day's list"
    if steady_since > begins:
        return "nothing ran for days, or the clock jumped; a person is to confirm the day's list"
    return ""


def _nobody_there(tx: Transaction, running: Running, on: date) -> str:
    begins, ends = (written(_midnight(day, running)) for day in (on, on + ONE_DAY))
    if has_signed_in(tx, running.site, on) or anybody_recorded(tx, running.site, begins, ends, SYSTEM):
        return ""
    return "nobody signed in or recorded anything on that day; mark it closed, or record who came"


def _miss_all(doing: Doing, running: Running, on: date) -> int:
    missed = 0
    for person, listed in _people(doing, running.id, on):
        for entry in listed:
            if entry.event is None:
                take_happening(doing, person, _happening(entry.visit, running, on, ABSENT[entry.visit.kind], ""))
                missed += 1
        person.save()
    return missed


# --- the list --------------------------------------------------------------------------------------------------------------------


def _people(doing: Doing, program: str, on: date) -> Iterator[tuple[Participant, list[Listed]]]:
    """Hold everybody who is expected on a day, in the order of their ids; give each with their list."""
    planned = visits_on(doing.tx, program, on)
    held = {name: doing.participant(name) for name in sorted({visit.participant for visit in planned})}
    recorded = events_on(doing.tx, list(held), on)
    for name, person in held.items():
        visits = [v for v in planned if v.participant == name and _is_expected(person.standing, v, program, on)]
        yield person, _paired(visits, recorded.get(name, []))


def _listed(doing: Doing, program: str, on: date) -> list[Listed]:
    """Give a day's list, to look at."""
    planned = visits_on(doing.tx, program, on)
    names = sorted({visit.participant for visit in planned})
    standings = glimpses_of(doing.tx, names, doing.published.rulebook)
    recorded = events_on(doing.tx, names, on)
    visits = [visit for visit in planned if _is_expected(standings[visit.participant], visit, program, on)]
    return [entry for visit in visits for entry in _paired([visit], recorded.get(visit.participant, []))]


def _is_expected(standing: Standing, visit: Visit, program: str, on: date) -> bool:
    """Tell whether what was planned still holds: the enrolment lasts on the day, and is in the program."""
    return not standing.is_purged and standing.enrolments[visit.enrolment].is_in(program, on)


def _paired(visits: list[Visit], events: list[OnTheDay]) -> list[Listed]:
    """Put to each visit what was recorded of it, whatever the outcome; what was voided was not."""
    recorded = {event.slot: event for event in reversed(events) if not event.is_void}
    return [Listed(visit, recorded.get(visit.slot)) for visit in visits]


def _happening(visit: Visit, running: Running, on: date, result: Result, reason: str) -> Happening:
    at = datetime.combine(on, visit.at, running.zone) if visit.at else on
    return Happening(at, visit.kind, result, visit.session, reason=reason)


def _told(entry: Listed) -> dict[str, Any]:
    visit, event = entry
    return {
        "participant": visit.participant,
        "code": visit.code,
        "enrolment": visit.enrolment,
        "kind": visit.kind,
        "session": visit.session,
        "at": visit.at.isoformat("minutes") if visit.at else None,
        "event": event.event if event else None,
        "outcome": event.result.outcome if event else None,
        "analytes": dict(event.result.analytes) if event else None,
    }


def _refuse_early(on: date, today: date) -> None:
    if on > today:
        raise RefusedError(f"{on} has not come yet: today is {today} at the site")


def _midnight(on: date, running: Running) -> datetime:
    """Give the moment at which a day begins at the site."""
    return datetime.combine(on, time(), running.zone).astimezone(UTC)
