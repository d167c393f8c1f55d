"""A process that records is killed, again and again: what it acknowledged is there, once; and the next one goes on."""

import random
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from cm_engine.actions.verify import verify
from cm_engine.ids import id_of
from tests.clinic import PROGRAM, clinic
from tests.databases import PostgresServer, migrate
from tests.faults.busy_clinic import opened
from tests.faults.recorder import FIRST_DAY, key, record_from, record_one
from tests.processes import FORKED
from tests.soak import times

POINTS = 20


@pytest.fixture
def durable_url(durable_postgres: PostgresServer) -> Iterator[str]:
    with durable_postgres.fresh(durable_postgres.template("migrated", migrate)) as url:
        yield url


def test_killed_again_and_again_on_sqlite(migrated_sqlite_url: str) -> None:
    is_killed(migrated_sqlite_url, times(70, in_soak=1000), seed=1)


def test_killed_again_and_again_on_postgresql(durable_url: str) -> None:
    is_killed(durable_url, times(30, in_soak=500), seed=2)


def is_killed(url: str, kills: int, seed: int) -> None:
    """Kill a recorder so many times, start another each time, and look what is there."""
    with clinic(url, "treatment-goals", program=PROGRAM.replace("599.00", "90000.00")) as riverside:
        ada = riverside.enrol("Ada", FIRST_DAY)
    chance = random.Random(seed)  # noqa: S311 - the same moments at each run, as far as the machine goes along
    acknowledged: dict[int, str] = {}
    for _ in range(kills):
        killed_while_recording(url, ada, acknowledged, chance)
    with closing(opened(url)) as engine:
        number = len(acknowledged)
        acknowledged[number] = record_one(engine, ada, number)["event"]
        assert acknowledged == {number: id_of(key(number), 1) for number in range(number + 1)}
        with engine.database.engine.connect() as connection:
            there = connection.exec_driver_sql("SELECT key FROM log WHERE fact = 'event-recorded' ORDER BY seq").all()
            posted = connection.exec_driver_sql("SELECT event, amount FROM entries ORDER BY chain, seq").all()
        assert [event for (event,) in there] == list(acknowledged.values())
        assert [(event, amount) for event, amount in posted if event] == [(e, POINTS) for e in acknowledged.values()]
        assert verify(engine).faults == []


def killed_while_recording(url: str, ada: str, acknowledged: dict[int, str], chance: random.Random) -> None:
    """Start a recorder, kill it at a moment that nobody chose, and take down what it acknowledged."""
    heard, told = FORKED.Pipe(duplex=False)
    recorder = FORKED.Process(target=record_from, args=(url, ada, len(acknowledged), told))
    recorder.start()
    told.close()
    try:
        for _ in range(chance.randrange(6)):
            acknowledged.update([heard.recv()])
        time.sleep(chance.uniform(0, 0.02))
    finally:
        recorder.kill()
        recorder.join()
    with heard:
        while True:
            try:
                acknowledged.update([heard.recv()])
            except EOFError:
                return
