"""The books: recording, taking a file in, verifying and rebuilding, each beside a floor or a peer in the same run."""

import os
import tempfile
from pathlib import Path

from benchmarks import bulk, recording
from benchmarks.costs import HEADER, machine
from benchmarks.files import trial

IN_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder in memory, in which one with a random name is made


def measure() -> None:
    """Measure, and print a table for docs/measurements.md, a row at a time."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        events, called = trial(folder)
        print(f"\n{machine()}, {called}; medians\n")
        print(HEADER, flush=True)
        _record(folder)
        _bulk(folder, events)


def _record(folder: Path) -> None:
    _throughput(
        "a visit recorded, SQLite; floor: sqlite3, the same statements", recording.on_sqlite(folder), "at least 40 %"
    )
    _throughput(
        "a visit recorded, PostgreSQL; floor: psycopg, the same statements", recording.on_postgres(), "at least 40 %"
    )
    _latency("on the disk", recording.among_a_million(folder), "at most 1.2")
    if IN_MEMORY.is_dir() and os.access(IN_MEMORY, os.W_OK):
        with tempfile.TemporaryDirectory(dir=IN_MEMORY) as name:
            in_memory = Path(name)
            _throughput(
                "the same on SQLite in memory, where no disk is waited for", recording.on_sqlite(in_memory), "none"
            )
            _latency("in memory", recording.among_a_million(in_memory), "none")


def _throughput(what: str, cost: recording.Against, goal: str) -> None:
    print(f"| {what} | {_ms(cost.ours)} | {_ms(cost.plain)} | {cost.plain / cost.ours:.0%} | {goal} |", flush=True)


def _latency(where: str, cost: recording.Latencies, goal: str) -> None:
    what = f"a visit after 500 events, among a million, {where}; floor: a new person's in an empty database"
    print(f"| {what} | {_ms(cost.full)} | {_ms(cost.empty)} | {cost.full / cost.empty:.2f} | {goal} |")
    ratio = cost.new_among_many / cost.empty
    what = f"a new person's visit among a million, {where}"
    print(f"| {what} | {_ms(cost.new_among_many)} | {_ms(cost.empty)} | {ratio:.2f} | none |", flush=True)


def _bulk(folder: Path, events: Path) -> None:
    imported, taken = bulk.import_file(folder, events)
    _times(
        "the file taken in, SQLite, as a process; floor: sqlite3 inserting its rows, as a process",
        imported,
        "at most 12",
    )
    verified = bulk.verify_books(taken)
    _times("`verify` of it, in a process; floor: sqlite3 reading log, entries, standings in it", verified, "at most 8")
    _balances("the shipped program", bulk.books_of_the_program(folder))
    _balances("the file", bulk.books_of_the_file(folder, events))


def _balances(of: str, database: Path) -> None:
    pair, awards = bulk.rebuild(database)
    what = f"balances of 20,000 events of {of} ({awards:,} awards), as a process; peer: `hledger balance`, as a process"
    if pair:
        _times(what, pair, "below 1")
    else:
        print(f"| {what} | not measured: hledger is not there (apt-get install hledger) | | | below 1 |", flush=True)


def _times(what: str, pair: bulk.Pair, goal: str) -> None:
    print(f"| {what} | {pair.ours:.3f} s | {pair.floor:.3f} s | {pair.ours / pair.floor:.2f} | {goal} |", flush=True)


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.3f} ms"
