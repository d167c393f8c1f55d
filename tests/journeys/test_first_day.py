"""A clinic's first day, from an empty folder: installed by a command, served, and used by people who see it for the first time."""

import base64
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, Page, expect

from cm_engine.second_factor import code_at
from tests.installations import Installed
from tests.journeys.chromium import visitor
from tests.journeys.hands import KINDS, Hands, Keyboard, Mouse
from tests.servers import served

ADMIN, DESK, PATIENT = "Amir Said", "Dev Patel", "Ada Lovelace"
ADMINS_PHRASE, DESKS_PHRASE = "seven kettles on the roof", "a boat made of almanacs"


@pytest.mark.parametrize("with_", KINDS)
def test_a_clinics_first_day(clinic_folder: Installed, browser: Browser, with_: type[Mouse] | type[Keyboard]) -> None:
    begun = clinic_folder.told("init", "--program", "intensive-outpatient", "--admin", ADMIN)
    with served(clinic_folder.folder, "serve", "--port", "0") as server:
        with visitor(browser, server.address) as amir:
            office, hands = amir.page, with_(amir.page)
            amir.go("/")
            sign_in(office, hands, ADMIN, begun["code"])
            choose_password(office, hands, ADMINS_PHRASE)
            a_second_factor_is_set_up_and_recovery_codes_are_kept(office, hands)
            the_program_is_there(office, hands)
            code = somebody_is_added_to_the_staff(office, hands)
        with visitor(browser, server.address) as dev:
            desk, hands = dev.page, with_(dev.page)
            dev.go("/")
            sign_in(desk, hands, DESK, code)
            choose_password(desk, hands, DESKS_PHRASE)
            the_first_patient_is_enrolled_with_their_consent(desk, hands)
            the_card_is_all_that_is_printed(desk)
            the_first_test_is_logged_and_tells_what_it_earned(desk, hands)


def a_second_factor_is_set_up_and_recovery_codes_are_kept(page: Page, hands: Hands) -> None:
    expect(page.get_by_role("heading", name="Set up your app")).to_be_visible()
    hands.press(page.get_by_text("I cannot scan it"))
    letters = page.get_by_text("Type this into the app instead").locator("code").inner_text()
    secret = base64.b32decode(letters.replace(" ", ""))
    hands.write(page.get_by_role("textbox"), code_at(secret, datetime.now(UTC)))
    hands.press(page.get_by_role("button", name="Go on"))
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    expect(page.get_by_role("listitem")).to_have_count(10)
    hands.press(page.get_by_role("button", name="I have kept them"))


def the_program_is_there(page: Page, hands: Hands) -> None:
    hands.press(page.get_by_role("link", name="Programs"))
    hands.press(page.get_by_role("link", name="Intensive outpatient", exact=True))
    expect(page.get_by_role("region", name="What is rewarded")).to_contain_text("Prize bowl")
    expect(page.get_by_role("region", name="Who pays")).to_contain_text("State Medicaid")


def somebody_is_added_to_the_staff(page: Page, hands: Hands) -> str:
    hands.press(page.get_by_role("link", name="Staff"))
    expect(page.get_by_text("So far it is only you.")).to_be_visible()
    hands.press(page.get_by_role("link", name="Add somebody"))
    hands.write(page.get_by_role("textbox", name="Name"), DESK)
    hands.tick(page.get_by_role("checkbox", name="Front desk Records results"))
    hands.press(page.get_by_role("button", name="Add"))
    expect(page.get_by_role("heading", name=f"A one-time code for {DESK}")).to_be_visible()
    return page.get_by_test_id("code").inner_text()


def the_first_patient_is_enrolled_with_their_consent(page: Page, hands: Hands) -> None:
    expect(page.get_by_role("heading", name="Nobody is expected")).to_be_visible()
    hands.press(page.get_by_role("link", name="Enrol somebody"))
    hands.write(page.get_by_role("textbox", name="Name"), PATIENT)
    hands.press(page.get_by_role("button", name="Enrol and make the card"))
    expect(page.get_by_text("Have it signed first; without it nobody is enrolled.")).to_be_visible()
    expect(page.get_by_role("textbox", name="Name")).to_have_value(PATIENT)
    hands.tick(page.get_by_role("checkbox", name="The signed form is in the file"))
    hands.press(page.get_by_role("button", name="Enrol and make the card"))


def the_card_is_all_that_is_printed(page: Page) -> None:
    expect(page.get_by_role("heading", name=PATIENT)).to_be_visible()
    page.emulate_media(media="print")
    expect(page.get_by_text("Hold the square up to the tablet")).to_be_visible()
    for staffs in (page.get_by_role("heading", name=PATIENT), page.get_by_role("banner"), page.get_by_role("button")):
        expect(staffs.filter(visible=True)).to_have_count(0)
    page.emulate_media(media="screen")


def the_first_test_is_logged_and_tells_what_it_earned(page: Page, hands: Hands) -> None:
    hands.press(page.get_by_role("link", name=f"Back to {PATIENT}"))
    hands.press(page.get_by_role("link", name="Log test"))
    hands.press(page.get_by_role("button", name="All negative"))
    expect(page.get_by_label("Earned")).to_contain_text("1 draw")
    expect(page.get_by_role("region", name="What to say")).to_contain_text("Your next negative test earns 2 draws.")
    expect(page.get_by_role("region", name="Why")).to_contain_text("First negative in a row")


def sign_in(page: Page, hands: Hands, name: str, secret: str) -> None:
    hands.write(page.get_by_label("Your name"), name)
    hands.write(page.get_by_label("Password"), secret)
    hands.press(page.get_by_role("button", name="Sign in"))


def choose_password(page: Page, hands: Hands, phrase: str) -> None:
    expect(page.get_by_role("heading", name="Choose a password")).to_be_visible()
    for field in page.get_by_role("textbox").all():
        hands.write(field, phrase)
    hands.press(page.get_by_role("button", name="Keep this password"))
