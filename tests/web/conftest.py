"""What every test of the rooms may ask for."""

from collections.abc import Iterator

import pytest

from tests.web.rooms import Rooms, open_rooms


@pytest.fixture
def rooms(migrated_sqlite_url: str) -> Iterator[Rooms]:
    """The rooms of a clinic in a SQLite file."""
    with open_rooms(migrated_sqlite_url) as opened:
        yield opened
