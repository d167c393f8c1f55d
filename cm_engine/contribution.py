"""Contributions: what one participant's facts add to the rollups, by the same fold that everything goes by.

A contribution follows from the facts alone, and not from today's date: so the rollups are the sum of all contributions, in whatever
steps they were added. What depends on today (who is active, who is near a cap) is told as steps: one more from a day on, one fewer from
another; the sum up to a day is what held on it. Each sum in the glossary's words, its day with it:

- `success`, `failure`, `excused`, `ignore` : policy: events by how the policy sees them now, after all corrections;
- `negatives`, `submitted`, `scheduled` : policy: tests by what they came out as, as the outcome measures count them;
- `awarded` : policy: what was posted, less what was taken back, in the unit's smallest step;
- `kept`, `missed`, `absent` : kind: tests and sessions that somebody came to, missed, or was excused from;
- `paid` : payer: money, points by their worth and prizes by their value, in cents;
- `drawn`, `by-hand` : version : label: slips that were drawn, by the engine or from a real bowl;
- `chosen`, `cancelled`, `given` : prize: what became of the prizes of the cabinet; `handed-over`: all prizes, and their value in cents;
- `to-award` : minutes, `to-handover` : days: tests by the minutes to their award, prizes by the days from earned to handed over;
- steps: `begun` and `ended` enrolments; `under` : version; `cap` : how near : period : amount : source; `waiting`: prizes that
  were won and not handed over, on the day they were earned.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from typing import NamedTuple

from cm_engine import ledger
from cm_engine.awards import Corrected
from cm_engine.bowl import Bowl
from cm_engine.caps import Cap
from cm_engine.drawing import drawn
from cm_engine.events import VOID, Kind
from cm_engine.facts import (
    EventRecorded,
    ParticipantFact,
    PrizeChosen,
    PrizeHandedOver,
    PrizesTraded,
    RedemptionCancelled,
    ResultCorrected,
    SlipDrawnByHand,
    SlipPicked,
)
from cm_engine.ledger import Entry
from cm_engine.money import MONEY
from cm_engine.outcomes import SCHEDULED, SUBMITTED, measure
from cm_engine.replay import Account, Line
from cm_engine.rulebook import Rulebook
from cm_engine.settlement import collected
from cm_engine.standing import Enrolment, Opened, Posted, Reserved, Standing

ONE_DAY = timedelta(days=1)
FOREVER = date.max

# The minutes to an award are counted by these: at most so many, or more than the last.
MINUTES = (1, 2, 5, 10, 15, 30, 60, 120, 240, 480, 1440, 2880, 10080)
LONGER = 99999

# Days from earned to handed over are told one by one, and as this where they are more.
MOST_DAYS = 366

# Periods of caps that somebody may be near the end of; an event, a day or a week is over too soon to look at.
LASTING = frozenset({"month", "calendar-year", "fiscal-year", "rolling-year", "episode"})

# Near a cap is whoever has at most one in so many left of it.
NEAR = 10

CAME: Mapping[Kind, frozenset[str]] = {
    "test": frozenset({"negative", "positive", "refused", "invalid", "insufficient", "pending", ""}),
    "attendance": frozenset({"attended", "late", "left-early"}),
}
AWAY = {"missed": "missed", "excused": "absent"}


class Measure(NamedTuple):
    """One sum: of which program and day, what it counts, and in what."""

    program: str
    on: date
    measure: str
    unit: str


class Deed(NamedTuple):
    """What staff did: in which program, on which day, who, and what of it is counted."""

    program: str
    on: date
    actor: str
    measure: str


class Cohort(NamedTuple):
    """Enrolments that began in a program on a day, by a number: a program week, or the length of a run."""

    program: str
    first_day: date
    measure: str
    number: int


class Mark(NamedTuple):
    """What somebody is in a program from a day until another, such as under a version of a policy, or near a cap."""

    program: str
    what: str
    from_day: date
    until: date


@dataclass
class Contribution:
    """What somebody adds to each rollup."""

    sums: Counter[Measure] = field(default_factory=Counter)
    deeds: Counter[Deed] = field(default_factory=Counter)
    cohorts: Counter[Cohort] = field(default_factory=Counter)
    marks: frozenset[Mark] = frozenset()


class Told(NamedTuple):
    """A fact of the log with when it was recorded, and by whom."""

    fact: ParticipantFact
    recorded_at: datetime
    actor: str


class Surroundings(NamedTuple):
    """What a contribution needs to know of programs: whose a prize is, what it is worth on a day, and the time zone."""

    program_of_prize: Callable[[str], str]
    value_of_prize: Callable[[str, date], int]
    zone: Callable[[str], tzinfo]


class Followed:
    """One participant's facts, followed in their order."""

    def __init__(self, participant: str, rulebook: Rulebook, around: Surroundings) -> None:
        self._standing = Standing(participant, rulebook)
        self._rulebook = rulebook
        self._around = around
        self._sums: Counter[Measure] = Counter()
        self._deeds: Counter[Deed] = Counter()
        self._recorders: dict[str, str] = {}
        self._awarded: set[str] = set()
        self._earned = _Earned(participant)
        self._latest_day = date.min

    def take(self, told: Told) -> None:
        """Take the next fact."""
        fact, standing = told.fact, self._standing
        reserved = standing.reserved.get(fact.redemption) if isinstance(fact, _OF_REDEMPTION) else None
        opened = standing.draws.get(fact.draw) if isinstance(fact, SlipPicked) else None
        posted = standing.take(fact)
        self._earned.follow(fact, posted.entries)
        for entry in posted.entries:
            self._latest_day = max(self._latest_day, entry.on)
        for line in posted.lines:
            self._count_award(line)
        self._count_what_happened(told, posted, reserved, opened)

    def _count_what_happened(
        self, told: Told, posted: Posted, reserved: Reserved | None, opened: Opened | None
    ) -> None:
        match told.fact:
            case EventRecorded() | ResultCorrected():
                self._count_result(told, posted.lines)
            case SlipPicked() as fact if opened:
                bowl = self._bowl(opened.version)
                label = drawn(bowl, fact.slip).label
                self._count_slip(posted, opened.version, label, bowl, "drawn")
            case SlipDrawnByHand() as fact:
                self._count_slip(posted, fact.version, fact.label, self._bowl(fact.version), "by-hand")
            case PrizesTraded() as fact if fact.more:
                self._pay(posted.entries[0].credit, fact.on, fact.more)
            case PrizeChosen() as fact:
                self._count_prize("chosen", fact.prize, fact.on)
            case RedemptionCancelled() as fact if reserved:
                self._count_prize("cancelled", reserved.prize, fact.on)
            case PrizeHandedOver() as fact if reserved:
                self._count_handover(told.actor, fact, reserved.prize)
            case _:
                pass

    def contribution(self) -> Contribution:
        """Give what the facts so far add to the rollups."""
        whole = Contribution(Counter(self._sums), Counter(self._deeds))
        marks: set[Mark] = set()
        _Enrolled(self._standing, whole, marks).add()
        recorders = dict(self._recorders)
        for _, enrolment, account in self._standing.accounts():
            self._add_events(whole, enrolment, account, recorders)
        self._add_caps(whole, marks)
        for program, on, number in self._waiting():
            whole.sums[Measure(program, on, "waiting", "prizes")] += number
        whole.marks = frozenset(marks)
        return whole

    def close(self) -> None:
        """Let go of all that is held."""
        self._standing.close()

    # --- while facts are taken ---------------------------------------------------------------------------------------

    def _count(self, program: str, on: date, measured: str, unit: str, amount: int = 1) -> None:
        self._sums[Measure(program, on, measured, unit)] += amount

    def _program(self, on: date) -> str:
        """Give the program that the participant is in on a date, or was in last."""
        enrolments = list(self._standing.enrolments.values())
        held = next((one for one in enrolments if one.first_day <= on <= one.last_day), enrolments[-1])
        return held.place(on).program

    def _count_award(self, line: Line) -> None:
        """Count what a line posted, and whose money it was."""
        if not (line.amount or line.debited):
            return
        policy, visit_on = line.policy, self._visit_on(line)
        enrolment = next(
            held
            for _, held, account in self._standing.accounts()
            if account.policy.name == policy.name and account.term.holds(visit_on)
        )
        program = enrolment.place(line.posted_on).program
        self._count(program, line.posted_on, f"awarded:{policy.name}", policy.pays.code, line.amount)
        worth = 1 if policy.pays.is_money else policy.worth
        if worth:
            for payer, amount in _by_payer(line, visit_on, enrolment):
                self._count(program, line.posted_on, f"paid:{payer}", MONEY.code, amount * worth)

    def _visit_on(self, line: Line) -> date:
        return self._standing.event(line.event.corrects).on if line.event.corrects else line.event.on

    def _count_result(self, told: Told, lines: Iterable[Line]) -> None:
        """Count who recorded or corrected an event, and how long the award of a test took."""
        fact = told.fact
        if isinstance(fact, EventRecorded):
            event_id, on, at, kind = fact.id, fact.made_on, fact.at, fact.kind
            self._recorders[event_id] = told.actor
        elif isinstance(fact, ResultCorrected):
            event = self._standing.event(fact.event)
            event_id, on, at, kind = event.id, fact.on, event.at, event.kind
            self._deed(on, told.actor, "voids" if fact.result.outcome == VOID else "corrections")
        else:
            return
        if kind == "test" and event_id not in self._awarded and any(line.amount > 0 for line in lines):
            self._awarded.add(event_id)
            self._count_minutes(at, on, told.recorded_at)

    def _count_minutes(self, at: datetime, on: date, recorded_at: datetime) -> None:
        """Count the minutes from a test to its award; a test whose time of day nobody told is left out."""
        program = self._program(on)
        local = at.astimezone(self._around.zone(program))
        if (local.hour, local.minute, local.second, local.microsecond) == (0, 0, 0, 0):
            return
        minutes = (recorded_at - at).total_seconds() / 60
        bucket = next((most for most in MINUTES if minutes <= most), LONGER)
        self._count(program, on, f"to-award:{bucket}", "tests")

    def _deed(self, on: date, actor: str, measured: str) -> None:
        if self._standing.enrolments:
            self._deeds[Deed(self._program(on), on, actor, measured)] += 1

    def _bowl(self, version: str) -> Bowl:
        return self._standing.bowl(version)

    def _count_slip(self, posted: Posted, version: str, label: str, bowl: Bowl, how: str) -> None:
        on = posted.entries[0].on
        self._count(self._program(on), on, f"{how}:{version}:{label}", "draws")
        value = next(slip.value for slip in bowl.slips if slip.label == label)
        for entry in posted.entries:
            if entry.debit.startswith(f"{ledger.FUND}@"):
                self._pay(entry.debit, on, value if entry.unit == ledger.SLIPS else entry.amount)

    def _pay(self, fund: str, on: date, amount: int) -> None:
        self._count(self._program(on), on, f"paid:{ledger.owner(fund)}", MONEY.code, amount)

    def _count_prize(self, what: str, prize: str, on: date) -> None:
        self._count(self._around.program_of_prize(prize), on, f"{what}:{prize}", "prizes")

    def _count_handover(self, actor: str, fact: PrizeHandedOver, prize: str) -> None:
        program, on = self._around.program_of_prize(prize), fact.on
        self._count(program, on, f"given:{prize}", "prizes")
        self._count(program, on, "handed-over", "prizes")
        self._count(program, on, "handed-over", MONEY.code, self._around.value_of_prize(prize, on))
        earned = self._earned.of_redemption.pop(fact.redemption, on)
        self._count(program, on, f"to-handover:{min((on - earned).days, MOST_DAYS)}", "prizes")
        self._deeds[Deed(program, on, actor, "handovers")] += 1

    # --- behind all facts --------------------------------------------------------------------------------------------

    def _add_events(
        self, whole: Contribution, enrolment: Enrolment, account: Account, recorders: dict[str, str]
    ) -> None:
        """Add the events of an account; `recorders` are those of tests that are not yet counted as somebody's."""
        policy, tests = account.policy, []
        resets = {event.id for event in account.resets()} if policy.on == "test" else set()
        for event, seen in account.seen_events():
            program = enrolment.place(event.on).program
            whole.sums[Measure(program, event.on, f"{seen.seen_as}:{policy.name}", "events")] += 1
            if policy.on != "test":
                continue
            tests.append(seen.outcome)
            told = list(_tested(seen.outcome))
            for counted in told:
                whole.sums[Measure(program, event.on, f"{counted}:{policy.name}", "tests")] += 1
            if told and (recorder := recorders.pop(event.id, "")):
                for counted in [*told, "resets"] if event.id in resets else told:
                    whole.deeds[Deed(program, event.on, recorder, counted)] += 1
        if tests:
            _add_runs(whole, enrolment, policy.name, tests)

    def _add_caps(self, whole: Contribution, marks: set[Mark]) -> None:
        """Mark whose caps leave little, as of the last day on which something was posted, until the period is over."""
        latest = next(reversed(self._standing.enrolments.values()), None)
        on = self._latest_day
        if latest is None or not latest.is_open or on == date.min:
            return
        program = latest.place(on).program
        for left in self._standing.left(on):
            if left.cap.per in LASTING and left.left * NEAR <= left.cap.amount:
                near = "near" if left.left else "at"
                what = f"cap:{near}:{left.cap.per}:{left.unit.text(left.cap.amount)} {left.unit.code}:{left.source}"
                _mark(whole, marks, Mark(program, what, on, last_of_period(left.cap, on)), "people")

    def _waiting(self) -> Iterator[tuple[str, date, int]]:
        """Tell what was won and is not handed over: in which program, earned when, how many."""
        for earned, number in self._earned.won():
            yield self._program(earned), earned, number
        for redemption, reserved in self._standing.reserved.items():
            program = self._around.program_of_prize(reserved.prize)
            yield program, self._earned.of_redemption.get(redemption, self._latest_day), 1


