"""The demo in tests: filled once in a run of the tests, whichever of their processes needs it first, and copied from there."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from cm_engine.actions.close_out import day_list
from cm_engine.demo.fill import fill
from cm_engine.demo.home import hurried
from cm_engine.engine import Engine
from cm_engine.store.schema import upgrade
from cm_engine.vault import Keys, Vault
from tests.clinic import SetClock

ZONE = ZoneInfo("America/New_York")
KEYS = Keys.listed([b"kHaLpfO9U7wCNNQ0pk8gUvyyr8j9cElo6UNA9qLUDgk="])

# A Wednesday afternoon.
NOW = datetime(2026, 3, 4, 15, 20, tzinfo=ZONE).astimezone(UTC)


class Demo:
    """A demo at the moment at which its history ends; its clock stands still until it is told to go on."""

    def __init__(self, file: Path, now: datetime) -> None:
        self.clock = SetClock(now)
        self.engine = Engine(hurried(file), Vault(KEYS), clock=self.clock)
        self.today = now.astimezone(ZONE).date()
        [(self.program, self.site)] = self.ask("SELECT id, site_id FROM programs")
        self.ids: dict[str, str] = dict(self.ask("SELECT code, id FROM participants"))

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        """Ask the database, past the engine."""
        with self.engine.database.engine.connect() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(sql)]

    def day(self, ahead: int = 0) -> Any:
        """Give the list of today, or of a day so many days on."""
        return day_list(self.engine, self.program, self.today + timedelta(days=ahead))


def fill_file(file: Path, now: datetime) -> None:
    """Fill a new file with a demo whose history ends at a moment."""
    database = hurried(file)
    try:
        upgrade(database)
        fill(database, Vault(KEYS), now, ZONE)
    finally:
        database.close()


@contextmanager
def opened(file: Path, now: datetime = NOW) -> Iterator[Demo]:
    """Open a file with a demo."""
    demo = Demo(file, now)
    try:
        yield demo
    finally:
        demo.engine.close()


def filled_once(basetemp: Path) -> Path:
    """Give the file that all processes of a run share; the first that comes fills it. It is to be copied, and never written."""
    folder = basetemp.parent if "PYTEST_XDIST_WORKER" in os.environ else basetemp
    file = folder / "demo.db"
    with (folder / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not file.exists():
            fill_file(folder / "filling.db", NOW)
            (folder / "filling.db").rename(file)
    return file


@pytest.fixture(scope="session")
def demo_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the demo, to be copied."""
    return filled_once(tmp_path_factory.getbasetemp())


@pytest.fixture
def demo(demo_file: Path, tmp_path: Path) -> Iterator[Demo]:
    """A demo of one's own."""
    shutil.copyfile(demo_file, tmp_path / "demo.db")
    with opened(tmp_path / "demo.db") as opened_demo:
        yield opened_demo
