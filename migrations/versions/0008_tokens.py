"""Make the tokens by which other programs come in, each with what it may do, and where."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "tokens",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("made_at", sa.Text, nullable=False),
        sa.Column("made_by", sa.Text, nullable=False),
        sa.Column("expires_at", sa.Text, nullable=False),
        sa.Column("used_at", sa.Text, nullable=True),
        sa.Column("revoked_at", sa.Text, nullable=True),
        sa.Column("revoked_by", sa.Text, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tokens")),
        sa.UniqueConstraint("digest", name=op.f("uq_tokens_digest")),
    )
    _of_token("token_sites", sa.Column("site_id", sa.Text, nullable=False), refers_to="sites.id")
    _of_token("token_scopes", sa.Column("scope", sa.Text, nullable=False))
    op.create_index("ix_token_sites_site_id", "token_sites", ["site_id"])


def downgrade() -> None:
    """Remove the tables; programs that come by a token are let in no more."""
    for table in ("token_scopes", "token_sites", "tokens"):
        op.drop_table(table)


def _of_token(table: str, column: "sa.Column[str]", refers_to: str = "") -> None:
    """Make a table of what each token has several of."""
    op.create_table(
        table,
        sa.Column("token_id", sa.Text, nullable=False),
        column,
        sa.PrimaryKeyConstraint("token_id", column.name, name=op.f(f"pk_{table}")),
        sa.ForeignKeyConstraint(["token_id"], ["tokens.id"], name=op.f(f"fk_{table}_token_id")),
        *_references(table, column.name, refers_to),
    )


def _references(table: str, column: str, refers_to: str) -> list[sa.ForeignKeyConstraint]:
    if not refers_to:
        return []
    return [sa.ForeignKeyConstraint([column], [refers_to], name=op.f(f"fk_{table}_{column}"))]
