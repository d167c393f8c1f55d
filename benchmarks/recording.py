"""Recording: what a visit costs, beside the plain driver sending the same statements, each visit with a commit."""

import gc
import shutil
import statistics
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
from sqlalchemy import make_url

from benchmarks.clinic import Clinic, Recorded, make_tables, open_clinic, visits
from benchmarks.costs import timed
from benchmarks.million import EVENTS, fill
from benchmarks.statements import (
    NotingPostgresCursor,
    NotingSqliteConnection,
    Sent,
    plain_sqlite,
    pragmas_of,
    send,
    sent_by,
)
from tests.databases import postgres_server

PEOPLE = 40
AT_ONCE = 160  # two days' visits
ROUNDS = 11
FACTS = "SELECT chain, seq, digest FROM log ORDER BY chain, seq"


class Against(NamedTuple):
    """Seconds of one visit: recorded by the engine, and its statements sent by the plain driver."""

    ours: float
    plain: float


class Places(NamedTuple):
    """Three copies of a database: to take down statements, to record, to send the statements to."""

    noting: str
    ours: str
    plain: str


def on_sqlite(folder: Path) -> Against:
    """Compare with plain sqlite3."""
    first = folder / "recording.db"
    people = _begin(f"sqlite:///{first}")
    copies = [folder / f"{name}.db" for name in Places._fields]
    for copy in copies:
        shutil.copyfile(first, copy)
    places = Places(*(f"sqlite:///{copy}" for copy in copies))
    pragmas = pragmas_of(open_clinic(places.noting).engine.database)
    plain = plain_sqlite(str(copies[2]), pragmas)
    try:
        return _compare(places, people, plain, {"factory": NotingSqliteConnection})
    finally:
        plain.close()


def on_postgres() -> Against:
    """Compare with plain psycopg, on a server that writes to disk the way a clinic's does."""
    people: list[str] = []
    with postgres_server(durable=True) as server:
        template = server.template("recording", lambda url: people.extend(_begin(url)))
        with server.fresh(template) as noting, server.fresh(template) as ours, server.fresh(template) as plain_url:
            address = make_url(plain_url)
            with psycopg.connect(host=str(address.query["host"]), user="postgres", dbname=address.database) as plain:
                return _compare(
                    Places(noting, ours, plain_url), people, plain, {"cursor_factory": NotingPostgresCursor}
                )


def _begin(url: str) -> list[str]:
    """Make a database with people who have come for three days already."""
    make_tables(url)
    with _opened(url) as clinic:
        people = [clinic.enrol(f"p{number}") for number in range(PEOPLE)]
        for visit in visits(people, 6 * PEOPLE, "before"):
            clinic.record(visit)
    return people


def _compare(places: Places, people: list[str], plain: Any, noting: dict[str, Any]) -> Against:
    all_visits = visits(people, 6 * PEOPLE + AT_ONCE * (ROUNDS + 1), "now")[6 * PEOPLE :]
    parts = [all_visits[start : start + AT_ONCE] for start in range(0, len(all_visits), AT_ONCE)]
    with _opened(places.noting, **noting) as clinic:
        sent = [[_sent(clinic, visit) for visit in part] for part in parts]
    taken = []
    with _opened(places.ours) as clinic:
        clinic.engine.database.close()
        for part, statements in zip(parts, sent, strict=True):
            gc.collect()
            ours = timed(_recording(clinic, part)) / len(part)
            taken.append(Against(ours, timed(lambda s=statements: send(plain, s)) / len(part)))  # type: ignore[misc]
        _refuse_difference(clinic, plain)
    return Against(*(statistics.median(seconds) for seconds in zip(*taken[1:], strict=True)))


def _sent(clinic: Clinic, visit: Recorded) -> list[Sent]:
    return sent_by(lambda: clinic.record(visit))


def _recording(clinic: Clinic, part: list[Recorded]) -> Callable[[], None]:
    def go() -> None:
        for visit in part:
            clinic.record(visit)

    return go


def _refuse_difference(clinic: Clinic, plain: Any) -> None:
    """See that both databases hold the same log to the last digest: the floor did all that the engine did."""
    with clinic.engine.database.engine.connect() as connection:
        ours = [(chain, seq, bytes(digest)) for chain, seq, digest in connection.exec_driver_sql(FACTS)]
    theirs = [(chain, seq, bytes(digest)) for chain, seq, digest in plain.execute(FACTS)]
    if ours != theirs:
        raise AssertionError("the floor did not write what the engine wrote; the comparison is worth nothing")


class Latencies(NamedTuple):
    """Seconds of one visit: of people with 500 events among a million, of new people there, and in an empty database."""

    full: float
    new_among_many: float
    empty: float


def among_a_million(folder: Path) -> Latencies:
    """Compare a visit of somebody with a long history, in a large database, with one of somebody new in an empty one."""
    large, empty = f"sqlite:///{folder / 'million.db'}", f"sqlite:///{folder / 'empty.db'}"
    make_tables(empty)
    full = fill(large)
    with _opened(large) as many, _opened(empty) as few:
        new = [many.enrol(f"new-{number}") for number in range(len(full))]
        alone = [few.enrol(f"new-{number}") for number in range(len(full))]
        # Each comes for the first time after the 500 events; everybody does the same, one after the other.
        later = EVENTS.after
        plans = [
            (many, visits(full, 4 * len(full), "full", later)),
            (many, visits(new, 4 * len(new), "new", later)),
            (few, visits(alone, 4 * len(alone), "new", later)),
        ]
        seconds: list[list[float]] = [[], [], []]
        for turn in zip(*(plan for _, plan in plans), strict=True):
            for place, visit in enumerate(turn):
                clinic = plans[place][0]
                seconds[place].append(timed(lambda c=clinic, v=visit: c.record(v)))  # type: ignore[misc]
    return Latencies(*(statistics.median(taken) for taken in seconds))


@contextmanager
def _opened(url: str, **options: Any) -> Iterator[Clinic]:
    clinic = open_clinic(url, **options)
    try:
        yield clinic
    finally:
        clinic.engine.close()
