"""The schema: what migrations make is what the models say, both ways, and a failure leaves everything as it was."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import tomlkit
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import event, func, insert, inspect, literal, select, text

from cm_engine.store import schema
from cm_engine.store.database import Database, DuplicateError, StoreError
from cm_engine.store.tables import APPEND_ONLY, metadata, participants, prizes, programs, sites
from cm_engine.store.triggers import missing_triggers, trigger_names
from tests.databases import PostgresServer, sqlite_url

ROOT = Path(__file__).parents[2]

RACER = """
import sys
from cm_engine.store.database import Database
from cm_engine.store.schema import upgrade
database = Database(sys.argv[1])
print("ready", flush=True)
input()
upgrade(database)
"""

REFUSED = "is append-only: what is written there is never changed or deleted"


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A database without tables."""
    database = Database(database_url)
    yield database
    database.close()


@pytest.fixture
def migrated(migrated_url: str) -> Iterator[Database]:
    """A database with all tables."""
    database = Database(migrated_url)
    yield database
    database.close()


def ask(database: Database, statement: str) -> list[tuple[Any, ...]]:
    with database.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(statement))]


def count(database: Database, table: str) -> int:
    with database.reading() as tx:
        found: int = tx.ask(select(func.count()).select_from(metadata.tables[table]))[0][0]
    return found


def execute(database: Database, *statements: str) -> None:
    with database.writing() as tx:
        for statement in statements:
            tx.do(text(statement))


def contents(database: Database) -> set[tuple[Any, ...]]:
    """Everything that is in a database but for Alembic's own table, and SQLite's own."""
    if database.is_sqlite:
        rows = ask(database, "SELECT type, name FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%'")
    else:
        rows = ask(
            database,
            "SELECT 'relation', relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace "
            "UNION ALL SELECT 'function', proname::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace "
            "UNION ALL SELECT 'trigger', tgname::text FROM pg_trigger WHERE NOT tgisinternal",
        )
    return {row for row in rows if not row[1].startswith("alembic_version")}


def reflected(database: Database) -> dict[str, dict[str, object]]:
    """What a database says of each of our tables."""
    there = inspect(database.engine)
    return {name: {about: tell(there, name) for about, tell in TOLD.items()} for name in metadata.tables}


TOLD: dict[str, Callable[[Any, str], object]] = {
    "columns": lambda there, name: [{**column, "type": str(column["type"])} for column in there.get_columns(name)],
    "primary key": lambda there, name: there.get_pk_constraint(name),
    "references": lambda there, name: by_name(there.get_foreign_keys(name)),
    "unique": lambda there, name: by_name(there.get_unique_constraints(name)),
    "checks": lambda there, name: by_name(there.get_check_constraints(name)),
    "indexes": lambda there, name: by_name(there.get_indexes(name)),
    "options": lambda there, name: there.get_table_options(name),
}


def by_name(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(found, key=lambda each: str(each["name"]))


# What migrations make


def test_a_new_database_gets_the_tables_of_this_version(database: Database) -> None:
    assert schema.revision(database) is None
    schema.upgrade(database)
    assert schema.revision(database) == schema.head()
    assert schema.is_current(database)
    schema.refuse_other_revision(database)


def test_alembic_sees_no_difference_to_the_models(migrated: Database) -> None:
    with migrated.engine.connect() as connection:
        options = {"compare_type": True, "compare_server_default": True}
        assert compare_metadata(MigrationContext.configure(connection, opts=options), metadata) == []


def test_the_database_tells_the_same_of_tables_made_by_migrations_and_by_the_models(
    migrated: Database,
) -> None:
    by_migrations = reflected(migrated)
    schema.downgrade(migrated, "base")
    metadata.create_all(migrated.engine)
    assert by_migrations == reflected(migrated)
    assert by_migrations["entries"]["options"] == ({"sqlite_with_rowid": False} if migrated.is_sqlite else {})


def test_the_revisions_are_those_of_the_folder() -> None:
    folder = ScriptDirectory.from_config(config())
    assert tuple(script.revision for script in folder.walk_revisions())[::-1] == schema.REVISIONS
    assert folder.get_heads() == [schema.head()]


def test_an_installed_package_has_the_migrations_inside() -> None:
    build = tomlkit.parse((ROOT / "pyproject.toml").read_text()).unwrap()["tool"]["hatch"]["build"]["targets"]
    assert build["wheel"]["force-include"] == {"migrations": "cm_engine/migrations"}
    assert "/migrations" in build["sdist"]["include"]


def config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(schema.migrations_folder()))
    return config


