"""Somebody's turn: pairing, card or code, PIN, locks, idle time, and that nothing stays behind."""

import pytest

from cm_engine.actions.cards import issue_card, printed_card
from cm_engine.actions.place_kiosk import end_kiosk, kiosks_of, register
from tests.web.kiosk.tablet import PIN, WRONG, Tablet, tablet_at, title, with_pin, words
from tests.web.rooms import Rooms
from web.doors import open_to_all

PAGES = ("/home", "/slips", "/drawn", "/prizes", "/statement", "/note")


@pytest.fixture
def tablet(rooms: Rooms) -> Tablet:
    """A paired tablet."""
    return tablet_at(rooms)


def site(rooms: Rooms) -> str:
    found: str = rooms.clinic.ask("SELECT id FROM sites WHERE name = 'main'")[0][0]
    return found


def test_a_tablet_that_is_not_paired_asks_for_its_code(rooms: Rooms) -> None:
    client = rooms.nobody()
    for path in ("", "/pin", *PAGES):
        assert client.get(f"/kiosk{path}").location == "/kiosk/pair"
    assert "Set up this screen" in client.get("/kiosk/pair").text
    refused = client.post("/kiosk/pair", data={"code": "0000-0000-0000-0000"})
    assert refused.status_code == 422
    assert "does not work" in refused.text


def test_pairing_sets_a_cookie_for_the_kiosk_alone_and_signs_staff_out(rooms: Rooms) -> None:
    made = register(rooms.clinic.engine, rooms.clinic.request(), site(rooms), "Front desk")
    client, elsewhere = rooms.as_("amir"), rooms.nobody()
    with client.session_transaction() as session, elsewhere.session_transaction() as copied:
        copied.update(session)
    assert elsewhere.get("/patterns").status_code == 200
    answer = client.post("/kiosk/pair", data={"code": made.code, "key": "the-key-of-this-form"})
    [cookie] = [one for one in answer.headers.getlist("Set-Cookie") if one.startswith("place=")]
    assert "Path=/kiosk" in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert client.get("/kiosk").status_code == 200
    assert client.get("/patterns").location.startswith("/sign-in")
    assert elsewhere.get("/patterns").location.startswith("/sign-in")


def test_a_new_patient_chooses_a_pin_and_comes_home(rooms: Rooms, tablet: Tablet) -> None:
    with_pin(rooms, tablet)
    assert "Hello!" in words(tablet.get(""))
    tablet.signs_in()
    assert "What I have" in words(tablet.get("/home"))
    assert tablet.client.get("/kiosk").location == "/kiosk/home"


@pytest.mark.parametrize(
    ("pin", "again", "said"),
    [
        ("123456", "123456", "too easy to guess"),
        ("48291", "48291", "A PIN is six digits."),
        (PIN, "482914", "are not the same"),
        (PIN, PIN, "This code does not fit"),
    ],
)
def test_what_is_wrong_with_a_new_pin_is_said_beside_it(
    rooms: Rooms, tablet: Tablet, pin: str, again: str, said: str
) -> None:
    rooms.enrol("Ada")
    tablet.comes()
    answer = tablet.sends("/new-pin", code="12345678", pin=pin, again=again)
    assert answer.status_code == 422
    assert said in words(answer)
    assert 'value="12345678"' in answer.text
    assert PIN not in answer.text


def test_a_card_opens_too_and_one_of_another_site_does_not(rooms: Rooms, tablet: Tablet) -> None:
    ada = with_pin(rooms, tablet)
    zoe = rooms.enrol("Zoe", program=rooms.elsewhere)
    tokens = []
    for participant in (ada, zoe):
        issue_card(rooms.clinic.engine, rooms.clinic.request(), participant)
        card = printed_card(rooms.clinic.engine, participant)
        assert card is not None
        tokens.append(card.token)
    tablet.comes(tokens[1])
    assert tablet.types().status_code == 422
    tablet.comes("Zoe")
    assert tablet.types().status_code == 422
    tablet.comes(tokens[0])
    assert tablet.types().location == "/kiosk/home"


def test_nothing_tells_whether_a_code_is_somebodys(rooms: Rooms, tablet: Tablet) -> None:
    with_pin(rooms, tablet)
    answers = []
    for code in ("Ada", "Nobody"):
        came = tablet.comes(code)
        answers.append((came.status_code, came.location, words(tablet.types(WRONG))))
    assert answers[0] == answers[1]


