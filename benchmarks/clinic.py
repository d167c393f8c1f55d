"""A clinic to measure: the shipped intensive-outpatient program on a fresh database, under a clock that is set."""

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from cm_engine.actions.enrol import enrol
from cm_engine.actions.record import Happening, record
from cm_engine.actions.requests import Answer, Request
from cm_engine.actions.revise import set_up
from cm_engine.engine import Engine
from cm_engine.events import Event, Result
from cm_engine.exchange.policy_file import load_policy
from cm_engine.exchange.program_file import parse_terms
from cm_engine.store.database import Database
from cm_engine.store.schema import upgrade
from cm_engine.vault import Keys, Vault

SHIPPED = Path(__file__).parents[1] / "cm_engine" / "programs" / "intensive-outpatient.toml"
FIRST_DAY = date(2026, 1, 5)
DESK = "dev-at-the-front-desk"
GROUPS = (
    "early-recovery-group",
    "relapse-prevention-group",
    "psychoeducation-group",
    "family-therapy",
    "support-group",
)
GOALS = ("housing-plan", "learn-skills", "support-system", "career-plan")
PANEL = ("amphetamine", "cocaine", "fentanyl", "methamphetamine", "opioid")


class SetClock:
    """A clock that shows what it is set to."""

    now = datetime.combine(FIRST_DAY, time(15), UTC)

    def __call__(self) -> datetime:
        """Tell the time it is set to."""
        return self.now


class Clinic(NamedTuple):
    """An engine, its clock and its program."""

    engine: Engine
    clock: SetClock
    program: str

    def enrol(self, code: str) -> str:
        """Enrol somebody from the first day, under all policies of the program; give their id."""
        answer = enrol(self.engine, Request(f"enrol {code}", DESK), self.program, code, FIRST_DAY)
        participant: str = answer["participant"]
        return participant

    def record(self, visit: "Recorded") -> Answer:
        """Record a visit at its moment, with the whole answer."""
        self.clock.now = visit.happening.at  # type: ignore[assignment] # every visit here has its moment
        return record(self.engine, visit.request, visit.participant, visit.happening)


class Recorded(NamedTuple):
    """What is recorded: a request, whose visit, and what happened."""

    request: Request
    participant: str
    happening: Happening


def make_tables(url: str) -> None:
    """Make the tables of a fresh database, and the program with all its policies."""
    database = Database(url)
    upgrade(database)
    database.close()
    open_clinic(url).engine.close()


def open_clinic(url: str, keys: Keys | None = None, **options: Any) -> Clinic:
    """Open the clinic, set up where it is not yet; options go to the database's driver."""
    clock = SetClock()
    engine = Engine(Database(url, **options), Vault(keys or Keys.new()), clock=clock)
    terms = parse_terms("program", SHIPPED.read_text(encoding="utf-8"))
    answer = set_up(engine, Request("set up", "system"), terms, [load_policy(name) for name in terms.policies])
    return Clinic(engine, clock, answer["program"])


def visits(people: Sequence[str], number: int, label: str, begun: datetime | None = None) -> list[Recorded]:
    """Make up visits: each day everybody comes in turn to a group, and on the way gives a sample or shows an activity."""
    dice = random.Random(label)  # noqa: S311 - not for secrets: the same visits every time
    return [
        Recorded(Request(f"{label}-{count:08d}-7f3a9c52d1e84b06", DESK), people[person], happening)
        for count, (person, happening) in zip(range(number), _happenings(dice, len(people), begun), strict=False)
    ]


def _happenings(dice: random.Random, people: int, begun: datetime | None) -> Iterator[tuple[int, Happening]]:
    moment = begun or datetime.combine(FIRST_DAY, time(15), UTC)
    while True:
        for person in range(people):
            at = moment + timedelta(seconds=20 * person, microseconds=dice.randrange(1_000_000))
            yield person, Happening(at, "attendance", Result("attended"), dice.choice(GROUPS))
            on_test_day = at.weekday() in {0, 3}
            yield person, _test(dice, at) if on_test_day else _activity(dice, at)
        moment += timedelta(days=1)


def _test(dice: random.Random, at: datetime) -> Happening:
    return Happening(at + timedelta(seconds=9), "test", Result("", findings(dice)))


def _activity(dice: random.Random, at: datetime) -> Happening:
    return Happening(at + timedelta(seconds=9), "activity", Result("completed"), dice.choice(GOALS))


def findings(dice: random.Random) -> Any:
    """Make up what a test found: mostly negative."""
    return tuple((name, "positive" if dice.random() < 0.04 else "negative") for name in PANEL)


def past(code: str, number: int) -> list[Event]:
    """Make up somebody's earlier events: seven a day from the first day on, so that they lie within the program's weeks."""
    dice = random.Random(code)  # noqa: S311
    events = []
    for count in range(number):
        on, place = FIRST_DAY + timedelta(days=count // 7), count % 7
        at = datetime.combine(on, time(14, place), UTC) + timedelta(microseconds=dice.randrange(1_000_000))
        kind, result, session = _past(dice, place)
        events.append(Event(code, at, on, "", count, kind, result, session, f"{code}-{count}"))
    return events


def _past(dice: random.Random, place: int) -> Any:
    if place < len(GROUPS):
        return "attendance", Result("attended"), GROUPS[place]
    return (
        ("test", Result("", findings(dice)), "")
        if place == 5
        else ("activity", Result("completed"), dice.choice(GOALS))
    )
