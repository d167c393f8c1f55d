"""Finding people at the desk: by name, code or card; without a name in any address."""

from cm_engine.actions.cards import issue_card, printed_card
from tests.web.rooms import Rooms
from tests.web.staff.desk import read


def test_somebody_is_found_by_the_beginning_of_their_name(rooms: Rooms) -> None:
    ada = rooms.enrol("A-1", "Ada Lovelace")
    rooms.enrol("B-1", "Ben King")
    desk = rooms.as_("dev")
    assert "Who is it?" in read(desk.get(f"/programs/{rooms.program}/people"))
    answer = desk.post(f"/programs/{rooms.program}/people", data={"typed": "lovel"})
    assert answer.location == f"/people/{ada}"


def test_several_are_listed_and_what_was_typed_is_kept(rooms: Rooms) -> None:
    rooms.enrol("A-1", "Ada Lovelace")
    rooms.enrol("A-2", "Adam Smith")
    answer = rooms.as_("dev").post(f"/programs/{rooms.program}/people", data={"typed": "ada"})
    assert "2 found. Ada Lovelace A-1 Adam Smith A-2" in read(answer)
    assert 'value="ada"' in answer.text


def test_a_card_leads_to_its_bearer(rooms: Rooms) -> None:
    ada = rooms.enrol("A-1", "Ada Lovelace")
    issue_card(rooms.clinic.engine, rooms.clinic.request(), ada)
    card = printed_card(rooms.clinic.engine, ada)
    assert card is not None
    answer = rooms.as_("dev").post(f"/programs/{rooms.program}/people", data={"typed": f" {card.token}\n"})
    assert answer.location == f"/people/{ada}"


def test_nobody_is_found_and_the_page_says_what_to_try(rooms: Rooms) -> None:
    answer = rooms.as_("dev").post(f"/programs/{rooms.program}/people", data={"typed": "zo"})
    assert "Nobody was found" in read(answer)
    assert "three letters or more" in read(answer)


def test_who_may_not_see_names_finds_by_code_alone(rooms: Rooms) -> None:
    ada = rooms.enrol("A-1", "Ada Lovelace")
    femi = rooms.as_("femi")
    answer = femi.post(f"/programs/{rooms.program}/people", data={"typed": "lovelace"})
    assert "Nobody was found" in read(answer)
    assert femi.post(f"/programs/{rooms.program}/people", data={"typed": "a-1"}).location == f"/people/{ada}"


def test_nobody_of_another_site_is_found(rooms: Rooms) -> None:
    rooms.enrol("N-1", "Nora North", rooms.elsewhere)
    answer = rooms.as_("dev").post(f"/programs/{rooms.program}/people", data={"typed": "nora"})
    assert "Nobody was found" in read(answer)
    assert rooms.as_("dev").get(f"/programs/{rooms.elsewhere}/people").status_code == 404
