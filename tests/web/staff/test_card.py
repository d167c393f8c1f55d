"""The card: it leads to its bearer and says nothing else; a lost one leads to nobody."""

import re

from cm_engine.actions.cards import find_by_card, issue_card, printed_card
from tests.web.rooms import Rooms
from tests.web.staff.desk import read, sent


def test_it_says_a_code_and_nothing_about_the_place_or_the_person(rooms: Rooms) -> None:
    ada = rooms.enrol("ZH-9894", "Ada Lovelace")
    issue_card(rooms.clinic.engine, rooms.clinic.request(), ada)
    page = rooms.as_("dev").get(f"/people/{ada}/card").text
    card = page.partition('<div class="pocket-card">')[2].partition('<div class="screen-only stack">')[0]
    words = " ".join(re.sub(r"<[^>]+>", " ", card).split())
    assert words == "ZH-9894 Hold the square up to the tablet, then type your PIN."
    assert "style=" not in card
    kept = printed_card(rooms.clinic.engine, ada)
    assert kept is not None
    assert kept.token not in page
    assert "Ada" not in page.partition("</head>")[0]


def test_a_lost_card_is_ended_and_a_new_one_made(rooms: Rooms) -> None:
    ada = rooms.enrol("ZH-9894", "Ada Lovelace")
    desk, there = rooms.as_("dev"), f"/people/{ada}/card"
    assert "No card" in read(desk.get(there))
    assert "A new card is ready to print" in read(desk.post(there, data=sent(), follow_redirects=True))
    first = printed_card(rooms.clinic.engine, ada)
    assert first is not None
    assert "leads to nobody any more" in read(desk.post(f"{there}/lost", data=sent(), follow_redirects=True))
    site = rooms.clinic.ask("SELECT site_id FROM participants")[0][0]
    assert find_by_card(rooms.clinic.engine, first.token, site) is None
    again = desk.post(f"{there}/lost", data=sent())
    assert again.status_code == 422
    assert "carries no card" in read(again)


def test_a_second_click_makes_one_card(rooms: Rooms) -> None:
    ada = rooms.enrol("ZH-9894", "Ada Lovelace")
    form = sent()
    for _ in range(2):
        assert rooms.as_("dev").post(f"/people/{ada}/card", data=form).status_code == 303
    assert len(rooms.clinic.ask("SELECT id FROM cards")) == 1


def test_who_opened_a_card_to_print_it_is_noted_once_there_is_one(rooms: Rooms) -> None:
    ada = rooms.enrol("ZH-9894", "Ada Lovelace")
    desk, there = rooms.as_("dev"), f"/people/{ada}/card"
    noted = f"SELECT actor FROM activity WHERE deed = 'card-printed' AND participant_id = '{ada}'"
    desk.get(there)
    assert rooms.clinic.ask(noted) == []
    issue_card(rooms.clinic.engine, rooms.clinic.request(), ada)
    desk.get(there)
    assert rooms.clinic.ask(noted) == [("dev",)]
