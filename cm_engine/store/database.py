"""The database: SQLite or PostgreSQL behind the same few calls.

Statements are written once in SQLAlchemy and compiled once for each kind of database; then they go to its driver as they
are, which is what makes recording quick. A transaction is written whole or not at all, and is on the disk when it is
acknowledged.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from sqlite3 import OperationalError
from time import monotonic, sleep
from typing import Any, NamedTuple

from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection, Dialect
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection
from sqlalchemy.sql.expression import ClauseElement

from cm_engine.errors import CmError

BUSY_SECONDS = 30

# After how long a PostgreSQL server is given up that says nothing any more, because its machine or the way to it failed: seconds until
# it is connected to, and until a connection is known to be dead (milliseconds where it was sent something). The address goes before.
SILENT = {
    "connect_timeout": 10,
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}

# A server that was set up for no language at all would give texts as bytes.
UTF8 = {"client_encoding": "utf8"}

# How much of a SQLite file is kept in memory: 64 MB.
PAGE_CACHE = "cache_size = -65536"

# How many rows PostgreSQL sends at a time.
STREAMED = 2000

# What became of a transaction that failed. While it is committed, the database may have it, and only its answer be lost.
NOTHING_CHANGED = "nothing was changed"
NOBODY_KNOWS = "it may be written or not: send the same request again, which is done once at most"

# What PostgreSQL calls two that waited for each other, and two that could not have come one after the other.
PASSING = frozenset({"40P01", "40001"})

# Which file a connection to SQLite has open.
OPENED = "file"

Values = Mapping[str, Any]
Row = tuple[Any, ...]

NONE: Values = {}


class StoreError(CmError):
    """The database cannot do what it was asked for; nothing was changed."""


class NoTablesError(StoreError):
    """The tables are not made yet."""


class DamagedError(StoreError):
    """The file is no database, or a damaged one."""


class DuplicateError(StoreError):
    """A row that is there already, or that breaks a rule of the tables."""


class Compiled(NamedTuple):
    """A statement as the driver takes it: the text, the names of its values in their order, and those it has itself."""

    text: str
    names: tuple[str, ...]
    fixed: Values


class PassingError(StoreError):
    """What fails by chance, and may go well when it is done again: a connection was lost, two waited for each other."""


class Statement:
    """A statement that is compiled once for each kind of database."""

    def __init__(self, clause: ClauseElement) -> None:
        self._clause = clause
        self._compiled: dict[str, Compiled] = {}

    def compiled(self, dialect: Dialect) -> Compiled:
        """Give the statement as the driver takes it."""
        known = self._compiled.get(dialect.name)
        if known is None:
            known = self._compiled[dialect.name] = _compiled(self._clause, dialect)
        return known


class Transaction:
    """One transaction: all of it is written, or nothing."""

    def __init__(self, connection: DBAPIConnection, dialect: Dialect) -> None:
        self._dialect = dialect
        self._connection = connection
        self._cursor = connection.cursor()
        self._streams = 0

    @property
    def kind(self) -> str:
        """The kind of database: `sqlite` or `postgresql`."""
        return self._dialect.name

    def rows(self, statement: Statement, values: Values = NONE) -> list[Row]:
        """Give the rows of a query."""
        self._execute(statement, values)
        return self._cursor.fetchall()  # type: ignore[return-value]

    def row(self, statement: Statement, values: Values = NONE) -> Row | None:
        """Give the first row of a query; None where there is none."""
        self._execute(statement, values)
        return self._cursor.fetchone()

    def stream(self, statement: Statement) -> Iterator[Row]:
        """Give the rows of a query one by one, without holding all of them."""
        if self._dialect.name == "sqlite":
            cursor: Any = self._connection.cursor()
        else:
            self._streams += 1
            cursor = self._connection.cursor(f"stream_{self._streams}")
            cursor.itersize = STREAMED
        cursor.execute(statement.compiled(self._dialect).text)
        yield from cursor
        cursor.close()

    def run(self, statement: Statement, values: Values = NONE) -> int:
        """Run a statement; give the number of rows it changed."""
        self._execute(statement, values)
        return self._cursor.rowcount

    def run_many(self, statement: Statement, rows: Sequence[Row]) -> None:
        """Run a statement for each row of values, which are in the order of the statement's own (of the columns)."""
        if rows:
            self._cursor.executemany(statement.compiled(self._dialect).text, rows)

    def _execute(self, statement: Statement, values: Values) -> None:
        text, names, fixed = statement.compiled(self._dialect)
        if fixed:
            values = {**fixed, **values}
        self._cursor.execute(text, [values[name] for name in names])

    def ask(self, clause: ClauseElement) -> list[Row]:
        """Give the rows of a query that is asked seldom, with its values in it."""
        self._execute_seldom(clause)
        return self._cursor.fetchall()  # type: ignore[return-value]

    def do(self, clause: ClauseElement) -> int:
        """Run a statement that is run seldom, with its values in it; give the number of rows it changed."""
        self._execute_seldom(clause)
        return self._cursor.rowcount

    def _execute_seldom(self, clause: ClauseElement) -> None:
        text, names, fixed = _compiled(clause, self._dialect)
        self._cursor.execute(text, [fixed[name] for name in names])