_OF_REDEMPTION = (PrizeHandedOver, RedemptionCancelled)


def last_of_period(cap: Cap, on: date) -> date:
    """Give the last day of a cap's period that a date falls into; for good, where it is the whole episode."""
    match cap.per:
        case "month":
            return (on.replace(day=28) + 4 * ONE_DAY).replace(day=1) - ONE_DAY
        case "calendar-year":
            return date(on.year, 12, 31)
        case "fiscal-year":
            begun = on.year if on.isoformat()[5:] >= cap.first_day else on.year - 1
            return date.fromisoformat(f"{begun + 1}-{cap.first_day}") - ONE_DAY
        case "rolling-year":
            return on + timedelta(days=365)
        case _:
            return FOREVER


def _add_runs(whole: Contribution, enrolment: Enrolment, policy: str, tests: list[str]) -> None:
    """Add the longest runs of negatives, told both ways."""
    runs = measure(tests)
    if runs.scheduled:
        longest = {"missing-positive": runs.lda_missing_positive, "missing-ignored": runs.lda_missing_ignored}
        for how, number in longest.items():
            whole.cohorts[Cohort(enrolment.places[0].program, enrolment.first_day, f"{how}:{policy}", number)] += 1


def _mark(whole: Contribution, marks: set[Mark], mark: Mark, unit: str) -> None:
    """Mark somebody from a day until another, and count one more from the first, one fewer from behind the last."""
    marks.add(mark)
    whole.sums[Measure(mark.program, mark.from_day, mark.what, unit)] += 1
    if mark.until != FOREVER:
        whole.sums[Measure(mark.program, mark.until + ONE_DAY, mark.what, unit)] -= 1


