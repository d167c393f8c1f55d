"""Counting what is asked of a database, so that a page cannot begin to ask for each person anew."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from cm_engine.store.database import Transaction


@contextmanager
def counted() -> Iterator[list[str]]:
    """Give the statements that are asked meanwhile, of whichever database."""
    asked: list[str] = []
    execute, seldom = Transaction._execute, Transaction._execute_seldom

    def note(self: Transaction, statement: Any, values: Any) -> None:
        asked.append(statement.compiled(self._dialect).text)
        execute(self, statement, values)

    def note_seldom(self: Transaction, clause: Any) -> None:
        asked.append(str(clause))
        seldom(self, clause)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Transaction, "_execute", note)
        patch.setattr(Transaction, "_execute_seldom", note_seldom)
        yield asked
