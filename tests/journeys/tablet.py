"""A tablet before the browser: it is paired with a kiosk of the stories' site, and patients come to it."""

from typing import Any

from playwright.sync_api import Locator

from cm_engine.actions.place_kiosk import register
from cm_engine.actions.reset_pin import issue_code
from tests.journeys.chromium import Visitor
from tests.journeys.conftest import SitDown
from tests.journeys.hands import Hands, Keyboard
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


def type_digits(hands: Hands, field: Locator, digits: str) -> None:
    """Type digits by the keyboard, or on the pad of the screen where there is none."""
    if isinstance(hands, Keyboard):
        hands.write(field, digits)
        return
    hands.press(field)
    for digit in digits:
        hands.press(field.page.get_by_role("button", name=digit, exact=True))
