"""The books under a machine that does everything a clinic can do, in any order, and is killed now and then.

After each step it takes the books of whoever was touched to pieces; at the end, everybody's. `make soak` lets it work ten times as long.
"""

import json
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from sqlalchemy import event

from cm_engine import ledger
from cm_engine.actions.correct import Correction, correct, excuse
from cm_engine.actions.draw import draw_by_hand, open_draws, pick, reseal
from cm_engine.actions.enrol import discharge, enrol, readmit, step_over
from cm_engine.actions.exempt import Wanted, end_exemption, exempt
from cm_engine.actions.purge import purge
from cm_engine.actions.record import Happening, record
from cm_engine.actions.redeem import cancel, choose, hand_over, trade_up
from cm_engine.actions.requests import Answer, ConflictError, Request
from cm_engine.actions.revise import publish, set_program, set_up, take_version
from cm_engine.actions.roll_up import roll_up
from cm_engine.actions.stock import count_stock, restock
from cm_engine.actions.verify import verify
from cm_engine.engine import Engine
from cm_engine.events import VOID, Kind, Result
from cm_engine.exchange.policy_file import load_policy, parse_policy, policy_text
from cm_engine.exchange.program_file import parse_terms
from cm_engine.replay import Account, Term, in_order
from cm_engine.settlement import Books
from cm_engine.standing import Enrolment, RefusedError, Standing
from cm_engine.store.chains import facts_of
from cm_engine.store.database import Database, Transaction
from cm_engine.store.tables import metadata
from tests.clinic import PROGRAM, Clinic, clinic
from tests.soak import times

STEPS = 40

VOUCHERS = parse_policy(
    "machine", policy_text(load_policy("higgins-voucher")).replace("clawback = false", "clawback = true")
)
DEARER = parse_policy("machine", policy_text(VOUCHERS).replace("1.25", "2.00"))
BOWL = '{label = "good job", count = 2, value = "0"}, {label = "small", count = 5, value = "1"}'
BOWL += ', {label = "large", count = 1, value = "20"}'
_PRIZE = policy_text(load_policy("va-prize"))
DRAWS = parse_policy("machine", _PRIZE[: _PRIZE.index("slips")] + f"slips = [{BOWL}]\n")
GOALS = load_policy("treatment-goals")
POLICIES = (VOUCHERS, DRAWS, GOALS)

CAP = 60_00
TWO_SMALL = PROGRAM.replace("count = 5", "count = 2")
CAPPED = TWO_SMALL.replace('"599.00"', '"60.00"')
FREE = TWO_SMALL.replace('caps = [ {amount = "599.00", per = "calendar-year"} ]', "")
MONTHLY = '{amount = "60.00", per = "calendar-year"}, {amount = "25.00", per = "month", mode = "deny"}'

PRICES = {
    "Coffee card": ("slips", 1),
    "Headphones": ("slips", 1),
    "Bus pass": ("points", 20),
    "Grocery card": ("usd", 10_00),
}
WORTH = {"usd": 1, "points": 25}
SLIPS = {"small": 1_00, "large": 20_00}


# What refusals say that are for what was computed, and not for what was asked.
OUR_FAULT = (" would have ", "re-compute", "are lost", "at the same time")


class KilledError(BaseException):
    """The process ends here."""


class Dying:
    """A cursor that fails at its so-many-th statement, as if the process had been killed there."""

    def __init__(self, cursor: Any, statements: int) -> None:
        self._cursor = cursor
        self._left = statements

    def __getattr__(self, name: str) -> Any:
        if name in {"execute", "executemany"}:
            self._left -= 1
            if self._left < 0:
                raise KilledError
        return getattr(self._cursor, name)


