"""Make room for drafts of policies with all that they said, and for versions that were proposed, which nobody may change."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, and let nobody change what was proposed."""
    _make_drafts()
    op.create_table(
        "policy_proposals",
        *(_text(name) for name in ("id", "program_id", "policy", "content")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_proposals")),
        _refers("policy_proposals", "program_id", "programs"),
    )
    op.create_index("ix_policy_proposals_program_id", "policy_proposals", ["program_id"])
    if op.get_bind().dialect.name == "postgresql":
        _guard_postgresql()
    else:
        _guard_sqlite()


def downgrade() -> None:
    """Remove the tables with all that is in them; triggers go with theirs."""
    for name in ("policy_proposals", "draft_notes", "draft_revisions", "policy_drafts"):
        op.drop_table(name)


def _make_drafts() -> None:
    op.create_table(
        "policy_drafts",
        *(_text(name) for name in ("id", "program_id", "policy", "name")),
        sa.Column("based_on", sa.Text, nullable=True),
        sa.Column("shown", sa.Integer, nullable=False),
        _text("made_at"),
        sa.Column("ended_at", sa.Text, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_drafts")),
        _refers("policy_drafts", "program_id", "programs"),
        _refers("policy_drafts", "based_on", "policy_versions"),
    )
    op.create_index("ix_policy_drafts_program_id", "policy_drafts", ["program_id"])
    op.create_table(
        "draft_revisions",
        _text("draft_id"),
        sa.Column("number", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("behind", sa.Integer, nullable=False),
        *(_text(name) for name in ("terms", "actor", "made_at")),
        sa.PrimaryKeyConstraint("draft_id", "number", name=op.f("pk_draft_revisions")),
        _refers("draft_revisions", "draft_id", "policy_drafts"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "draft_notes",
        _text("draft_id"),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("draft_id", name=op.f("pk_draft_notes")),
        _refers("draft_notes", "draft_id", "policy_drafts"),
    )


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)


def _refers(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"))


def _guard_sqlite() -> None:
    for action in ("update", "delete"):
        op.execute(
            f"CREATE TRIGGER policy_proposals_no_{action} BEFORE {action} ON policy_proposals BEGIN "
            "SELECT RAISE(ABORT, 'policy_proposals is append-only: what is written there is never changed or deleted'); END"
        )


def _guard_postgresql() -> None:
    for action in ("update", "delete", "truncate"):
        op.execute(
            f"CREATE TRIGGER policy_proposals_no_{action} BEFORE {action} ON policy_proposals "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
