"""A database of a million events: 2,000 people with 500 each.

Ten people's events are taken in by the engine. The others are their likes: the same rows under ids of their own, linked
into chains of their own, and written in bulk. So every chain and every standing is what recording would have left.
"""

import random
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any, NamedTuple

from benchmarks.clinic import DESK, FIRST_DAY, make_tables, open_clinic, past
from cm_engine.actions.requests import Request
from cm_engine.actions.take_in import Taking, take_in
from cm_engine.store.links import BEGINNING, link


class Size(NamedTuple):
    """How many people have how many events, and when they come next."""

    people: int
    each: int
    after: datetime


EVENTS = Size(2000, 500, datetime.combine(FIRST_DAY + timedelta(days=72), time(15), UTC))
MODELS = 10
MEASURED = 60

# What is written in bulk, and may be made anew behind it.
BULK = ("PRAGMA journal_mode = OFF", "PRAGMA synchronous = OFF", "PRAGMA cache_size = -200000")
INDEXES = "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name IN ('log', 'requests', 'received') AND sql <> ''"


class Model(NamedTuple):
    """One person's rows, by table, to make likes of."""

    id: str
    enrolment: tuple[str, ...]
    log: list[tuple[Any, ...]]
    entries: list[tuple[Any, ...]]
    state: str


def fill(url: str) -> list[str]:
    """Make the database; give the ids of some of its people."""
    make_tables(url)
    clinic = open_clinic(url)
    clinic.clock.now = EVENTS.after
    people = {f"model-{number}": past(f"model-{number}", EVENTS.each) for number in range(MODELS)}
    ids = [clinic.enrol(code) for code in people]
    take_in(clinic.engine, Request("models", DESK), Taking("models", clinic.program), people)
    clinic.engine.close()
    connection = sqlite3.connect(str(clinic.engine.database.url.database), isolation_level=None)
    try:
        return _multiply(connection, ids)
    finally:
        connection.close()


def _multiply(connection: sqlite3.Connection, ids: list[str]) -> list[str]:
    models = [_model(connection, participant) for participant in ids]
    dice = random.Random(20260105)  # noqa: S311 - ids of nobody
    likes = sorted(_new_id(dice) for _ in range(EVENTS.people - MODELS))
    indexes = connection.execute(INDEXES).fetchall()
    for statement in (*BULK, *(f"DROP INDEX {name}" for name, _ in indexes), "BEGIN"):
        connection.execute(statement)
    site = connection.execute("SELECT site_id FROM participants").fetchone()[0]
    for count, participant in enumerate(likes):
        _write(connection, site, _like(models[count % MODELS], participant, dice))
    _write_requests(connection, likes, dice)
    for statement in ("COMMIT", *(sql for _, sql in indexes), "PRAGMA journal_mode = WAL"):
        connection.execute(statement)
    return dice.sample(likes, MEASURED)


def _model(connection: sqlite3.Connection, participant: str) -> Model:
    def of(query: str) -> list[tuple[Any, ...]]:
        return connection.execute(query, (participant,)).fetchall()

    log = of("SELECT seq, fact, key, recorded_at, actor, body FROM log WHERE chain = ? ORDER BY seq")
    entries = of(
        "SELECT seq, place, debit, credit, unit, amount, posted_on, event FROM entries WHERE chain = ? ORDER BY seq, place"
    )
    enrolment = of("SELECT id, program_id, first_day FROM enrolments WHERE participant_id = ?")[0]
    return Model(participant, enrolment, log, entries, of("SELECT state FROM standings WHERE chain = ?")[0][0])


def _like(model: Model, participant: str, dice: random.Random) -> tuple[Model, list[bytes]]:
    """Make somebody like a model, with ids of their own; give the digests of their chain beside."""
    new = {key: _new_id(dice) for _, _, key, *_ in model.log if key}
    enrolment = new[model.enrolment[0]]
    log = [(seq, fact, new.get(key), at, actor, body) for seq, fact, key, at, actor, body in model.log]
    entries = [
        (seq, place, debit.replace(model.id, participant), credit.replace(model.id, participant), *rest, new[event])
        for seq, place, debit, credit, *rest, event in model.entries
    ]
    state = model.state.replace(model.id, participant).replace(model.enrolment[0], enrolment)
    like = Model(participant, (enrolment, *model.enrolment[1:]), log, entries, state)
    return like, list(_digests(like))


def _digests(like: Model) -> Iterator[bytes]:
    posted: dict[int, list[tuple[Any, ...]]] = {}
    for seq, _, *columns in like.entries:
        posted.setdefault(seq, []).append(tuple(columns))
    latest = BEGINNING
    for seq, fact, key, at, actor, body in like.log:
        latest = link(latest, (like.id, str(seq), fact, key or "", at, actor, body), posted.get(seq, []))
        yield latest


def _write(connection: sqlite3.Connection, site: str, made: tuple[Model, list[bytes]]) -> None:
    like, digests = made
    enrolment, program, first_day = like.enrolment
    connection.execute("INSERT INTO participants VALUES (?, ?, ?)", (like.id, site, f"like-{like.id}"))
    connection.execute(
        "INSERT INTO enrolments (id, participant_id, program_id, first_day) VALUES (?, ?, ?, ?)",
        (enrolment, like.id, program, first_day),
    )
    connection.executemany(
        "INSERT INTO log (chain, seq, fact, key, recorded_at, actor, body, digest) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [(like.id, *row, digest) for row, digest in zip(like.log, digests, strict=True)],
    )
    connection.executemany(
        "INSERT INTO entries (chain, seq, place, debit, credit, unit, amount, posted_on, event) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [(like.id, *row) for row in like.entries],
    )
    connection.execute(
        "INSERT INTO standings (chain, seq, digest, state) VALUES (?, ?, ?, ?)",
        (like.id, len(digests), digests[-1], like.state),
    )


def _write_requests(connection: sqlite3.Connection, likes: list[str], dice: random.Random) -> None:
    """Write the answers that a million requests would have left, each as long as an answer usually is."""
    answer = '{"participant":"%s","event":"%s","awards":[{"why":"' + "a reason in a sentence " * 14 + '"}]}'
    content = bytes(32)
    keys = sorted(f"{dice.getrandbits(128):032x}" for _ in range(EVENTS.people * EVENTS.each))
    connection.executemany(
        "INSERT INTO requests (key, chain, content, answer, made_at) VALUES (?, ?, ?, ?, ?)",
        (
            (
                key,
                chain := likes[count % len(likes)],
                content,
                answer % (chain, key[:24]),
                "2026-03-18T15:00:00.000000Z",
            )
            for count, key in enumerate(keys)
        ),
    )


def _new_id(dice: random.Random) -> str:
    return f"{dice.getrandbits(96):024x}"
