"""The triggers that keep what is written once from being changed or deleted. Migrations make them; here is which there should be."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, text

from cm_engine.store.database import Transaction
from cm_engine.store.tables import APPEND_ONLY

_REFUSED = {"sqlite": ("update", "delete"), "postgresql": ("update", "delete", "truncate")}

# One that is switched off counts as none.
_THERE = {
    "sqlite": text("SELECT tbl_name, name FROM sqlite_schema WHERE type = 'trigger'"),
    "postgresql": text(
        "SELECT c.relname, t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
        "WHERE t.tgenabled IN ('O', 'A') AND pg_table_is_visible(c.oid)"
    ),
}


def trigger_names(kind: str) -> list[str]:
    """Name the triggers that there should be in a kind of database, `sqlite` or `postgresql`."""
    return [f"{table.name}_no_{action}" for table in APPEND_ONLY for action in _REFUSED[kind]]


def missing_triggers(connection: Connection) -> list[str]:
    """Name the triggers that are not there, or are switched off."""
    kind = connection.dialect.name
    return _missing(kind, connection.execute(_THERE[kind]))


def triggers_missing(tx: Transaction) -> list[str]:
    """Name the triggers that are not there, or are switched off, as a transaction sees it."""
    return _missing(tx.kind, tx.ask(_THERE[tx.kind]))


def _missing(kind: str, rows: Iterable[Sequence[Any]]) -> list[str]:
    there = {name for table, name in rows if name.startswith(f"{table}_no_")}
    return [name for name in trigger_names(kind) if name not in there]
