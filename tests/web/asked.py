"""What a page asks the database: every statement that is run while it is made, as SQLite takes it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from tests.web.rooms import Rooms


@contextmanager
def asked(rooms: Rooms) -> Iterator[list[str]]:
    """Collect the statements that are run, but for the beginnings and ends of transactions."""
    found: list[str] = []

    def note(statement: str) -> None:
        if statement.split(maxsplit=1)[0] in {"SELECT", "INSERT", "UPDATE", "DELETE"}:
            found.append(statement)

    def listen(connection: Any, *_: object) -> None:
        connection.set_trace_callback(note)

    engine = rooms.clinic.engine.database.engine
    event.listen(engine, "checkout", listen)
    try:
        yield found
    finally:
        event.remove(engine, "checkout", listen)
        with engine.connect() as connection:
            proxied: Any = connection.connection.dbapi_connection
            proxied.set_trace_callback(None)
