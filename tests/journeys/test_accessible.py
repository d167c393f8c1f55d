"""Everybody can use every page: axe finds nothing on it, in either theme, and no page has to be moved sideways.

In `make soak` every page in every way there is: by each role that may open it, in each state, theme, size and language.
"""

from collections.abc import Iterator
from itertools import product, starmap
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser

from tests.journeys.chromium import SIZES, Visitor
from tests.journeys.demo_rooms import DemoRooms, open_demo_rooms
from tests.journeys.pages import Page, address, pages, samples
from tests.soak import IS_SOAK

THEMES = ("light", "dark")

# As it opens; with all that is folded unfolded; and with its first form sent empty and refused, where it has one to fill in.
STATES = ("opened", "unfolded", "refused")

_UNFOLD = "document.querySelectorAll('details').forEach((one) => { one.open = !one.classList.contains('menu'); })"
_TO_FILL_IN = "main form[method=post]:has([required]:not([type=radio]))"
_SEND_EMPTY = """(form) => {
    form.noValidate = true;
    for (const field of form.querySelectorAll('[required]')) field.value = '';
    form.submit();
}"""


class Look(NamedTuple):
    """One look at a page: by whom, in which state and theme, at which size, in which language."""

    page: Page
    called: str
    state: str
    theme: str
    size: str
    language: str


def once(page: Page) -> Iterator[Look]:
    """Look at a page once in each theme: light at a desk, dark and unfolded on a phone, and then in the other language, if any."""
    called = page.seen_by[0]
    yield Look(page, called, "opened", "light", "desk", "en")
    yield Look(page, called, "unfolded", "dark", "phone", languages(page)[-1])


def always(page: Page) -> Iterator[Look]:
    """Look at a page in every way there is."""
    yield from starmap(Look, product([page], page.seen_by, STATES, THEMES, SIZES, languages(page)))


def languages(page: Page) -> tuple[str, ...]:
    """Tell in which languages a page is."""
    return ("en", "es") if page.endpoint.startswith("kiosk.") else ("en",)


LOOKS = [look for page in pages() for look in (always(page) if IS_SOAK else once(page))]


def bring(someone: Visitor, state: str) -> None:
    """Bring a page that has opened into a state."""
    if state == "unfolded":
        someone.page.evaluate(_UNFOLD)
    form = someone.page.locator(_TO_FILL_IN)
    if state == "refused" and form.count():
        with someone.page.expect_navigation():
            form.first.evaluate(_SEND_EMPTY)


def _named(look: Look) -> str:
    return " ".join((look.page.rule, *look[1:])).replace("/", ":")


@pytest.fixture(scope="module")
def demo_rooms(tmp_path_factory: pytest.TempPathFactory, demo_file: Path, browser: Browser) -> Iterator[DemoRooms]:
    """The rooms of the demo; one for all pages."""
    with open_demo_rooms(demo_file, tmp_path_factory.mktemp("rooms"), browser) as rooms:
        yield rooms


@pytest.mark.parametrize("look", LOOKS, ids=_named)
def test_everybody_can_use_every_page(demo_rooms: DemoRooms, look: Look) -> None:
    options = {"color_scheme": look.theme, "size": look.size, "locale": f"{look.language}-US"}
    with demo_rooms.looking(look.called, **options) as someone:
        answer = someone.go(address(look.page, samples(demo_rooms.demo)))
        assert answer.ok
        bring(someone, look.state)
        assert someone.violations() == []
        assert not someone.is_too_wide()
