"""Sentences that tell a patient or an auditor where a number comes from, made from the same values that were paid."""

from collections.abc import Callable
from functools import lru_cache, partial

from cm_engine.awards import (
    AlreadyPaid,
    AlsoNegative,
    Corrected,
    EachSuccess,
    FlatWeeks,
    InARow,
    LadderPlace,
    Part,
    Reason,
    Told,
)
from cm_engine.caps import Cap, Per
from cm_engine.events import Kind
from cm_engine.money import Unit
from cm_engine.replay import Line

CAPS: dict[Per, str] = {
    "event": "the cap for one award",
    "day": "the daily cap",
    "week": "the weekly cap",
    "month": "the monthly cap",
    "calendar-year": "the yearly cap",
    "fiscal-year": "the fiscal year's cap",
    "rolling-year": "the cap for any twelve months",
    "episode": "the cap for the whole episode",
}

SUCCESSES: dict[Kind, str] = {"test": "negative", "attendance": "visit", "activity": "activity"}

ORDINALS = (
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
)


@lru_cache(maxsize=4096)
def why(reason: Reason) -> str:
    """Give the reason of a part in a few words."""
    match reason:
        case LadderPlace(place, _):
            return f"ladder place {place}"
        case EachSuccess():
            return "each success"
        case InARow(in_a_row, _):
            return f"{in_a_row} in a row"
        case AlsoNegative(analytes):
            return f"{_listed(analytes)} negative too"
        case FlatWeeks(first, last):
            return _weeks(first, last)
        case Told(words):
            return words
        case AlreadyPaid():
            return "settled before for this date"
        case Corrected(on, session):
            return f"visit of {on}, {session}" if session else f"visit of {on}"


def sentence(line: Line, write: Callable[[Unit, int], str] = Unit.said) -> str:
    """Say what an event earned, or a correction changed, and why; the parts before what a cap held back.

    Amounts are written with their unit; by `Unit.text` without, where a column names it.
    """
    money = partial(write, line.policy.pays)
    if line.event.corrects:
        return _correction(line, money)
    if not line.parts:
        return _nothing(line)
    said = "; ".join(_part(part, money) for part in line.parts)
    return f"{_lead(line)}: {said}{_held_back(line, money)}"


def ordinal(number: int) -> str:
    """Say third, or 21st."""
    if number <= len(ORDINALS):
        return ORDINALS[number - 1]
    tail = "th" if number % 100 in {11, 12, 13} else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{tail}"


def _lead(line: Line) -> str:
    success = SUCCESSES[line.policy.on]
    match line.parts[0].reason:
        case LadderPlace(in_a_row=in_a_row) | EachSuccess(in_a_row):
            return f"{ordinal(in_a_row)} {success} in a row"
        case FlatWeeks():
            return f"{success} in week {line.week}"
        case _:
            return success


def _part(part: Part, money: Callable[[int], str]) -> str:
    amount = money(part.amount)
    match part.reason:
        case EachSuccess():
            return amount
        case InARow(_, 1):
            return f"every one: {amount}"
        case InARow(_, every):
            return f"every {ordinal(every)} one: {amount}"
        case LadderPlace(place, _):
            return f"ladder place {place}, {amount}"
        case reason:
            return f"{why(reason)}: {amount}"


def _held_back(line: Line, money: Callable[[int], str]) -> str:
    if not line.capped_by:
        return ""
    return f"; {money(line.capped)} held back by {_cap(line.capped_by, line.capped_source)}"


def _cap(cap: Cap, source: str) -> str:
    named = f"{CAPS[cap.per]} of {source}" if source else CAPS[cap.per]
    return named if cap.mode == "truncate" else f"{named}, which pays whole awards only"


def _nothing(line: Line) -> str:
    outcome = line.seen.outcome
    match line.why:
        case "before the start":
            return "before the first day: pays nothing"
        case "counted already":
            return f"{outcome}: already counted today"
        case _:
            return _no_award(line, outcome)


def _no_award(line: Line, outcome: str) -> str:
    weeks = line.policy.weeks
    if not outcome:
        told = "none of the policy's targets reported" if line.policy.on == "test" else "not a session of this policy"
        return f"{told}: not counted"
    if line.seen.seen_as == "ignore":
        return f"{outcome}: not counted"
    if weeks is not None and line.week > weeks:
        return f"{outcome}: after the program's {weeks} {'week' if weeks == 1 else 'weeks'}, pays nothing"
    return f"{outcome}: pays nothing" if line.seen.seen_as == "failure" else f"{outcome}: nothing due"


def _correction(line: Line, money: Callable[[int], str]) -> str:
    lead = (
        "entered in error"
        if line.why == "voided"
        else f"corrected to {line.seen.outcome or 'nothing this policy counts'}"
    )
    credited = [part for part in line.parts if part.amount > 0]
    debited = [part for part in line.parts if part.amount < 0]
    told = [f"{money(part.amount)} more for the {why(part.reason)}" for part in credited]
    told += [f"{money(-part.amount)} taken back for the {why(part.reason)}" for part in debited]
    if line.uncollected:
        told.append(f"{money(line.uncollected)} of it is spent already and stays")
    if line.kept:
        told.append(f"{money(line.kept)} that was paid before stays")
    return f"{lead}: {'; '.join(told) or 'changes no award'}{_held_back(line, money)}"


def _weeks(first: int, last: int | None) -> str:
    if last is None:
        return f"week {first} and later"
    return f"week {first}" if first == last else f"weeks {first} to {last}"


def _listed(words: tuple[str, ...]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
