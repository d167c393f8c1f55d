"""Replay: walking a log under the policies in force, one participant and policy at a time.

Each event is seen, stepped and settled; a correction rebuilds the ladder from all accepted events and settles the
difference. What comes out is a line for every event: what it earned, and why.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from operator import attrgetter
from typing import Any, Literal, NamedTuple

from cm_engine.awards import AlreadyPaid, Corrected, Part
from cm_engine.caps import Cap, HistoryNeededError, Limit, Spent, When, allow
from cm_engine.events import KINDS, VOID, Event
from cm_engine.policies.contract import Policy, Seen, Visit
from cm_engine.settlement import Back, Books, Settled, Settlement, Slot

Why = Literal["", "voided", "counted already", "before the start", "after the end"]

# The caps that hold for a visit of a date when something is posted on another: the policy's own, and the payers'.
Limits = Callable[[date, date], Sequence[Limit]]

OUTSIDE = frozenset({"before the start", "after the end"})

NEVER = datetime.min.replace(tzinfo=UTC)


class Term(NamedTuple):
    """Under which policy somebody is: its versions, each with the day it takes over, and the days it holds.

    `gaps` are days between, each with the first and the last, in which it did not.
    """

    first_day: date
    versions: tuple[tuple[date, Policy[Any]], ...]
    opens: date
    closes: date = date.max
    episode: str = ""
    gaps: tuple[tuple[date, date], ...] = ()

    def holds(self, on: date) -> bool:
        """Tell whether a date counts."""
        return self.opens <= on <= self.closes and not (
            self.gaps and any(first <= on <= last for first, last in self.gaps)
        )

    def policy(self, on: date) -> Policy[Any]:
        """Give the version that is in force on a date; before all of them, the first."""
        versions = self.versions
        if len(versions) == 1:
            return versions[0][1]
        return next((policy for day, policy in reversed(versions) if day <= on), versions[0][1])


class Read(NamedTuple):
    """An event as the walk took it: how it is seen, why that is not as it looks, its slot and week, what it is due."""

    seen: Seen
    why: Why
    slot: Slot
    week: int
    parts: tuple[Part, ...] = ()

    @property
    def counts(self) -> bool:
        """Tell whether the event lies within the days of the enrolment."""
        return self.why not in OUTSIDE


class Line(NamedTuple):
    """What one event (or correction) did under one policy. Amounts are in the unit's smallest step.

    The parts are before caps: they add up to `amount` and `capped` together, but for what is `uncollected`: due to be
    taken back, and spent. `kept` is what stays with the participant after a correction although it is no longer due.
    `capped_source` names the payer whose cap it was; it is empty for the policy's own.
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
    posted_on: date
    debited: int = 0
    uncollected: int = 0
    capped_source: str = ""


class Walk:
    """Events of one participant followed in their order: the state they lead to, and what each one is due."""

    def __init__(self, term: Term) -> None:
        self._term = term
        self.policy = term.versions[0][1]
        self._next_version = term.versions[1][0] if len(term.versions) > 1 else date.max
        self._day_zero = term.first_day.toordinal()
        self.taken: set[Slot] = set()
        self.state: Any = self.policy.begin()

    def week(self, on: date) -> int:
        """Tell the program week of a date: 1 from the first day on, less before it."""
        return (on.toordinal() - self._day_zero) // 7 + 1

    def follow(self, event: Event) -> Read:
        """Take the next event."""
        if event.on >= self._next_version:
            self._enter(event.on)
        policy = self.policy
        week = (event.on.toordinal() - self._day_zero) // 7 + 1
        slot = (event.on, "" if policy.on == "test" else event.session)
        if event.result.outcome == VOID:
            return Read(Seen("", "ignore"), "voided", slot, week)
        seen = policy.see(event.result, event.session)
        if event.on < self._term.opens:
            return Read(seen, "before the start", slot, week)
        if event.on > self._term.closes or (self._term.gaps and not self._term.holds(event.on)):
            return Read(seen, "after the end", slot, week)
        if seen.seen_as in policy.counting:
            if slot in self.taken:
                return Read(seen._replace(seen_as="ignore"), "counted already", slot, week)
            self.taken.add(slot)
        if seen.seen_as == "ignore":
            return Read(seen, "", slot, week)
        self.state, parts = policy.step(self.state, Visit(seen.seen_as, week, seen.clean))
        return Read(seen, "", slot, week, parts)

    def stand(self, on: date, state: Any, taken: set[Slot]) -> None:
        """Stand where earlier events have led, the last of them on a date."""
        self._enter(on)
        self.state, self.taken = state, taken

    def worth(self, on: date) -> tuple[Part, ...]:
        """Tell what a plain success on a later date would be due before caps, in parts."""
        return next(self.ahead((on,)))

    def ahead(self, days: Iterable[date]) -> Iterator[tuple[Part, ...]]:
        """Give what a plain success on each of some later dates would be due before caps, one after another."""
        policy, state = self.policy, self.state
        for on in days:
            in_force = self._term.policy(on)
            if in_force.kind != policy.kind:
                state = in_force.begin()
            policy = in_force
            state, parts = policy.step(state, Visit("success", self.week(on)))
            yield parts

    def _enter(self, on: date) -> None:
        """Go by the version in force on a date; the state is kept, but by another kind of policy."""
        if self._next_version == date.max:
            return
        policy = self._term.policy(on)
        if policy.kind != self.policy.kind:
            self.state = policy.begin()
        self.policy = policy
        self._next_version = min((day for day, _ in self._term.versions if day > on), default=date.max)