def test_migrating_down_to_the_base_leaves_nothing(migrated: Database) -> None:
    schema.downgrade(migrated, "base")
    assert contents(migrated) == set()
    assert schema.revision(migrated) is None


def test_up_down_and_up_again_makes_the_same(database: Database) -> None:
    schema.upgrade(database)
    first = contents(database)
    schema.downgrade(database, "base")
    schema.upgrade(database)
    assert contents(database) == first
    assert triggers_missing(database) == []


def test_migrating_a_current_database_changes_nothing(migrated: Database) -> None:
    add_rows(migrated)
    schema.upgrade(migrated)
    assert count(migrated, "log") == 1


def test_migrating_says_nothing(database: Database, capfd: pytest.CaptureFixture[str]) -> None:
    schema.upgrade(database)
    schema.downgrade(database, "base")
    assert capfd.readouterr() == ("", "")


def test_who_writes_a_migration_has_the_command_of_alembic(database_url: str) -> None:
    for arguments in (["upgrade", "head"], ["check"]):
        command = [sys.executable, "-m", "alembic", "-x", f"database={database_url}", *arguments]
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=60)


# What is written once


def test_every_append_only_table_is_guarded(migrated: Database) -> None:
    kind = "sqlite" if migrated.is_sqlite else "postgresql"
    there = {name for what, name in contents(migrated) if what == "trigger"}
    assert there == set(trigger_names(kind))
    assert triggers_missing(migrated) == []


