"""The database: SQLite or PostgreSQL behind the same few calls.

Statements are written once in SQLAlchemy and compiled once for each kind of database; then they go to its driver as they
are, which is what makes recording quick. A transaction is written whole or not at all, and is on the disk when it is
acknowledged.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from sqlite3 import OperationalError
from time import monotonic, sleep
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection, Dialect
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.sql.expression import ClauseElement

from cm_engine.errors import CmError

BUSY_SECONDS = 30

Values = Mapping[str, Any]
Row = tuple[Any, ...]

NONE: Values = {}


class StoreError(CmError):
    """The database cannot do what it was asked for; nothing was changed."""


class NoTablesError(StoreError):
    """The tables are not made yet."""


class DuplicateError(StoreError):
    """A row that is there already, or that breaks a rule of the tables."""


class Statement:
    """A statement that is compiled once for each kind of database; its values are given by name."""

    def __init__(self, clause: ClauseElement) -> None:
        self._clause = clause
        self._compiled: dict[str, tuple[str, Values]] = {}

    def compiled(self, dialect: Dialect) -> tuple[str, Values]:
        """Give the statement as the driver takes it, and the values that are part of it."""
        known = self._compiled.get(dialect.name)
        if known is None:
            compiled = self._clause.compile(dialect=dialect)
            fixed = {name: value for name, value in compiled.params.items() if value is not None}
            known = self._compiled[dialect.name] = (str(compiled), fixed)
        return known


class Transaction:
    """One transaction: all of it is written, or nothing."""

    def __init__(self, connection: DBAPIConnection, dialect: Dialect) -> None:
        self._dialect = dialect
        self._cursor = connection.cursor()

    def rows(self, statement: Statement, values: Values = NONE) -> list[Row]:
        """Give the rows of a query."""
        self._execute(statement, values)
        return self._cursor.fetchall()  # type: ignore[return-value]

    def row(self, statement: Statement, values: Values) -> Row | None:
        """Give the first row of a query; None where there is none."""
        self._execute(statement, values)
        return self._cursor.fetchone()

    def run(self, statement: Statement, values: Values) -> int:
        """Run a statement; give the number of rows it changed."""
        self._execute(statement, values)
        return self._cursor.rowcount

    def run_many(self, statement: Statement, rows: Sequence[Values]) -> None:
        """Run a statement for each row of values."""
        if rows:
            text, fixed = statement.compiled(self._dialect)
            self._cursor.executemany(text, [{**fixed, **row} for row in rows] if fixed else rows)

    def _execute(self, statement: Statement, values: Values) -> None:
        text, fixed = statement.compiled(self._dialect)
        self._cursor.execute(text, {**fixed, **values} if fixed else values)

    def ask(self, clause: ClauseElement) -> list[Row]:
        """Give the rows of a query that is asked seldom, with its values in it."""
        compiled = clause.compile(dialect=self._dialect, compile_kwargs={"render_postcompile": True})
        self._cursor.execute(str(compiled), compiled.params)
        return self._cursor.fetchall()  # type: ignore[return-value]

    def do(self, clause: ClauseElement) -> int:
        """Run a statement that is run seldom, with its values in it; give the number of rows it changed."""
        compiled = clause.compile(dialect=self._dialect, compile_kwargs={"render_postcompile": True})
        self._cursor.execute(str(compiled), compiled.params)
        return self._cursor.rowcount


class Database:
    """A database by its address. `options` go to the driver's `connect`."""

    def __init__(self, url: str | URL, **options: Any) -> None:
        self.url = _address(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = _engine(self.url, options)
        self._dialect = self.engine.dialect
        driver = self.engine.dialect.dbapi
        if driver is None:
            raise StoreError(f"there is no driver for {self.url.get_backend_name()}")
        self._errors: Any = driver

    @property
    def name(self) -> str:
        """The address without its password."""
        return self.url.render_as_string(hide_password=True)

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

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    @contextmanager
    def _transaction(self, begin: str, *, commits: bool) -> Iterator[Transaction]:
        errors = self._errors
        try:
            connection = self.engine.raw_connection()
        except errors.Error as error:
            raise self.explained(error) from error
        try:
            if self.is_sqlite or not begin.startswith("BEGIN"):
                connection.cursor().execute(begin)
            yield Transaction(connection.dbapi_connection, self._dialect)  # type: ignore[arg-type]
            if commits:
                connection.commit()
            else:
                connection.rollback()
        except errors.Error as error:
            self._abandon(connection)
            raise self.explained(error) from error
        except BaseException:
            self._abandon(connection)
            raise
        finally:
            connection.close()

    def _abandon(self, connection: Any) -> None:
        """Roll back; a connection that cannot even do that is thrown away."""
        try:
            connection.rollback()
        except self._errors.Error:
            connection.invalidate()

    def explained(self, error: BaseException) -> StoreError:
        """Give what an error of the driver means, with the remedy."""
        said = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        if isinstance(error, self._errors.IntegrityError):
            return DuplicateError(f"the database refused it: {said}")
        kind = NoTablesError if _is_missing_table(error) else StoreError
        for told, remedy in _REMEDIES.items():
            if told in said.lower():
                return kind(f"the database {self.name} {remedy} ({said}); nothing was changed")
        return StoreError(f"the database {self.name} could not do it: {said}; nothing was changed")


_REMEDIES = {
    "is full": "has no room left on its disk; free some, then try again",
    "no space": "has no room left on its disk; free some, then try again",
    "readonly": "may not be written; make the file and its folder writable for this user",
    "read-only": "may not be written; make the file and its folder writable for this user",
    "unable to open": "cannot be opened; see that its folder is there and may be written",
    "lock timeout": "is busy with another program for too long; try again",
    "locked": "is busy with another program for too long; try again",
    "not a database": "is not a database file; name another, or restore a backup",
    "malformed": "is damaged; stop, keep the file, and restore a backup",
    "no such table": "has no tables yet; run cm-engine init",
    "does not exist": "has no tables yet, or is not there; run cm-engine init",
    "connection": "cannot be reached; see that it runs and that its address is right",
}


def _is_missing_table(error: BaseException) -> bool:
    return getattr(error, "sqlstate", None) == "42P01" or str(error).startswith("no such table")


def _address(url: str | URL) -> URL:
    try:
        address = make_url(url)
    except ArgumentError:
        message = 'the database is no address; write one like "sqlite:///clinic.db" or "postgresql://user@host/name"'
        raise StoreError(message) from None
    if address.drivername in {"postgresql", "postgres"}:
        address = address.set(drivername="postgresql+psycopg")
    if address.get_backend_name() not in {"sqlite", "postgresql"}:
        raise StoreError(f"{address.get_backend_name()} is not supported; use sqlite or postgresql")
    return address


def _engine(url: URL, options: Values) -> Engine:
    try:
        if url.get_backend_name() == "sqlite":
            engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS, **options}, paramstyle="named")
            event.listen(engine, "connect", _prepare_sqlite)
            return engine
        return create_engine(url, connect_args=dict(options))
    except (ImportError, NoSuchModuleError) as error:
        raise StoreError("PostgreSQL needs its driver: pip install 'cm-engine[postgresql]'") from error


def _prepare_sqlite(connection: Any, _: object) -> None:
    """Let us begin transactions ourselves, write ahead, sync at every commit, see a row that replaces one as its
    deletion, and overwrite what was deleted."""
    connection.isolation_level = None
    cursor = connection.cursor()
    _write_ahead(cursor)
    for pragma in ("synchronous = FULL", "foreign_keys = ON", "recursive_triggers = ON", "secure_delete = ON"):
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
