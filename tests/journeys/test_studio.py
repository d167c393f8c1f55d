"""A manager who has never seen the studio: a bowl a fifth cheaper, nobody's next reward less, approved by a second person."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.journeys.conftest import SitDown
from tests.journeys.hands import KINDS, Hands, Keyboard, Mouse
from tests.web.rooms import Rooms


@pytest.mark.parametrize("with_", KINDS)
def test_a_bowl_a_fifth_cheaper(rooms: Rooms, sit_down: SitDown, with_: type[Mouse] | type[Keyboard]) -> None:
    rooms.clinic.engine.policy_approval = True
    for code in ("R-1001", "R-1002"):
        rooms.enrol(code)
    femi = sit_down("femi")
    femi.go("/")
    a_draft_is_begun(femi.page, with_(femi.page))
    the_bowl_is_made_cheaper(femi.page, with_(femi.page))
    a_slip_of_the_finger_is_undone(femi.page, with_(femi.page))
    it_is_held_against_what_was_paid(femi.page, with_(femi.page))
    it_is_proposed(femi.page, with_(femi.page))

    amir = sit_down("amir")
    amir.go("/")
    it_is_approved(amir.page, with_(amir.page))
    the_new_version_is_there(femi.page, with_(femi.page))


def a_draft_is_begun(office: Page, hands: Hands) -> None:
    hands.press(office.get_by_role("link", name="Studio"))
    policy = office.locator(".card").filter(has_text="Prize bowl, Veterans Affairs")
    hands.press(policy.get_by_role("button", name="Change it in a draft"))
    expect(office.get_by_role("heading", name="va-prize, changed")).to_be_visible()
    expect(figure(office, "A person costs")).to_contain_text("the same as version 1")


def the_bowl_is_made_cheaper(office: Page, hands: Hands) -> None:
    blanks = office.get_by_role("textbox", name="Count").first
    hands.write(blanks, "375")
    expect(figure(office, "A person costs")).to_contain_text("20% less than version 1")
    expect(office.get_by_role("status").filter(has_text="a person on average")).to_contain_text("for 100")
    expect(
        office.get_by_text("Nobody of the 2 under it now would draw less often at their next visit.")
    ).to_be_visible()
    expect(office.get_by_text("375 in 625 slips say “good job”: 3 in 5")).to_be_visible()


def a_slip_of_the_finger_is_undone(office: Page, hands: Hands) -> None:
    top = office.get_by_role("textbox", name="Top", exact=True)
    hands.write(top, "eight")
    expect(office.get_by_text("does not fit: an amount is written like")).to_be_visible()
    expect(office.get_by_text("1 term has to be mended.").first).to_be_visible()
    hands.press(office.get_by_role("button", name="Undo"))
    expect(top).to_have_value("8")
    expect(figure(office, "A person costs")).to_contain_text("20% less than version 1")


def it_is_held_against_what_was_paid(office: Page, hands: Hands) -> None:
    hands.press(office.get_by_role("link", name="What if"))
    expect(office.get_by_text("Nobody would have got anything else.")).to_be_visible()
    hands.press(office.get_by_role("link", name="Back to the draft"))


def it_is_proposed(office: Page, hands: Hands) -> None:
    hands.press(office.get_by_role("link", name="Publish"))
    expect(office.get_by_role("region", name="What changes")).to_contain_text("bowl: slips good job: count")
    expect(office.get_by_role("region", name="Whether it is safe")).to_contain_text("Nothing unsafe was found")
    hands.write(office.get_by_label("Why"), "To stay within the budget")
    hands.press(office.get_by_role("button", name="Propose it"))
    expect(office.get_by_role("heading", name="Your proposal waits")).to_be_visible()


def it_is_approved(office: Page, hands: Hands) -> None:
    hands.press(office.get_by_role("link", name="Proposals"))
    hands.press(office.get_by_role("main").get_by_role("link", name="va-prize"))
    expect(office.get_by_text("To stay within the budget")).to_be_visible()
    expect(office.get_by_text("20% less than version 1").first).to_be_visible()
    hands.press(office.get_by_role("button", name="Approve and publish"))
    expect(office.get_by_text("It is approved, and published.")).to_be_visible()


def the_new_version_is_there(office: Page, hands: Hands) -> None:
    hands.press(office.get_by_role("link", name="Policies", exact=True))
    policy = office.get_by_role("region", name=re.compile("Prize bowl"))
    expect(policy.get_by_role("listitem").filter(has_text="Version 2")).to_contain_text("from Tue, Mar 3, 2026")
    expect(policy.get_by_role("button", name="Begin a draft from version 1")).to_be_visible()


def figure(office: Page, name: str) -> Locator:
    return office.locator(".stat").filter(has_text=name)
