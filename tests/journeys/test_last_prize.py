"""The last prize, wanted by two: one of them gets it, the other a kind word, and loses nothing."""

import pytest
from playwright.sync_api import Page, expect

from cm_engine.actions.draw import draw_by_hand
from cm_engine.actions.stock import count_stock
from tests.journeys.conftest import SitDown
from tests.journeys.hands import AT_A_TABLET, Finger, Hands, Keyboard
from tests.journeys.tablet import PIN, one_time_code, tablet
from tests.web.rooms import Rooms


@pytest.mark.parametrize("with_", AT_A_TABLET)
def test_the_last_prize_is_wanted_by_two(rooms: Rooms, sit_down: SitDown, with_: type[Finger] | type[Keyboard]) -> None:
    ada, ben = won_a_large_prize(rooms, "R-1001"), won_a_large_prize(rooms, "R-1002")
    count_stock(rooms.clinic.engine, rooms.clinic.request(), rooms.program, rooms.clinic.prize("Headphones"), 1)
    here, there = tablet(rooms, sit_down, "Front desk"), tablet(rooms, sit_down, "Lounge")
    for screen, code, who in ((here.page, "R-1001", ada), (there.page, "R-1002", ben)):
        comes_in(screen, with_(screen), code, one_time_code(rooms, who))

    takes(here.page, with_(here.page), "Headphones")
    expect(here.page.get_by_role("status")).to_contain_text("Headphones is yours. Pick it up at the desk.")

    takes(there.page, with_(there.page), "Headphones")
    expect(there.page.get_by_role("alert")).to_contain_text("Somebody else has just taken the last one.")
    expect(there.page.get_by_role("alert")).to_contain_text("you have lost nothing")
    expect(there.page.get_by_text("You have: 1 large prize")).to_be_visible()
    takes(there.page, with_(there.page), "Cinema card")
    expect(there.page.get_by_role("status")).to_contain_text("Cinema card is yours.")


def won_a_large_prize(rooms: Rooms, code: str) -> str:
    participant = rooms.enrol(code)
    rooms.clinic.record(participant)
    draw_by_hand(rooms.clinic.engine, rooms.clinic.request(), participant, "va-prize", "large")
    return participant


def comes_in(screen: Page, hands: Hands, card: str, code: str) -> None:
    hands.write(screen.get_by_label("Scan your card, or type your code"), card)
    hands.press(screen.get_by_role("button", name="Go on"))
    hands.press(screen.get_by_role("link", name="First time, or forgotten?"))
    hands.write(screen.get_by_label("Code from the desk"), code)
    hands.write(screen.get_by_label("New PIN, six digits"), PIN)
    hands.write(screen.get_by_label("The same PIN again"), PIN)
    hands.press(screen.get_by_role("button", name="Keep this PIN"))
    hands.press(screen.get_by_role("link", name="Prizes"))


def takes(screen: Page, hands: Hands, prize: str) -> None:
    hands.press(screen.get_by_role("listitem").filter(has_text=prize).get_by_role("button"))
