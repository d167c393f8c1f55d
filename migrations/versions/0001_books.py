"""Make the books: the log, its entries, and all tables around them."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = """
    log entries standings settings sites staff roles programs program_terms payers policy_versions participants people enrolments received
    notes seals requests prizes stock expected planned days presence heads leases job_runs rollups
""".split()

APPEND_ONLY = ("log", "entries", "program_terms", "policy_versions", "heads")

FUNCTION = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: what is written there is never changed or deleted', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END
$$
"""


def upgrade() -> None:
    """Make all tables, and let nobody change what is written once."""
    _make_chains()
    _make_places()
    _make_programs()
    _make_people()
    _make_what_can_be_removed()
    _make_prizes()
    _make_timetable()
    _make_jobs()
    if op.get_bind().dialect.name == "postgresql":
        _guard_postgresql()
    else:
        _guard_sqlite()


def downgrade() -> None:
    """Remove all tables, and all that is in them; their triggers go with them."""
    for name in reversed(TABLES):
        op.drop_table(name)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_change()")


def _guard_sqlite() -> None:
    for table in APPEND_ONLY:
        for action in ("update", "delete"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{action} BEFORE {action} ON {table} BEGIN "
                f"SELECT RAISE(ABORT, '{table} is append-only: what is written there is never changed or deleted'); END"
            )


def _guard_postgresql() -> None:
    op.execute(FUNCTION)
    for table in APPEND_ONLY:
        for action in ("update", "delete", "truncate"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{action} BEFORE {action} ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
            )


def _make_chains() -> None:
    _table(
        "log",
        _text("chain"),
        _number("seq"),
        _text("fact"),
        _text("key", nullable=True),
        _text("recorded_at"),
        _text("actor"),
        _text("body"),
        _bytes("digest"),
        key=["chain", "seq"],
        sqlite_with_rowid=False,
    )
    op.create_index("uq_log_key", "log", ["key"], unique=True)
    _table(
        "entries",
        _text("chain"),
        _number("seq"),
        _number("place"),
        _text("debit"),
        _text("credit"),
        _text("unit"),
        _large_number("amount"),
        _text("posted_on"),
        _text("event"),
        _check("amount > 0", "ck_entries_above_zero"),
        _check("debit <> credit", "ck_entries_two_sides"),
        key=["chain", "seq", "place"],
        sqlite_with_rowid=False,
    )
    _table("standings", _text("chain"), _number("seq"), _bytes("digest"), _text("state"), key=["chain"])


def _make_places() -> None:
    _table("settings", _text("name"), _text("value"), key=["name"])
    _table("sites", _text("id"), _text("name"), _text("timezone"), _unique("sites", "name"))
    _table(
        "staff",
        _text("id"),
        _text("name"),
        _bytes("code_digest", nullable=True),
        _text("made_at"),
        _unique("staff", "name"),
    )
    _table(
        "roles",
        _text("staff_id"),
        _text("site_id"),
        _text("role"),
        _refers("roles", "staff_id", "staff"),
        _refers("roles", "site_id", "sites"),
        _check("role IN ('front-desk', 'clinician', 'manager', 'admin', 'auditor')", "ck_roles_known"),
        key=["staff_id", "site_id", "role"],
    )


def _make_programs() -> None:
    _table(
        "programs",
        _text("id"),
        _text("site_id"),
        _text("name"),
        _refers("programs", "site_id", "sites"),
        _unique("programs", "site_id", "name"),
    )
    _table(
        "program_terms",
        _text("id"),
        _text("program_id"),
        _text("from_day"),
        _text("terms"),
        _refers("program_terms", "program_id", "programs"),
    )
    _table(
        "payers",
        _text("id"),
        _text("site_id"),
        _text("name"),
        _refers("payers", "site_id", "sites"),
        _unique("payers", "site_id", "name"),
    )
    _table(
        "policy_versions",
        _text("id"),
        _text("program_id"),
        _text("policy"),
        _number("number"),
        _text("from_day"),
        _text("terms"),
        _refers("policy_versions", "program_id", "programs"),
        _unique("policy_versions", "program_id", "policy", "number"),
    )


