"""All rows of a database as lines of JSON, and back: for backups, and for moving from SQLite to PostgreSQL.

A table is a line with its name and columns, then a line for each row, then a line with their number; a last line gives the number of
tables. What JSON has no form for is written with its kind: `{"bytes": "AP8="}`, `{"date": "2026-01-05"}`, `{"at": "2026-01-05T09:30:00+00:00"}`.

The transaction is the caller's. For a consistent dump of a database in use it is one read transaction: on SQLite one
begun with BEGIN, with the write-ahead log; on PostgreSQL one at REPEATABLE READ. A load belongs into one transaction that is rolled
back where it fails.
"""

import base64
import binascii
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any

from sqlalchemy import Column, Connection, MetaData, Table, cast, func, literal, select, text
from sqlalchemy.dialects.postgresql import REGCLASS
from sqlalchemy.exc import StatementError

from cm_engine.errors import CmError, quoted

_BATCH = 1000  # rows that are in memory at once


class DumpError(CmError):
    """Rows that cannot be dumped, or a dump that cannot be loaded."""


def dump(connection: Connection, metadata: MetaData, write_line: Callable[[str], None]) -> None:
    """Write all rows of all tables, a line at a time. Raises DumpError at a value that has no written form."""
    tables = metadata.sorted_tables
    for table in tables:
        write_line(json.dumps({"table": table.key, "columns": table.columns.keys()}))
        count = 0
        for line in _row_lines(connection, table):
            write_line(line)
            count += 1
        write_line(json.dumps({"rows": count}))
    write_line(json.dumps({"tables": len(tables)}))


def _row_lines(connection: Connection, table: Table) -> Iterator[str]:
    """Give the rows of a table as lines, in the order of its primary key."""
    rows = select(table).order_by(*table.primary_key.columns).execution_options(yield_per=_BATCH)
    columns = list(table.columns)
    for row in connection.execute(rows):
        yield json.dumps([_written(column, value) for column, value in zip(columns, row, strict=True)])


def _written(column: Column[Any], value: object) -> object:
    match value:
        case None | bool() | int() | float() | str():
            return value
        case bytes():
            return {"bytes": base64.b64encode(value).decode("ascii")}
        case datetime():
            return {"at": _in_utc(column, value).isoformat()}
        case date():
            return {"date": value.isoformat()}
    raise DumpError(f"column {quoted(column)} holds a {type(value).__name__}, which a dump has no form for")


def _in_utc(column: Column[Any], at: datetime) -> datetime:
    """Give a date-time in UTC; SQLite forgets the zone of a column that has one, and a column without one keeps none."""
    if at.tzinfo:
        return at.astimezone(UTC)
    return at.replace(tzinfo=UTC) if getattr(column.type, "timezone", False) else at


def load(connection: Connection, metadata: MetaData, lines: Iterable[str]) -> None:
    """Insert the rows of a dump into empty tables. Raises DumpError where a table is not empty, or the dump does not fit."""
    _expect_empty(connection, metadata.sorted_tables)
    _defer_references(connection)
    dumped = _Dumped(lines)
    loaded: set[str] = set()
    while (heading := dumped.heading()) and "tables" not in heading:
        table, columns = _known(heading, metadata, loaded, dumped)
        _insert(connection, table, columns, dumped)
        loaded.add(table.key)
    dumped.expect(heading, "tables", len(loaded))
    if dumped.heading():
        raise dumped.error("the dump goes on after its end")
    _advance_numbers(connection, metadata.sorted_tables)


