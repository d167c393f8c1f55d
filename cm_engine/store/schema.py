"""The schema: making the tables, changing them from version to version, and telling whether they fit this version.

A migration is one transaction, in SQLite too: one that fails leaves everything as it was. Whoever comes while another migrates
waits, and finds it done. Alembic is imported only where there is something to migrate.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, column, inspect, select, table
from sqlalchemy.exc import DBAPIError

from cm_engine.store.database import BUSY_SECONDS, Database, NoTablesError, Statement, StoreError

if TYPE_CHECKING:
    from alembic.config import Config

# All revisions, oldest first; the last is what this version of the engine works with.
REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", "0009")

_REVISION = Statement(select(column("version_num")).select_from(table("alembic_version")))
_PACKAGE = Path(__file__).parents[1]
_LOCK = 0x636D2D656E67696E  # of migrations, among PostgreSQL's advisory locks: the bytes of "cm-engin"


def head() -> str:
    """Give the revision that this version of the engine works with."""
    return REVISIONS[-1]


def revision(database: Database) -> str | None:
    """Give the revision of a database; None where its tables are not made yet. Makes no file."""
    if database.file and not database.file.exists():
        return None
    try:
        with database.reading() as tx:
            row = tx.row(_REVISION, {})
    except NoTablesError:
        return None
    return row[0] if row else None


def is_current(database: Database) -> bool:
    """Tell whether a database has the tables that this version works with."""
    return revision(database) == head()


def refuse_other_revision(database: Database) -> None:
    """Raise StoreError, with the remedy, where a database has not the tables that this version works with."""
    found = revision(database)
    if found == head():
        return
    if found is None:
        raise StoreError(f"the database {database.name} has no tables yet; run cm-engine init")
    _refuse_unknown(database, found)
    raise StoreError(
        f"the database {database.name} was made by an older version of cm-engine; run cm-engine init to migrate it"
    )


def refuse_unknown_revision(database: Database) -> None:
    """Raise StoreError where a database was made by a newer version of the engine."""
    if found := revision(database):
        _refuse_unknown(database, found)


def upgrade(database: Database) -> None:
    """Make the tables, or migrate them to what this version works with. Raises StoreError; then nothing was changed."""
    if is_current(database):
        return
    from alembic import command

    with migrating(database) as connection:
        command.upgrade(_config(database, connection), head())


def downgrade(database: Database, revision: str) -> None:
    """Migrate back to a revision; "base" removes all tables and what is in them. Raises StoreError; then nothing was changed."""
    if revision not in {"base", *REVISIONS}:
        raise StoreError(f"there is no revision {revision}; there are {', '.join(['base', *REVISIONS])}")
    from alembic import command

    with migrating(database) as connection:
        command.downgrade(_config(database, connection), revision)


def migrate_on(database: Database, connection: Connection, to: str) -> None:
    """Migrate to a revision in the transaction of a connection that `migrating` gave; "base" removes all tables."""
    from alembic import command

    move = command.downgrade if to == "base" else command.upgrade
    move(_config(database, connection), to)


def is_empty(database: Database) -> bool:
    """Tell whether a database has no tables at all, of anybody. Makes no file."""
    if database.file and not database.file.exists():
        return True
    try:
        with database.engine.connect() as connection:
            return not inspect(connection).get_table_names()
    except DBAPIError as error:
        raise database.explained(error.orig or error) from error


def migrations_folder() -> Path:
    """Give the folder of the migrations: inside of an installed package, beside it in a checkout."""
    installed = _PACKAGE / "migrations"
    return installed if installed.is_dir() else _PACKAGE.parent / "migrations"


@contextmanager
def migrating(database: Database) -> Iterator[Connection]:
    """Give a connection, in a transaction of its own, that nobody else migrates by at the same time."""
    try:
        with database.engine.connect() as connection, _alone(connection):
            yield connection
    except DBAPIError as error:
        raise database.explained(error.orig or error) from error
    except database.driver_error as error:
        raise database.explained(error) from error


@contextmanager
def _alone(connection: Connection) -> Iterator[None]:
    on_sqlite = connection.dialect.name == "sqlite"
    try:
        for statement in _BEGIN_SQLITE if on_sqlite else _BEGIN_POSTGRESQL:
            connection.exec_driver_sql(statement)
        yield
        if on_sqlite:
            _check_references(connection)
        connection.commit()
    finally:
        connection.rollback()
        if on_sqlite:
            connection.exec_driver_sql("PRAGMA foreign_keys = ON")


# SQLite changes a table by making it anew, which may only look for references to it once that is done.
_BEGIN_SQLITE = ("PRAGMA foreign_keys = OFF", "BEGIN IMMEDIATE")
_BEGIN_POSTGRESQL = (f"SET LOCAL lock_timeout = '{BUSY_SECONDS}s'", f"SELECT pg_advisory_xact_lock({_LOCK})")


def _check_references(connection: Connection) -> None:
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    if broken:
        raise StoreError(f"a row of {broken[0]} refers to a row of {broken[2]} that is not there; nothing was changed")


def _config(database: Database, connection: Connection) -> "Config":
    from alembic.config import Config
    from alembic.runtime.migration import MigrationContext

    found = MigrationContext.configure(connection).get_current_revision()
    if found is not None:
        _refuse_unknown(database, found)
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(migrations_folder()).replace("%", "%%"))
    return config


def _refuse_unknown(database: Database, found: str) -> None:
    if found not in REVISIONS:
        raise StoreError(
            f"the database {database.name} was made by a newer version of cm-engine (its revision is {found}, this version "
            f"knows {head()}); install that one"
        )
