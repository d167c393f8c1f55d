"""A laboratory overturns a result: what was positive at the desk is corrected by a clinician, who sees the effect before it is posted."""

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import SitDown
from tests.journeys.hands import KINDS, Hands, Keyboard, Mouse
from tests.web.manager.months import record_test
from tests.web.rooms import Rooms

PANEL = ("Amphetamine", "Methamphetamine", "Cocaine", "Opioid", "Fentanyl")


@pytest.mark.parametrize("with_", KINDS)
def test_a_lab_result_overturns_a_positive(
    rooms: Rooms, sit_down: SitDown, with_: type[Mouse] | type[Keyboard]
) -> None:
    ben = rooms.enrol("R-1002", "Ben King")
    was_negative_twice_then_positive_at_the_desk_then_negative(rooms, ben)

    elin = sit_down("elin")
    desk, hands = elin.page, with_(elin.page)
    elin.go(f"/people/{ben}")
    expect(desk.get_by_role("region", name="To collect")).to_contain_text("4 draws to open")
    hands.press(desk.get_by_role("link", name="Test: positive"))

    what_the_laboratory_found_is_filled_in(desk, hands)
    the_effect_is_shown_and_nothing_is_posted_yet(rooms, desk, ben)
    hands.press(desk.get_by_role("button", name="Post the correction"))
    expect(desk.get_by_role("region", name="Correction")).to_contain_text("Corrected to negative")
    hands.press(desk.get_by_role("link", name="Their page"))
    expect(desk.get_by_role("region", name="To collect")).to_contain_text("10 draws to open")
    expect(desk.get_by_role("region", name="Where they stand")).to_contain_text("5 draws for the next negative test")


def what_the_laboratory_found_is_filled_in(desk: Page, hands: Hands) -> None:
    hands.press(desk.get_by_role("link", name="Correct"))
    for analyte in PANEL:
        hands.mark(desk.get_by_role("group", name=analyte, exact=True).get_by_role("radio", name="Negative"))
    hands.write(desk.get_by_label("Why"), "The laboratory confirmed it as negative")
    hands.press(desk.get_by_role("button", name="Show the effect"))


def the_effect_is_shown_and_nothing_is_posted_yet(rooms: Rooms, desk: Page, participant: str) -> None:
    effect = desk.get_by_role("status").filter(has_text="The effect, before anything is posted")
    expect(effect).to_contain_text("+6 draws")
    expect(effect).to_contain_text("The next one is worth 5 draws.")
    assert rooms.clinic.held(participant, "draws", "va-prize") == 4


def was_negative_twice_then_positive_at_the_desk_then_negative(rooms: Rooms, participant: str) -> None:
    for outcome in ("negative", "negative", "positive", "negative"):
        record_test(rooms, participant, outcome)
        rooms.clinic.clock.go_on(days=2)
