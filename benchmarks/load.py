"""Load: how many requests a second a server answers, and how quickly, to 1, 8 and 32 clients; and whether its memory stays as it is.

Recording by the API and the kiosk's page of balances take turns with a POST that commits one row and does nothing else, on the same
server in the same run. The clients run on the same machine.
"""

import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from http.client import HTTPConnection
from itertools import count, repeat
from pathlib import Path
from secrets import token_hex
from threading import Thread
from typing import NamedTuple

from benchmarks.costs import machine
from benchmarks.served import DAYS, FLOOR, HERE, PROCESSES, Served, first_day, served
from tests.databases import postgres_server

SIZES = (1, 8, 32)
SECONDS = 3.0
ROUNDS = 3
PEOPLE = 800

# An hour of a busy clinic: two requests a second.
AN_HOUR = 7200

FORM = {"Content-Type": "application/json"}


class Asked(NamedTuple):
    """A request as it is sent: method, address, body and headers, and the status that answers it."""

    method: str
    address: str
    body: str | None
    headers: dict[str, str]
    status: int


class Figures(NamedTuple):
    """Requests a second, and the seconds within which a half, 95 and 99 of a hundred were answered.

    `busy` is for how many seconds a request kept a core busy in the server's processes, whatever else ran beside.
    """

    rate: float
    half: float
    most: float
    nearly_all: float
    busy: float


class Turn(NamedTuple):
    """How long each request of a turn took, and for how many seconds all of them kept a core busy."""

    took: list[float]
    busy: float


# Gives the requests of one client, without end.
Wishes = Callable[[int], Iterator[Asked]]


class Visits:
    """Visits to record: everybody's next day, in turn, so that each is behind the one before."""

    def __init__(self, there: Served) -> None:
        self._there = there
        self._numbers = count()

    def __call__(self, _: int) -> Iterator[Asked]:
        """Give visits that no other client records."""
        headers = FORM | {"Authorization": f"Bearer {self._there.token}"}
        for number in self._numbers:
            day, person = divmod(number, len(self._there.people))
            visit = {
                "participant": self._there.people[person],
                "at": (first_day() + timedelta(days=1 + day % DAYS)).isoformat(),
                "kind": "attendance",
                "outcome": "attended",
                "session": "early-recovery-group",
            }
            yield Asked("POST", "/api/v1/events", json.dumps(visit), headers | {"Idempotency-Key": token_hex(12)}, 201)


def floor(_: int) -> Iterator[Asked]:
    """Commit one row, again and again."""
    return repeat(Asked("POST", FLOOR, "{}", FORM, 201))


def balances(there: Served) -> Wishes:
    """Look at one's own balance, at a tablet of one's own."""

    def wishes(client: int) -> Iterator[Asked]:
        return repeat(Asked("GET", "/kiosk/home", None, {"Cookie": there.tablets[client].signed_in()}, 200))

    return wishes


def measure() -> None:
    """Measure, and print tables for docs/measurements.md."""
    print(f"\n{machine()}, {PROCESSES} processes of the server; medians of {ROUNDS} turns of {SECONDS:.0f} s\n")
    print(
        "| database | clients | what | a second | half within | 95 % within | 99 % within | of the floor's rate | a core busy |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    memory: dict[str, tuple[int, int]] = {}
    for name, opened in (("SQLite", _on_sqlite), ("PostgreSQL", _on_postgres)):
        with opened() as there:
            asked: dict[str, Wishes] = {
                "floor: one row": floor,
                "recording": Visits(there),
                "kiosk's balance": balances(there),
            }
            for clients in SIZES:
                _print(name, clients, _compared(there, clients, asked))
            memory[name] = _over_an_hour(there, [asked["recording"], asked["kiosk's balance"]])
    print(f"\n| database | memory before | after {AN_HOUR:,} requests | growth |\n|---|---|---|---|")
    for name, (before, after) in memory.items():
        print(f"| {name} | {before / 1e6:.1f} MB | {after / 1e6:.1f} MB | {after / before - 1:+.1%} |")


@contextmanager
def _on_sqlite() -> Iterator[Served]:
    with (
        tempfile.TemporaryDirectory() as folder,
        served(f"sqlite:///{folder}/load.db", Path(folder), PEOPLE, max(SIZES)) as there,
    ):
        yield there


@contextmanager
def _on_postgres() -> Iterator[Served]:
    """On a server that writes to disk the way a clinic's does."""
    with (
        tempfile.TemporaryDirectory() as folder,
        postgres_server(durable=True) as server,
        server.fresh() as url,
        served(url, Path(folder), PEOPLE, max(SIZES)) as there,
    ):
        yield there


def _compared(there: Served, clients: int, asked: Mapping[str, Wishes]) -> dict[str, Figures]:
    """Let so many clients ask for one thing after the other, in turns."""
    turns: dict[str, list[Turn]] = {name: [] for name in asked}
    for _ in range(ROUNDS + 1):
        for name, wishes in asked.items():
            turns[name].append(_turn(there, wishes, clients))
    return {name: _figures(taken[1:]) for name, taken in turns.items()}


def _turn(there: Served, wishes: Wishes, clients: int) -> Turn:
    ready = [wishes(client) for client in range(clients)]
    before = there.busy()
    took = _together(there, ready, SECONDS)
    return Turn(took, there.busy() - before)


def _figures(turns: Sequence[Turn]) -> Figures:
    rate = statistics.median(len(turn.took) for turn in turns) / SECONDS
    cuts = statistics.quantiles([seconds for turn in turns for seconds in turn.took], n=100, method="inclusive")
    busy = sum(turn.busy for turn in turns) / sum(len(turn.took) for turn in turns)
    return Figures(rate, cuts[49], cuts[94], cuts[98], busy)


def _together(there: Served, ready: Sequence[Iterator[Asked]], seconds: float, most: int = 0) -> list[float]:
    """Let clients ask at the same time, for some seconds or so many requests each; give how long each request took."""
    took: list[list[float]] = [[] for _ in ready]
    until = time.perf_counter() + seconds
    threads = [
        Thread(target=_ask, args=(there.port, ready[client], until, most, took[client])) for client in range(len(ready))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [each for some in took for each in some]


def _ask(port: int, wishes: Iterator[Asked], until: float, most: int, took: list[float]) -> None:
    connection = HTTPConnection(HERE, port, timeout=60)
    for number, asked in enumerate(wishes, 1):
        begun = time.perf_counter()
        connection.request(asked.method, asked.address, asked.body, asked.headers)
        answer = connection.getresponse()
        answer.read()
        now = time.perf_counter()
        assert answer.status == asked.status, (asked.address, answer.status)  # noqa: S101 - it is measured
        took.append(now - begun)
        if number == most or now > until:
            break
    connection.close()


def _over_an_hour(there: Served, asked: Sequence[Wishes]) -> tuple[int, int]:
    """Give the memory of the processes once they are warm, and after an hour's requests: half recorded, half looked at."""
    before = there.memory()
    for wishes in asked:
        _together(there, [wishes(client) for client in range(8)], float("inf"), AN_HOUR // len(asked) // 8)
    return before, there.memory()


def _print(name: str, clients: int, found: dict[str, Figures]) -> None:
    least = found["floor: one row"]
    for what, told in found.items():
        within = " | ".join(f"{seconds * 1000:.1f} ms" for seconds in (told.half, told.most, told.nearly_all))
        share = f"{told.rate / least.rate:.0%} | {told.busy * 1000:.1f} ms"
        print(f"| {name} | {clients} | {what} | {told.rate:.0f} | {within} | {share} |", flush=True)
