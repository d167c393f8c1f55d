"""Dumps: every row of one database comes back in another, of either kind, and what does not fit is told."""

import json
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    Identity,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    String,
    Table,
    Text,
    TypeDecorator,
    create_engine,
    event,
    insert,
    select,
)

from cm_engine.store.dump import DumpError, dump, load
from tests.databases import PostgresServer, sqlite_url

Row = dict[str, Any]


class UtcDateTime(TypeDecorator[datetime]):
    """The way the store keeps date-times: aware, in UTC, in every database."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.replace(tzinfo=UTC) if value and not value.tzinfo else value


METADATA = MetaData()
PEOPLE = Table(
    "people",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("name", LargeBinary, nullable=False),
    Column("born_on", Date),
    Column("active", Boolean, nullable=False),
)
EVENTS = Table(
    "events",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("number", Integer, ForeignKey(PEOPLE.c.number), nullable=False),
    Column("corrects", String(40), ForeignKey("events.id", deferrable=True)),
    Column("at", UtcDateTime, nullable=False),
    Column("plain_at", DateTime(timezone=True)),
    Column("local_at", DateTime),
    Column("note", Text),
)
VISITS = Table(
    "Visits per week",
    METADATA,
    Column("Number", Integer, Identity(), primary_key=True),
    Column("count", Integer),
)

AT = datetime(2026, 1, 5, 9, 30, 0, 123456, UTC)


def event_row(name: str, **cells: object) -> Row:
    """Write an event's row; cells that are not told are empty."""
    row: Row = {"number": 3, "corrects": None, "at": AT, "plain_at": None, "local_at": None, "note": None}
    return {"id": name} | row | cells


ROWS: dict[Table, list[Row]] = {
    PEOPLE: [
        {"number": 3, "name": b"\x00\xffAda", "born_on": date(1990, 2, 28), "active": True},
        {"number": 41, "name": b"", "born_on": None, "active": False},
    ],
    EVENTS: [
        event_row("a", corrects="z", note='line\nbreak "quoted" \u2028 é 漢 😀'),
        event_row("m", plain_at=AT, local_at=datetime.fromisoformat("2026-07-01T12:00")),
        event_row("z", number=41, note=""),
    ],
    VISITS: [],
}


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    """Connect to a database that has the tables, in one transaction that checks references."""
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA foreign_keys = ON"))
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    METADATA.create_all(engine)
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def fill(connection: Connection, rows: dict[Table, list[Row]]) -> None:
    """Insert rows, the ones that others refer to first."""
    for table, table_rows in rows.items():
        for row in sorted(table_rows, key=lambda row: row.get("corrects") is not None):
            connection.execute(insert(table), row)


def dumped(connection: Connection) -> list[str]:
    """Dump to a list."""
    lines: list[str] = []
    dump(connection, METADATA, lines.append)
    return lines


