"""Asking for several at once: each once, however many there are, and as seldom as can be."""

import pytest
from sqlalchemy import select

from cm_engine.store.several import SIZES, Several
from cm_engine.store.tables import standings
from tests.clinic import clinic
from tests.counting import counted

CHAINS = Several(lambda ids: select(standings.c.chain).where(standings.c.chain.in_(ids)))


@pytest.mark.parametrize(("many", "times"), [(0, 0), (1, 1), (4, 1), (5, 1), (64, 1), (256, 1), (257, 2), (513, 3)])
def test_each_is_found_once_and_many_in_one_query(migrated_url: str, many: int, times: int) -> None:
    with clinic(migrated_url) as riverside:
        people = [riverside.enrol(code) for code in ("Ada", "Ben")]
        ids = [*people, *(f"nobody {number}" for number in range(many))][:many]
        with riverside.engine.database.reading() as tx, counted() as asked:
            found = [chain for (chain,) in CHAINS.rows(tx, ids)]
        assert sorted(found) == sorted(people[:many])
        assert len(asked) == times
        assert len(set(asked)) <= len(SIZES)
