"""Migrations beside the version that runs: each only adds, so that the version before it goes on until it is replaced."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from sqlalchemy import inspect

from cm_engine.store.database import Database
from cm_engine.store.schema import REVISIONS, migrate_on, migrating

# From this one on, the rule holds: those before were made while nothing ran.
FIRST = "0007"
HELD = REVISIONS[REVISIONS.index(FIRST) :]

Tables = dict[str, dict[str, Any]]


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A database without tables."""
    with closing(Database(database_url)) as database:
        yield database


def tables_at(database: Database, revision: str) -> Tables:
    """Migrate to a revision, and give what each table has."""
    with migrating(database) as connection:
        migrate_on(database, connection, revision)
    there = inspect(database.engine)
    return {
        name: {
            "columns": {column["name"]: column for column in there.get_columns(name)},
            "rules": {
                str(rule["name"])
                for rules in (there.get_unique_constraints, there.get_check_constraints, there.get_foreign_keys)
                for rule in rules(name)
            },
        }
        for name in there.get_table_names()
    }


def in_the_way(before: Tables, after: Tables) -> list[str]:
    """Give what would stop a version that knows the tables as they were before."""
    found = [name for name in before if name not in after]
    for name in before.keys() & after.keys():
        old, new = before[name]["columns"], after[name]["columns"]
        found += [f"{name}.{column}" for column in old if column not in new or differs(old[column], new[column])]
        found += [f"{name}.{column}" for column in new if column not in old and must_be_given(new[column])]
        found += [f"{name}: {rule}" for rule in after[name]["rules"] - before[name]["rules"]]
    return found


def differs(old: dict[str, Any], new: dict[str, Any]) -> bool:
    return (str(old["type"]), old["nullable"]) != (str(new["type"]), new["nullable"])


def must_be_given(column: dict[str, Any]) -> bool:
    return not column["nullable"] and column["default"] is None


def test_each_migration_leaves_what_the_version_before_it_reads_and_writes(database: Database) -> None:
    before = tables_at(database, REVISIONS[REVISIONS.index(FIRST) - 1])
    for revision in HELD:
        after = tables_at(database, revision)
        assert in_the_way(before, after) == [], revision
        before = after


COLUMN = {"type": "TEXT", "nullable": True, "default": None}
BEFORE: Tables = {"cards": {"columns": {"id": COLUMN}, "rules": set()}}


@pytest.mark.parametrize(
    ("columns", "rules", "found"),
    [
        ({}, set(), ["cards.id"]),
        ({"id": COLUMN | {"type": "INTEGER"}}, set(), ["cards.id"]),
        ({"id": COLUMN, "site": COLUMN | {"nullable": False}}, set(), ["cards.site"]),
        ({"id": COLUMN}, {"uq_cards_id"}, ["cards: uq_cards_id"]),
        ({"id": COLUMN, "site": COLUMN | {"nullable": False, "default": "'main'"}, "note": COLUMN}, set(), []),
    ],
)
def test_what_would_be_in_the_way_is_seen(columns: dict[str, Any], rules: set[str], found: list[str]) -> None:
    assert in_the_way(BEFORE, {"cards": {"columns": columns, "rules": rules}}) == found


def test_a_table_that_is_gone_is_seen() -> None:
    assert in_the_way(BEFORE, {}) == ["cards"]
