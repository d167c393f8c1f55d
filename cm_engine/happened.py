"""What happened, in a few words a fact: how a participant's history is told to staff."""

from collections.abc import Iterable, Mapping
from datetime import date

from cm_engine import ledger
from cm_engine.errors import quoted
from cm_engine.events import VOID, Kind, Result
from cm_engine.facts import (
    Discharged,
    DrawOpened,
    DrawResealed,
    Enrolled,
    EventRecorded,
    ExemptionEnded,
    ExemptionGiven,
    Fact,
    Moved,
    PrizeChosen,
    PrizeHandedOver,
    PrizesTraded,
    Purged,
    RedemptionCancelled,
    ResultCorrected,
    SlipDrawnByHand,
    SlipPicked,
    VersionTaken,
)
from cm_engine.ledger import Entry
from cm_engine.money import MONEY, Unit

TESTED = "Test"

# What is told in the same words always.
PLAIN: Mapping[type[Fact], str] = {
    DrawOpened: "Draw opened",
    DrawResealed: "Open draw sealed anew",
    Purged: "Removed after the retention time",
}


def told(fact: Fact, posted: Iterable[Entry], prizes: Mapping[str, str]) -> str:
    """Say what happened, by a fact and what it posted; `prizes` are names by id."""
    match fact:
        case EventRecorded():
            return f"{subject(fact.kind, fact.session)}: {result_told(fact.result)}"
        case ResultCorrected(result=result) if result.outcome == VOID:
            return "Taken back: entered in error"
        case ResultCorrected(result=result):
            return f"Corrected to {result_told(result)}"
        case SlipPicked() | SlipDrawnByHand():
            return f"Slip drawn: {_won(posted)}"
        case PrizeChosen(prize=prize):
            return f"{prizes.get(prize, 'A prize')} chosen"
        case PrizeHandedOver():
            return f"{_prize(posted, prizes)} handed over"
        case RedemptionCancelled():
            return f"{_prize(posted, prizes)} put back into the cabinet"
        case PrizesTraded(give, number, get):
            return f"{number} {give} traded for one {get}"
        case _:
            return _course(fact)


def subject(kind: Kind, session: str) -> str:
    """Say what somebody came for: a test, or a session by its name."""
    return session.replace("-", " ").capitalize() if session else {"test": TESTED}.get(kind, kind.capitalize())


def result_told(result: Result) -> str:
    """Say a result, with the analytes that were positive or explained."""
    said = [result.came_out.replace("-", " ")]
    for finding in ("positive", "explained"):
        named = [name for name, found in result.analytes if found == finding]
        if named:
            said.append(
                f"{finding} for {', '.join(named)}" if finding == "positive" else f"{', '.join(named)} explained"
            )
    return said[0] if len(said) == 1 else f"{said[0]} ({'; '.join(said[1:])})"


def _course(fact: Fact) -> str:
    """Say how somebody's time in programs, exemptions and draws went on."""
    match fact:
        case Enrolled(first_day=first_day):
            return f"Enrolled, first day {_day(first_day)}"
        case Discharged(last_day=last_day):
            return f"Discharged, last day {_day(last_day)}"
        case Moved(on=on):
            return f"Stepped over to another program from {_day(on)}"
        case VersionTaken(policy=policy, on=on):
            return f"Another version of {quoted(policy)} from {_day(on)}"
        case ExemptionGiven(analyte=analyte, from_day=first, to_day=last):
            return f"Exemption for {analyte}, {_day(first)} to {_day(last)}"
        case ExemptionEnded(last_day=last):
            return f"Exemption ended, last day {_day(last)}"
        case _:
            return PLAIN.get(type(fact), "")


def _won(posted: Iterable[Entry]) -> str:
    for entry in posted:
        what, _, of = entry.credit.rpartition("@")[0].partition(":")
        if what == ledger.WON:
            return of
        if what == ledger.HELD and entry.unit == MONEY.code:
            return f"{Unit(entry.unit).said(entry.amount)}, what the caps leave"
    return "nothing to choose this time"


def _prize(posted: Iterable[Entry], prizes: Mapping[str, str]) -> str:
    for entry in posted:
        what, _, prize = entry.debit.rpartition("@")[0].partition(":")
        if what == ledger.RESERVED:
            return prizes.get(prize, "A prize")
    return "A prize"


def _day(on: date) -> str:
    return on.isoformat()
