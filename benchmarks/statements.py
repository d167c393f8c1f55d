"""Statements: what an action sends to the database, taken down once, and sent again by the plain driver."""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, Self

import psycopg

from cm_engine.store.database import Database

PRAGMAS = ("journal_mode", "synchronous", "foreign_keys", "recursive_triggers", "secure_delete", "cache_size")


class Sent(NamedTuple):
    """One statement with its values, or with many rows of them."""

    text: str
    values: Any
    is_many: bool = False


# What was sent since it was last looked at.
_sent: list[Sent] = []


def sent_by(act: Callable[[], object]) -> list[Sent]:
    """Give the statements that an action sends over a connection that takes them down."""
    _sent.clear()
    act()
    return list(_sent)


class _NotingSqlite(sqlite3.Cursor):
    def execute(self, sql: str, parameters: Any = (), /) -> Self:
        _sent.append(Sent(sql, parameters))
        return super().execute(sql, parameters)

    def executemany(self, sql: str, parameters: Iterable[Any], /) -> Self:
        rows = list(parameters)
        _sent.append(Sent(sql, rows, is_many=True))
        return super().executemany(sql, rows)


class NotingSqliteConnection(sqlite3.Connection):
    """A connection whose statements are taken down."""

    def cursor(self, factory: Any = None) -> Any:
        """Give a cursor that takes down."""
        return super().cursor(_NotingSqlite)


class NotingPostgresCursor(psycopg.Cursor[Any]):
    """A cursor whose statements are taken down."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        """Take down, and execute."""
        _sent.append(Sent(query, params))
        return super().execute(query, params, **options)

    def executemany(self, query: Any, params_seq: Iterable[Any], **options: Any) -> None:
        """Take down, and execute."""
        rows = list(params_seq)
        _sent.append(Sent(query, rows, is_many=True))
        super().executemany(query, rows, **options)


def pragmas_of(database: Database) -> list[str]:
    """Give the pragmas that the engine's own connections have, as statements."""
    with database.engine.connect() as connection:
        return [f"PRAGMA {name} = {connection.exec_driver_sql(f'PRAGMA {name}').scalar()}" for name in PRAGMAS]


def plain_sqlite(path: str, pragmas: Iterable[str]) -> sqlite3.Connection:
    """Open SQLite as the engine does: its own transactions, the same pragmas."""
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in pragmas:
        connection.execute(pragma)
    return connection


def send(connection: Any, transactions: Sequence[Sequence[Sent]]) -> None:
    """Send statements again, each group with a commit of its own; a query's first row is read."""
    cursor = connection.cursor()
    for statements in transactions:
        for text, values, is_many in statements:
            if is_many:
                cursor.executemany(text, values)
                continue
            cursor.execute(text, values)
            if cursor.description is not None:
                cursor.fetchone()
        connection.commit()