class _Dumped:
    """The lines of a dump, read one after the other."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._number = 0
        self._ahead: dict[str, Any] = {}

    def heading(self) -> dict[str, Any]:
        """Give the line that is no row: it begins or ends a table, or the dump. Nothing where the lines are at their end."""
        if not self._ahead and next(self.rows(), None) is not None:
            raise self.error("a row stands outside of any table")
        heading, self._ahead = self._ahead, {}
        return heading

    def rows(self) -> Iterator[list[Any]]:
        """Give the rows up to the next line that is none."""
        for line in self._lines:
            self._number += 1
            match self._parsed(line):
                case list() as row:
                    yield [self._value(value) for value in row]
                case dict() as heading if heading:
                    self._ahead = heading
                    return
                case _:
                    raise self.error("is neither a row nor a heading")

    def expect(self, heading: Mapping[str, Any], what: str, count: int) -> None:
        """Check the number that a heading gives."""
        if what not in heading:
            raise self.error("the dump ends too early" if not heading else f'"{what}" was to stand here')
        if heading[what] != count:
            raise self.error(f"there were to be {heading[what]} {what} up to here, but there are {count}")

    def error(self, what: str) -> DumpError:
        """Name the line that was read last."""
        return DumpError(f"line {self._number} of the dump: {what}; take another copy of it")

    def _parsed(self, line: str) -> object:
        try:
            parsed: object = json.loads(line)
        except ValueError as error:
            raise self.error("is not JSON") from error
        return parsed

    def _value(self, written: object) -> object:
        try:
            return _read(written)
        except (ValueError, TypeError, binascii.Error) as error:
            raise self.error("holds a value that cannot be read") from error


def _read(written: object) -> object:
    match written:
        case {"bytes": str(content), **rest} if not rest:
            return base64.b64decode(content, validate=True)
        case {"at": str(at), **rest} if not rest:
            return datetime.fromisoformat(at)
        case {"date": str(on), **rest} if not rest:
            return date.fromisoformat(on)
        case dict() | list():
            raise ValueError("of no kind that is known")
    return written


def _known(
    heading: Mapping[str, Any], metadata: MetaData, loaded: Collection[str], dumped: _Dumped
) -> tuple[Table, list[str]]:
    """Give the table and columns that a heading names, all of which this version must have."""
    match heading:
        case {"table": str(name), "columns": [*columns]} if all(isinstance(column, str) for column in columns):
            pass
        case _:
            raise dumped.error("a table was to begin here")
    if name in loaded:
        raise dumped.error(f"the table {quoted(name)} is there twice")
    table = metadata.tables.get(name)
    unknown = [f"the table {quoted(name)}"] if table is None else []
    if table is not None:
        unknown = [f"the column {quoted(f'{name}.{column}')}" for column in columns if column not in table.columns]
    if table is None or unknown:
        raise DumpError(
            f"the dump has {', '.join(unknown)}, which this version of cm-engine does not know; it was probably made "
            "by a later version: load it with that one"
        )
    return table, columns


def _insert(connection: Connection, table: Table, columns: Sequence[str], dumped: _Dumped) -> None:
    """Insert the rows of one table, a batch at a time, and check their number."""
    count = 0
    rows = dumped.rows()
    while batch := list(islice(rows, _BATCH)):
        if any(len(row) != len(columns) for row in batch):
            raise dumped.error(f"a row shortly before has not the {len(columns)} values of {quoted(table.key)}")
        try:
            connection.execute(table.insert(), [dict(zip(columns, row, strict=True)) for row in batch])
        except StatementError as error:
            raise dumped.error(f"the database refuses rows of {quoted(table.key)} shortly before") from error
        count += len(batch)
    dumped.expect(dumped.heading(), "rows", count)


def _expect_empty(connection: Connection, tables: Iterable[Table]) -> None:
    filled = [
        quoted(table.key)
        for table in tables
        if connection.execute(select(literal(1)).select_from(table).limit(1)).first()
    ]
    if filled:
        raise DumpError(
            f"these tables have rows already: {', '.join(filled)}; nothing was loaded. Load into a new, empty database"
        )


def _defer_references(connection: Connection) -> None:
    """Let rows refer to rows that follow, as far as the database can: SQLite always, PostgreSQL where a constraint allows."""
    if connection.dialect.name == "sqlite":
        connection.execute(text("PRAGMA defer_foreign_keys = ON"))
    elif connection.dialect.name == "postgresql":
        connection.execute(text("SET CONSTRAINTS ALL DEFERRED"))


def _advance_numbers(connection: Connection, tables: Iterable[Table]) -> None:
    """Let PostgreSQL number new rows from behind the largest number that was loaded; SQLite looks for itself."""
    if connection.dialect.name != "postgresql":
        return
    for table in tables:
        column = table.autoincrement_column
        if column is not None:
            name = connection.dialect.identifier_preparer.format_table(table)
            sequence = cast(func.pg_get_serial_sequence(name, column.name), REGCLASS)
            largest = func.max(column)
            used = func.coalesce(largest > 0, literal(value=False))
            connection.execute(select(func.setval(sequence, func.greatest(largest, 1), used)))
