"""Let the staff sign in: passwords, second factors, recovery codes, who is signed in, and tries that failed."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

OF_STAFF = ("code_until", "password", "ended_at")


def upgrade() -> None:
    """Make the columns and tables; nobody has a password yet, and one-time codes of before have no end."""
    with op.batch_alter_table("staff") as staff:
        for name in OF_STAFF:
            staff.add_column(sa.Column(name, sa.Text, nullable=True))
    op.create_table(
        "second_factors",
        sa.Column("staff_id", sa.Text, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("last_step", sa.BigInteger, nullable=False),
        sa.Column("made_at", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_second_factors")),
        _of_staff("second_factors"),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("staff_id", sa.Text, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("used_at", sa.Text, nullable=True),
        sa.PrimaryKeyConstraint("staff_id", "digest", name=op.f("pk_recovery_codes")),
        _of_staff("recovery_codes"),
    )
    op.create_table(
        "sessions",
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("staff_id", sa.Text, nullable=False),
        sa.Column("proof", sa.Text, nullable=False),
        sa.Column("factor_at", sa.Text, nullable=True),
        sa.Column("began_at", sa.Text, nullable=False),
        sa.Column("seen_at", sa.Text, nullable=False),
        sa.Column("arrived_at", sa.Text, nullable=True),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_sessions")),
        _of_staff("sessions"),
        sa.CheckConstraint("proof IN ('password', 'code')", name=op.f("ck_sessions_known")),
    )
    op.create_index("ix_sessions_staff_id", "sessions", ["staff_id"])
    op.create_table(
        "tries",
        sa.Column("name_index", sa.LargeBinary, nullable=False),
        sa.Column("failed", sa.Integer, nullable=False),
        sa.Column("locked_until", sa.Text, nullable=True),
        sa.Column("last_at", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("name_index", name=op.f("pk_tries")),
    )


def downgrade() -> None:
    """Remove them, and with them all passwords and second factors."""
    for name in ("tries", "sessions", "recovery_codes", "second_factors"):
        op.drop_table(name)
    with op.batch_alter_table("staff") as staff:
        for name in reversed(OF_STAFF):
            staff.drop_column(name)


def _of_staff(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f(f"fk_{table}_staff_id"))