def _by_payer(line: Line, visit_on: date, enrolment: Enrolment) -> Iterator[tuple[str, int]]:
    """Tell what of a line each payer gave, and got back: the payer of each visit's date."""
    yield enrolment.place(visit_on).payer, line.amount + line.debited
    owed: defaultdict[str, int] = defaultdict(int)
    for part in line.parts:
        if part.amount < 0 and isinstance(part.reason, Corrected):
            owed[enrolment.place(part.reason.on).payer] -= part.amount
    for payer, taken in collected(owed, line.debited):
        yield payer, -taken


def _tested(outcome: str) -> Iterator[str]:
    """Tell as what a test counts."""
    if outcome == "negative":
        yield "negatives"
    if outcome in SUBMITTED:
        yield "submitted"
    if outcome in SCHEDULED:
        yield "scheduled"


class _Enrolled:
    """The enrolments of one participant, being added: who is active, under what, who came, and for how long."""

    def __init__(self, standing: Standing, whole: Contribution, marks: set[Mark]) -> None:
        self._enrolments = list(standing.enrolments.values())
        self._events = standing.events()
        self._whole = whole
        self._marks = marks

    def add(self) -> None:
        """Add all enrolments."""
        for enrolment in self._enrolments:
            for program, first, last in _stays(enrolment):
                self._whole.sums[Measure(program, first, "begun", "enrolments")] += 1
                if last != FOREVER:
                    self._whole.sums[Measure(program, last + ONE_DAY, "ended", "enrolments")] += 1
                self._add_versions(enrolment, program, first, last)
            self._add_visits(enrolment)

    def _add_versions(self, enrolment: Enrolment, program: str, first: date, last: date) -> None:
        for name, versions in enrolment.versions.items():
            term = enrolment.accounts[name].term
            days = [day for day, _ in versions]
            for (day, version), until in zip(versions, [*days[1:], FOREVER], strict=True):
                begins = max(first, term.opens, day) if day != days[0] else max(first, term.opens)
                ends = min(last, term.closes, until if until == FOREVER else until - ONE_DAY)
                if begins <= ends:
                    _mark(self._whole, self._marks, Mark(program, f"under:{version}", begins, ends), "enrolments")

    def _add_visits(self, enrolment: Enrolment) -> None:
        """Count each slot once: kept where somebody came to it, else missed, else excused."""
        slots: dict[tuple[date, Kind, str], str] = {}
        for event in self._events:
            if event.kind in CAME and enrolment.first_day <= event.on <= enrolment.last_day:
                said = "kept" if event.result.outcome in CAME[event.kind] else AWAY.get(event.result.outcome, "")
                slot = (event.on, event.kind, event.session if event.kind == "attendance" else "")
                slots[slot] = max(slots.get(slot, ""), said, key=_WEIGHT.__getitem__)
        last_week = 0
        for (on, kind, _), said in slots.items():
            if said:
                self._whole.sums[Measure(enrolment.place(on).program, on, f"{said}:{kind}", "visits")] += 1
            if said == "kept":
                last_week = max(last_week, enrolment.week(on))
        stayed = "coming" if enrolment.is_open else "stayed"
        self._whole.cohorts[Cohort(enrolment.places[0].program, enrolment.first_day, stayed, last_week)] += 1