def test_five_wrong_pins_lock_card_and_kiosk_until_staff_unlock_them(rooms: Rooms, tablet: Tablet) -> None:
    ada = with_pin(rooms, tablet)
    lounge = tablet_at(rooms, "Lounge")
    tablet.comes()
    for _ in range(4):
        assert tablet.types(WRONG).status_code == 422
    assert tablet.types(WRONG).location == "/kiosk"
    assert "This screen is resting" in words(tablet.get(""))
    assert "Scan your card" not in words(tablet.get(""))
    lounge.comes()
    locked = lounge.types()
    assert locked.status_code == 422
    assert "That did not fit. Try again, or ask at the desk." in words(locked)

    desk = rooms.as_("dev")
    page = desk.get(f"/people/{ada}/pin")
    assert "Five PINs in a row were wrong" in words(page)
    [kiosk] = [one for one in kiosks_of(rooms.clinic.engine, frozenset({site(rooms)})) if one.locked_at]
    assert desk.post(f"/people/{ada}/pin/unlock", data={"key": "unlock-the-card-of-ada"}).status_code == 303
    unlock = f"/people/{ada}/pin/kiosks/{kiosk.id}/unlock"
    assert desk.post(unlock, data={"key": "unlock-the-front-desk"}).status_code == 303
    tablet.signs_in()


def test_after_a_minute_without_anybody_it_is_nobodys_turn(rooms: Rooms, tablet: Tablet) -> None:
    with_pin(rooms, tablet)
    tablet.signs_in()
    rooms.clinic.clock.go_on(seconds=50)
    assert tablet.client.post("/kiosk/here").status_code == 204
    rooms.clinic.clock.go_on(seconds=50)
    assert tablet.client.get("/kiosk/home").status_code == 200
    rooms.clinic.clock.go_on(seconds=61)
    assert tablet.client.post("/kiosk/here").status_code == 410
    assert tablet.client.get("/kiosk/home").location == "/kiosk"
    assert tablet.types().location == "/kiosk"


def test_after_leaving_no_page_shows_anything_any_more(rooms: Rooms, tablet: Tablet) -> None:
    with_pin(rooms, tablet)
    tablet.signs_in()
    for path in PAGES:
        answer = tablet.client.get(f"/kiosk{path}")
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "no-store"
    assert tablet.leaves().location == "/kiosk"
    for path in PAGES:
        assert tablet.client.get(f"/kiosk{path}").location == "/kiosk"
    for path in ("/slips", "/note", "/prizes/trade", "/slips/a-draw", "/prizes/a-prize"):
        assert tablet.sends(path, text="Hello").location == "/kiosk"


def test_the_language_goes_with_whoever_chose_it(rooms: Rooms, tablet: Tablet) -> None:
    with_pin(rooms, tablet)
    tablet.speaks("es")
    assert "¡Hola!" in words(tablet.get(""))
    tablet.signs_in()
    assert "Lo que tengo" in words(tablet.get("/home"))
    tablet.leaves()
    assert "Hello!" in words(tablet.get(""))
    assert tablet.sends("/language", language="xx").status_code == 400


def test_a_language_form_leads_nowhere_but_to_the_kiosk(tablet: Tablet) -> None:
    for back in ("https://elsewhere.example/", "//elsewhere.example/kiosk/", "/patterns"):
        assert tablet.sends("/language", language="es", back=back).location == "/kiosk"
    assert tablet.sends("/language", language="es", back="/kiosk/pin").location == "/kiosk/pin"


def test_being_signed_in_at_a_kiosk_opens_no_page_of_the_staff(rooms: Rooms, tablet: Tablet) -> None:
    ada = with_pin(rooms, tablet)
    tablet.signs_in()
    for path in (
        f"/people/{ada}",
        f"/people/{ada}/pin",
        f"/programs/{rooms.program}/notes",
        "/admin/kiosks",
        "/patterns",
    ):
        assert tablet.client.get(path).location.startswith("/sign-in")


def test_staff_who_are_signed_in_are_nobody_at_the_kiosk(rooms: Rooms) -> None:
    assert rooms.as_("elin").get("/kiosk/home").location == "/kiosk/pair"