class Database:
    """A database by its address. `options` go to the driver's `connect`."""

    def __init__(self, url: str | URL, **options: Any) -> None:
        self.url = address(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._path = os.path.abspath(self.url.database or "")  # noqa: PTH100 - without following links
        self.engine = _engine(self.url, self._path, options)
        self._dialect = self.engine.dialect
        driver = self.engine.dialect.dbapi
        if driver is None:
            raise StoreError(f"there is no driver for {self.url.get_backend_name()}")
        self._errors: Any = driver

    @property
    def name(self) -> str:
        """The address without its password."""
        hidden = {key: "***" for key in self.url.query if "password" in key}
        return self.url.update_query_dict(hidden).render_as_string(hide_password=True)

    @property
    def file(self) -> Path | None:
        """The file of a SQLite database; None for one in memory, and for PostgreSQL."""
        name = self.url.database
        in_file = self.is_sqlite and name not in {None, "", ":memory:"} and not str(name).startswith("file:")
        return Path(str(name)) if in_file else None

    @property
    def driver_error(self) -> type[Exception]:
        """What the driver raises; `explained` tells what it means."""
        error: type[Exception] = self._errors.Error
        return error

    @contextmanager
    def writing(self, *, dry_run: bool = False) -> Iterator[Transaction]:
        """Write in one transaction; after an error, and after a dry run, nothing was written."""
        with self._transaction("BEGIN IMMEDIATE", commits=not dry_run) as transaction:
            yield transaction

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """Read what the database held at one moment, whatever is written meanwhile."""
        begin = "BEGIN" if self.is_sqlite else "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"
        with self._transaction(begin, commits=False) as transaction:
            yield transaction

    def wipe(self) -> None:
        """Let nothing of what was deleted stay in SQLite's log beside its file, as far as no reader needs it."""
        if self.is_sqlite:
            with self._transaction("PRAGMA wal_checkpoint(TRUNCATE)", commits=False):
                pass

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    @contextmanager
    def _transaction(self, begin: str, *, commits: bool) -> Iterator[Transaction]:
        errors = self._errors
        connection = self._begun(begin)
        became = NOTHING_CHANGED
        try:
            yield Transaction(connection.dbapi_connection, self._dialect)  # type: ignore[arg-type]
            if commits:
                became = NOBODY_KNOWS
                connection.commit()
            else:
                connection.rollback()
        except errors.Error as error:
            raise self._after(connection, error, became) from error
        except BaseException:
            self._abandon(connection)
            raise
        finally:
            connection.close()

    def _begun(self, begin: str) -> PoolProxiedConnection:
        """Begin; on a new connection where the one at hand was lost while it waited."""
        try:
            return self._begun_once(begin)
        except PassingError:
            return self._begun_once(begin)

    def _begun_once(self, begin: str) -> PoolProxiedConnection:
        connection = self._connected()
        try:
            if self.is_sqlite or not begin.startswith("BEGIN"):
                connection.cursor().execute(begin)
        except self._errors.Error as error:
            after = self._after(connection, error, NOTHING_CHANGED)
            connection.close()
            raise after from error
        except BaseException:
            connection.close()
            raise
        return connection

    def _connected(self) -> PoolProxiedConnection:
        """Take a connection; never one to a file that is not there any more, where what is written would be lost."""
        try:
            connection = self.engine.raw_connection()
            opened = connection.info.get(OPENED)
            if opened is not None and opened != _file_id(self._path):
                connection.invalidate()
                self.engine.dispose()
                self._refuse_missing_file()
                connection = self.engine.raw_connection()
        except (self._errors.Error, SQLAlchemyError) as error:
            raise self.explained(getattr(error, "orig", None) or error) from error
        return connection

    def _refuse_missing_file(self) -> None:
        if _file_id(self._path) is None:
            raise StoreError(
                f"the file of the database {self.name} is not there any more; put it back, or restore a backup; "
                f"{NOTHING_CHANGED}"
            )

    def _after(self, connection: PoolProxiedConnection, error: BaseException, became: str) -> StoreError:
        """Give up a transaction after an error of the driver; give what that means."""
        is_lost = self._abandon(connection)
        if is_lost or getattr(error, "sqlstate", None) in PASSING:
            return PassingError(self._said(error, became))
        return self.explained(error, became)

    def _abandon(self, connection: PoolProxiedConnection) -> bool:
        """Roll back; tell whether the connection was lost. Then it is thrown away, and all that wait beside it."""
        try:
            connection.rollback()
        except self._errors.Error:
            connection.invalidate()
            self.engine.dispose()
            return True
        return False

    def explained(self, error: BaseException, became: str = NOTHING_CHANGED) -> StoreError:
        """Give what an error of the driver means, with the remedy."""
        if isinstance(error, self._errors.IntegrityError):
            return DuplicateError(f"the database refused it: {_first_line(error)}")
        damaged = DamagedError if _is_damaged(_first_line(error)) else StoreError
        kind = NoTablesError if _is_missing_table(error) else damaged
        return kind(self._said(error, became))

    def _said(self, error: BaseException, became: str) -> str:
        said = _first_line(error)
        for told, remedy in _REMEDIES.items():
            if told in said.lower():
                return f"the database {self.name} {remedy} ({said}); {became}"
        return f"the database {self.name} could not do it: {said}; {became}"


_REMEDIES = {
    "is full": "has no room left on its disk; free some, then try again",
    "no space": "has no room left on its disk; free some, then try again",
    "disk i/o": "cannot be read or written on its disk; see whether the disk is full or broken, then try again",
    "readonly": "may not be written; make the file and its folder writable for this user",
    "read-only": "may not be written; make the file and its folder writable for this user",
    "unable to open": "cannot be opened; see that its folder is there and may be written",
    "lock timeout": "is busy with another program for too long; try again",
    "locked": "is busy with another program for too long; try again",
    "deadlock": "was asked for two things that waited for each other; try again",
    "pool limit": "is asked for too much at once; try again",
    "not a database": "is not a database file; name another, or restore a backup",
    "malformed": "is damaged; stop, keep the file, and restore a backup",
    "no such table": "has no tables yet; run cm-engine init",
    "does not exist": "has no tables yet, or is not there; run cm-engine init",
    "connection": "cannot be reached; see that it runs and that its address is right",
}


def _first_line(error: BaseException) -> str:
    said = str(error).strip()
    return said.splitlines()[0] if said else type(error).__name__


def make_file(database: Database) -> None:
    """Make the empty file of a SQLite database, which only its owner may read, where it is not there yet."""
    if database.file and not database.file.exists():
        with suppress(OSError):  # opening it tells why it cannot be made
            database.file.touch(mode=0o600)


def _is_damaged(said: str) -> bool:
    return "not a database" in said or "malformed" in said


def _is_missing_table(error: BaseException) -> bool:
    return getattr(error, "sqlstate", None) == "42P01" or str(error).startswith("no such table")


def _compiled(clause: ClauseElement, dialect: Dialect) -> Compiled:
    compiled: Any = clause.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
    needed = {name for name, bind in compiled.binds.items() if bind.required}
    fixed = {name: value for name, value in compiled.construct_params(_check=False).items() if name not in needed}
    names = tuple(compiled.positiontup or ())
    return Compiled(str(compiled), names, fixed if set(names) & set(fixed) else NONE)


def address(url: str | URL) -> URL:
    """Read the address of a database. Raises StoreError, which never shows it, for what is none."""
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):
        message = 'the database is no address; write one like "sqlite:///clinic.db" or "postgresql://user@host/name"'
        raise StoreError(message) from None
    if address.drivername in {"postgresql", "postgres"}:
        address = address.set(drivername="postgresql+psycopg")
    if address.get_backend_name() not in {"sqlite", "postgresql"}:
        raise StoreError(f"{address.get_backend_name()} is not supported; use sqlite or postgresql")
    return address