_WEIGHT = {"": 0, "absent": 1, "missed": 2, "kept": 3}


def _stays(enrolment: Enrolment) -> Iterator[tuple[str, date, date]]:
    """Tell the programs that an enrolment was in, each from when to when."""
    starts = [enrolment.first_day, *(place.from_day for place in enrolment.places[1:])]
    ends = [*(min(start - ONE_DAY, enrolment.last_day) for start in starts[1:]), enrolment.last_day]
    for place, first, last in zip(enrolment.places, starts, ends, strict=True):
        if first <= last:
            yield place.program, first, last


class _Earned:
    """When what somebody has was earned: the oldest is used first, and taken back last."""

    def __init__(self, participant: str) -> None:
        self._mark = f"@{participant}"
        self._lots: defaultdict[tuple[str, str], list[tuple[date, int]]] = defaultdict(list)
        self._given: dict[str, list[tuple[date, int]]] = {}
        self.of_redemption: dict[str, date] = {}

    def follow(self, fact: ParticipantFact, entries: Iterable[Entry]) -> None:
        """Follow what a fact moved."""
        if isinstance(fact, RedemptionCancelled):
            self._give_back(fact.redemption, entries)
            return
        used: list[tuple[date, int]] = []
        for entry in entries:
            if entry.unit == ledger.PRIZES or entry.debit.startswith(ledger.UNCOLLECTED):
                continue
            if entry.debit.endswith(self._mark):
                used += self._take(entry, newest=isinstance(fact, EventRecorded | ResultCorrected))
            if entry.credit.endswith(self._mark) and _is_kept(entry.credit):
                lots = _dated(used, entry, fact)
                self._lots[entry.credit, entry.unit] = sorted([*self._lots[entry.credit, entry.unit], *lots])
        if isinstance(fact, PrizeChosen):
            self._given[fact.id] = used
            self.of_redemption[fact.id] = max((day for day, _ in used), default=fact.on)

    def won(self) -> Iterator[tuple[date, int]]:
        """Tell when each prize was earned that is won and not chosen."""
        for (account, unit), lots in self._lots.items():
            if unit == ledger.SLIPS and account.startswith(f"{ledger.WON}:"):
                yield from lots

    def _take(self, entry: Entry, *, newest: bool) -> list[tuple[date, int]]:
        lots = self._lots[entry.debit, entry.unit]
        taken: list[tuple[date, int]] = []
        wanted = entry.amount
        while wanted and lots:
            day, amount = lots.pop(-1 if newest else 0)
            some = min(amount, wanted)
            taken.append((day, some))
            wanted -= some
            if amount > some:
                lots.insert(len(lots) if newest else 0, (day, amount - some))
        return taken

    def _give_back(self, redemption: str, entries: Iterable[Entry]) -> None:
        self.of_redemption.pop(redemption, None)
        for entry in entries:
            if entry.unit != ledger.PRIZES:
                lots = [*self._lots[entry.credit, entry.unit], *self._given.pop(redemption, [])]
                self._lots[entry.credit, entry.unit] = sorted(lots)


def _is_kept(account: str) -> bool:
    """Tell whether what comes into an account of a participant can be used or chosen from there."""
    return account.startswith((ledger.HELD, ledger.OPENED, ledger.WON))


def _dated(used: list[tuple[date, int]], entry: Entry, fact: ParticipantFact) -> list[tuple[date, int]]:
    """Give what an entry brings with the days on which it was earned: as what was used for it, or else its own."""
    if entry.debit.startswith(ledger.HELD):
        return used
    if isinstance(fact, SlipPicked | SlipDrawnByHand | PrizesTraded) and used:
        return [(max(day for day, _ in used), entry.amount)]
    return [(entry.on, entry.amount)]
