"""Replay: walking a log under the policies in force, one participant and policy at a time.

Each event is seen, stepped and settled; a correction rebuilds the ladder from all accepted events and settles the
difference. What comes out is a line for every event: what it earned, and why.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from operator import attrgetter
from typing import Any, Literal, NamedTuple

from cm_engine.awards import AlreadyPaid, Corrected, Part
from cm_engine.caps import Cap
from cm_engine.events import KINDS, VOID, Event
from cm_engine.policies.contract import Policy, Seen, Visit
from cm_engine.settlement import Books, Settlement, Slot

Why = Literal["", "voided", "counted already", "before the start"]


class Read(NamedTuple):
    """An event as the walk took it: how it is seen, why that is not as it looks, its slot and week, what it is due."""

    seen: Seen
    why: Why
    slot: Slot
    week: int
    parts: tuple[Part, ...] = ()


class Line(NamedTuple):
    """What one event (or correction) did under one policy. Amounts are in the unit's smallest step.

    The parts are before caps: they add up to `amount` and `capped` together. `kept` is what stays with the participant
    after a correction although it is no longer due.
    """

    event: Event
    policy: Policy[Any]
    seen: Seen
    why: Why
    week: int
    parts: tuple[Part, ...]
    amount: int
    capped: int
    capped_by: Cap | None
    kept: int
    balance: int


class Walk:
    """Events of one participant followed in their order: the state they lead to, and what each one is due."""

    def __init__(self, policy: Policy[Any], first_day: date) -> None:
        self._policy = policy
        self._day_zero = first_day.toordinal()
        self._taken: set[Slot] = set()
        self.state = policy.begin()

    def week(self, on: date) -> int:
        """Tell the program week of a date: 1 from the first day on, less before it."""
        return (on.toordinal() - self._day_zero) // 7 + 1

    def follow(self, event: Event) -> Read:
        """Take the next event."""
        policy = self._policy
        week = self.week(event.on)
        slot = (event.on, "" if policy.on == "test" else event.session)
        if event.result.outcome == VOID:
            return Read(Seen("", "ignore"), "voided", slot, week)
        seen = policy.see(event.result, event.session)
        if week < 1:
            return Read(seen, "before the start", slot, week)
        if seen.seen_as in policy.counting:
            if slot in self._taken:
                return Read(seen._replace(seen_as="ignore"), "counted already", slot, week)
            self._taken.add(slot)
        if seen.seen_as == "ignore":
            return Read(seen, "", slot, week)
        self.state, parts = policy.step(self.state, Visit(seen.seen_as, week, seen.clean))
        return Read(seen, "", slot, week, parts)


class Account:
    """One participant under one policy: the log so far, and the books.

    `events` counts the events and corrections, `capped` what caps held back of them. `seen` is how each accepted event is
    seen, in their order, but for those before the first day.
    """

    def __init__(self, policy: Policy[Any], first_day: date) -> None:
        self.policy = policy
        self._first_day = first_day
        self._walk = Walk(policy, first_day)
        self._accepted: list[Event] = []
        self._books = Books(policy)
        self.events = 0
        self.capped = 0
        self.seen: list[Seen] = []

    @property
    def balance(self) -> int:
        """All that was posted so far."""
        return self._books.balance

    def dues(self) -> dict[Slot, int]:
        """Give the award now due for each slot before caps, by one walk of all accepted events."""
        walk = Walk(self.policy, self._first_day)
        return _dues([walk.follow(event) for event in self._accepted])

    def kept(self) -> int:
        """Tell what was paid beyond what is now due, and left."""
        return self._books.kept(self.dues())

    def take(self, event: Event) -> Line:
        """Record an event of the policy's kind, behind all earlier ones; or correct one of them."""
        line = self._correct(event) if event.corrects else self._record(event)
        self.events += 1
        self.capped += line.capped
        return line

    def next_visit(self, after: date) -> int:
        """Tell what a plain success on the next day would pay, after caps."""
        on = after + timedelta(days=1)
        week = self._walk.week(on)
        if week < 1:
            return 0
        _, parts = self.policy.step(self._walk.state, Visit("success", week))
        return self._books.try_caps(_total(parts), on, week).allowed

    def _record(self, event: Event) -> Line:
        self._accepted.append(event)
        read = self._walk.follow(event)
        if read.why != "before the start":
            self.seen.append(read.seen)
        if not read.parts:
            return Line(event, self.policy, read.seen, read.why, read.week, (), 0, 0, None, 0, self._books.balance)
        due = _total(read.parts)
        settled = self._books.settle({read.slot: due}, event.on, read.week)
        again = due - sum(settled.credits.values())
        parts = (*read.parts, Part(-again, AlreadyPaid())) if again else read.parts
        return self._line(event, read, parts, settled)

    def _correct(self, correction: Event) -> Line:
        place, original = next((p, e) for p, e in enumerate(self._accepted) if e.id == correction.corrects)
        self._accepted[place] = original._replace(result=correction.result)
        self._walk = Walk(self.policy, self._first_day)
        reads = [self._walk.follow(event) for event in self._accepted]
        self.seen = [read.seen for read in reads if read.why != "before the start"]
        dues = _dues(reads)
        changes = reads[place].week >= 1  # what lies before the first day changes nothing, and neither does its void
        takes_back = changes and (self.policy.corrections.clawback or correction.result.outcome == VOID)
        settled = self._books.settle(dues, correction.on, self._walk.week(correction.on), takes_back=takes_back)
        credited = tuple(Part(amount, Corrected(*slot)) for slot, amount in settled.credits.items())
        debited = tuple(Part(-amount, Corrected(*slot)) for slot, amount in settled.debits.items())
        return self._line(correction, reads[place], credited + debited, settled, self._books.kept(dues))

    def _line(self, event: Event, read: Read, parts: tuple[Part, ...], settled: Settlement, kept: int = 0) -> Line:
        return Line(
            event,
            self.policy,
            read.seen,
            read.why,
            self._walk.week(event.on),
            parts,
            settled.posted,
            settled.capped,
            settled.capped_by,
            kept,
            self.balance,
        )


def open_accounts(policies: Sequence[Policy[Any]], events: Sequence[Event], start: date | None) -> list[Account]:
    """Open an account under each policy for a participant whose events, in order, are given.

    The first day is `start`, or else the date of the earliest event.
    """
    first_day = start or events[0].on
    return [Account(policy, first_day) for policy in policies]


def replay(events: Sequence[Event], accounts: Sequence[Account]) -> Iterator[tuple[Account, Line]]:
    """Walk one participant's events, in order: for each, the policies of its kind as given."""
    of_kind = {kind: [account for account in accounts if account.policy.on == kind] for kind in KINDS}
    for event in events:
        for account in of_kind[event.kind]:
            yield account, account.take(event)


def in_order(events: Sequence[Event]) -> list[Event]:
    """Order one participant's events, given in the order of their places: by moment, then place.

    A correction never stands before the event that it corrects.
    """
    if not any(event.corrects for event in events):
        return sorted(events, key=attrgetter("at"))
    originals = {event.id: event for event in events if event.id and not event.corrects}

    def stands(event: Event) -> tuple[Any, ...]:
        own = (event.at, event.place)
        original = originals.get(event.corrects)
        if original is None or own > (original.at, original.place):
            return own
        return (original.at, original.place, *own)

    return sorted(events, key=stands)


def _dues(reads: Sequence[Read]) -> dict[Slot, int]:
    return {read.slot: _total(read.parts) for read in reads if read.parts}


def _total(parts: tuple[Part, ...]) -> int:
    return sum([part.amount for part in parts])
