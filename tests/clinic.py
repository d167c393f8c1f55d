"""A clinic in a test: an engine on a fresh database, a clock that is set, dice that are loaded, and a program that runs."""

import hashlib
import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from argon2 import PasswordHasher

from cm_engine import ledger
from cm_engine.actions.correct import Correction, correct
from cm_engine.actions.enrol import enrol
from cm_engine.actions.record import Happening, record
from cm_engine.actions.requests import Answer, Request
from cm_engine.actions.revise import set_up
from cm_engine.engine import Engine
from cm_engine.events import Kind, Result
from cm_engine.exchange.policy_file import load_policy
from cm_engine.exchange.program_file import parse_terms
from cm_engine.passwords import Passwords
from cm_engine.policies.contract import Policy
from cm_engine.standing import RefusedError, Standing
from cm_engine.store.chains import facts_of, standing_after
from cm_engine.store.database import Database, Statement
from cm_engine.store.tables import metadata
from cm_engine.vault import Keys, Vault
from tests.stories import LETTERS

DEV = "dev-at-the-front-desk"
TEST_LETTERS = LETTERS["test"]

# Digests of passwords that are quick to make, and quick to guess.
# For each table, all of it.
ALL = {table: Statement(table.select().order_by(*table.primary_key.columns)) for table in metadata.sorted_tables}

QUICK = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))

PROGRAM = """
name = "riverside-iop"
title = "Riverside intensive outpatient"
site = "riverside"
timezone = "America/Los_Angeles"
weeks = 12
policies = ["any"]

[[payers]]
name = "State Medicaid"
budget = "60000.00"
caps = [ {amount = "599.00", per = "calendar-year"} ]

[[prizes]]
name = "Coffee card"
size = "small"
class = "limited-use-card"
value = "1.00"
stock = 60
reorder_at = 15

[[prizes]]
name = "Headphones"
size = "large"
class = "in-kind"
value = "20.00"
stock = 3

[[prizes]]
name = "Bus pass"
points = 20
class = "limited-use-card"
value = "5.00"
stock = 10

[[prizes]]
name = "Grocery card"
class = "limited-use-card"
value = "10.00"
stock = 10

[[trades]]
give = "small"
count = 5
get = "large"
"""