def _make_people() -> None:
    _table(
        "participants",
        _text("id"),
        _text("site_id"),
        _text("code", nullable=True),
        _refers("participants", "site_id", "sites"),
        _unique("participants", "site_id", "code"),
    )
    _table(
        "people",
        _text("participant_id"),
        _bytes("sealed"),
        _refers("people", "participant_id", "participants"),
        key=["participant_id"],
    )
    _table(
        "enrolments",
        _text("id"),
        _text("participant_id"),
        _text("program_id"),
        _text("first_day"),
        _text("last_day", nullable=True),
        _refers("enrolments", "participant_id", "participants"),
        _refers("enrolments", "program_id", "programs"),
    )
    op.create_index("ix_enrolments_participant_id", "enrolments", ["participant_id"])
    op.create_index("ix_enrolments_program_id", "enrolments", ["program_id"])


def _make_what_can_be_removed() -> None:
    _table(
        "received",
        _text("site_id"),
        _text("sender_id"),
        _text("chain"),
        _number("seq"),
        _refers("received", "site_id", "sites"),
        key=["site_id", "sender_id"],
        sqlite_with_rowid=False,
    )
    _table(
        "notes",
        _text("chain"),
        _number("seq"),
        _bytes("sealed"),
        key=["chain", "seq"],
        sqlite_with_rowid=False,
    )
    _table("seals", _text("draw_id"), _text("chain"), _bytes("sealed"), key=["draw_id"])
    _table(
        "requests",
        _text("key"),
        _text("chain"),
        _bytes("content"),
        _text("answer"),
        _text("made_at"),
        key=["key"],
        sqlite_with_rowid=False,
    )


def _make_prizes() -> None:
    _table(
        "prizes",
        _text("id"),
        _text("program_id"),
        _text("name"),
        _refers("prizes", "program_id", "programs"),
        _unique("prizes", "program_id", "name"),
    )
    _table(
        "stock",
        _text("prize_id"),
        _large_number("on_hand"),
        _refers("stock", "prize_id", "prizes"),
        _check("on_hand >= 0", "ck_stock_not_below_zero"),
        key=["prize_id"],
    )


def _make_timetable() -> None:
    _table(
        "expected",
        _text("program_id"),
        _text("on_day"),
        _text("enrolment_id"),
        _text("kind"),
        _text("session"),
        _text("at_time"),
        _refers("expected", "program_id", "programs"),
        _refers("expected", "enrolment_id", "enrolments"),
        key=["program_id", "on_day", "enrolment_id", "kind", "session", "at_time"],
    )
    op.create_index("ix_expected_enrolment_id", "expected", ["enrolment_id"])
    _table(
        "planned",
        _text("enrolment_id"),
        _text("program_id"),
        _text("begins"),
        _refers("planned", "enrolment_id", "enrolments"),
        _refers("planned", "program_id", "programs"),
        key=["enrolment_id", "program_id", "begins"],
    )
    _table(
        "days",
        _text("program_id"),
        _text("on_day"),
        _text("state"),
        _text("actor"),
        _text("made_at"),
        _refers("days", "program_id", "programs"),
        _check("state IN ('closed', 'confirmed', 'closed-out')", "ck_days_known"),
        key=["program_id", "on_day", "state"],
    )
    _table(
        "presence",
        _text("site_id"),
        _text("on_day"),
        _refers("presence", "site_id", "sites"),
        key=["site_id", "on_day"],
    )


def _make_jobs() -> None:
    _table(
        "heads",
        _text("on_day"),
        _text("made_at"),
        _number("chains"),
        _large_number("facts"),
        _bytes("digest"),
        key=["on_day"],
    )
    _table("leases", _text("name"), _text("holder"), _text("until"), _text("beat_at"), key=["name"])
    _table(
        "job_runs",
        _text("job"),
        _text("due"),
        _text("ended_at"),
        _text("outcome"),
        _number("failed"),
        key=["job", "due"],
    )
    _table(
        "rollups",
        _text("program_id"),
        _text("on_day"),
        _text("measure"),
        _text("unit"),
        _large_number("amount"),
        _text("as_of"),
        _refers("rollups", "program_id", "programs"),
        key=["program_id", "on_day", "measure", "unit"],
    )


def _table(name: str, *items: sa.Column[Any] | sa.Constraint, key: list[str] | None = None, **options: bool) -> None:
    primary = sa.PrimaryKeyConstraint(*(key or ["id"]), name=op.f(f"pk_{name}"))
    op.create_table(name, *items, primary, **options)


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=nullable)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False, autoincrement=False)


def _large_number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=False)


def _bytes(name: str, *, nullable: bool = False) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary, nullable=nullable)


def _refers(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"))


def _unique(table: str, *columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(*columns, name=op.f(f"uq_{table}_{'_'.join(columns)}"))


def _check(rule: str, name: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=op.f(name))