class MortalDatabase(Database):
    """A database whose next transaction may end early. It does not wait for the disk: no power is cut here."""

    statements: int | None = None

    def __init__(self, url: str) -> None:
        super().__init__(url)
        if self.is_sqlite:
            event.listen(self.engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous = OFF"))

    @contextmanager
    def writing(self, *, dry_run: bool = False) -> Iterator[Transaction]:
        with super().writing(dry_run=dry_run) as tx:
            if self.statements is not None:
                tx._cursor = Dying(tx._cursor, self.statements)
                self.statements = None
            yield tx


Act = Callable[[Engine, Request], Answer]
NAMES = ("Ada", "Ben", "Cleo", "Gus")
some = st.integers(0, 7)
days = st.integers(-4, 4)
soon = st.integers(0, 4)


@dataclass(frozen=True)
class Fate:
    """How a request is made: tried before, sent twice, in a process that ends, and behind which statement."""

    tried: bool
    again: bool
    killed_at: int | None


fates = st.one_of(
    st.just(Fate(tried=False, again=False, killed_at=None)),
    st.builds(Fate, tried=st.booleans(), again=st.booleans(), killed_at=st.one_of(st.none(), st.integers(0, 9))),
)


class BooksMachine(RuleBasedStateMachine):
    """A clinic with two programs, four people, and a restless staff."""

    fresh: Callable[[], AbstractContextManager[str]]

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.url = self.stack.enter_context(type(self).fresh())
        self.people: list[str] = []
        self.standings: dict[str, Standing] = {}
        self.events: dict[str, list[str]] = {}
        self.draws: list[tuple[str, str]] = []
        self.redemptions: list[tuple[str, str]] = []
        self.versions: list[str] = []

    @initialize(is_capped=st.booleans(), visits=st.integers(0, 5))
    def begin(self, is_capped: bool, visits: int) -> None:  # noqa: FBT001 - Hypothesis gives it by name
        self.is_capped = is_capped
        self.terms = CAPPED if is_capped else FREE
        self.clinic: Clinic = self.stack.enter_context(clinic(self.url, *POLICIES, program=self.terms))
        self.rise()
        other = parse_terms("program", self.terms.replace("riverside-iop", "another"))
        answer = set_up(self.clinic.engine, self.clinic.request(), other, [VOUCHERS, GOALS])
        self.programs = [self.clinic.program, answer["program"]]
        self.prizes = {name: self.clinic.prize(name) for name in PRICES}
        self.names: dict[str, str] = dict(self.clinic.ask("SELECT id, name FROM prizes"))
        for code in NAMES[:2]:
            self.people.append(self.clinic.enrol(code))
            self.check(self.people[-1])
            self.has_come(self.people[-1], visits)

    def has_come(self, person: str, visits: int) -> None:
        """Let somebody have come so often, and drawn most of what that earned."""
        for _ in range(visits):
            self.record(person, "test")
            self.clinic.clock.go_on(days=1)
        for number in range(visits * (visits + 1) // 2 - 2):
            label = ("small", "small", "large")[number % 3]
            draw_by_hand(self.clinic.engine, self.clinic.request(), person, DRAWS.name, label)
        self.check(person)

    # --- how a request is made -------------------------------------------------------------------------------------

    def rise(self) -> None:
        """Begin a process, in which the last one's memory is gone."""
        self.clinic.engine.close()
        engine = self.clinic.engine
        self.clinic.engine = Engine(
            MortalDatabase(self.url), engine.vault, clock=engine.clock, dice=engine.dice, analytes=engine.analytes
        )

    def traces(self) -> list[Any]:
        """Give what any writing would change."""
        counts = " UNION ALL ".join(f"SELECT '{name}', count(*) FROM {name}" for name in metadata.tables)
        standings = self.clinic.ask("SELECT chain, seq, state FROM standings ORDER BY chain")
        return [standings, self.clinic.ask("SELECT * FROM stock ORDER BY prize_id"), self.clinic.ask(counts)]

    def ask(self, fate: Fate, act: Act, *, thrown: bool = False) -> Answer | None:
        """Make a request; None where it is refused."""
        before = self.traces()
        request = self.clinic.request()
        tried = self._try(act, request._replace(dry_run=True)) if fate.tried else None
        if fate.killed_at is not None:
            self._die(act, request, fate.killed_at, before)
        answer = self._try(act, request)
        if fate.tried and not thrown:
            assert answer == tried
        if answer is None:
            assert self.traces() == before
        elif fate.again:
            after = self.traces()
            assert act(self.clinic.engine, request) == answer
            with pytest.raises(ConflictError):
                restock(self.clinic.engine, request, self.programs[0], self.prizes["Bus pass"], 999)
            assert self.traces() == after
        return answer

    def _try(self, act: Act, request: Request) -> Answer | None:
        before = self.traces()
        answer, refusal = None, ""
        try:
            answer = act(self.clinic.engine, request)
        except RefusedError as error:
            refusal = str(error)
        assert not any(said in refusal for said in OUR_FAULT)
        if request.dry_run or answer is None:
            assert self.traces() == before
        return answer

    def _die(self, act: Act, request: Request, statements: int, before: list[Any]) -> None:
        database = self.clinic.engine.database
        assert isinstance(database, MortalDatabase)
        database.statements = statements
        try:
            act(self.clinic.engine, request)
        except KilledError:
            assert self.traces() == before
        except RefusedError:
            pass
        self.rise()

    def person(self, which: int) -> str:
        return self.people[which % len(self.people)]

    def whoever(self, which: int, can: Callable[[Standing], bool]) -> str:
        """Give somebody, mostly one who can do what is asked for."""
        able = [person for person in self.people if can(self.standings[person])]
        return able[which % len(able)] if able and which else self.person(which)

    def day(self, offset: int) -> date:
        return self.clinic.today + timedelta(days=offset)

    # --- what staff do ---------------------------------------------------------------------------------------------

    @rule(hours=st.sampled_from((1, 20, 24, 24, 48, 72)))
    def wait(self, hours: int) -> None:
        self.clinic.clock.go_on(hours=hours)

    @rule(which=some, visits=st.integers(1, 4))
    def good_week(self, which: int, visits: int) -> None:
        """Let somebody who is enrolled come and earn."""
        person = self.whoever(which, is_enrolled)
        for _ in range(visits):
            self.record(person, "test")
            self.clinic.clock.go_on(days=1)

    def record(self, person: str, kind: Kind) -> None:
        if self.standings[person].is_purged:
            return
        outcome = {"test": "negative", "activity": "completed"}[kind]
        answer = self.clinic.record(person, outcome, kind=kind)
        self.events.setdefault(person, []).append(answer["event"])
        self.check(person)

    @rule(which=some, first=days, fate=fates)
    def enrol(self, which: int, first: int, fate: Fate) -> None:
        code, program = NAMES[which % len(NAMES)], self.programs[which % 2]
        on = self.day(first)
        answer = self.ask(fate, lambda engine, request: enrol(engine, request, program, code, on))
        if answer:
            if answer["participant"] not in self.people:
                self.people.append(answer["participant"])
            self.check(answer["participant"])

    @rule(
        which=some,
        kind=st.sampled_from(("test", "test", "test", "activity")),
        outcome=st.sampled_from((0, 0, 0, 0, 1, 2)),
        back=st.sampled_from((0, 0, 0, 0, 1, 24, 50, 200)),
        fate=fates,
    )
    def record_one(self, which: int, kind: Kind, outcome: int, back: int, fate: Fate) -> None:
        if self.standings[person := self.whoever(which, is_enrolled)].is_purged:
            return
        outcomes = {"test": ("negative", "positive", "excused"), "activity": ("completed", "incomplete", "excused")}
        at = self.clinic.clock.now - timedelta(hours=back)
        happening = Happening(at, kind, Result(outcomes[kind][outcome]))
        answer = self.ask(fate, lambda engine, request: record(engine, request, person, happening))
        if answer:
            self.events.setdefault(person, []).append(answer["event"])
            self.check(person)

    @rule(which=some)
    def reach_a_goal(self, which: int) -> None:
        self.record(self.whoever(which, is_enrolled), "activity")

    @precondition(lambda self: self.events)
    @rule(
        which=some,
        number=st.integers(0, 30),
        outcome=st.sampled_from(("negative", "positive", "completed", "incomplete", "excused", VOID, VOID)),
        fate=fates,
    )
    def correct(self, which: int, number: int, outcome: str, fate: Fate) -> None:
        person = list(self.events)[which % len(self.events)]
        key = self.events[person][number % len(self.events[person])]
        self.ask(fate, lambda engine, request: correct(engine, request, person, Correction(key, Result(outcome))))
        self.check(person)

    @rule(which=some, on=days, fate=fates)
    def excuse(self, which: int, on: int, fate: Fate) -> None:
        person, day = self.person(which), self.day(on)
        answer = self.ask(fate, lambda engine, request: excuse(engine, request, person, day, "test"))
        if answer:
            self.check(person)

    @rule(which=some, first=days, last=days, fate=fates)
    def exempt(self, which: int, first: int, last: int, fate: Fate) -> None:
        person = self.person(which)
        wanted = Wanted("opioid", self.day(first), self.day(last))
        if self.ask(fate, lambda engine, request: exempt(engine, request, person, wanted)):
            self.check(person)

    @rule(which=some, last=days, fate=fates)
    def end_exemption(self, which: int, last: int, fate: Fate) -> None:
        person = self.whoever(which, lambda standing: bool(standing.exemptions))
        known = [*self.clinic.standing(person).exemptions, "none"][0]
        if self.ask(fate, lambda engine, request: end_exemption(engine, request, person, known, self.day(last))):
            self.check(person)

    @rule(which=some, number=st.integers(1, 3), fate=fates)
    def open_draws(self, which: int, number: int, fate: Fate) -> None:
        person = self.whoever(which, lambda standing: standing.has(ledger.HELD, ledger.DRAWS, DRAWS.name) >= number)
        act: Act = lambda engine, request: open_draws(engine, request, person, DRAWS.name, number)  # noqa: E731
        if answer := self.ask(fate, act, thrown=True):
            self.draws += [(person, draw["draw"]) for draw in answer["draws"]]
            self.check(person)

    @precondition(lambda self: self.draws)
    @rule(which=st.integers(0, 30), number=st.integers(0, 9), fate=fates)
    def pick(self, which: int, number: int, fate: Fate) -> None:
        person, draw = self.draws[which % len(self.draws)]
        self.ask(fate, lambda engine, request: pick(engine, request, person, draw, number), thrown=True)
        self.check(person)

    @rule(which=some, label=st.sampled_from(("small", "small", "large", "good job", "jumbo")), fate=fates)
    def draw_by_hand(self, which: int, label: str, fate: Fate) -> None:
        person = self.whoever(which, lambda standing: standing.has(ledger.HELD, ledger.DRAWS, DRAWS.name) > 0)
        if self.ask(fate, lambda engine, request: draw_by_hand(engine, request, person, DRAWS.name, label)):
            self.check(person)

    @rule(which=some, fate=fates)
    def reseal(self, which: int, fate: Fate) -> None:
        person = self.whoever(which, lambda standing: bool(standing.draws))
        self.ask(fate, lambda engine, request: reseal(engine, request, person), thrown=True)
        self.check(person)

    @rule(which=some, prize=st.sampled_from(list(PRICES)), fate=fates)
    def choose(self, which: int, prize: str, fate: Fate) -> None:
        size = {"Coffee card": "small", "Headphones": "large"}.get(prize, "")
        unit, price = PRICES[prize]
        account = ledger.WON if size else ledger.HELD
        person = self.whoever(which, lambda standing: standing.has(account, unit, size) >= price)
        answer = self.ask(fate, lambda engine, request: choose(engine, request, person, self.prizes[prize]))
        if answer:
            self.redemptions.append((person, answer["redemption"]))
            self.check(person)

    @precondition(lambda self: self.redemptions)
    @rule(which=st.integers(0, 30), action=st.sampled_from((hand_over, cancel)), fate=fates)
    def end_redemption(self, which: int, action: Callable[..., Answer], fate: Fate) -> None:
        person, redemption = self.redemptions[which % len(self.redemptions)]
        # a colleague of whoever recorded, who may hand over
        self.ask(fate, lambda engine, request: action(engine, request._replace(actor="femi"), person, redemption))
        self.check(person)

    @rule(which=some, fate=fates)
    def trade(self, which: int, fate: Fate) -> None:
        person = self.whoever(which, lambda standing: standing.has(ledger.WON, ledger.SLIPS, "small") > 1)
        if self.ask(fate, lambda engine, request: trade_up(engine, request, person, "small", "large")):
            self.check(person)

    @rule(prize=st.sampled_from(list(PRICES)), number=st.integers(0, 3), fate=fates, counts=st.booleans())
    def fill(self, prize: str, number: int, fate: Fate, counts: bool) -> None:  # noqa: FBT001
        action = count_stock if counts else restock
        self.ask(fate, lambda engine, request: action(engine, request, self.programs[0], self.prizes[prize], number))

    @rule(policy=st.sampled_from((VOUCHERS, DEARER)), on=soon, program=some, fate=fates)
    def publish(self, policy: Any, on: int, program: int, fate: Fate) -> None:
        where, day = self.programs[program % 2], self.day(on)
        answer = self.ask(fate, lambda engine, request: publish(engine, request, where, policy, day))
        if answer:
            self.versions.append(answer["version"])

    @precondition(lambda self: self.versions)
    @rule(which=some, version=some, on=soon, fate=fates)
    def take_version(self, which: int, version: int, on: int, fate: Fate) -> None:
        person, key, day = self.whoever(which, is_enrolled), self.versions[version % len(self.versions)], self.day(on)
        act: Act = lambda engine, request: take_version(engine, request, person, VOUCHERS.name, key, day)  # noqa: E731
        if self.ask(fate, act):
            self.check(person)

    @precondition(lambda self: self.is_capped)
    @rule(on=soon, program=some, fate=fates)
    def set_caps(self, on: int, program: int, fate: Fate) -> None:
        text = self.terms.replace('{amount = "60.00", per = "calendar-year"}', MONTHLY)
        policies: tuple[Any, ...] = POLICIES
        if program % 2:
            text, policies = text.replace("riverside-iop", "another"), (VOUCHERS, GOALS)
        terms, where, day = parse_terms("program", text), self.programs[program % 2], self.day(on)
        self.ask(fate, lambda engine, request: set_program(engine, request, where, terms, policies, day))

    @rule(which=some, program=some, on=soon, fate=fates)
    def step_over(self, which: int, program: int, on: int, fate: Fate) -> None:
        person, where, day = self.whoever(which, is_enrolled), self.programs[program % 2], self.day(on)
        if self.ask(fate, lambda engine, request: step_over(engine, request, person, where, day)):
            self.check(person)

    @rule(which=some, on=days, fate=fates)
    def discharge(self, which: int, on: int, fate: Fate) -> None:
        person, day = self.person(which), self.day(on)
        if self.ask(fate, lambda engine, request: discharge(engine, request, person, day)):
            self.check(person)

    @rule(which=some, program=some, on=days, fate=fates)
    def readmit(self, which: int, program: int, on: int, fate: Fate) -> None:
        person, where, day = self.whoever(which, has_left), self.programs[program % 2], self.day(on)
        if self.ask(fate, lambda engine, request: readmit(engine, request, person, where, day)):
            self.check(person)

    @precondition(lambda self: any(map(has_left, self.standings.values())))
    @rule(which=some, months=st.sampled_from((5, 13)), fate=fates)
    def much_later(self, which: int, months: int, fate: Fate) -> None:
        """Let a year pass, for who left to be removed or come back."""
        self.clinic.clock.go_on(days=months * 30.5)
        person = self.whoever(which, has_left)
        if which % 2 and self.ask(fate, lambda engine, request: purge(engine, request, person, retention_years=1)):
            self.check(person)

    @rule()
    def roll_up(self) -> None:
        """Sum up for reports what is new."""
        roll_up(self.clinic.engine)

    # --- what must hold --------------------------------------------------------------------------------------------

    def check(self, person: str) -> None:
        """Take somebody's books to pieces."""
        standing, lost = self.fold(person)
        self.standings[person] = standing
        kept = self.clinic.ask(f"SELECT state FROM standings WHERE chain = '{person}'")[0][0]
        rows = self.clinic.ask(f"SELECT debit, credit, unit, amount, posted_on FROM entries WHERE chain = '{person}'")
        self.snapshot_equals_fold(standing, json.loads(kept))
        self.entries_add_up(standing, rows)
        self.nothing_is_below_zero(standing)
        self.draws_add_up(standing)
        self.prizes_have_something_behind_them(standing)
        self.caps_hold(standing, rows)
        for key, enrolment, account in standing.accounts():
            self.what_is_due_is_what_a_replay_says(standing, enrolment, account)
            if not self.is_capped:
                kept_and_due = sum(account.dues().values()) + account.kept() + lost[key, account.policy.name]
                assert account.balance == kept_and_due

    def fold(self, person: str) -> tuple[Standing, Counter[tuple[str, str]]]:
        """Fold somebody's facts; count what could not be collected under each policy of each enrolment."""
        lost: Counter[tuple[str, str]] = Counter()
        with self.clinic.engine.database.reading() as tx:
            standing = Standing(person, self.clinic.engine.published(tx).rulebook)
            for fact in facts_of(tx, person):
                for line in standing.take(fact).lines:
                    on = line.event.on if not line.event.corrects else standing.event(line.event.corrects).on
                    lost[_enrolment_of(standing, line.policy.name, on), line.policy.name] += line.uncollected
        return standing, lost

    def snapshot_equals_fold(self, standing: Standing, kept: dict[str, Any]) -> None:
        folded = json.loads(json.dumps(standing.keep()))
        if kept["counting"] != folded["counting"]:
            kept |= {"counting": folded["counting"], "spent": folded["spent"]}
        assert folded == kept

    def entries_add_up(self, standing: Standing, rows: list[Any]) -> None:
        balances: Counter[tuple[str, str]] = Counter()
        for debit, credit, unit, amount, _ in rows:
            balances[debit, unit] -= amount
            balances[credit, unit] += amount
        assert not any(sum(n for (_, of), n in balances.items() if of == unit) for _, unit in balances)
        own = {key: n for key, n in balances.items() if n and ledger.owner(key[0]) == standing.participant}
        assert own == standing.purse

    def nothing_is_below_zero(self, standing: Standing) -> None:
        for (account, _), amount in standing.purse.items():
            assert amount > 0 or account.startswith(ledger.UNCOLLECTED)
        assert not [on_hand for (on_hand,) in self.clinic.ask("SELECT on_hand FROM stock") if on_hand < 0]

    def draws_add_up(self, standing: Standing) -> None:
        earned = sum(account.balance for _, _, account in standing.accounts() if account.policy.name == DRAWS.name)
        left = standing.has(ledger.HELD, ledger.DRAWS, DRAWS.name)
        used = standing.has(ledger.USED, ledger.DRAWS)
        assert standing.has(ledger.OPENED, ledger.DRAWS) == len(standing.draws)
        assert left + len(standing.draws) + used == earned

    def prizes_have_something_behind_them(self, standing: Standing) -> None:
        prices: Counter[str] = Counter()
        for (account, unit), number in standing.purse.items():
            if unit == ledger.PRIZES:
                price_in, price = PRICES[self.names[account.partition(":")[2].rpartition("@")[0]]]
                prices[price_in] += price * number
        for unit in ("slips", "points", "usd"):
            assert standing.has(ledger.REDEEMED, unit) == prices[unit]

    def caps_hold(self, standing: Standing, rows: list[Any]) -> None:
        paid: Counter[int] = Counter()
        for debit, credit, unit, amount, posted_on in rows:
            sides = debit.partition("@")[0], credit.partition("@")[0]
            if ledger.FUND in sides and ledger.UNCOLLECTED not in sides:
                own = sides[1] if sides[0] == ledger.FUND else sides[0]
                worth = SLIPS[own.partition(":")[2]] if unit == ledger.SLIPS else WORTH.get(unit, 0)
                paid[date.fromisoformat(posted_on).year] += amount * worth * (1 if sides[0] == ledger.FUND else -1)
        for year, amount in paid.items():
            assert standing.paid_in(year) == max(0, amount)
            assert not self.is_capped or amount <= CAP

    def what_is_due_is_what_a_replay_says(self, standing: Standing, enrolment: Enrolment, account: Account) -> None:
        term: Term = account.term
        taken = [e for e in standing.events() if account.has(e.id) and e.result.outcome != VOID]
        plain = Account(term, lambda _visit, _posted: (), Books())
        for happened in in_order(taken):
            plain.take(happened)
        assert plain.dues() == account.dues()
        if not self.is_capped:
            assert plain.next_visit(self.clinic.today) == account.next_visit(self.clinic.today)

    def sums_made_by_steps_are_those_made_at_once(self) -> None:
        roll_up(self.clinic.engine)
        by_steps = self.clinic.rows()
        roll_up(self.clinic.engine, anew=True)
        assert self.clinic.rows() == by_steps

    def teardown(self) -> None:
        try:
            if hasattr(self, "clinic"):
                for person in self.people:
                    self.check(person)
                assert verify(self.clinic.engine).faults == []
                self.sums_made_by_steps_are_those_made_at_once()
        finally:
            self.stack.close()


def is_enrolled(standing: Standing) -> bool:
    """Tell whether somebody has an open enrolment."""
    return any(enrolment.is_open for enrolment in standing.enrolments.values())


def has_left(standing: Standing) -> bool:
    """Tell whether somebody was discharged, and may come back."""
    return not is_enrolled(standing) and not standing.is_purged


def _enrolment_of(standing: Standing, policy: str, on: date) -> str:
    """Tell in which enrolment an event was counted under a policy."""
    return next(
        key for key, _, account in standing.accounts() if account.policy.name == policy and account.term.holds(on)
    )


@contextmanager
def sqlite_copy(migrated: Path) -> Iterator[str]:
    """Hand out a fresh SQLite file with all tables."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "machine.db"
        shutil.copyfile(migrated, path)
        yield f"sqlite:///{path}"


@contextmanager
def emptied(url: str) -> Iterator[str]:
    """Hand out a PostgreSQL database, emptied past its triggers: that is quicker than a new one."""
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(f"TRUNCATE {', '.join(metadata.tables)}".encode())
    yield url


def run(fresh: Callable[[], AbstractContextManager[str]], examples: int) -> None:
    class Machine(BooksMachine):
        pass

    Machine.fresh = fresh
    run_state_machine_as_test(
        Machine,
        settings=settings(
            stateful_step_count=STEPS,
            max_examples=times(examples, 10 * examples),
            deadline=None,
            derandomize="CI" in os.environ,
            phases=(Phase.reuse, Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_the_books_hold_whatever_happens_on_sqlite(migrated_sqlite: Path) -> None:
    run(partial(sqlite_copy, migrated_sqlite), examples=30)


def test_the_books_hold_whatever_happens_on_postgresql(migrated_postgres_url: str) -> None:
    run(partial(emptied, migrated_postgres_url), examples=12)
