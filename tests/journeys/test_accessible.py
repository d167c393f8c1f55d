"""Everybody can use every page: axe finds nothing on it, in either theme, and no page has to be moved sideways.

In `make soak` every page at every size, and for each role that may open it.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.journeys.chromium import SIZES
from tests.journeys.demo_rooms import DemoRooms, open_demo_rooms
from tests.journeys.pages import Page, address, pages, samples
from tests.soak import IS_SOAK

THEMES = ("light", "dark")

# Each page once in each theme: by whom it is opened first of all, light at a desk and dark on a phone.
ONCE = [
    (page, page.seen_by[0], theme, size)
    for page in pages()
    for theme, size in zip(THEMES, ("desk", "phone"), strict=True)
]
ALL = [(page, called, theme, size) for page in pages() for called in page.seen_by for theme in THEMES for size in SIZES]


def _named(value: object) -> str:
    return value.rule if isinstance(value, Page) else str(value)


@pytest.fixture(scope="module")
def demo_rooms(tmp_path_factory: pytest.TempPathFactory, demo_file: Path, browser: Browser) -> Iterator[DemoRooms]:
    """The rooms of the demo; one for all pages."""
    with open_demo_rooms(demo_file, tmp_path_factory.mktemp("rooms"), browser) as rooms:
        yield rooms


@pytest.mark.parametrize(("page", "called", "theme", "size"), ALL if IS_SOAK else ONCE, ids=_named)
def test_everybody_can_use_every_page(demo_rooms: DemoRooms, page: Page, called: str, theme: str, size: str) -> None:
    with demo_rooms.looking(called, color_scheme=theme, size=size) as someone:
        answer = someone.go(address(page, samples(demo_rooms.demo)))
        assert answer.ok
        assert someone.violations() == []
        assert not someone.is_too_wide()
