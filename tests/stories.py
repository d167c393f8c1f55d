"""Stories: what happened to somebody, in a clinician's words, and what it must pay.

`tells` takes a story with dates, a line a visit; `pays` a row of visits in the letters of the protocols. Both replay it
under a policy, and compare each award to the cent.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from cm_engine.events import OUTCOMES, Event, Result
from cm_engine.exchange.policy_file import load_policy
from cm_engine.policies.contract import Policy
from cm_engine.replay import Account, Line, in_order, open_accounts, replay

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

# The letters of the protocols: for tests and for attendance.
LETTERS = {
    "test": {
        "N": "negative",
        "P": "positive",
        "M": "missed",
        "E": "excused",
        "-": "negative",
        "+": "positive",
        "*": "positive",
    }
    | {"o": "missed"},
    "attendance": {"A": "attended", "U": "missed", "E": "excused", "L": "late"},
    "activity": {"C": "completed", "I": "incomplete", "E": "excused"},
}


@dataclass(frozen=True)
class Told:
    """A story that was told: the lines of its replay, and the account they lead to."""

    policy: Policy[Any]
    lines: Sequence[Line]
    account: Account

    @property
    def amounts(self) -> list[str]:
        """What each event or correction posted."""
        return [self.policy.pays.text(line.amount) for line in self.lines]

    @property
    def balance(self) -> str:
        """What the participant has in the end."""
        return self.policy.pays.text(self.account.balance)

    @property
    def next_visit(self) -> str:
        """What a plain success on the day after the story would pay."""
        return self.policy.pays.text(self.account.next_visit(self.lines[-1].event.on))


def event(policy: Policy[Any], on: date, outcome: str, place: int = 1, **more: Any) -> Event:
    """Make an event of a policy's kind on a date."""
    at = datetime(on.year, on.month, on.day, tzinfo=UTC)
    result = more.pop("result", None) or Result(outcome)
    return Event("p1", at, on, on.isoformat(), place, policy.on, result, **more)


def told(policy: Policy[Any], events: Sequence[Event], start: date | None = None) -> Told:
    """Replay events of one participant under a policy."""
    ordered = in_order(events)
    accounts = open_accounts([policy], ordered, start)
    lines = [line for _, line in replay(ordered, accounts)]
    return Told(policy, lines, accounts[0])


def tells(policy: Policy[Any] | str, story: str) -> Told:
    """Replay a story and compare what each line of it says is paid.

    A line is `Mon 2026-01-05  negative  2.50 + 10.00`: the day, what happened, what it pays (parts joined by `+`). What
    happened may go on: `negative, opioid negative too`. `Wed 2026-01-14  2026-01-12 becomes negative  26.25` corrects,
    `… 2026-01-12 never happened  -5.00` voids. A visit of a session is `attended at morning-group`.
    """
    known = load_policy(policy) if isinstance(policy, str) else policy
    lines = [line.split("#")[0].strip() for line in story.strip().splitlines()]
    lines = [line for line in lines if line]
    events = [_event_of(known, line, place, lines[: place - 1]) for place, line in enumerate(lines, start=1)]
    result = told(known, events)
    for line, replayed in zip(lines, result.lines, strict=True):
        expected = sum(Decimal(part) for part in _columns(line)[2].split("+"))
        paid = Decimal(known.pays.text(replayed.amount))
        assert paid == expected, f"{line!r} pays {paid}: {[part.reason for part in replayed.parts]}"
    return result


def pays(policy: Policy[Any] | str, visits: str, *, a_week: int = 0) -> list[str]:
    """Replay visits in the letters of the protocols, and give what each pays.

    `N N P` are visits of `a_week` a week (0: one a day). `W1 NN W2 N,missed` names the weeks.
    """
    known = load_policy(policy) if isinstance(policy, str) else policy
    return told(known, _visits(known, visits, a_week), MONDAY).amounts


MONDAY = date(2026, 1, 5)


def total(amounts: Sequence[str]) -> str:
    """Add up amounts."""
    return str(sum(Decimal(amount) for amount in amounts))


def _visits(policy: Policy[Any], visits: str, a_week: int) -> list[Event]:
    letters = LETTERS[policy.on]
    days: list[tuple[date, str]] = []
    if visits.startswith("W"):
        for chunk in visits.split("W")[1:]:
            week, *words = chunk.replace(",", " ").split()
            of_week = [each for word in words for each in ([word] if word in OUTCOMES[policy.on] else word)]
            days += [(_day(int(week) - 1, visit, len(of_week)), letter) for visit, letter in enumerate(of_week)]
    else:
        written = visits.replace(" ", "")
        days = [(_day(place // a_week, place % a_week, a_week) if a_week else MONDAY + timedelta(place), letter)
                for place, letter in enumerate(written)]  # fmt: skip
    return [event(policy, on, letters.get(letter, letter), place) for place, (on, letter) in enumerate(days, start=1)]


def _day(week: int, visit: int, of: int) -> date:
    return MONDAY + timedelta(days=7 * week + 7 * visit // of)


def _columns(line: str) -> tuple[date, str, str]:
    """Split `Mon 2026-01-05  negative  2.50`; columns stand two spaces apart or more."""
    written, happened, amounts = re.split(r"\s{2,}", line)
    weekday, day = written.split()
    on = date.fromisoformat(day)
    assert WEEKDAYS[on.weekday()] == weekday, f"{line!r}: {day} is a {WEEKDAYS[on.weekday()]}"
    return on, happened, amounts


def _event_of(policy: Policy[Any], line: str, place: int, earlier: Sequence[str]) -> Event:
    """Read a line of a story; a correction names the first event of a date."""
    on, happened, _ = _columns(line)
    second = f", line {place}" if any(_columns(other)[0] == on for other in earlier) else ""
    first, _, rest = happened.partition(" ")
    if rest.startswith("becomes ") or rest == "never happened":
        outcome = "void" if rest == "never happened" else rest.removeprefix("becomes ")
        return event(policy, on, outcome, place, corrects=first)
    outcome, _, session = happened.partition(" at ")
    outcome, _, also = outcome.partition(", ")
    result = Result(outcome, _findings(policy, outcome, also)) if also else None
    return event(policy, on, outcome, place, id=f"{on}{second}", session=session, result=result)


def _findings(policy: Policy[Any], outcome: str, also: str) -> Any:
    """Read `opioid negative too`: the targets as the outcome says, and the further analytes named."""
    words = also.replace(" too", "").replace(" and ", " ").split()
    further = dict(zip(words[::2], words[1::2], strict=True))
    targets = dict.fromkeys(policy.targets or ("cocaine",), outcome)
    return tuple(sorted((targets | further).items()))
