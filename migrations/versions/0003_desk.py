"""Find people: by their names through digests, and by how their codes begin."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index of names, and let codes sort by their letters' numbers in PostgreSQL too, as in SQLite."""
    op.create_table(
        "name_index",
        sa.Column("site_id", sa.Text, nullable=False),
        sa.Column("word", sa.LargeBinary, nullable=False),
        sa.Column("participant_id", sa.Text, nullable=False),
        _refers("site_id", "sites"),
        _refers("participant_id", "participants"),
        sa.PrimaryKeyConstraint("site_id", "word", "participant_id", name=op.f("pk_name_index")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_name_index_participant_id", "name_index", ["participant_id"])
    _collate_codes('"C"')


def downgrade() -> None:
    """Remove the index of names; who is kept by name stays."""
    op.drop_table("name_index")
    _collate_codes('"default"')


def _collate_codes(collation: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"ALTER TABLE participants ALTER COLUMN code TYPE text COLLATE {collation}")


def _refers(column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_name_index_{column}"))
