"""The mark of a demo: a database of made-up people says so of itself, and takes the mark along into every backup."""

from datetime import date

from sqlalchemy import insert, select

from cm_engine.store.database import Transaction
from cm_engine.store.tables import settings

_NAME = "demo"


def mark_as_demo(tx: Transaction, made_on: date) -> None:
    """Say of a database, for good, that the people in it are made up, and on which day they were."""
    tx.do(insert(settings).values(name=_NAME, value=made_on.isoformat()))


def demo_made_on(tx: Transaction) -> date | None:
    """Tell on which day a demo was made; None for a database that is none."""
    rows = tx.ask(select(settings.c.value).where(settings.c.name == _NAME))
    return date.fromisoformat(rows[0][0]) if rows else None
