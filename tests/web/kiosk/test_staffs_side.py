"""What staff do for the kiosk: placing it, one-time codes, replies; and who may not."""

import re

import pytest

from cm_engine.actions.place_kiosk import kiosks_of
from cm_engine.actions.remark import remark
from cm_engine.store.duties import hands_off
from tests.web.kiosk.tablet import PIN, Tablet, tablet_at, with_pin, words
from tests.web.rooms import Rooms

CODE = re.compile(r"<code>([0-9A-Z]{4}(?:-[0-9A-Z]{4}){3})</code>")
KEY = "the-key-of-this-very-form"


def sites(rooms: Rooms) -> dict[str, str]:
    return {called: id_ for id_, called in rooms.clinic.ask("SELECT id, name FROM sites")}


def test_an_admin_registers_a_kiosk_and_its_tablet_is_paired_by_the_code(rooms: Rooms) -> None:
    admin = rooms.as_("amir")
    assert "No kiosk yet" in words(admin.get("/admin/kiosks"))
    typed = {"name": "Front desk", "site": sites(rooms)["main"], "key": KEY}
    [code] = CODE.findall(admin.post("/admin/kiosks", data=typed).text)
    assert CODE.findall(admin.post("/admin/kiosks", data=typed).text) == [code]
    assert "Waits for its code" in words(admin.get("/admin/kiosks"))
    tablet = Tablet(rooms, rooms.app.test_client())
    assert tablet.sends("/pair", code=code.lower()).location == "/kiosk"
    assert "In use" in words(admin.get("/admin/kiosks"))


@pytest.mark.parametrize(
    ("name", "site", "said"),
    [
        ("", "main", "Give it a name"),
        ("x" * 61, "main", "at most 60 letters"),
        ("Front desk", "main", "is at this site already"),
        ("Lounge", "north", "Not a valid choice"),
    ],
)
def test_what_cannot_be_a_kiosk_is_said_beside_the_field(rooms: Rooms, name: str, site: str, said: str) -> None:
    tablet_at(rooms)
    answer = rooms.as_("amir").post("/admin/kiosks", data={"name": name, "site": sites(rooms)[site], "key": KEY})
    assert answer.status_code == 422
    assert said in words(answer)


def test_a_kiosk_gets_a_new_code_and_is_ended(rooms: Rooms) -> None:
    tablet = tablet_at(rooms)
    [kiosk] = kiosks_of(rooms.clinic.engine, frozenset(sites(rooms).values()))
    admin = rooms.as_("amir")
    assert CODE.search(admin.post(f"/admin/kiosks/{kiosk.id}/code", data={"key": KEY}).text)
    assert admin.post(f"/admin/kiosks/{kiosk.id}/unlock", data={"key": KEY}).status_code == 303
    assert admin.post(f"/admin/kiosks/{kiosk.id}/end", data={"key": KEY}).status_code == 303
    assert tablet.client.get("/kiosk").location == "/kiosk/pair"
    assert admin.post(f"/admin/kiosks/{kiosk.id}/end", data={"key": KEY}).status_code == 404


@pytest.mark.parametrize("persona", ["dev", "elin", "femi", "olga", "otto"])
def test_nobody_else_places_kiosks(rooms: Rooms, persona: str) -> None:
    tablet_at(rooms)
    [kiosk] = kiosks_of(rooms.clinic.engine, frozenset(sites(rooms).values()))
    client = rooms.as_(persona)
    assert client.get("/admin/kiosks").status_code == 403
    for what in ("code", "unlock", "end"):
        assert client.post(f"/admin/kiosks/{kiosk.id}/{what}", data={"key": KEY}).status_code == 404


def test_a_one_time_code_is_shown_once_and_lets_a_pin_be_chosen(rooms: Rooms) -> None:
    tablet = tablet_at(rooms)
    ada = rooms.enrol("Ada", "Ada Lovelace")
    desk = rooms.as_("dev")
    assert "No PIN yet" in words(desk.get(f"/people/{ada}/pin"))
    given = desk.post(f"/people/{ada}/pin", data={"key": KEY})
    [code] = re.findall(r"<code>(\d{4} \d{4})</code>", given.text)
    assert "Ada Lovelace" in words(given)
    assert code not in desk.get(f"/people/{ada}/pin").text
    assert "Dev Patel gave a one-time code" in words(desk.get(f"/people/{ada}/pin"))
    tablet.comes()
    assert tablet.sends("/new-pin", code=code, pin=PIN, again=PIN).location == "/kiosk/home"
    assert "Has a PIN" in words(desk.get(f"/people/{ada}/pin"))


