"""A tablet before the browser: it is paired with a kiosk of the stories' site, and patients come to it."""

from typing import Any

from playwright.sync_api import Page

from cm_engine.actions.place_kiosk import register
from cm_engine.actions.reset_pin import issue_code
from tests.journeys.chromium import Visitor
from tests.journeys.conftest import SitDown
from tests.web.rooms import Rooms

PIN = "482913"


def tablet(rooms: Rooms, sit_down: SitDown, name: str = "Front desk tablet", **options: Any) -> Visitor:
    """Register a kiosk, and pair a tablet with it by the code that the admin got."""
    [(site,)] = rooms.clinic.ask("SELECT id FROM sites WHERE name = 'main'")
    code = register(rooms.clinic.engine, rooms.clinic.request(), site, name).code
    opened = sit_down(size="tablet", has_touch=True, **options)
    opened.go("/kiosk")
    opened.page.get_by_role("textbox").fill(code)
    opened.page.get_by_role("textbox").press("Enter")
    opened.page.wait_for_url("**/kiosk")
    return opened


def one_time_code(rooms: Rooms, participant: str) -> str:
    """Give somebody the code with which they choose a PIN, as the desk does."""
    return issue_code(rooms.clinic.engine, rooms.clinic.request(), participant).code


def tap_digits(page: Page, digits: str) -> None:
    """Tap digits on the pad of the screen."""
    for digit in digits:
        page.get_by_role("button", name=digit, exact=True).tap()