@pytest.mark.parametrize("table", [table.name for table in APPEND_ONLY])
@pytest.mark.parametrize("change", ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_what_is_written_once_can_be_neither_changed_nor_deleted(migrated: Database, table: str, change: str) -> None:
    if migrated.is_sqlite and change.startswith("TRUNCATE"):
        return  # which SQLite does not have
    add_rows(migrated)
    column = metadata.tables[table].columns.keys()[0]
    statement = change.format(table, column, column)
    with pytest.raises(DuplicateError, match=f"{table} {REFUSED}"):
        execute(migrated, statement)
    assert count(migrated, table) == 1


def test_a_row_that_replaces_one_is_refused_too(migrated_sqlite_url: str) -> None:
    database = Database(migrated_sqlite_url)
    add_rows(database)
    with pytest.raises(DuplicateError, match=f"log {REFUSED}"):
        execute(database, "INSERT OR REPLACE INTO log SELECT * FROM log")
    database.close()


def test_a_trigger_that_was_dropped_by_hand_is_named(migrated: Database) -> None:
    execute(migrated, "DROP TRIGGER log_no_delete" + ("" if migrated.is_sqlite else " ON log"))
    assert triggers_missing(migrated) == ["log_no_delete"]


def test_a_trigger_that_was_switched_off_is_named(migrated_postgres_url: str) -> None:
    database = Database(migrated_postgres_url)
    execute(database, "ALTER TABLE heads DISABLE TRIGGER heads_no_truncate")
    assert triggers_missing(database) == ["heads_no_truncate"]
    database.close()


WEAKENED = {
    "sqlite": "CREATE TRIGGER log_no_delete BEFORE delete ON log WHEN 0 BEGIN SELECT RAISE(ABORT, 'never comes'); END",
    "postgresql": (
        "CREATE TRIGGER log_no_delete BEFORE DELETE ON log FOR EACH STATEMENT WHEN (false) EXECUTE FUNCTION refuse_change()"
    ),
}


def test_a_trigger_that_was_made_anew_to_do_nothing_is_named(migrated: Database) -> None:
    execute(migrated, "DROP TRIGGER log_no_delete" + ("" if migrated.is_sqlite else " ON log"))
    execute(migrated, WEAKENED["sqlite" if migrated.is_sqlite else "postgresql"])
    assert triggers_missing(migrated) == ["log_no_delete"]


def test_a_function_that_refuses_nothing_any_more_is_named_by_all_its_triggers(migrated_postgres_url: str) -> None:
    database = Database(migrated_postgres_url)
    harmless = "RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'"
    execute(database, f"CREATE OR REPLACE FUNCTION refuse_change() {harmless}")
    assert triggers_missing(database) == trigger_names("postgresql")
    database.close()


def triggers_missing(database: Database) -> list[str]:
    with database.engine.connect() as connection:
        return missing_triggers(connection)


def add_rows(database: Database) -> None:
    """Write one row into each append-only table, and into those that they refer to."""
    with database.writing() as tx:
        tx.do(insert(sites).values(id="s", name="s", timezone="UTC"))
        tx.do(insert(programs).values(id="p", site_id="s", name="p"))
        tx.do(insert(participants).values(id="p", site_id="s", code="p"))
        tx.do(insert(prizes).values(id="p", program_id="p", name="p"))
        for table in APPEND_ONLY:
            needed = [column.name for column in table.columns if not column.nullable]
            tx.do(insert(table).values({name: VALUES.get(name, "p") for name in needed}))


VALUES = {
    "seq": 1,
    "place": 0,
    "amount": 1,
    "number": 1,
    "chains": 1,
    "facts": 1,
    "digest": b"d",
    "debit": "d",
    "what": "code",
    "kind": "slips",
}


# What goes wrong


@pytest.mark.parametrize(
    "at", ["CREATE TABLE log", "CREATE INDEX ix_expected", "CREATE TRIGGER heads", "INSERT INTO alemb"]
)
def test_a_migration_that_fails_half_way_leaves_a_new_database_empty(database: Database, at: str) -> None:
    with failing(database, at), pytest.raises(StoreError, match="nothing was changed"):
        schema.upgrade(database)
    assert contents(database) == set()
    assert schema.revision(database) is None
    schema.upgrade(database)
    assert schema.is_current(database)


@pytest.mark.parametrize("at", ["DROP TABLE rollups", "DROP TABLE log", "DELETE FROM alembic_version"])
def test_a_way_back_that_fails_half_way_leaves_tables_and_rows(migrated: Database, at: str) -> None:
    add_rows(migrated)
    before = contents(migrated)
    with failing(migrated, at), pytest.raises(StoreError, match="nothing was changed"):
        schema.downgrade(migrated, "base")
    assert contents(migrated) == before
    assert count(migrated, "log") == 1
    assert schema.is_current(migrated)


def test_references_are_held_to_after_a_migration_and_after_a_failed_one(database: Database) -> None:
    with failing(database, "CREATE TABLE log"), pytest.raises(StoreError):
        schema.upgrade(database)
    schema.upgrade(database)
    with pytest.raises(DuplicateError):
        execute(database, "INSERT INTO payers (id, site_id, name) VALUES ('p', 'nowhere', 'p')")


def test_a_migration_that_breaks_references_is_taken_back(migrated_sqlite_url: str) -> None:
    database = Database(migrated_sqlite_url)
    add_rows(database)
    broken = pytest.raises(
        StoreError, match=r"a row of (programs|participants) refers to a row of sites that is not there"
    )
    with broken, schema.migrating(database) as connection:
        connection.execute(text("DELETE FROM sites"))
    assert count(database, "sites") == 1
    database.close()


@pytest.mark.parametrize("racers", [2, 4])
def test_several_who_migrate_at_once_end_with_one_migrated_database(database: Database, racers: int) -> None:
    command = [sys.executable, "-c", RACER, database.url.render_as_string(hide_password=False)]
    running = [
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT
        )
        for _ in range(racers)
    ]
    for racer in running:
        assert racer.stdout is not None
        assert racer.stdout.readline() == "ready\n"
    for racer in running:
        assert racer.stdin is not None
        racer.stdin.write("\n")
        racer.stdin.flush()
    assert [(racer.communicate(timeout=60), racer.returncode) for racer in running] == [(("", ""), 0)] * racers
    assert schema.is_current(database)
    assert triggers_missing(database) == []


