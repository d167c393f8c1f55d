"""Make room for a manager's figures, sums by program, staff, start and person, and for signed audits.

The sums of before are left out: the next job makes all of them anew.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

SUMS = ("rollup_made", "rollup_chains", "rollups_by_person", "rollups_by_start", "rollups_by_actor", "rollups")


def upgrade() -> None:
    """Make the tables of sums anew, and the one of audits, which nobody may change."""
    op.drop_table("rollups")
    _make_sums()
    _make_audits()


def downgrade() -> None:
    """Put the earlier table of sums back, empty; audits are gone."""
    op.drop_table("audits")
    for name in SUMS:
        op.drop_table(name)
    _table(
        "rollups",
        *(_text(name) for name in ("program_id", "on_day", "measure", "unit")),
        _large_number("amount"),
        _text("as_of"),
        _refers("rollups", "program_id", "programs"),
        key=["program_id", "on_day", "measure", "unit"],
    )


def _make_sums() -> None:
    _sums("rollups", _text("measure"), _text("unit"), _text("on_day"))
    _sums("rollups_by_actor", _text("on_day"), _text("actor"), _text("measure"))
    _sums("rollups_by_start", _text("first_day"), _text("measure"), _number("number"))
    _table(
        "rollups_by_person",
        *(_text(name) for name in ("program_id", "what", "participant_id", "from_day", "until")),
        _refers("rollups_by_person", "program_id", "programs"),
        _refers("rollups_by_person", "participant_id", "participants"),
        key=["program_id", "what", "participant_id", "from_day"],
        sqlite_with_rowid=False,
    )
    op.create_index("ix_rollups_by_person_participant_id", "rollups_by_person", ["participant_id"])
    _table("rollup_chains", _text("chain"), _number("seq"), key=["chain"], sqlite_with_rowid=False)
    _table("rollup_made", _text("as_of"), _number("form"), _large_number("facts"), key=["as_of"])


def _make_audits() -> None:
    _table(
        "audits",
        *(_text(name) for name in ("id", "program_id", "kind", "period")),
        _number("number"),
        _text("found"),
        _refers("audits", "program_id", "programs"),
        sa.CheckConstraint("kind IN ('slips', 'purchases')", name=op.f("ck_audits_known")),
        sa.UniqueConstraint(
            "program_id", "kind", "period", "number", name=op.f("uq_audits_program_id_kind_period_number")
        ),
        key=["id"],
    )
    if op.get_bind().dialect.name == "postgresql":
        for action in ("update", "delete", "truncate"):
            op.execute(
                f"CREATE TRIGGER audits_no_{action} BEFORE {action} ON audits "
                "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
            )
        return
    for action in ("update", "delete"):
        op.execute(
            f"CREATE TRIGGER audits_no_{action} BEFORE {action} ON audits BEGIN "
            "SELECT RAISE(ABORT, 'audits is append-only: what is written there is never changed or deleted'); END"
        )


def _sums(name: str, *by: sa.Column[str] | sa.Column[int]) -> None:
    """Make a table of sums of programs, by some columns."""
    _table(
        name,
        _text("program_id"),
        *by,
        _large_number("amount"),
        _refers(name, "program_id", "programs"),
        key=["program_id", *(column.name for column in by)],
        sqlite_with_rowid=False,
    )


def _table(name: str, *items: sa.Column[str] | sa.Column[int] | sa.Constraint, key: list[str], **options: bool) -> None:
    op.create_table(name, *items, sa.PrimaryKeyConstraint(*key, name=op.f(f"pk_{name}")), **options)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False, autoincrement=False)


def _large_number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=False)


def _refers(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"))
