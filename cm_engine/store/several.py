"""Several: the same statement for however many ids, compiled once for each of a few sizes.

Compiling takes longer than most queries. So ids are asked for in places of 4, 16, 64 or 256, the last id filling up what is left.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from sqlalchemy import BindParameter, Text, bindparam
from sqlalchemy.sql.expression import ClauseElement

from cm_engine.store.database import NONE, Row, Statement, Transaction, Values

SIZES = (4, 16, 64, 256)


class Several:
    """A statement that asks for several ids at once; `make` gives it for their places."""

    def __init__(self, make: Callable[[list[BindParameter[str]]], ClauseElement]) -> None:
        self._make = make
        self._statements: dict[int, Statement] = {}

    def rows(self, tx: Transaction, ids: Sequence[str], values: Values = NONE) -> Iterator[Row]:
        """Give the rows for some ids; for each 256 of them the database is asked once."""
        for start in range(0, len(ids), SIZES[-1]):
            some = ids[start : start + SIZES[-1]]
            size = next(size for size in SIZES if size >= len(some))
            filled = [*some, *[some[-1]] * (size - len(some))]
            named: dict[str, Any] = {_place(number): id_ for number, id_ in enumerate(filled)}
            yield from tx.rows(self._of(size), {**values, **named})

    def _of(self, size: int) -> Statement:
        known = self._statements.get(size)
        if known is None:
            places: list[BindParameter[str]] = [bindparam(_place(number), type_=Text) for number in range(size)]
            known = self._statements[size] = Statement(self._make(places))
        return known


def _place(number: int) -> str:
    return f"id_{number}"
