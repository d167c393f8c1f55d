"""Copying: all rows of a database out, as they were at one moment; all rows in, in one transaction that may still refuse.

A copy of an older revision is loaded into the tables of that revision, which are migrated then, in the same transaction.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, MetaData
from sqlalchemy.exc import DBAPIError

from cm_engine.store import schema
from cm_engine.store.database import Database, StoreError, Transaction
from cm_engine.store.dump import dump, load
from cm_engine.store.schema import head, is_empty, migrate_on, migrating, revision
from cm_engine.store.tables import metadata

_OF_ALEMBIC = "alembic_version"


def copy_out(database: Database, write_line: Callable[[str], None]) -> None:
    """Write all rows, a line at a time, as they were at one moment, whatever is written meanwhile."""
    of = revision(database)
    with _reading(database) as connection:
        dump(connection, _tables(connection, of), write_line)


def copy_in(
    database: Database,
    of: str,
    lines: Iterable[str],
    finish: Callable[[Transaction], None],
    *,
    replace: bool = False,
) -> None:
    """Load the rows of a copy of a revision, migrate them, and let `finish` add to them, or refuse by raising an error.

    Nothing is changed where anything fails. Raises StoreError where there are tables already, unless they are replaced.
    """
    if of not in schema.REVISIONS:
        raise StoreError(
            f"this copy is of a revision {of}, which this version of cm-engine does not know; use a later one"
        )
    if not replace and not is_empty(database):
        raise StoreError(f"the database {database.name} has tables already; nothing was changed")
    with migrating(database) as connection:
        if not is_empty_now(connection):
            migrate_on(database, connection, "base")
        migrate_on(database, connection, of)
        load(connection, _tables(connection, of), lines)
        migrate_on(database, connection, head())
        held = connection.connection.dbapi_connection
        if held is None:
            raise StoreError("the connection to the database was lost; nothing was changed")
        finish(Transaction(held, database.engine.dialect))


def is_empty_now(connection: Connection) -> bool:
    """Tell whether none of our tables are there."""
    return not _reflected(connection).tables


def _tables(connection: Connection, of: str | None) -> MetaData:
    """Give the tables of a revision: those of this version, or else as the database has them."""
    return metadata if of == head() else _reflected(connection)


def _reflected(connection: Connection) -> MetaData:
    found = MetaData()
    found.reflect(connection, only=lambda name, _: name != _OF_ALEMBIC)
    return found


@contextmanager
def _reading(database: Database) -> Iterator[Connection]:
    """Give a connection that sees what the database held at one moment."""
    try:
        with database.engine.connect() as connection:
            if database.is_sqlite:
                connection.exec_driver_sql("BEGIN")
            else:
                connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            try:
                yield connection
            finally:
                connection.rollback()
    except DBAPIError as error:
        raise database.explained(error.orig or error) from error
