"""Make the kiosk: the tablets, whose turn it is, PINs and who reset them, what participants write and staff reply."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TABLES = ("kiosks", "turns", "pins", "pin_resets", "remarks", "replies")

REFUSED = {"sqlite": ("update", "delete"), "postgresql": ("update", "delete", "truncate")}


def upgrade() -> None:
    """Make the tables, and let nobody change who reset a PIN."""
    _make_kiosks()
    _make_pins()
    _make_remarks()
    _guard("pin_resets", op.get_bind().dialect.name)


def downgrade() -> None:
    """Remove the tables, and all that is in them; their triggers go with them."""
    for name in reversed(TABLES):
        op.drop_table(name)


def _guard(table: str, kind: str) -> None:
    does = (
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only: what is written there is never changed or deleted'); END"
        if kind == "sqlite"
        else "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    for action in REFUSED[kind]:
        op.execute(f"CREATE TRIGGER {table}_no_{action} BEFORE {action} ON {table} {does}")


def _make_kiosks() -> None:
    _table(
        "kiosks",
        _text("id"),
        _text("site_id"),
        _text("name"),
        _bytes("code_digest", nullable=True),
        _text("code_until", nullable=True),
        _bytes("token_digest", nullable=True),
        _number("failures"),
        _text("locked_at", nullable=True),
        _text("registered_at"),
        _text("ended_at", nullable=True),
        _refers("kiosks", "site_id", "sites"),
        key="id",
    )
    op.create_index("uq_kiosks_code_digest", "kiosks", ["code_digest"], unique=True)
    op.create_index("uq_kiosks_token_digest", "kiosks", ["token_digest"], unique=True)
    op.create_index("ix_kiosks_site_id", "kiosks", ["site_id"])
    _table(
        "turns",
        _text("kiosk_id"),
        _text("participant_id", nullable=True),
        _text("signed_in_at", nullable=True),
        _text("seen_at"),
        _refers("turns", "kiosk_id", "kiosks"),
        _refers("turns", "participant_id", "participants"),
        key="kiosk_id",
    )


def _make_pins() -> None:
    _table(
        "pins",
        _text("participant_id"),
        _text("pin_hash", nullable=True),
        _text("set_at", nullable=True),
        _text("code_hash", nullable=True),
        _text("code_until", nullable=True),
        _number("failures"),
        _text("locked_at", nullable=True),
        _refers("pins", "participant_id", "participants"),
        key="participant_id",
    )
    _table(
        "pin_resets",
        _text("id"),
        _text("participant_id"),
        _text("what"),
        _text("actor"),
        _text("made_at"),
        sa.CheckConstraint("what IN ('code', 'unlock')", name=op.f("ck_pin_resets_known")),
        _refers("pin_resets", "participant_id", "participants"),
        key="id",
    )
    op.create_index("ix_pin_resets_participant_id_made_at", "pin_resets", ["participant_id", "made_at"])


def _make_remarks() -> None:
    _table(
        "remarks",
        _text("id"),
        _text("participant_id"),
        _text("about"),
        _bytes("sealed"),
        _text("made_at"),
        _refers("remarks", "participant_id", "participants"),
        key="id",
    )
    op.create_index("ix_remarks_participant_id", "remarks", ["participant_id"])
    _table(
        "replies",
        _text("remark_id"),
        _bytes("sealed"),
        _text("actor"),
        _text("made_at"),
        _refers("replies", "remark_id", "remarks", ondelete="CASCADE"),
        key="remark_id",
    )


def _table(name: str, *items: sa.Column[Any] | sa.Constraint, key: str) -> None:
    op.create_table(name, *items, sa.PrimaryKeyConstraint(key, name=op.f(f"pk_{name}")))


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=nullable)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False, autoincrement=False)


def _bytes(name: str, *, nullable: bool = False) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary, nullable=nullable)


def _refers(table: str, column: str, target: str, *, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"), ondelete=ondelete)
