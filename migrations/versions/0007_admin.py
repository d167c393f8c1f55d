"""Make the activity log, who did or saw what by ids and words alone; and find what was recorded in a time."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

INDEXES = {
    "ix_activity_site_id_at": ["site_id", "at", "id"],
    "ix_activity_site_id_actor_at": ["site_id", "actor", "at", "id"],
    "ix_activity_site_id_deed_at": ["site_id", "deed", "at", "id"],
    "ix_activity_participant_id_at": ["participant_id", "at", "id"],
}


def upgrade() -> None:
    """Make the table and the index, and let nobody change what is written there."""
    op.create_table(
        "activity",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("site_id", sa.Text, nullable=True),
        sa.Column("actor", sa.Text, nullable=True),
        sa.Column("deed", sa.Text, nullable=False),
        sa.Column("participant_id", sa.Text, nullable=True),
        sa.Column("about", sa.Text, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_activity_site_id")),
        sa.ForeignKeyConstraint(["participant_id"], ["participants.id"], name=op.f("fk_activity_participant_id")),
    )
    for name, columns in INDEXES.items():
        op.create_index(name, "activity", columns)
    op.create_index("ix_log_recorded_at", "log", ["recorded_at", "chain", "seq"])
    if op.get_bind().dialect.name == "postgresql":
        _guard_postgresql()
    else:
        _guard_sqlite()


def downgrade() -> None:
    """Remove the index, and the table with all that is in it; its triggers go with it."""
    op.drop_index("ix_log_recorded_at", "log")
    op.drop_table("activity")


def _guard_sqlite() -> None:
    for action in ("update", "delete"):
        op.execute(
            f"CREATE TRIGGER activity_no_{action} BEFORE {action} ON activity BEGIN "
            "SELECT RAISE(ABORT, 'activity is append-only: what is written there is never changed or deleted'); END"
        )


def _guard_postgresql() -> None:
    for action in ("update", "delete", "truncate"):
        op.execute(
            f"CREATE TRIGGER activity_no_{action} BEFORE {action} ON activity "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
