"""What Alembic runs: the migrations, on the connection it is handed, in the transaction that is open there.

`cm_engine.store.schema` hands one over. The `alembic` command, for whoever writes a migration, takes an address:
`alembic -x database=sqlite:////tmp/new.db check`.
"""

from alembic import context
from sqlalchemy import Connection

from cm_engine.store.database import Database
from cm_engine.store.schema import migrating
from cm_engine.store.tables import metadata


def run(connection: Connection) -> None:
    """Run what was asked for; SQLite too takes table definitions back, once its transactions really begin."""
    context.configure(connection=connection, target_metadata=metadata, transactional_ddl=True, render_as_batch=True)
    context.run_migrations()


def run_on_address() -> None:
    """Run what was asked for on the database that `-x database=` names."""
    database = Database(context.get_x_argument(as_dictionary=True)["database"])
    try:
        with migrating(database) as connection:
            run(connection)
    finally:
        database.close()


handed = context.config.attributes.get("connection")
if handed is None:
    run_on_address()
else:
    run(handed)