def rows_of(connection: Connection) -> dict[Table, list[Row]]:
    """Read all rows, in the order of their keys."""
    return {
        table: [dict(row._mapping) for row in connection.execute(select(table).order_by(*table.primary_key))]
        for table in ROWS
    }


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The dump of a small database."""
    with connected(sqlite_url(tmp_path_factory.mktemp("dumped"))) as connection:
        fill(connection, ROWS)
        return dumped(connection)


def test_a_dump_is_a_line_a_row(lines: list[str]) -> None:
    assert [json.loads(line) for line in lines if "ff" not in line][:6] == [
        {"table": "Visits per week", "columns": ["Number", "count"]},
        {"rows": 0},
        {"table": "people", "columns": ["number", "name", "born_on", "active"]},
        [3, {"bytes": "AP9BZGE="}, {"date": "1990-02-28"}, True],
        [41, {"bytes": ""}, None, False],
        {"rows": 2},
    ]
    assert {"at": "2026-01-05T09:30:00.123456+00:00"} in json.loads(lines[-4])
    assert json.loads(lines[-1]) == {"tables": 3}


def test_what_was_dumped_loads_and_dumps_alike(database_url: str, lines: list[str]) -> None:
    with connected(database_url) as connection:
        load(connection, METADATA, lines)
    with connected(database_url) as connection:
        assert dumped(connection) == lines


def test_a_clinic_moves_to_postgresql_and_back(tmp_path: Path, postgres_url: str) -> None:
    with connected(sqlite_url(tmp_path)) as old, connected(postgres_url) as new, connected("sqlite://") as back:
        fill(old, ROWS)
        load(new, METADATA, dumped(old))
        load(back, METADATA, dumped(new))
        assert rows_of(back) == rows_of(old)
        moved = rows_of(new)
        assert moved[PEOPLE] == ROWS[PEOPLE]
        assert moved[EVENTS] == ROWS[EVENTS]


def test_postgresql_numbers_new_rows_behind_the_loaded_ones(postgres_url: str, lines: list[str]) -> None:
    with connected(postgres_url) as connection:
        load(connection, METADATA, lines)
        added = connection.execute(insert(PEOPLE).values(name=b"Ben", active=True).returning(PEOPLE.c.number))
        assert added.scalar_one() == 42
        assert connection.execute(insert(VISITS).values(count=1).returning(VISITS.c.Number)).scalar_one() == 1


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Pacific/Auckland"])
def test_the_zone_of_a_session_shifts_nothing(postgres_url: str, lines: list[str], zone: str) -> None:
    with connected(postgres_url) as connection:
        connection.exec_driver_sql(f"SET TIME ZONE '{zone}'")
        load(connection, METADATA, lines)
        assert dumped(connection) == lines


def test_a_date_time_with_an_offset_is_dumped_in_utc(postgres_url: str) -> None:
    with connected(postgres_url) as connection:
        there = AT.astimezone(timezone(timedelta(hours=-8)))
        fill(connection, {PEOPLE: ROWS[PEOPLE], EVENTS: [event_row("a", at=there)]})
        assert "2026-01-05T09:30:00.123456+00:00" in dumped(connection)[-3]


words = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
people = st.fixed_dictionaries(
    {
        "number": st.integers(1, 2**31 - 1),
        "name": st.binary(max_size=20),
        "born_on": st.none() | st.dates(),
        "active": st.booleans(),
    }
)


@given(st.lists(people, unique_by=lambda row: row["number"], max_size=5), st.data())
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_rows_come_back(postgres: PostgresServer, rows: list[Row], data: st.DataObject) -> None:
    moments = st.datetimes(AT.replace(year=1900, tzinfo=None), timezones=st.just(UTC))
    numbers = [row["number"] for row in rows]
    events = [
        event_row(str(place), number=number, at=data.draw(moments), note=data.draw(st.none() | words))
        for place, number in enumerate(numbers)
    ]
    url = postgres.url(postgres.template("dump", make_tables))
    with connected("sqlite://") as old, connected(url) as new:
        fill(old, {PEOPLE: rows, EVENTS: events})
        load(new, METADATA, dumped(old))
        assert rows_of(new) == rows_of(old)
        new.rollback()


def make_tables(url: str) -> None:
    """Make the tables."""
    with connected(url):
        pass


def test_tables_with_rows_are_named_and_left_alone(database_url: str, lines: list[str]) -> None:
    with connected(database_url) as connection:
        fill(connection, {PEOPLE: ROWS[PEOPLE], VISITS: [{"count": 1}]})
        with pytest.raises(DumpError, match='have rows already: "Visits per week", "people"; nothing was loaded'):
            load(connection, METADATA, lines)
        assert connection.execute(select(EVENTS)).first() is None


Change = Callable[[list[str]], list[str]]


def replaced(old: str, new: str) -> Change:
    """Change a dump's text."""
    return lambda lines: [line.replace(old, new) for line in lines]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (replaced('"people"', '"animals"'), 'has the table "animals", which this version of cm-engine does not know'),
        (replaced('"born_on"', '"died_on"'), 'has the column "people.died_on", which this version'),
        (
            replaced('{"rows": 2}', '{"rows": 3}'),
            "line 6 of the dump: there were to be 3 rows up to here, but there are 2",
        ),
        (replaced('{"tables": 3}', '{"tables": 4}'), "to be 4 tables up to here, but there are 3"),
        (replaced("AP9BZGE=", "!"), "line 4 of the dump: holds a value that cannot be read"),
        (replaced("1990-02-28", "1990-02-30"), "line 4 of the dump: holds a value that cannot be read"),
        (replaced('{"bytes": "AP9BZGE="}', '{"box": 1}'), "line 4 of the dump: holds a value that cannot be read"),
        (replaced("[41, ", "["), 'a row shortly before has not the 4 values of "people"'),
        (replaced("[41, ", "[3, "), 'the database refuses rows of "people" shortly before'),
        (replaced('{"table": "people"', '{"name": "people"'), "line 3 of the dump: a table was to begin here"),
        (
            replaced('"Visits per week", "columns": ["Number"', '"people", "columns": ["number"'),
            'has the column "people.count"',
        ),
        (lambda lines: [*lines[:6], *lines[2:]], 'line 7 of the dump: the table "people" is there twice'),
        (lambda lines: lines[:0], "line 0 of the dump: the dump ends too early"),
        (lambda lines: lines[:-1], "the dump ends too early"),
        (lambda lines: lines[:4], "line 4 of the dump: the dump ends too early"),
        (lambda lines: lines[1:], "line 1 of the dump: a table was to begin here"),
        (lambda lines: [*lines[:4], *lines[6:]], 'line 5 of the dump: "rows" was to stand here'),
        (lambda lines: ["[1]", *lines], "line 1 of the dump: a row stands outside of any table"),
        (lambda lines: [*lines, '{"rows": 0}'], "the dump goes on after its end"),
        (lambda lines: [*lines, "[1]"], "a row stands outside of any table"),
        (lambda lines: ["{", *lines], "line 1 of the dump: is not JSON"),
        (lambda lines: ["{}", *lines], "line 1 of the dump: is neither a row nor a heading"),
        (lambda lines: ["7", *lines], "line 1 of the dump: is neither a row nor a heading"),
    ],
)
def test_a_dump_that_does_not_fit_is_told(tmp_path: Path, lines: list[str], change: Change, told: str) -> None:
    with connected(sqlite_url(tmp_path)) as connection:
        with pytest.raises(DumpError) as error:
            load(connection, METADATA, change(lines))
        connection.rollback()
    assert told in str(error.value)
    assert "Ada" not in str(error.value)


def test_a_value_without_a_written_form_names_its_column(tmp_path: Path) -> None:
    metadata = MetaData()
    prices = Table("prices", metadata, Column("amount", Numeric(10, 2)))
    lines: list[str] = []
    engine = create_engine(sqlite_url(tmp_path))
    metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(insert(prices), {"amount": "1.50"})
        with pytest.raises(DumpError, match=r'column "prices\.amount" holds a Decimal'):
            dump(connection, metadata, lines.append)
    engine.dispose()


def test_a_large_table_takes_little_memory(database_url: str) -> None:
    rows = 12_000
    written = 0

    def count(line: str) -> None:
        nonlocal written
        written += len(line)

    def many() -> Iterator[str]:
        yield '{"table": "people", "columns": ["number", "name", "born_on", "active"]}'
        for number in range(rows):
            yield json.dumps([number, {"bytes": "A" * 800}, None, True])
        yield from [f'{{"rows": {rows}}}', '{"tables": 1}']

    with connected(database_url) as connection:
        tracemalloc.start()
        try:
            load(connection, METADATA, many())
            dump(connection, METADATA, count)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert written > 800 * rows
    assert peak < 5_000_000
