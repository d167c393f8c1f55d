"""Roll up: sums for reports, by program, day, measure and unit, as of a moment; made anew from the log for days that changed.

Each measure in the glossary's words, for its day; those of one policy have its name behind a colon:

- `success`, `failure`, `excused`, `ignore`: events by how the policy sees them now, after all corrections;
- `negatives`, `submitted`, `scheduled`: tests by what they came out as under the policy, as the outcome measures count them;
- `awarded`: what was posted under the policy, less what was taken back, in the unit's smallest step;
- `handed-over`: prizes handed over, and their value in cents, by the program's terms of that day;
- `enrolments`: enrolments that lasted on the day and were in the program.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import delete, func, insert, or_, select

from cm_engine.actions.requests import SYSTEM, Answer, Doing, Request, doing_it
from cm_engine.clock import read, written
from cm_engine.engine import Engine
from cm_engine.facts import PrizeHandedOver
from cm_engine.money import MONEY
from cm_engine.outcomes import SCHEDULED, SUBMITTED
from cm_engine.replay import Account, Line
from cm_engine.standing import Enrolment, Standing
from cm_engine.store.chains import facts_of, standing_of
from cm_engine.store.database import Statement, Transaction
from cm_engine.store.tables import enrolments, entries, log, prizes, rollups

ONE_DAY = timedelta(days=1)

# What was being written while the sums were made last, and was not there yet.
OVERLAP = timedelta(minutes=10)

KEEP = Statement(insert(rollups))

AT_ONCE = 400
_DAY = re.compile(r'"(?:on|first_day|last_day)":"(\d{4}-\d\d-\d\d)"')


class Measure(NamedTuple):
    """One sum: of which program and day, what it counts, and in what."""

    program: str
    on: date
    measure: str
    unit: str


def roll_up(engine: Engine) -> Answer:
    """Make the sums of all days that changed since they were made last; the first time, of all days.

    They are added up beside those who record, and then put in place at once; not where somebody put later ones there.
    """
    with engine.database.reading() as tx:
        doing = Doing(engine, tx, Request("", SYSTEM))
        days = _changed_days(doing)
        made = _Sums(doing, frozenset(days))
        for participant in _participants(doing, days):
            made.add(participant)
        made.add_enrolments()

    def act(now: Doing) -> int:
        later = (_as_of(now.tx) or "") > doing.recorded_at
        return 0 if later else made.keep(now.tx)

    kept = doing_it(engine, Request("", SYSTEM), act)
    return {"as_of": doing.recorded_at, "days": len(days), "sums": kept}


def _as_of(tx: Transaction) -> str | None:
    """Tell as of when the sums are; None before they were ever made."""
    as_of: str | None = tx.ask(select(func.max(rollups.c.as_of)))[0][0]
    return as_of


def _changed_days(doing: Doing) -> set[date]:
    """Give the days that some fact since the last time bears on; whose enrolment changed, all days from then on."""
    today = max((doing.today(running.zone) for running in doing.published.programs.values()), default=doing.now.date())
    as_of = _as_of(doing.tx)
    since = read(as_of) - OVERLAP if as_of else None
    days = {today}
    since_then = log.c.recorded_at >= written(since) if since else log.c.seq > 0
    for word, body in doing.tx.ask(select(log.c.fact, log.c.body).where(since_then)):
        named = {date.fromisoformat(day) for day in _DAY.findall(body)}
        days |= named
        if word in {"enrolled", "discharged", "moved"}:
            days |= set(_from(min(named), today))
    if since:
        days |= set(_from(since.date() - ONE_DAY, today))
        days |= _corrected_days(doing, since) | _posted_days(doing, since)
    else:
        days |= {date.fromisoformat(day) for (day,) in doing.tx.ask(select(entries.c.posted_on).distinct())}
    return {day for day in days if day <= today}


def _from(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=n) for n in range((last - first).days + 1))


def _corrected_days(doing: Doing, since: datetime) -> set[date]:
    """Give the days of the events that were corrected since a moment."""
    late = (log.c.fact == "result-corrected") & (log.c.recorded_at >= written(since))
    bodies = [body for (body,) in doing.tx.ask(select(log.c.body).where(late))]
    events = [found[1] for body in bodies if (found := re.search(r'"event":"([^"]+)"', body))]
    days: set[date] = set()
    for start in range(0, len(events), AT_ONCE):
        of_them = log.c.key.in_(events[start : start + AT_ONCE])
        for (body,) in doing.tx.ask(select(log.c.body).where(of_them)):
            days |= {date.fromisoformat(day) for day in _DAY.findall(body)}
    return days


def _posted_days(doing: Doing, since: datetime) -> set[date]:
    both = (entries.c.chain == log.c.chain) & (entries.c.seq == log.c.seq)
    late = log.c.recorded_at >= written(since)
    rows = doing.tx.ask(select(entries.c.posted_on).join_from(entries, log, both).where(late).distinct())
    return {date.fromisoformat(day) for (day,) in rows}


def _participants(doing: Doing, days: Collection[date]) -> list[str]:
    """Give whoever has something on one of some days: an event, a handover, or an entry."""
    texts = sorted(day.isoformat() for day in days)
    if len(texts) > AT_ONCE // 10:
        rows = doing.tx.ask(select(enrolments.c.participant_id).distinct())
    else:
        on_them = or_(*(log.c.body.contains(f'"on":"{day}"') for day in texts))
        rows = doing.tx.ask(select(log.c.chain).where(on_them).distinct())
        rows += doing.tx.ask(select(entries.c.chain).where(entries.c.posted_on.in_(texts)).distinct())
    programs = doing.published.programs
    return sorted({chain for (chain,) in rows if chain not in programs})


@dataclass
class _Sums:
    """The sums of some days, being added up."""

    doing: Doing
    days: frozenset[date]
    sums: Counter[Measure] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        rows = self.doing.tx.ask(select(prizes.c.id, prizes.c.program_id, prizes.c.name))
        self._prizes: dict[str, tuple[str, str]] = {id_: (program, name) for id_, program, name in rows}

    def add(self, participant: str) -> None:
        """Add what one participant's facts come to, by the one fold that everything goes by."""
        standing = Standing(participant, self.doing.published.rulebook)
        for fact in facts_of(self.doing.tx, participant):
            reserved = dict(standing.reserved) if isinstance(fact, PrizeHandedOver) else {}
            for line in standing.take(fact).lines:
                self._add_award(standing, line)
            if isinstance(fact, PrizeHandedOver):
                self._add_handover(reserved[fact.redemption].prize, fact)
        for _, enrolment, account in standing.accounts():
            self._add_events(enrolment, account)

    def add_enrolments(self) -> None:
        """Add the enrolments that last on each day, in the program of that day."""
        moved = {chain for (chain,) in self.doing.tx.ask(select(log.c.chain).where(log.c.fact == "moved").distinct())}
        columns = enrolments.c
        rows = self.doing.tx.ask(
            select(columns.id, columns.participant_id, columns.program_id, columns.first_day, columns.last_day)
        )
        for key, participant, program, first_day, last_day in rows:
            held: Enrolment | None = None
            if participant in moved:
                held = standing_of(self.doing.tx, participant, self.doing.published.rulebook).enrolments[key]
            for day in self.days:
                if first_day <= day.isoformat() <= (last_day or "9999-12-31"):
                    self._count(held.place(day).program if held else program, day, "enrolments", "enrolments")

    def keep(self, tx: Transaction) -> int:
        """Put the sums in the place of those that were there; give their number."""
        as_of = self.doing.recorded_at
        texts = sorted(day.isoformat() for day in self.days)
        for start in range(0, len(texts), AT_ONCE):
            tx.do(delete(rollups).where(rollups.c.on_day.in_(texts[start : start + AT_ONCE])))
        rows = [
            (of.program, of.on.isoformat(), of.measure, of.unit, amount, as_of)
            for of, amount in sorted(self.sums.items())
            if amount
        ]
        tx.run_many(KEEP, rows)
        return len(rows)

    def _add_award(self, standing: Standing, line: Line) -> None:
        policy = line.policy
        event_id = line.event.corrects
        on = standing.event(event_id).on if event_id else line.event.on
        enrolment = next(held for _, held, account in standing.accounts() if _is_of(account, policy.name, on))
        program = enrolment.place(line.posted_on).program
        self._count(program, line.posted_on, f"awarded:{policy.name}", policy.pays.code, line.amount)

    def _add_handover(self, prize: str, fact: PrizeHandedOver) -> None:
        program, name = self._prizes[prize]
        terms = self.doing.published.programs[program].on(fact.on)
        value = next((offered.value for offered in terms.prizes if offered.name == name), 0)
        self._count(program, fact.on, "handed-over", "prizes")
        self._count(program, fact.on, "handed-over", MONEY.code, value)

    def _add_events(self, enrolment: Enrolment, account: Account) -> None:
        for event, seen in account.seen_events():
            program, policy = enrolment.place(event.on).program, account.policy
            self._count(program, event.on, f"{seen.seen_as}:{policy.name}", "events")
            for measure in _tested(seen.outcome) if policy.on == "test" else ():
                self._count(program, event.on, f"{measure}:{policy.name}", "tests")

    def _count(self, program: str, on: date, measure: str, unit: str, amount: int = 1) -> None:
        if on in self.days:
            self.sums[Measure(program, on, measure, unit)] += amount


def _is_of(account: Account, policy: str, on: date) -> bool:
    """Tell whether an event of a day is in an account under a policy."""
    return account.policy.name == policy and account.term.holds(on)


def _tested(outcome: str) -> Iterator[str]:
    """Tell as what a test counts."""
    if outcome == "negative":
        yield "negatives"
    if outcome in SUBMITTED:
        yield "submitted"
    if outcome in SCHEDULED:
        yield "scheduled"


def sums(engine: Engine, program: str, first: date, last: date) -> dict[date, dict[tuple[str, str], int]]:
    """Give the sums of a program's days, by measure and unit, as of the last time that they were made."""
    found: defaultdict[date, dict[tuple[str, str], int]] = defaultdict(dict)
    columns: Any = rollups.c
    query = select(columns.on_day, columns.measure, columns.unit, columns.amount).where(
        columns.program_id == program, columns.on_day >= first.isoformat(), columns.on_day <= last.isoformat()
    )
    with engine.database.reading() as tx:
        for day, measure, unit, amount in tx.ask(query):
            found[date.fromisoformat(day)][measure, unit] = amount
    return dict(found)