@dataclass
class SetClock:
    """A clock that stands still until it is told to go on."""

    now: datetime = datetime(2026, 3, 2, 17, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def go_on(self, **by: float) -> None:
        """Go on by days, hours, minutes."""
        self.now += timedelta(**by)


@dataclass
class LoadedDice:
    """Dice that throw the same again: every id and secret follows from a seed and a count."""

    seed: str = "seed"
    thrown: Iterator[int] = field(default_factory=itertools.count)

    def new_id(self) -> str:
        return self._bytes().hex()[:24]

    def secret(self) -> bytes:
        return self._bytes()

    def below(self, number: int) -> int:
        return int.from_bytes(self._bytes(), "big") % number

    def _bytes(self) -> bytes:
        return hashlib.sha256(f"{self.seed} {next(self.thrown)}".encode()).digest()


@dataclass
class Clinic:
    """An engine, its clock, and a program that runs."""

    engine: Engine
    clock: SetClock
    program: str
    keys: Iterator[int] = field(default_factory=itertools.count)

    def request(self, *, dry_run: bool = False) -> Request:
        """Make a request with a new key."""
        return Request(f"request-{next(self.keys)}", DEV, dry_run)

    @property
    def today(self) -> date:
        """The date at the site."""
        return self.clock.now.astimezone(self.zone).date()

    @property
    def zone(self) -> Any:
        """The site's time zone."""
        with self.engine.database.reading() as tx:
            return self.engine.published(tx).programs[self.program].zone

    def enrol(self, code: str = "Ada", first_day: date | None = None, *policies: str) -> str:
        """Enrol somebody, and give their id."""
        answer = enrol(self.engine, self.request(), self.program, code, first_day or self.today, policies=policies)
        participant: str = answer["participant"]
        return participant

    def record(
        self,
        participant: str,
        outcome: str = "negative",
        at: datetime | date | None = None,
        *,
        kind: Kind = "test",
        session: str = "",
    ) -> Answer:
        """Record an event by its outcome, now or at a moment."""
        happening = Happening(at or self.clock.now, kind, Result(outcome), session)
        return record(self.engine, self.request(), participant, happening)

    def correct(self, participant: str, event: str, outcome: str) -> Answer:
        """Give an event another outcome."""
        return correct(self.engine, self.request(), participant, Correction(event, Result(outcome)))

    def standing(self, participant: str) -> Standing:
        """Fold all facts of a participant."""
        with self.engine.database.reading() as tx:
            rulebook = self.engine.published(tx).rulebook
            return standing_after(participant, rulebook, list(facts_of(tx, participant)))

    def ask(self, sql: str) -> list[Any]:
        """Ask the database, past the engine."""
        with self.engine.database.engine.connect() as connection:
            return list(connection.exec_driver_sql(sql))

    def restart(self) -> None:
        """End this process, and begin another."""
        self.engine.close()
        database = Database(self.engine.database.url)
        self.engine = Engine(database, self.engine.vault, clock=self.clock, dice=self.engine.dice, passwords=QUICK)

    def event(self, participant: str, outcome: str = "negative", at: datetime | date | None = None) -> str:
        """Record a test, and give its id."""
        event: str = self.record(participant, outcome, at)["event"]
        return event

    def tests(self, participant: str, letters: str) -> list[str]:
        """Record a test a day by the letters of the protocols; give what each one pays under the first policy."""
        paid = []
        for letter in letters:
            paid.append(self.record(participant, TEST_LETTERS[letter])["awards"][0]["amount"])
            self.clock.go_on(days=1)
        return paid

    def held(self, participant: str, unit: str = "usd", of: str = "") -> int:
        """Tell what a participant has to spend."""
        return self.standing(participant).has(ledger.HELD, unit, of)

    def prize(self, name: str) -> str:
        """Give the id of a prize by its name."""
        prize: str = next(key for key, called in self.ask("SELECT id, name FROM prizes") if called == name)
        return prize

    def rows(self) -> list[str]:
        """Give every row of every table, each as a text that begins with the table's name and a colon."""
        with self.engine.database.reading() as tx:
            return [
                f"{table}: {[_plain(value) for value in row]}" for table, rows in ALL.items() for row in tx.rows(rows)
            ]

    @contextmanager
    def refuses(self, match: str, error: type[Exception] = RefusedError) -> Iterator[None]:
        """Expect a refusal that says something, and that changed nothing at all."""
        before = self.rows()
        with pytest.raises(error, match=match):
            yield
        assert self.rows() == before


def _plain(value: Any) -> Any:
    """Give bytes as they are shown, whatever a driver wraps them in."""
    return bytes(value) if isinstance(value, memoryview) else value


@contextmanager
def clinic(
    url: str, *policies: Policy[Any] | str, program: str = PROGRAM, keys: Keys | None = None
) -> Iterator[Clinic]:
    """Open a clinic on a migrated database, with a program under some policies."""
    held = [load_policy(policy) if isinstance(policy, str) else policy for policy in policies or ("va-prize",)]
    clock = SetClock()
    engine = Engine(Database(url), Vault(keys or Keys.new()), clock=clock, dice=LoadedDice(), passwords=QUICK)
    try:
        terms = parse_terms("program", program)
        answer = set_up(engine, Request("set up", "system"), terms, held)
        opened = Clinic(engine, clock, answer["program"])
        yield opened
        engine = opened.engine  # it may be another by now
    finally:
        engine.close()


@contextmanager
def other_process(riverside: Clinic) -> Iterator[Clinic]:
    """Open the same clinic once more, as another process would."""
    url, vault = riverside.engine.database.url, riverside.engine.vault
    engine = Engine(Database(url), vault, clock=riverside.clock, passwords=QUICK)
    try:
        yield Clinic(engine, riverside.clock, riverside.program, riverside.keys)
    finally:
        engine.close()
