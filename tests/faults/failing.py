"""A driver that fails when it is told to: at a statement, or at the commit, before or after it was done.

It is the real driver, of SQLite or PostgreSQL, underneath: what was done before the failure was really done.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from sqlalchemy import event

from cm_engine.store.database import Database


@dataclass
class Plan:
    """At which step, from 1, the driver fails once: statements, and the commit as the last. None for never.

    `when_done` fails when the step is done, and only its answer lost; `cuts` also cuts the connection, where there is one.
    """

    at: int | None = None
    when_done: bool = False
    cuts: bool = False
    steps: int = 0
    has_failed: bool = False
    commit_failed: bool = False

    def fail(self, at: int | None, *, when_done: bool = False, cuts: bool = False) -> None:
        """Fail at a step, counted from now."""
        self.at, self.when_done, self.cuts, self.steps = at, when_done, cuts, 0
        self.has_failed = self.commit_failed = False

    @contextmanager
    def step(self, connection: Any, error: type[Exception], *, is_commit: bool = False) -> Iterator[None]:
        """Do a step, or fail."""
        self.steps += 1
        is_now = self.steps == self.at
        self.has_failed |= is_now
        self.commit_failed |= is_now and is_commit
        if is_now and not self.when_done:
            self._fail(connection, error)
        yield
        if is_now:
            self._fail(connection, error)

    def _fail(self, connection: Any, error: type[Exception]) -> None:
        if self.cuts:
            connection.pgconn.finish()
        raise error("disk I/O error: injected")


def failing(database: Database) -> Plan:
    """Let a database fail by a plan, which is to be given before its first connection."""
    plan = Plan()
    connect = _sqlite(plan) if database.is_sqlite else _postgresql(plan)
    event.listen(database.engine, "do_connect", lambda _dialect, _record, args, named: connect(*args, **named))
    return plan


def _sqlite(plan: Plan) -> Any:
    class Cursor(sqlite3.Cursor):
        def execute(self, *args: Any) -> Any:
            with plan.step(self.connection, sqlite3.OperationalError):
                return super().execute(*args)

        def executemany(self, *args: Any) -> Any:
            with plan.step(self.connection, sqlite3.OperationalError):
                return super().executemany(*args)

    class Connection(sqlite3.Connection):
        def cursor(self, *_: Any) -> Any:
            return super().cursor(Cursor)

        def commit(self) -> None:
            with plan.step(self, sqlite3.OperationalError, is_commit=True):
                super().commit()

    def connect(*args: Any, **named: Any) -> sqlite3.Connection:
        return sqlite3.connect(*args, **named, factory=Connection)

    return connect


def _postgresql(plan: Plan) -> Any:
    class Cursor(psycopg.Cursor[Any]):
        def execute(self, *args: Any, **named: Any) -> Any:
            with plan.step(self.connection, psycopg.OperationalError):
                return super().execute(*args, **named)

        def executemany(self, *args: Any, **named: Any) -> None:
            with plan.step(self.connection, psycopg.OperationalError):
                super().executemany(*args, **named)

    class Connection(psycopg.Connection[Any]):
        def commit(self) -> None:
            with plan.step(self, psycopg.OperationalError, is_commit=True):
                super().commit()

    def connect(*args: Any, **named: Any) -> psycopg.Connection[Any]:
        return Connection.connect(*args, **named, cursor_factory=Cursor)

    return connect
