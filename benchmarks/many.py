"""A database of 100,000 people with some 50 events each, at 500 sites: five million events.

Some people of one site are taken in by the engine. All others are their likes: the same rows under ids of their own, linked into
chains of their own, and written in bulk. One in six takes part now, as where a program has gone on for years.
"""

import random
import re
import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any, NamedTuple

from sqlalchemy import select

from benchmarks.clinic import DESK, FIRST_DAY, SHIPPED, Clinic, make_tables, open_clinic, past
from benchmarks.million import BULK, INDEXES
from cm_engine.actions.enrol import discharge
from cm_engine.actions.plan import plan
from cm_engine.actions.requests import Request
from cm_engine.actions.revise import set_up
from cm_engine.actions.roll_up import roll_up
from cm_engine.actions.take_in import Taking, take_in
from cm_engine.exchange.policy_file import load_policy
from cm_engine.exchange.program_file import parse_terms
from cm_engine.store.links import BEGINNING, link
from cm_engine.store.people import keep_person
from cm_engine.store.tables import participants, programs
from cm_engine.vault import Keys

PEOPLE = 100_000
SITES = 500
EVENTS_EACH = 48  # with enrolment and discharge, fifty facts
MODELS = 24
STILL_HERE = MODELS // 6
NOW = datetime.combine(FIRST_DAY + timedelta(days=9), time(15), UTC)
LAST_DAY = (NOW - timedelta(days=1)).date()

FIRST_NAMES = ("Ada", "Ben", "Cleo", "Dan", "Eva", "Finn", "Gus", "Hana")
LAST_NAMES = ("Lind", "Moreno", "Okafor", "Petrov", "Quinn", "Rossi", "Singh", "Tanaka")

# The rows that a person has, by table, and the column that says whose they are.
WHOSE = {
    "participants": "id",
    "enrolments": "participant_id",
    "log": "chain",
    "entries": "chain",
    "standings": "chain",
    "expected": "enrolment_id",
    "planned": "enrolment_id",
}
LINKED = ("chain", "seq", "fact", "key", "recorded_at", "actor", "body")
POSTED = ("debit", "credit", "unit", "amount", "posted_on", "event")
_ID = re.compile(r"\b[0-9a-f]{24}\b")

Row = dict[str, Any]
Rows = dict[str, list[Row]]


class Many(NamedTuple):
    """The database that was made: its keys, the first site's program, and somebody who takes part in it."""

    keys: Keys
    program: str
    participant: str


def fill(url: str, people: int = PEOPLE, sites: int = SITES) -> Many:
    """Make the database: so many people, at so many sites."""
    keys = Keys.new()
    make_tables(url)
    clinic = open_clinic(url, keys)
    models = _take_in_models(clinic)
    elsewhere = [_set_up(clinic, number) for number in range(1, sites)]
    clinic.engine.close()
    connection = sqlite3.connect(str(clinic.engine.database.url.database), isolation_level=None)
    connection.row_factory = sqlite3.Row
    try:
        _multiply(connection, models, [clinic.program, *elsewhere], people - len(models))
    finally:
        connection.close()
    _name(open_clinic(url, keys))
    return Many(keys, clinic.program, models[-1])


def _take_in_models(clinic: Clinic) -> list[str]:
    """Take in the models; the last ones still take part."""
    clinic.clock.now = NOW
    codes = [f"model-{number}" for number in range(MODELS)]
    ids = [clinic.enrol(code) for code in codes]
    events = {code: past(code, EVENTS_EACH) for code in codes}
    take_in(clinic.engine, Request("models", DESK), Taking("models", clinic.program), events)
    for participant in ids[:-STILL_HERE]:
        discharge(clinic.engine, Request(f"discharge {participant}", DESK), participant, LAST_DAY)
    plan(clinic.engine, clinic.program)
    roll_up(clinic.engine)
    return ids


