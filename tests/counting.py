"""Counting: the statements that a SQLite database is asked while something is done."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from cm_engine.engine import Engine

NO_WORK = ("BEGIN", "COMMIT", "ROLLBACK", "PRAGMA")


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    """Give the statements that are asked meanwhile, in their order."""
    statements: list[str] = []

    def note(statement: str) -> None:
        if not statement.lstrip().startswith(NO_WORK):
            statements.append(statement)

    def listen(connection: Any, *_: object) -> None:
        connection.set_trace_callback(note)

    def leave(connection: Any, *_: object) -> None:
        connection.set_trace_callback(None)

    pool = engine.database.engine.pool
    event.listen(pool, "checkout", listen)
    event.listen(pool, "checkin", leave)
    try:
        yield statements
    finally:
        event.remove(pool, "checkout", listen)
        event.remove(pool, "checkin", leave)