def test_a_database_that_is_busy_for_too_long_is_named(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path)
    busy, impatient = Database(url), Database(url, timeout=0.1)
    with busy.writing(), pytest.raises(StoreError, match="is busy with another program for too long; try again"):
        schema.upgrade(impatient)
    assert ask(impatient, "PRAGMA foreign_keys") == [(1,)]
    schema.upgrade(impatient)
    assert schema.is_current(busy)
    busy.close()
    impatient.close()


def test_a_database_without_tables_is_told_to_be_made(database: Database) -> None:
    with pytest.raises(StoreError, match=r"has no tables yet; run cm-engine init$"):
        schema.refuse_other_revision(database)


def test_asking_for_the_revision_makes_no_file(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'clinic.db'}")
    assert schema.revision(database) is None
    assert list(tmp_path.iterdir()) == []


def test_a_database_of_an_older_version_is_told_to_be_migrated(
    migrated: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "REVISIONS", (*schema.REVISIONS, "9999"))
    with pytest.raises(StoreError, match=r"made by an older version of cm-engine; run cm-engine init to migrate it$"):
        schema.refuse_other_revision(migrated)


@pytest.mark.parametrize("act", [schema.refuse_other_revision, schema.upgrade])
def test_a_database_of_a_newer_version_is_left_alone(migrated: Database, act: Callable[[Database], None]) -> None:
    execute(migrated, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError, match=r"made by a newer version of cm-engine .*; install that one$"):
        act(migrated)


def test_a_revision_that_is_none_is_named(migrated: Database) -> None:
    with pytest.raises(StoreError, match=f"there is no revision 0815; there are base, {', '.join(schema.REVISIONS)}$"):
        schema.downgrade(migrated, "0815")


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be opened; see that its folder is there"):
        schema.upgrade(Database(f"sqlite:///{tmp_path / 'nowhere' / 'clinic.db'}"))


def test_opening_a_database_does_not_load_alembic() -> None:
    asked = "import sys, cm_engine.store.schema; print('alembic' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", asked], check=True, capture_output=True, text=True, cwd=ROOT)
    assert told.stdout == "False\n"


@contextmanager
def failing(database: Database, at: str) -> Iterator[None]:
    """Let the statement that begins so fail in the database."""

    def spoil(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> tuple[str, Any]:
        begins = " ".join(statement.split()).startswith(at)
        return (f"{statement} spoilt here" if begins else statement), parameters

    event.listen(database.engine, "before_cursor_execute", spoil, retval=True)
    try:
        yield
    finally:
        event.remove(database.engine, "before_cursor_execute", spoil)


def test_a_server_that_was_set_up_for_no_language_is_written_to_as_any(postgres: PostgresServer) -> None:
    postgres.run("CREATE DATABASE of_no_language ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0")
    database = Database(postgres.url("of_no_language"))
    try:
        schema.upgrade(database)
        with database.reading() as tx:
            assert tx.ask(select(literal("Núñez"))) == [("Núñez",)]
    finally:
        database.close()
        postgres.run("DROP DATABASE of_no_language WITH (FORCE)")
