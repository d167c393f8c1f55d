"""A crew: processes that are started once, and then do things at the same moment, each on its own connection."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from multiprocessing.connection import Connection
from threading import Barrier, BrokenBarrierError
from typing import Any, NamedTuple

from cm_engine.engine import Engine
from cm_engine.errors import CmError
from cm_engine.store.database import Database
from cm_engine.vault import Vault
from tests.clinic import SetClock
from tests.faults.busy_clinic import KEYS
from tests.processes import FORKED
from tests.soak import times

SIZE = 16
# Seconds that all trials of a race may take together: taking files in is slow, and a soak takes in hundreds.
PATIENCE = times(120, 3600)


class Task(NamedTuple):
    """What one process does: an action, and what it is handed behind the engine."""

    act: Callable[..., Any]
    asked: tuple[Any, ...]


class Failed(NamedTuple):
    """An error that an action ended with."""

    kind: str
    said: str


# What each of those who raced got, in the order of their tasks.
Outcome = list[Any]


class Order(NamedTuple):
    """What a process is to do: its task of each trial, together with so many others."""

    url: str
    together: int
    tasks: list[Task]


class Crew:
    """Processes that wait for orders."""

    def __init__(self, lines: Sequence[Connection]) -> None:
        self._lines = lines

    def race(self, url: str, trials: Sequence[Sequence[Task]]) -> list[Outcome]:
        """Do the tasks of each trial at the same moment, one trial after the other. Each is begun by another process in turn."""
        together = len(trials[0])
        lines = self._lines[:together]
        turned = [[trial[(place + turn) % together] for place in range(together)] for turn, trial in enumerate(trials)]
        for place, line in enumerate(lines):
            line.send(Order(url, together, [trial[place] for trial in turned]))
        got = [_heard(line) for line in lines]
        return [[got[(place - turn) % together][turn] for place in range(together)] for turn in range(len(trials))]


def _heard(line: Connection) -> Outcome:
    if not line.poll(PATIENCE):
        raise TimeoutError("a process of the crew hangs")
    heard: Outcome = line.recv()
    return heard


@contextmanager
def crew() -> Iterator[Crew]:
    """Start a crew; none of it is left afterwards."""
    barriers = {together: FORKED.Barrier(together) for together in (2, 4, SIZE)}
    ends = [FORKED.Pipe() for _ in range(SIZE)]
    members = [FORKED.Process(target=_follow, args=(theirs, barriers), daemon=True) for _, theirs in ends]
    try:
        for member in members:
            member.start()
        for _, theirs in ends:
            theirs.close()
        yield Crew([ours for ours, _ in ends])
    finally:
        for member in members:
            member.kill()
            member.join()
        for ours, _ in ends:
            ours.close()


def _follow(line: Connection, barriers: dict[int, Barrier]) -> None:
    """Follow orders until the line is closed."""
    while True:
        try:
            order: Order = line.recv()
        except EOFError:
            return
        with closing(Engine(Database(order.url), Vault(KEYS), clock=SetClock())) as engine:
            with engine.database.reading() as tx:
                engine.published(tx)
            line.send([_done(engine, task, barriers[order.together]) for task in order.tasks])


def _done(engine: Engine, task: Task, barrier: Barrier) -> Any:
    barrier.wait(PATIENCE / 2)
    try:
        return task.act(engine, *task.asked)
    except CmError as error:
        return Failed(type(error).__name__, str(error))
    except BrokenBarrierError:
        raise
    except Exception as error:  # noqa: BLE001 - told to the test, which fails by it; the others are not left waiting
        return Failed(type(error).__name__, str(error))
