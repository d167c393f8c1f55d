"""A day at the front desk: with a mouse or a finger, and by the keyboard alone."""

import pytest
from playwright.sync_api import Page, expect

from cm_engine.actions.draw import draw_by_hand
from cm_engine.actions.redeem import choose
from tests.journeys.conftest import SitDown
from tests.journeys.hands import KINDS, Hands, Keyboard, Mouse
from tests.web.rooms import Rooms
from tests.web.staff.desk import expected


@pytest.mark.parametrize("with_", KINDS)
def test_a_day_at_the_front_desk(rooms: Rooms, sit_down: SitDown, with_: type[Mouse] | type[Keyboard]) -> None:
    expected(rooms, "Ada Lovelace", "Ben King", "Cleo Ortiz", "Gus Ray")
    dev = sit_down("dev")
    desk, hands = dev.page, with_(dev.page)
    dev.go("/")
    expect(desk.get_by_role("heading", name="Mon, Mar 2, 2026")).to_be_visible()
    expect(desk.get_by_text("0 of 4 recorded")).to_be_visible()

    the_group_came_but_for_one(desk, hands)
    somebody_is_found_and_tested_in_two_taps(desk, hands)
    a_slip_of_the_hand_is_undone(desk, hands)
    a_positive_test_gets_a_kind_word(desk, hands)
    somebody_is_excused_with_a_reason(desk, hands)
    what_somebody_won_is_chosen_and_left_to_a_colleague(desk, hands)
    the_list_is_confirmed(desk, hands)

    elin = sit_down("elin")
    elin.go("/")
    the_colleague_hands_it_over(elin.page, with_(elin.page))


def the_group_came_but_for_one(desk: Page, hands: Hands) -> None:
    hands.press(desk.get_by_role("link", name="Whole group"))
    ben, gus = desk.get_by_role("group", name="Ben K."), desk.get_by_role("group", name="Gus R.")
    hands.mark(ben.get_by_role("radio", name="Excused"))
    hands.select(ben.get_by_label("Why excused"), "Illness")
    hands.mark(gus.get_by_role("radio", name="Missed"))
    hands.press(desk.get_by_role("button", name="All came"))
    hands.press(desk.get_by_role("button", name="Record the group"))
    expect(desk.get_by_role("status")).to_contain_text("4 recorded")
    rows = desk.get_by_role("listitem")
    expect(rows.filter(has_text="Ada L.")).to_contain_text("+1 draw")
    expect(rows.filter(has_text="Ben K.")).to_contain_text("Excused")
    expect(rows.filter(has_text="Gus R.")).to_contain_text("Missed")
    hands.press(desk.get_by_role("link", name="Back to the day").first)
    expect(desk.get_by_text("4 of 4 recorded")).to_be_visible()


def somebody_is_found_and_tested_in_two_taps(desk: Page, hands: Hands) -> None:
    desk.wait_for_load_state()
    desk.keyboard.press("/")
    desk.keyboard.type("lovel")
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("heading", name="Ada Lovelace")).to_be_visible()
    hands.press(desk.get_by_role("link", name="Log test"))
    expect(desk.get_by_role("heading", name="Ada Lovelace")).to_be_in_viewport(ratio=1)
    hands.press(desk.get_by_role("button", name="All negative"))
    expect(desk.get_by_label("Earned")).to_contain_text("1 draw")
    expect(desk.get_by_role("region", name="What to say")).to_contain_text("Your next negative test earns 2 draws.")
    hands.press(desk.get_by_role("link", name="Back to the day"))


def a_slip_of_the_hand_is_undone(desk: Page, hands: Hands) -> None:
    tests = desk.get_by_role("region", name="Tests")
    hands.press(tests.get_by_role("form", name="Cleo Ortiz").get_by_role("button", name="Missed"))
    expect(desk.get_by_role("status")).to_contain_text("Cleo Ortiz: missed")
    expect(desk.get_by_text("1 visit has nothing recorded.")).to_contain_text("it counts as missed")
    hands.press(desk.get_by_role("button", name="Undo"))
    expect(desk.get_by_text("This was entered in error, and never happened.")).to_be_visible()
    hands.press(desk.get_by_role("link", name="Log the test again"))


