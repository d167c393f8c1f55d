"""The next version of the engine, as far as a database sees it: its migration comes behind ours, and only adds."""

import shutil
from contextlib import closing
from pathlib import Path

from alembic import command
from alembic.config import Config

from cm_engine.store.database import Database
from cm_engine.store.schema import head, migrating, migrations_folder

NEXT = """
import sqlalchemy as sa
from alembic import op

revision = "next"
down_revision = "{head}"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table("referrals", sa.Column("id", sa.Text, primary_key=True), sa.Column("made_at", sa.Text, nullable=False))
    op.add_column("participants", sa.Column("referred_by", sa.Text, nullable=True))
    op.add_column("requests", sa.Column("tries", sa.Integer, nullable=False, server_default="1"))
    op.create_index("ix_log_actor", "log", ["actor"])


def downgrade():
    op.drop_index("ix_log_actor", "log")
    op.drop_column("requests", "tries")
    op.drop_column("participants", "referred_by")
    op.drop_table("referrals")
"""


def migrate_to_next(url: str, folder: Path) -> None:
    """Migrate a database the way the next version would, with its migrations in a folder that is made for them."""
    shutil.copytree(migrations_folder(), folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "versions" / "next_version.py").write_text(NEXT.format(head=head()), encoding="utf-8")
    with closing(Database(url)) as database, migrating(database) as connection:
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", str(folder))
        command.upgrade(config, "head")
