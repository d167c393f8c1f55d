"""The stamp: tells a process that what is published has changed since it was read.

It is read with a chain's row, in the same statement, so that nothing is recorded under terms that hold no more.
"""

from sqlalchemy import delete, insert, select

from cm_engine.store.database import Statement, Transaction
from cm_engine.store.tables import settings

NAME = "published"
STAMP = select(settings.c.value).where(settings.c.name == NAME).scalar_subquery()
READ = Statement(select(STAMP))


def stamp_of(tx: Transaction) -> str | None:
    """Give the present stamp; None where nothing was published yet."""
    row = tx.row(READ)
    return row[0] if row else None


def stamp(tx: Transaction, value: str) -> None:
    """Set another stamp, because something is published."""
    tx.do(delete(settings).where(settings.c.name == NAME))
    tx.do(insert(settings).values(name=NAME, value=value))
