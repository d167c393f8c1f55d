"""What a journey may ask for: the browser, and somebody of the staff who sits before it, signed in."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from functools import partial
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser

from tests.journeys.chromium import Visitor, chromium, opened_browser, visitor
from tests.journeys.live import live
from tests.web.rooms import Rooms, open_rooms

# Lets somebody of the staff sit down before the browser, by their name in the stories (empty: nobody who is signed in).
SitDown = Callable[..., Visitor]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The browser; one for all journeys of a process."""
    path = chromium()
    if path is None:
        pytest.skip("Chromium is not installed: apt-get install chromium, or make chromium")
    with opened_browser(path) as opened:
        yield opened


@pytest.fixture
def rooms(migrated_sqlite_url: str) -> Iterator[Rooms]:
    """The rooms of a clinic in a SQLite file. Its forms are asked whether they are ours, as in a clinic."""
    with open_rooms(migrated_sqlite_url) as opened:
        opened.app.config["WTF_CSRF_ENABLED"] = True
        yield opened


@pytest.fixture
def sit_down(rooms: Rooms, browser: Browser) -> Iterator[SitDown]:
    """Lets people sit down before the browser, each on a page of their own; at the end nothing may have gone wrong unseen."""
    with live(rooms.app) as address, ExitStack() as stack:
        yield partial(_sit_down, rooms, browser, address, stack)


def cookies_of(app: Flask, client: FlaskClient) -> list[dict[str, Any]]:
    """Give the cookie by which a client is signed in, for a browser."""
    cookie = client.get_cookie(app.config["SESSION_COOKIE_NAME"])
    return [{"name": cookie.key, "value": cookie.value}] if cookie else []


def _sit_down(
    rooms: Rooms, browser: Browser, address: str, stack: ExitStack, persona: str = "", **options: Any
) -> Visitor:
    cookies = cookies_of(rooms.app, rooms.as_(persona)) if persona else []
    sitting: AbstractContextManager[Visitor] = visitor(browser, address, cookies=cookies, **options)
    return stack.enter_context(sitting)
