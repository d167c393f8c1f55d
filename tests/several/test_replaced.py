"""Several processes on one database, each told to end, killed and started again while people work: as right as one that stays.

What was acknowledged is there once, what was refused is not there at all, and what nobody answered was done once at most when it
was asked for again.
"""

import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import cycle
from pathlib import Path

import pytest

from cm_engine.actions.verify import verify
from tests.databases import PostgresServer
from tests.several.crowd import Client, counted, crowd, live_together
from tests.several.house import House, Process, house
from tests.soak import IS_SOAK, times

SECONDS = times(0, in_soak=120)
CLIENTS = times(6, in_soak=32)
SERVERS = times(2, in_soak=3)
PROCESSES = times(1, in_soak=2)

# By which request each kind of fact gets into the log.
FACTS = {
    "record": "event-recorded",
    "correct": "result-corrected",
    "open": "draw-opened",
    "pick": "slip-picked",
    "choose": "prize-chosen",
    "handover": "prize-handed-over",
    "cancel": "redemption-cancelled",
}


@pytest.fixture
def clinic(durable_postgres: PostgresServer, tmp_path: Path) -> Iterator[House]:
    """A clinic on a server that writes to disk."""
    with durable_postgres.fresh() as url, house(tmp_path, url, times(12, 64), SERVERS, PROCESSES) as made:
        yield made


def upsets(clinic: House, server: PostgresServer) -> Iterator[Callable[[], None]]:
    """What happens to the processes, each in turn."""
    first, second, *_ = clinic.servers
    yield lambda: replaced(first)
    yield second.kill_worker
    yield lambda: failed(clinic.scheduler)
    yield lambda: failed(second)
    if IS_SOAK:
        yield lambda: replaced(clinic.scheduler)
        for other in clinic.servers[2:]:
            yield lambda other=other: replaced(other)  # type: ignore[misc]
        yield lambda: restarted(server)


def replaced(process: Process) -> None:
    process.stop()
    process.start()


def failed(process: Process) -> None:
    process.kill()
    process.start()


def restarted(server: PostgresServer) -> None:
    server.stop()
    server.start()


def test_processes_are_replaced_while_people_work(
    clinic: House, durable_postgres: PostgresServer, capsys: pytest.CaptureFixture[str]
) -> None:
    clients = crowd(clinic, CLIENTS)
    happened: list[int] = []
    live_together(clients, lambda: happened.append(upset(list(upsets(clinic, durable_postgres)))))
    for process in (*clinic.servers, clinic.scheduler):
        process.stop()
    look_what_is_there(clinic, clients)
    look_what_was_told(clinic)
    if IS_SOAK:
        tell(capsys, clients, happened[0])


def upset(each: list[Callable[[], None]]) -> int:
    """Let everything happen once, and again and again for as long as the trial lasts; tell how much did."""
    last = time.monotonic() + SECONDS
    for number, happens in enumerate(cycle(each), 1):
        happens()
        time.sleep(0.5)
        if number >= len(each) and time.monotonic() > last:
            return number
    raise AssertionError("nothing happens here")


def look_what_is_there(clinic: House, clients: list[Client]) -> None:
    told = [each for client in clients for each in client.told]
    done = {each.key for each in told if each.is_done}
    kept = [key.split()[-1] for (key,) in clinic.ask("SELECT key FROM requests WHERE key LIKE 'api %%'")]
    assert Counter(kept) == dict.fromkeys(done, 1)
    facts = dict(clinic.ask("SELECT fact, count(*) FROM log GROUP BY fact"))
    assert {what: facts.get(fact, 0) for what, fact in FACTS.items()} == Counter(
        dict.fromkeys(FACTS, 0) | Counter(each.what for each in told if each.is_done)
    )
    events = [each.answer["event"] for each in told if each.what == "record" and each.is_done]
    there = [key for (key,) in clinic.ask("SELECT key FROM log WHERE fact = 'event-recorded'")]
    assert sorted(there) == sorted(events)
    assert {each.status for each in told} <= {200, 201, 422}
    with closing(clinic.engine()) as engine:
        assert verify(engine).faults == []


def look_what_was_told(clinic: House) -> None:
    """See that nothing went wrong but that the database was away, and that the log is what it should be."""
    lines = [json.loads(line) for process in clinic.servers for line in process.log.read_text().splitlines()]
    assert {line["status"] for line in lines if line["event"] == "request"} <= {200, 201, 422, 503}
    assert {line["error"] for line in lines if line["event"] == "failed"} <= {"StoreError", "PassingError"}


def tell(capsys: pytest.CaptureFixture[str], clients: list[Client], happened: int) -> None:
    """Say what was done, for whoever looks after a long trial."""
    again = sum(each.times > 1 for client in clients for each in client.told)
    with capsys.disabled():
        sys.stdout.write(
            f"\n{len(clients)} clients, {happened} times a process was replaced, {again} requests asked for again; answered:\n"
            + "".join(f"  {what}: {dict(found)}\n" for what, found in counted(clients).items())
        )
