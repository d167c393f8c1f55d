"""The triggers that keep what is written once from being changed or deleted. Migrations make them; here is which there should be."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, text

from cm_engine.store.database import Transaction
from cm_engine.store.tables import APPEND_ONLY

_REFUSED = {"sqlite": ("update", "delete"), "postgresql": ("update", "delete", "truncate")}

# What each database says that a trigger does, in its own words.
_SAYS = {
    "sqlite": (
        "CREATE TRIGGER {table}_no_{action} BEFORE {action} ON {table} BEGIN "
        "SELECT RAISE(ABORT, '{table} is append-only: what is written there is never changed or deleted'); END"
    ),
    "postgresql": (
        "CREATE TRIGGER {table}_no_{action} BEFORE {ACTION} ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        "\nBEGIN\n"
        "    RAISE EXCEPTION '% is append-only: what is written there is never changed or deleted', TG_TABLE_NAME\n"
        "        USING ERRCODE = 'restrict_violation';\n"
        "END\n"
    ),
}

# One that is switched off counts as none.
_THERE = {
    "sqlite": text("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'"),
    "postgresql": text(
        "SELECT t.tgname, pg_get_triggerdef(t.oid, true) || f.prosrc FROM pg_trigger t "
        "JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc f ON f.oid = t.tgfoid "
        "WHERE t.tgenabled IN ('O', 'A') AND pg_table_is_visible(c.oid)"
    ),
}


def trigger_names(kind: str) -> list[str]:
    """Name the triggers that there should be in a kind of database, `sqlite` or `postgresql`."""
    return list(_due(kind))


def missing_triggers(connection: Connection) -> list[str]:
    """Name the triggers that are not there, are switched off, or do something else than they should."""
    kind = connection.dialect.name
    return _missing(kind, connection.execute(_THERE[kind]))


def triggers_missing(tx: Transaction) -> list[str]:
    """Name the triggers that are not there, are switched off, or do something else, as a transaction sees it."""
    return _missing(tx.kind, tx.ask(_THERE[tx.kind]))


def _due(kind: str) -> dict[str, str]:
    return {
        f"{table.name}_no_{action}": _SAYS[kind].format(table=table.name, action=action, ACTION=action.upper())
        for table in APPEND_ONLY
        for action in _REFUSED[kind]
    }


def _missing(kind: str, rows: Iterable[Sequence[Any]]) -> list[str]:
    there = {(name, says) for name, says in rows}
    return [name for name, says in _due(kind).items() if (name, says) not in there]