def test_who_gave_a_code_leaves_handing_over_to_a_colleague_today(rooms: Rooms) -> None:
    ada = rooms.enrol("Ada")
    rooms.as_("dev").post(f"/people/{ada}/pin", data={"key": KEY})
    with rooms.clinic.engine.database.reading() as tx:
        assert hands_off(tx, ada, rooms.clinic.today, rooms.clinic.zone) == {"dev"}
    rooms.clinic.clock.go_on(days=1)
    with rooms.clinic.engine.database.reading() as tx:
        assert hands_off(tx, ada, rooms.clinic.today, rooms.clinic.zone) == frozenset()


@pytest.mark.parametrize(("persona", "code"), [("amir", 404), ("olga", 404), ("otto", 404), ("femi", 200)])
def test_who_may_give_codes(rooms: Rooms, persona: str, code: int) -> None:
    ada = rooms.enrol("Ada")
    client = rooms.as_(persona)
    assert client.get(f"/people/{ada}/pin").status_code == code
    assert client.post(f"/people/{ada}/pin", data={"key": KEY}).status_code == code


def test_remarks_wait_until_somebody_replies_once(rooms: Rooms) -> None:
    tablet = tablet_at(rooms)
    ada = with_pin(rooms, tablet)
    event = rooms.clinic.event(ada)
    desk = rooms.as_("elin")
    notes = f"/programs/{rooms.program}/notes"
    assert "Nothing waits for a reply" in words(desk.get(notes))
    made = remark(rooms.clinic.engine, rooms.clinic.request(), ada, "That was not me", event)["remark"]
    page = words(desk.get(notes))
    assert "That was not me" in page
    assert "test of Mar 2" in page
    to = f"{notes}/{ada}/{made}"
    empty = desk.post(to, data={"text": " ", "key": KEY})
    assert empty.status_code == 422
    assert "Write a reply first" in words(empty)
    assert desk.post(to, data={"text": "Put right, thank you", "key": KEY}).status_code == 303
    assert desk.post(to, data={"text": "Again", "key": f"{KEY}-2"}).status_code == 422
    replied = words(desk.get(notes))
    assert "Nothing waits for a reply" in replied
    assert "Elin Berg" in replied
    tablet.signs_in()
    assert "Reply: Put right, thank you" in words(tablet.get("/note"))


@pytest.mark.parametrize(
    ("persona", "code"), [("amir", 404), ("olga", 404), ("otto", 404), ("dev", 200), ("femi", 200)]
)
def test_who_may_read_remarks(rooms: Rooms, persona: str, code: int) -> None:
    assert rooms.as_(persona).get(f"/programs/{rooms.program}/notes").status_code == code


def test_a_page_that_shows_a_code_has_no_form_that_would_give_the_same_again(rooms: Rooms) -> None:
    ada = rooms.enrol("Ada")
    page = rooms.as_("dev").post(f"/people/{ada}/pin", data={"key": KEY})
    assert "One-time code" in words(page)
    assert KEY not in page.text
    assert "Give another code" in words(page)


def test_a_code_that_is_asked_for_again_is_the_same_until_it_is_used_and_nobody_elses(rooms: Rooms) -> None:
    tablet = tablet_at(rooms)
    ada, ben = rooms.enrol("Ada"), rooms.enrol("Ben")
    desk = rooms.as_("dev")
    first = words(desk.post(f"/people/{ada}/pin", data={"key": KEY}))
    rooms.clinic.clock.go_on(minutes=20)
    assert words(desk.post(f"/people/{ada}/pin", data={"key": KEY})) == first
    assert desk.post(f"/people/{ben}/pin", data={"key": KEY}).status_code == 303
    assert "Has a one-time code" not in words(desk.get(f"/people/{ben}/pin"))
    [code] = re.findall(r"One-time code (\d{4} \d{4})", first)
    tablet.comes("Ada")
    assert tablet.sends("/new-pin", code=code, pin=PIN, again=PIN).location == "/kiosk/home"
    again = desk.post(f"/people/{ada}/pin", data={"key": KEY}, follow_redirects=True)
    assert code not in words(again)
    assert "is used or replaced" in words(again)
    assert "Has a PIN" in words(again)


def test_one_form_registers_one_kiosk(rooms: Rooms) -> None:
    admin = rooms.as_("amir")
    typed = {"site": sites(rooms)["main"], "key": KEY}
    assert CODE.search(admin.post("/admin/kiosks", data={"name": "Front desk", **typed}).text)
    again = admin.post("/admin/kiosks", data={"name": "Lounge", **typed})
    assert again.status_code == 422
    assert "was sent before" in words(again)
