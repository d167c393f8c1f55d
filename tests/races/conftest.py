"""What every race may ask for: a crew, started once."""

from collections.abc import Iterator

import pytest

from tests.races.crew import Crew, crew


@pytest.fixture(scope="session", name="crew")
def crew_that_stays() -> Iterator[Crew]:
    """Processes that are started once for all races."""
    with crew() as members:
        yield members
