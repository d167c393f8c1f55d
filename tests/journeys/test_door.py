"""The door in a real browser: an admin's first sign-in by keyboard, a desk left alone, and a form that a time-out does not lose."""

import base64
import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import product

import pytest
from sqlalchemy import delete

from cm_engine.second_factor import code_at
from cm_engine.store.staff import change_person
from cm_engine.store.tables import second_factors
from tests.clinic import QUICK
from tests.journeys.chromium import SIZES, Visitor
from tests.journeys.conftest import SitDown
from tests.soak import IS_SOAK
from tests.web.rooms import APP, Rooms, open_rooms

# In which theme and at which size the door is looked at; in the long trials at all sizes.
LOOKS = (("light", "desk"), ("dark", "phone"))

PHRASE = "seven kettles on the roof"


@pytest.fixture
def rooms(migrated_sqlite_url: str) -> Iterator[Rooms]:
    """The rooms of a clinic that signs out after three seconds; Amir has a password, and no app yet."""
    with open_rooms(migrated_sqlite_url, idle=timedelta(seconds=3)) as opened:
        with opened.clinic.engine.database.writing() as tx:
            change_person(tx, "amir", password=QUICK.digest(PHRASE))
            change_person(tx, "femi", password=QUICK.digest(PHRASE))
            tx.do(delete(second_factors).where(second_factors.c.staff_id == "amir"))
        yield opened


def type_(visitor: Visitor, *keys: str) -> None:
    """Type texts, and press Tab or Enter where they are named."""
    for key in keys:
        if key in {"Tab", "Enter"}:
            visitor.page.keyboard.press(key)
        else:
            visitor.page.keyboard.type(key)


def test_an_admin_sets_up_an_app_by_keyboard_alone(rooms: Rooms, sit_down: SitDown) -> None:
    amir = sit_down()
    amir.go("/account")
    type_(amir, "amir said", "Tab", PHRASE, "Enter")
    amir.page.wait_for_url("**/sign-in/app**")
    letters = re.sub(r"\s", "", amir.page.locator(".letters").text_content() or "")
    secret = base64.b32decode(letters + "=" * (-len(letters) % 8))
    amir.page.get_by_label("Code", exact=True).focus()
    type_(amir, "000000", "Enter")
    amir.page.get_by_text("This code is not right").wait_for()
    amir.page.get_by_label("Code", exact=True).focus()
    amir.page.keyboard.press("Control+A")
    type_(amir, code_at(secret, rooms.clinic.clock.now), "Enter")
    amir.page.get_by_role("heading", name="Recovery codes").wait_for()
    assert amir.page.locator(".codes li").count() == 10
    amir.page.get_by_role("button", name="I have kept them").press("Enter")
    amir.page.wait_for_url("**/account")


def test_a_page_left_alone_is_covered_and_what_was_typed_stays(rooms: Rooms, sit_down: SitDown) -> None:
    femi = sit_down("femi")
    femi.go("/account/password")
    femi.page.get_by_label("New password").fill("half a sent")
    cover = femi.page.get_by_role("alertdialog", name="Signed out")
    cover.wait_for()
    assert femi.violations() == []
    rooms.clinic.clock.go_on(seconds=4)
    assert femi.page.locator(".frame").evaluate("frame => frame.inert")  # out of reach of keys and screen readers
    with femi.context.expect_page() as opening:
        cover.get_by_role("link", name="Sign in again").click()
    other = opening.value
    other.get_by_label("Your name").fill("Femi Ade")
    other.get_by_label("Password").fill(PHRASE)
    other.get_by_role("button", name="Sign in").click()
    other.get_by_label("Code", exact=True).fill(code_at(APP, rooms.clinic.clock.now))
    other.get_by_role("button", name="Go on").click()
    other.get_by_role("heading", name="You are signed in again").wait_for()
    other.close()
    femi.page.bring_to_front()
    femi.page.evaluate("window.dispatchEvent(new Event('focus'))")
    cover.wait_for(state="detached")
    assert femi.page.get_by_label("New password").input_value() == "half a sent"


@pytest.mark.usefixtures("rooms")
def test_somebody_who_types_is_not_covered(sit_down: SitDown) -> None:
    femi = sit_down("femi")
    femi.go("/account/password")
    for _ in range(10):
        femi.page.get_by_label("New password").press_sequentially("a")
        femi.page.wait_for_timeout(500)
    assert femi.page.get_by_role("alertdialog").count() == 0


@pytest.mark.parametrize(("theme", "size"), list(product(("light", "dark"), SIZES)) if IS_SOAK else LOOKS)
@pytest.mark.usefixtures("rooms")
def test_axe_finds_nothing_at_the_door(sit_down: SitDown, size: str, theme: str) -> None:
    amir = sit_down(size=size, color_scheme=theme)
    found: dict[str, object] = {}

    def look(name: str) -> None:
        found[name] = (amir.violations(), amir.is_too_wide())

    amir.go("/sign-in")
    look("sign in")
    amir.page.get_by_label("Your name").fill("Femi Ade")
    amir.page.get_by_label("Password").fill("wrong")
    amir.page.get_by_role("button", name="Sign in").click()
    look("refused")
    amir.page.get_by_label("Password").fill(PHRASE)
    amir.page.get_by_role("button", name="Sign in").click()
    amir.page.get_by_text("I don't have my phone").click()
    look("second factor")
    amir.context.clear_cookies()
    amir.go("/sign-in")
    amir.page.get_by_label("Your name").fill("Amir Said")
    amir.page.get_by_label("Password").fill(PHRASE)
    amir.page.get_by_role("button", name="Sign in").click()
    amir.page.get_by_text("I cannot scan it").click()
    look("app")
    femi = sit_down("femi", size=size, color_scheme=theme)
    for address in ("/account", "/account/password", "/account/app", "/account/codes"):
        femi.go(address)
        found[address] = (femi.violations(), femi.is_too_wide())
    femi.page.get_by_label("Present password").fill(PHRASE)
    femi.page.get_by_role("button", name="Make new ones").click()
    femi.page.get_by_role("heading", name="Recovery codes").wait_for()
    found["codes"] = (femi.violations(), femi.is_too_wide())
    assert found == {name: ([], False) for name in found}