def _engine(url: URL, path: str, options: Values) -> Engine:
    try:
        if url.get_backend_name() == "sqlite":
            engine = create_engine(
                url, connect_args={"timeout": BUSY_SECONDS, **options}, paramstyle="qmark", hide_parameters=True
            )
            event.listen(engine, "connect", partial(_prepare_sqlite, path))
            return engine
        given = {name: value for name, value in (SILENT | UTF8).items() if name not in url.query}
        engine = create_engine(url, connect_args={**given, **options}, paramstyle="format", hide_parameters=True)
        event.listen(engine, "connect", _prepare_postgresql)
    except NoSuchModuleError as error:
        raise StoreError(f"there is no driver {url.drivername}; write sqlite or postgresql, and no more") from error
    except ImportError as error:
        raise StoreError("PostgreSQL needs its driver: pip install 'cm-engine[postgresql]'") from error
    return engine


def _prepare_postgresql(connection: Any, _: object) -> None:
    """Let nobody wait for a hung program for ever; SQLite's connections have their timeout from the start."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = '{BUSY_SECONDS}s'")
    connection.commit()


def _file_id(path: str) -> tuple[int, int] | None:
    """Tell which file is at a path: another one that takes its place is told apart; None for none."""
    try:
        found = os.stat(path)  # noqa: PTH116 - on the way of every transaction, and a Path is ten times slower
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _prepare_sqlite(path: str, connection: Any, record: ConnectionPoolEntry) -> None:
    """Let us begin transactions ourselves, write ahead, and sync at every commit.

    A row that replaces another is its deletion, and what was deleted is overwritten.
    """
    record.info[OPENED] = _file_id(path)
    connection.isolation_level = None
    cursor = connection.cursor()
    _write_ahead(cursor)
    for pragma in (
        "synchronous = FULL",
        "foreign_keys = ON",
        "recursive_triggers = ON",
        "secure_delete = ON",
        PAGE_CACHE,
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _write_ahead(cursor: Any) -> None:
    """Write ahead. SQLite does not wait its turn where several open a new file at once, so we do."""
    last_try = monotonic() + BUSY_SECONDS
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except OperationalError as error:
            if "locked" not in str(error) or monotonic() > last_try:
                raise
            sleep(0.01)
        else:
            return
