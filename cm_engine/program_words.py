"""Program words: what a program's terms say, in sentences for people who never saw its file."""

from collections.abc import Iterator, Sequence
from datetime import time
from typing import NamedTuple

from cm_engine.caps import Cap, Per
from cm_engine.money import MONEY
from cm_engine.prizes import Prize
from cm_engine.program import Payer, Program, Screening, Session
from cm_engine.weekly import Weeks

DAYS = {
    "mon": "Monday",
    "tue": "Tuesday",
    "wed": "Wednesday",
    "thu": "Thursday",
    "fri": "Friday",
    "sat": "Saturday",
    "sun": "Sunday",
}

PERIODS: dict[Per, str] = {
    "event": "for one award",
    "day": "a day",
    "week": "a program week",
    "month": "a month",
    "calendar-year": "a calendar year",
    "fiscal-year": "a fiscal year",
    "rolling-year": "in any twelve months",
    "episode": "in one episode of care",
}


class Section(NamedTuple):
    """A part of a program's terms: what it is about, and what they say of it, a sentence each."""

    about: str
    says: list[str]


def in_words(program: Program) -> list[Section]:
    """Tell a program's terms, part by part."""
    return [
        Section("Length", [f"{_several(program.weeks, 'week')}." if program.weeks else "No end is set."]),
        *(list(_timetable(program)) or [Section("Sessions", ["None is expected on a day of its own."])]),
        Section("Tests", [_tests(program.testing), *_panel(program.testing)]),
        Section("What nobody recorded", [_close_out(program)]),
        Section(
            "Who pays", [_payer(payer) for payer in program.payers] or ["No payer is named: no payer's cap holds."]
        ),
        Section("Goals that may be rewarded", [f"{goal.title}." for goal in program.goals] or ["None."]),
        Section("Prizes", [*map(_prize, program.prizes), *_trades(program)] or ["The cabinet is empty."]),
    ]


def _timetable(program: Program) -> Iterator[Section]:
    for timetable in program.timetable:
        yield Section(f"Expected {_weeks(timetable.weeks)}", [_session(session) for session in timetable.sessions])


def _session(session: Session) -> str:
    at = f" at {_clock(session.at)}" if session.at else ""
    long = f", {session.hours.normalize():f} h" if session.hours else ""
    return f"{DAYS[session.day]}{at}: {session.session.replace('-', ' ')}{long}."


def _clock(at: time) -> str:
    return f"{at:%I:%M %p}".lstrip("0")


def _weeks(weeks: Weeks) -> str:
    if weeks.last is None:
        return "every week" if weeks.first == 1 else f"from week {weeks.first} on"
    return f"in week {weeks.first}" if weeks.first == weeks.last else f"in weeks {weeks.first} to {weeks.last}"


def _tests(testing: Screening) -> str:
    if testing.days:
        return f"Every {_listed([DAYS[day] for day in testing.days])}."
    if not testing.per_week:
        return "No test is expected on a day of its own."
    among = f", on {_listed([DAYS[day] for day in testing.among], 'or')}" if testing.among else ""
    gap = f", at least {_several(testing.least_gap_days, 'day')} apart" if testing.least_gap_days else ""
    return f"{_several(testing.per_week, 'random day')} a week{among}{gap}."


def _panel(testing: Screening) -> Iterator[str]:
    if testing.panel:
        yield f"The panel: {_listed(testing.panel)}."


def _close_out(program: Program) -> str:
    when = f"{_several(program.close_out.grace_hours, 'hour')} after the end of its day"
    once = ", once staff have confirmed the day's list" if program.close_out.confirm else ""
    return f"An expected visit that nobody recorded counts as missed {when}{once}."


def _payer(payer: Payer) -> str:
    budget = f", with {_money(payer.budget)} a year" if payer.budget is not None else ""
    caps = "; ".join(_cap(cap) for cap in payer.caps)
    return f"{payer.name}{budget}. {caps or 'No cap for one participant'}."


def _cap(cap: Cap) -> str:
    denied = ", and what does not fit whole is not paid" if cap.mode == "deny" else ""
    first = f" from {cap.first_day}" if cap.first_day else ""
    return f"At most {_money(cap.amount)} {PERIODS[cap.per]}{first} for one participant{denied}"


def _prize(prize: Prize) -> str:
    how = f"drawn as {prize.size}" if prize.size else f"for {prize.points} points" if prize.points else "for its value"
    reorder = f"; reorder at {prize.reorder_at}" if prize.reorder_at is not None else ""
    return f"{prize.name}: {how}, worth {_money(prize.value)}, {prize.class_.replace('-', ' ')}{reorder}."


def _trades(program: Program) -> Iterator[str]:
    for trade in program.trades:
        yield f"{trade.count} won prizes of size {trade.give} may be traded for one of size {trade.get}."


def _money(cents: int) -> str:
    whole, _, fraction = MONEY.text(cents).partition(".")
    return f"${int(whole):,}.{fraction}"


def _several(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _listed(words: Sequence[str], last: str = "and") -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"