def _name(clinic: Clinic) -> None:
    """Give everybody at the first site a name."""
    there = select(participants.c.id).join_from(participants, programs, participants.c.site_id == programs.c.site_id)
    there = there.where(programs.c.id == clinic.program).order_by(participants.c.code)
    with clinic.engine.database.writing() as tx:
        for number, (participant,) in enumerate(tx.ask(there)):
            name = f"{FIRST_NAMES[number % 8]} {LAST_NAMES[number // 8 % 8]}"
            keep_person(tx, clinic.engine.vault, participant, {"name": name})


def _set_up(clinic: Clinic, number: int) -> str:
    text = re.sub(r"(?m)^site +=.*$", f'site = "site-{number}"', SHIPPED.read_text(encoding="utf-8"))
    terms = parse_terms("program", text)
    policies = [load_policy(name) for name in terms.policies]
    program: str = set_up(clinic.engine, Request(f"set up {number}", "system"), terms, policies)["program"]
    return program


def _multiply(connection: sqlite3.Connection, models: Sequence[str], programs: Sequence[str], likes: int) -> None:
    dice = random.Random(20260105)  # noqa: S311 - ids of nobody
    rows = [_rows_of(connection, model) for model in models]
    published = [_published(connection, program) for program in programs]
    indexes = connection.execute(INDEXES).fetchall()
    for statement in (*BULK, *(f"DROP INDEX {name}" for name, _ in indexes), "BEGIN"):
        connection.execute(statement)
    for count in range(likes):
        there = published[count * len(programs) // likes]
        _write(connection, _like(rows[count % len(models)], dict(zip(published[0], there, strict=True)), dice))
    for statement in ("COMMIT", *(sql for _, sql in indexes), "PRAGMA journal_mode = WAL"):
        connection.execute(statement)


def _rows_of(connection: sqlite3.Connection, participant: str) -> Rows:
    """Give all rows of a person, by table."""
    enrolment = connection.execute("SELECT id FROM enrolments WHERE participant_id = ?", (participant,)).fetchone()[0]
    return {
        table: [
            dict(row)
            for row in connection.execute(
                f"SELECT * FROM {table} WHERE {whose} = ?",  # noqa: S608 - names of ours
                (enrolment if whose == "enrolment_id" else participant,),
            )
        ]
        for table, whose in WHOSE.items()
    }


def _published(connection: sqlite3.Connection, program: str) -> list[str]:
    """Give the ids of what a program has that facts name, always in the same order."""
    site = connection.execute("SELECT site_id FROM programs WHERE id = ?", (program,)).fetchone()[0]
    versions = "SELECT id FROM policy_versions WHERE program_id = ? ORDER BY policy"
    payers = "SELECT id FROM payers WHERE site_id = ? ORDER BY name"
    found = [*connection.execute(versions, (program,)), *connection.execute(payers, (site,))]
    return [program, site, *(row[0] for row in found)]


def _like(model: Rows, published: Mapping[str, str], dice: random.Random) -> Rows:
    """Make somebody like a model, elsewhere, with ids of their own."""
    ids = defaultdict(lambda: f"{dice.getrandbits(96):024x}", published)
    made = {
        table: [
            {
                name: _ID.sub(lambda id_: ids[id_[0]], value) if isinstance(value, str) else value
                for name, value in row.items()
            }
            for row in rows
        ]
        for table, rows in model.items()
    }
    made["participants"][0]["code"] = f"like-{made['participants'][0]['id'][:12]}"
    for row, digest in zip(made["log"], _digests(made), strict=True):
        row["digest"] = made["standings"][0]["digest"] = digest
    return made


def _digests(made: Rows) -> Iterator[bytes]:
    posted: defaultdict[int, list[tuple[Any, ...]]] = defaultdict(list)
    for row in made["entries"]:
        posted[row["seq"]].append(tuple(row[name] for name in POSTED))
    latest = BEGINNING
    for row in made["log"]:
        written = tuple(str(row[name] or "") for name in LINKED)
        latest = link(latest, written, posted[row["seq"]])
        yield latest


def _write(connection: sqlite3.Connection, made: Rows) -> None:
    for table, rows in made.items():
        if rows:
            names = ", ".join(rows[0])
            places = ", ".join(f":{name}" for name in rows[0])
            connection.executemany(f"INSERT INTO {table} ({names}) VALUES ({places})", rows)  # noqa: S608 - names of ours