class Account:
    """One participant under one policy: the log so far, and the books.

    `limits` gives the caps that hold on a date. `events` counts the events and corrections, `capped` what caps held back
    of them. `seen` is how each accepted event is seen, in their order, but for those outside of the enrolment's days.
    """

    def __init__(self, term: Term, limits: Limits, books: Books) -> None:
        self.term = term
        self._limits = limits
        self._books = books
        self._walk = Walk(term)
        self._accepted: list[Event] | None = []
        self._latest = NEVER
        self._day = date.min
        self.events = 0
        self.capped = 0
        self.seen: list[Seen] = []

    @property
    def balance(self) -> int:
        """All that was posted so far."""
        return self._books.balance

    @property
    def policy(self) -> Policy[Any]:
        """The version that came last."""
        return self.term.versions[-1][1]

    @property
    def latest_day(self) -> date:
        """The date of the last event; `date.min` before all."""
        return self._day

    def change(self, term: Term) -> None:
        """Go on under other versions or days; what was settled stays."""
        walk = Walk(term)
        walk.stand(self._day, self._walk.state, self._walk.taken)
        self.term, self._walk = term, walk

    def has(self, event_id: str) -> bool:
        """Tell whether an event was recorded here. Raises HistoryNeededError without the history."""
        return any(event.id == event_id for event in self._history())

    def dues(self) -> dict[Slot, int]:
        """Give the award now due for each slot before caps, by one walk of all accepted events."""
        walk = Walk(self.term)
        return _dues([walk.follow(event) for event in self._history()])

    def seen_events(self) -> list[tuple[Event, Seen]]:
        """Give the events as they stand and how each is seen, in their order, but for those voided or outside of the days."""
        walk = Walk(self.term)
        reads = [(event, walk.follow(event)) for event in self._history()]
        return [(event, read.seen) for event, read in reads if read.counts and read.why != "voided"]

    def resets(self) -> list[Event]:
        """Give the failures that sent the ladder back: the next success was worth less behind them than before."""
        walk = Walk(self.term)
        found: list[Event] = []
        for event in self._history():
            before = walk.worth(event.on)
            read = walk.follow(event)
            if read.seen.seen_as == "failure" and read.counts and walk.worth(event.on) < before:
                found.append(event)
        return found

    def kept(self) -> int:
        """Tell what was paid beyond what is now due, and left."""
        return self._books.kept(self.dues())

    def take(self, event: Event, made_on: date | None = None) -> Line:
        """Record an event of the policy's kind, or correct one.

        An event behind later ones is settled on the date it was recorded, `made_on`. Raises HistoryNeededError where the
        account was recalled without its history, and the event is more than the next in order.
        """
        if event.corrects:
            line = self._correct(event)
        elif event.at >= self._latest:
            line = self._record(event)
        else:
            line = self._insert(event, made_on or event.on)
        self.events += 1
        self.capped += line.capped
        return line

    def next_visit(self, after: date) -> int:
        """Tell what a plain success on the next day would pay, after caps."""
        on = after + timedelta(days=1)
        if not self.term.holds(on):
            return 0
        return allow(self._limits(on, on), _total(self._walk.worth(on)), self._when(on)).allowed

    def next_parts(self, after: date) -> tuple[Part, ...]:
        """Tell the parts that a plain success on the next day would be due, before caps; none where nothing would be."""
        on = after + timedelta(days=1)
        return self._walk.worth(on) if self.term.holds(on) else ()

    def ahead(self, days: Sequence[date]) -> list[tuple[Part, ...]]:
        """Give the parts, before caps, of a plain success on each of some later dates, one after another."""
        return list(self._walk.ahead([on for on in days if self.term.holds(on)]))

    def keep(self) -> list[Any]:
        """Give where the account stands, without its history, as lists, texts and numbers."""
        slots = [
            [session, settled.due, settled.paid]
            for (on, session), settled in self._books.slots.items()
            if on == self._day
        ]
        taken = sorted(session for on, session in self._walk.taken if on == self._day)
        state = self.term.policy(self._day).keep(self._walk.state)
        return [self._latest.isoformat(), self._day.isoformat(), state, taken, slots, self.balance]

    def recall(self, kept: Sequence[Any]) -> None:
        """Stand where `keep` told, without the history."""
        latest, day, state, taken, slots, balance = kept
        self._latest, self._day = datetime.fromisoformat(latest), date.fromisoformat(day)
        self._walk.stand(self._day, self.term.policy(self._day).recall(state), {(self._day, s) for s in taken})
        self._books.slots = {(self._day, session): Settled(due, paid) for session, due, paid in slots}
        self._books.balance = balance
        self._accepted = None

    def _when(self, on: date) -> When:
        return When(on, self._walk.week(on), self.term.episode)

    def _history(self) -> list[Event]:
        if self._accepted is None:
            raise HistoryNeededError
        return self._accepted

    def _record(self, event: Event) -> Line:
        if self._accepted is not None:
            self._accepted.append(event)
        self._latest, self._day = event.at, event.on
        read = self._walk.follow(event)
        if read.counts:
            self.seen.append(read.seen)
        policy = self._walk.policy
        if not read.parts:
            return Line(event, policy, read.seen, read.why, read.week, (), 0, 0, None, 0, self._books.balance, event.on)
        due = _total(read.parts)
        when = When(event.on, read.week, self.term.episode)
        settled = self._books.settle({read.slot: due}, when, self._limits(event.on, event.on))
        again = due - settled.credited - settled.capped
        parts = (*read.parts, Part(-again, AlreadyPaid())) if again else read.parts
        return self._line(event, event.on, read, policy, parts, settled)

    def _insert(self, event: Event, made_on: date) -> Line:
        """Record an event behind later ones: the ladder is rebuilt, and the difference settled."""
        accepted = self._history()
        place = bisect_right(accepted, event.at, key=attrgetter("at"))
        accepted.insert(place, event)
        takes_back = self.term.policy(event.on).corrections.clawback
        return self._rebuild(event, made_on, place, takes_back=takes_back)

    def _correct(self, correction: Event) -> Line:
        accepted = self._history()
        place, original = next((p, e) for p, e in enumerate(accepted) if e.id == correction.corrects)
        accepted[place] = original._replace(result=correction.result)
        takes_back = self.term.policy(original.on).corrections.clawback or correction.result.outcome == VOID
        return self._rebuild(correction, correction.on, place, takes_back=takes_back)

    def _rebuild(self, event: Event, on: date, place: int, *, takes_back: bool) -> Line:
        """Walk all accepted events anew, and settle what is now due."""
        self._walk = Walk(self.term)
        reads = [self._walk.follow(accepted) for accepted in self._history()]
        self.seen = [read.seen for read in reads if read.counts]
        changed = reads[place]
        dues = _dues(reads)
        # What lies outside of the enrolment's days changes nothing, and neither does its void.
        visit_on = changed.slot[0]
        back = self._counted_against(on) if takes_back and self.term.holds(visit_on) else None
        settled = self._books.settle(dues, self._when(on), self._limits(visit_on, on), back)
        credited = tuple(Part(amount, Corrected(*slot)) for slot, amount in settled.credits.items())
        debited = tuple(Part(-amount, Corrected(*slot)) for slot, amount in settled.debits.items())
        policy = self.term.policy(visit_on)
        kept = self._books.kept(dues)
        return self._line(event, on, changed, policy, credited + debited, settled, kept)._replace(
            week=self._walk.week(event.on)
        )

    def _counted_against(self, on: date) -> Back:
        """Give, for what is taken back on a date, the caps that a slot was counted against."""
        return lambda slot: self._limits(slot[0], on)

    def _line(
        self,
        event: Event,
        on: date,
        read: Read,
        policy: Policy[Any],
        parts: tuple[Part, ...],
        settled: Settlement,
        kept: int = 0,
    ) -> Line:
        return Line(
            event,
            policy,
            read.seen,
            read.why,
            read.week,
            parts,
            settled.credited - settled.debited,
            settled.capped,
            settled.capped_by,
            kept,
            self._books.balance,
            on,
            settled.debited,
            settled.uncollected,
            settled.capped_source,
        )


def open_accounts(policies: Sequence[Policy[Any]], events: Sequence[Event], start: date | None) -> list[Account]:
    """Open an account under each policy for a participant whose events, in order, are given.

    The first day is `start`, or else the date of the earliest event.
    """
    first_day = start or events[0].on
    return [_open(policy, first_day) for policy in policies]


def _open(policy: Policy[Any], first_day: date) -> Account:
    own = (Limit(policy.caps, policy.cap_worth, Spent(cap.span for cap in policy.caps)),) if policy.caps else ()
    return Account(Term(first_day, ((first_day, policy),), first_day), lambda _visit, _posted: own, Books())


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