def test_an_ended_kiosk_is_none_any_more(rooms: Rooms, tablet: Tablet) -> None:
    with_pin(rooms, tablet)
    tablet.signs_in()
    [kiosk] = kiosks_of(rooms.clinic.engine, frozenset({site(rooms)}))
    end_kiosk(rooms.clinic.engine, rooms.clinic.request(), kiosk.id)
    assert tablet.client.get("/kiosk/home").location == "/kiosk/pair"


def test_somebody_who_was_never_there_and_blanks_are_told_what_to_do(tablet: Tablet) -> None:
    assert tablet.comes("  ").status_code == 422
    assert tablet.client.get("/kiosk/pin").location == "/kiosk"
    assert tablet.client.get("/kiosk/new-pin").location == "/kiosk"
    assert tablet.get("/slips/nothing").status_code == 200


def test_what_is_not_there_is_said_kindly_and_without_the_staffs_pages(rooms: Rooms, tablet: Tablet) -> None:
    with_pin(rooms, tablet)
    tablet.signs_in()
    answer = tablet.client.get("/kiosk/slips/nothing/check")
    assert answer.status_code == 404
    assert "You have lost nothing" in words(answer)
    assert title(answer) == "Welcome"


def test_a_form_that_comes_without_its_key_changes_nothing(rooms: Rooms, tablet: Tablet) -> None:
    with_pin(rooms, tablet)
    tablet.signs_in()
    answer = tablet.client.post("/kiosk/note", data={"text": "Hello"})
    assert answer.status_code == 400
    assert "You have lost nothing" in words(answer)
    assert rooms.clinic.ask("SELECT * FROM remarks") == []


def test_nothing_behind_the_address_of_the_kiosk_shows_a_page_of_the_staffs(rooms: Rooms, tablet: Tablet) -> None:
    client = tablet.client
    assert client.get("/kiosk/").location == "/kiosk"
    rooms.app.config["WTF_CSRF_ENABLED"] = True
    answers = {
        404: client.get("/kiosk/nothing"),
        400: client.post("/kiosk", data={"card": "Ada"}),
        413: client.post("/kiosk", data={"card": "A" * 3_000_000}),
    }
    rooms.app.config["WTF_CSRF_ENABLED"] = False
    for status, answer in answers.items():
        assert answer.status_code == status
        assert title(answer) == "Welcome"
        assert "You have lost nothing." in words(answer)
        assert 'href="/kiosk"' in answer.text
        assert 'href="/"' not in answer.text
    assert title(client.get("/kiosk/leave")) == "Welcome"


def test_what_breaks_at_the_kiosk_is_told_in_the_kiosks_words(
    rooms: Rooms, tablet: Tablet, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks() -> str:
        raise ZeroDivisionError

    monkeypatch.setitem(rooms.app.view_functions, "kiosk.welcome", open_to_all(breaks))
    monkeypatch.setitem(rooms.app.config, "TESTING", "")
    tablet.speaks("es")
    answer = tablet.client.get("/kiosk")
    assert answer.status_code == 500
    assert title(answer) == "Bienvenida"


@pytest.mark.parametrize("back", ["/kiosk/../people", "/kiosk//elsewhere.example", "/kiosk/\r\nX-More: yes", "/people"])
def test_another_language_leads_nowhere_but_to_a_page_of_the_kiosk(tablet: Tablet, back: str) -> None:
    answer = tablet.sends("/language", language="es", back=back)
    assert (answer.status_code, answer.location) == (303, "/kiosk")
    assert tablet.sends("/language", language="es", back="/kiosk/new-pin").location == "/kiosk/new-pin"


def test_what_was_said_to_one_is_not_shown_to_the_next(rooms: Rooms, tablet: Tablet) -> None:
    for code in ("Ada", "Ben"):
        with_pin(rooms, tablet, code)
    tablet.signs_in("Ada")
    assert tablet.sends("/note", text="My last visit is not there").location == "/kiosk/note"
    tablet.leaves()  # before the page with the answer has come
    assert "Staff will read it" not in words(tablet.get(""))
    tablet.signs_in("Ben")
    assert "Staff will read it" not in words(tablet.get("/home"))