def a_positive_test_gets_a_kind_word(desk: Page, hands: Hands) -> None:
    hands.mark(desk.get_by_role("group", name="Cocaine").get_by_role("radio", name="Positive"))
    hands.press(desk.get_by_role("button", name="Record, the rest negative"))
    expect(desk.get_by_label("Recorded").first).to_contain_text("No reward this time.")
    expect(desk.get_by_role("region", name="What to say")).to_contain_text("Nothing that you have earned is lost.")
    hands.press(desk.get_by_role("link", name="Back to the day"))


def somebody_is_excused_with_a_reason(desk: Page, hands: Hands) -> None:
    row = desk.get_by_role("region", name="Tests").get_by_role("form", name="Gus Ray")
    hands.press(row.get_by_label("More"))
    hands.press(row.get_by_role("button", name="Excuse…"))
    hands.press(desk.get_by_role("button", name="Excuse"))
    expect(desk.get_by_text("Choose the reason.")).to_be_visible()
    hands.mark(desk.get_by_role("radio", name="Hospital"))
    hands.press(desk.get_by_role("button", name="Excuse"))
    expect(desk.get_by_text("Excused: the place on the ladder is kept.")).to_be_visible()
    hands.press(desk.get_by_role("link", name="Back to the day"))
    expect(desk.get_by_text("3 of 3 recorded")).to_be_visible()


def what_somebody_won_is_chosen_and_left_to_a_colleague(desk: Page, hands: Hands) -> None:
    hands.press(desk.get_by_role("link", name="Ada Lovelace").first)
    hands.press(desk.get_by_role("link", name="Draw, choose and hand over"))
    bowl = desk.get_by_role("region", name="Draw from the bowl on the desk").filter(has_text="Veterans Affairs")
    hands.mark(bowl.get_by_role("radio", name="small"))
    hands.press(bowl.get_by_role("button", name="Record this slip"))
    expect(desk.get_by_role("region", name="To spend")).to_contain_text("1 won “small”")
    coffee = desk.get_by_role("listitem").filter(has_text="Coffee card")
    hands.press(coffee.get_by_role("button", name="Choose"))
    waits = desk.get_by_role("region", name="Waits to be handed over")
    expect(waits).to_contain_text("A colleague hands this over.")


def the_colleague_hands_it_over(desk: Page, hands: Hands) -> None:
    hands.press(desk.get_by_role("link", name="Prizes", exact=True))
    hands.press(desk.get_by_text("Hand over", exact=True))
    hands.press(desk.get_by_role("button", name="Yes, they have it"))
    expect(desk.get_by_role("heading", name="Nothing waits")).to_be_visible()


def the_list_is_confirmed(desk: Page, hands: Hands) -> None:
    hands.press(desk.get_by_role("link", name="Day", exact=True))
    hands.press(desk.get_by_role("button", name="Confirm the list"))
    expect(desk.get_by_text("The list is confirmed.")).to_be_visible()


def test_a_long_list_is_narrowed_to_whom_somebody_looks_for(rooms: Rooms, sit_down: SitDown) -> None:
    clinic = rooms.clinic
    for number in range(6):
        who = rooms.enrol(f"R-100{number}", f"Zoë {'ABCDEF'[number]}lund")
        clinic.record(who)
        draw_by_hand(clinic.engine, clinic.request(), who, "va-prize", "large")
        choose(clinic.engine, clinic.request(), who, clinic.prize("Cinema card"))
    dev = sit_down("dev")
    dev.go(f"/programs/{rooms.program}/handovers")
    people = dev.page.get_by_role("main").get_by_role("heading", level=2)
    expect(people).to_have_count(6)
    dev.page.get_by_label("Find in this list").fill("zoe d")
    expect(people).to_have_text(["Zoë Dlund"])
    dev.page.get_by_label("Find in this list").fill("Gwen")
    expect(dev.page.get_by_text("Nobody here.")).to_be_visible()
