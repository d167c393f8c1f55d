"""The door of the staff, through HTTP: who is let in, by what, for how long, and what is never lost."""

import base64
import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from itertools import count

import pytest
from flask import request
from flask.testing import FlaskClient
from sqlalchemy import delete, insert
from werkzeug.test import TestResponse

from cm_engine.actions.appoint import add_staff, end_staff, reset_staff, set_roles
from cm_engine.actions.begin import Wanted, begin
from cm_engine.actions.requests import Request
from cm_engine.actions.stock import restock
from cm_engine.engine import Engine
from cm_engine.second_factor import code_at, recovery_digest
from cm_engine.store.database import Database
from cm_engine.store.factors import keep_codes
from cm_engine.store.staff import change_person
from cm_engine.store.tables import second_factors, settings
from cm_engine.vault import Keys, Vault
from tests.clinic import QUICK, SetClock
from tests.web.rooms import APP, SECRET, Rooms, open_rooms
from web.access import Permission
from web.app import create_app
from web.at_hand import asked, engine
from web.doors import needs
from web.options import Options

PHRASE = "seven kettles on the roof"
OTHER = "a boat made of almanacs"
RECOVERY = "AAAA-BBBB-CCCC-DDDD"
WRONG = "Name and password do not fit together."
DEMO = {"name": "demo", "value": "made-up people"}

keys = count()


@pytest.fixture
def rooms(migrated_sqlite_url: str) -> Iterator[Rooms]:
    """The rooms of a clinic whose sessions end when they do by default; everybody has chosen a password."""
    with open_rooms(migrated_sqlite_url, idle=timedelta(minutes=15), longest=timedelta(hours=12)) as opened:
        with opened.clinic.engine.database.writing() as tx:
            for persona in ("dev", "elin", "femi", "amir", "olga"):
                change_person(tx, persona, password=QUICK.digest(PHRASE))
            keep_codes(tx, "femi", [recovery_digest("femi", RECOVERY)])
        put_a_form_into(opened)
        yield opened


def put_a_form_into(rooms: Rooms) -> None:
    """Have a page whose form puts so many of a prize into the cabinet."""
    program, prize = rooms.program, rooms.clinic.prize("Coffee card")

    @needs(Permission.RECORD)
    def page() -> str:
        restock(engine(), asked(), program, prize, int(request.form["number"]))
        return "taken"

    rooms.app.add_url_rule("/restock", "restock", page, methods=["GET", "POST"])


def in_the_cabinet(rooms: Rooms) -> int:
    [(on_hand,)] = rooms.clinic.ask(f"SELECT on_hand FROM stock WHERE prize_id = '{rooms.clinic.prize('Coffee card')}'")
    number: int = on_hand
    return number


def send(client: FlaskClient, address: str, **fields: str) -> TestResponse:
    """Send a form, with a key of its own where it names none."""
    return client.post(address, data={"key": f"a-key-of-a-form-{next(keys):08}", **fields})


def enter(client: FlaskClient, name: str, secret: str = PHRASE, **more: str) -> TestResponse:
    return send(client, "/sign-in", name=name, secret=secret, **more)


def on_the_phone(rooms: Rooms, secret: bytes = APP) -> str:
    """Read the code that an app shows now."""
    return code_at(secret, rooms.clinic.clock.now)


def hidden(page: TestResponse) -> dict[str, str]:
    """Give the hidden fields of a page's form."""
    inputs = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page.text)
    areas = re.findall(r'<textarea name="([^"]+)" hidden>\n(.*?)</textarea>', page.text, re.DOTALL)
    return {name: unescape(value) for name, value in [*inputs, *areas]}


def is_in(client: FlaskClient) -> bool:
    return client.get("/patterns").status_code == 200


# In, and out


def test_a_name_and_a_password_let_in_and_lead_to_where_somebody_wanted_to_go(rooms: Rooms) -> None:
    client = rooms.nobody()
    asked_for = client.get("/patterns?page=2")
    assert (asked_for.status_code, asked_for.location) == (303, "/sign-in?next=/patterns?page%3D2")
    page = client.get(asked_for.location)
    assert hidden(page)["next"] == "/patterns?page=2"
    answer = enter(client, "dev patel", next="/patterns?page=2")
    assert (answer.status_code, answer.location) == (303, "/patterns?page=2")
    assert is_in(client)
    assert client.get("/sign-in").location == "/"


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "javascript:alert(1)",
        "evil",
    ],
)
def test_nobody_is_led_elsewhere(rooms: Rooms, elsewhere: str) -> None:
    client = rooms.nobody()
    assert "evil" not in client.get("/sign-in", query_string={"next": elsewhere}).text
    assert enter(client, "Dev Patel", next=elsewhere).location == "/"


def test_a_wrong_password_and_an_unknown_name_look_alike(rooms: Rooms) -> None:
    told = [enter(rooms.nobody(), name, "not this one") for name in ("Dev Patel", "Dev Patil")]
    assert [answer.status_code for answer in told] == [422, 422]
    assert all(WRONG in answer.text for answer in told)
    pages = [re.sub(r'value="[^"]*"', "", answer.text) for answer in told]
    assert pages[0] == pages[1]
    assert 'value="Dev Patel"' in told[0].text
    assert "not this one" not in told[0].text


def test_an_empty_form_says_so_beside_its_fields(rooms: Rooms) -> None:
    answer = enter(rooms.nobody(), "", "")
    assert answer.status_code == 422
    assert "Write your name." in answer.text
    assert "Write your password, or your one-time code." in answer.text


def test_five_wrong_tries_and_the_right_one_waits_too(rooms: Rooms) -> None:
    client = rooms.nobody()
    told = [enter(client, "Dev Patel", "not this one").text for _ in range(5)]
    assert ["try again in 1 minute, or ask an admin." in text for text in told] == [False] * 4 + [True]
    assert "tried too often" in enter(client, "Dev Patel").text
    assert not is_in(client)
    rooms.clinic.clock.go_on(minutes=1)
    assert enter(client, "Dev Patel").status_code == 303


def test_who_signs_out_is_out_and_an_old_cookie_is_worth_nothing(rooms: Rooms) -> None:
    client = rooms.nobody()
    enter(client, "Dev Patel")
    cookie = client.get_cookie("rooms")
    assert cookie is not None
    assert client.post("/sign-out").location == "/sign-in"
    assert "You are signed out." in client.get("/sign-in").text
    client.set_cookie("rooms", cookie.value)
    assert not is_in(client)


def test_an_address_that_tries_and_tries_is_throttled(migrated_sqlite_url: str) -> None:
    with open_rooms(migrated_sqlite_url, is_throttled=True) as rooms:
        client = rooms.nobody()
        codes = [enter(client, f"Guess {number}", "not this one").status_code for number in range(31)]
        assert codes == [422] * 30 + [429]
        assert "That was a lot of tries" in enter(client, "Dev Patel").text
        assert client.get("/sign-in").status_code == 200


# The second factor


def test_a_manager_shows_a_code_too(rooms: Rooms) -> None:
    client = rooms.nobody()
    answer = enter(client, "Femi Ade", next="/patterns")
    assert answer.location == "/sign-in/code?next=/patterns"
    assert not is_in(client)
    wrong = send(client, "/sign-in/code", code="000000", next="/patterns")
    assert (wrong.status_code, hidden(wrong)["next"]) == (422, "/patterns")
    assert "This code is not right" in wrong.text
    code = on_the_phone(rooms)
    right = send(client, "/sign-in/code", code=f"{code[:3]} {code[3:]}", next="/patterns")
    assert (right.status_code, right.location) == (303, "/patterns")
    assert is_in(client)
    again = rooms.nobody()
    enter(again, "Femi Ade")
    assert "counts once" in send(again, "/sign-in/code", code=code).text
    assert not is_in(again)


def test_a_recovery_code_stands_in_once(rooms: Rooms) -> None:
    for expected in (303, 422):
        client = rooms.nobody()
        enter(client, "Femi Ade")
        assert send(client, "/sign-in/code", code=RECOVERY.lower()).status_code == expected
    assert "0 of 10 recovery codes are left" in rooms.as_("femi").get("/account").text


def test_the_same_form_sent_twice_lets_in_all_the_same(rooms: Rooms) -> None:
    client = rooms.nobody()
    enter(client, "Femi Ade")
    before = client.get_cookie("rooms")
    assert before is not None
    form = {"key": "one-and-the-same-key", "code": on_the_phone(rooms)}
    client.post("/sign-in/code", data=form)
    client.set_cookie("rooms", before.value)  # the browser gave up on the first answer
    assert client.post("/sign-in/code", data=form).status_code == 303
    assert is_in(client)


@pytest.mark.parametrize("address", ["/", "/patterns", "/account", "/account/password", "/sign-in", "/sign-in/code"])
def test_a_manager_without_an_app_sees_nothing_but_its_set_up(rooms: Rooms, address: str) -> None:
    with rooms.clinic.engine.database.writing() as tx:
        tx.do(delete(second_factors))
    client = rooms.nobody()
    enter(client, "Femi Ade")
    answer = client.get(address)
    assert answer.status_code == 303
    assert answer.location.startswith("/sign-in/app")
    assert send(client, "/restock", number="5").status_code in {200, 303}
    assert in_the_cabinet(rooms) == 60


def test_made_up_people_need_no_app(rooms: Rooms) -> None:
    with rooms.clinic.engine.database.writing() as tx:
        tx.do(delete(second_factors))
        tx.do(insert(settings).values(**DEMO))
    client = rooms.nobody()
    assert enter(client, "Femi Ade").location == "/"
    assert is_in(client)


def offered(page: TestResponse) -> bytes:
    """Give the secret that a page offers, as somebody types it into their app."""
    found = re.search(r'<code class="letters">([^<]+)</code>', page.text)
    assert found is not None
    letters = found[1].replace(" ", "")
    return base64.b32decode(letters + "=" * (-len(letters) % 8))


def test_the_first_admin_of_an_empty_database(migrated_url: str) -> None:
    clock = SetClock()
    opened = Engine(Database(migrated_url), Vault(Keys.new()), clock=clock, passwords=QUICK)
    code = begin(opened, Request("init", "command-line"), Wanted(admin="Amir Said")).code
    app = create_app(opened, Options(secret=SECRET, is_throttled=False))
    app.config["WTF_CSRF_ENABLED"] = False
    client = app.test_client()
    assert client.get("/").location == "/sign-in?next=/"
    assert enter(client, "Amir Said", code, next="/account").location == "/sign-in/password?next=/account"
    assert "twelve characters" in client.get("/sign-in/password").text
    for password, words in (("short", "Between 12 and 200"), ("passwordpassword", "would be guessed")):
        refused = send(client, "/sign-in/password", password=password, again=password)
        assert (refused.status_code, words in refused.text) == (422, True)
    assert "not the same" in send(client, "/sign-in/password", password=PHRASE, again=OTHER).text
    chosen = send(client, "/sign-in/password", password=PHRASE, again=PHRASE, next="/account")
    assert chosen.location == "/sign-in/app?next=/account"
    page = client.get("/sign-in/app?next=/account")
    assert "<svg" in page.text
    assert " style=" not in page.text
    secret = offered(page)
    wrong = send(client, "/sign-in/app", **{**hidden(page), "code": "000000"})
    assert (wrong.status_code, offered(wrong)) == (422, secret)
    form = {**hidden(page), "code": code_at(secret, clock.now)}
    shown, again = (client.post("/sign-in/app", data=form) for _ in range(2))
    codes = re.findall(r"<code>([0-9A-Z-]{19})</code>", shown.text)
    assert (len(set(codes)), codes) == (10, re.findall(r"<code>([0-9A-Z-]{19})</code>", again.text))
    assert send(client, "/sign-in/on", next="/account").location == "/account"
    assert "10 of 10 recovery codes are left" in client.get("/account").text
    assert enter(app.test_client(), "Amir Said", code).status_code == 422
    opened.close()


# What ends a session


def test_a_quarter_of_an_hour_without_use_ends_a_session(rooms: Rooms) -> None:
    client = rooms.as_("dev")
    for _ in range(3):
        rooms.clinic.clock.go_on(minutes=14)
        assert is_in(client)
    rooms.clinic.clock.go_on(minutes=15, seconds=1)
    assert client.get("/patterns").location == "/sign-in?next=/patterns"


def test_twelve_hours_end_a_session(rooms: Rooms) -> None:
    client = rooms.as_("dev")
    for _ in range(72):
        rooms.clinic.clock.go_on(minutes=10)
        assert is_in(client)
    rooms.clinic.clock.go_on(minutes=1)
    assert not is_in(client)


def test_signing_out_everywhere_ends_the_others_too(rooms: Rooms) -> None:
    desk, tablet = rooms.as_("dev"), rooms.as_("dev")
    assert desk.post("/account/everywhere").location == "/sign-in"
    assert (is_in(desk), is_in(tablet), is_in(rooms.as_("elin"))) == (False, False, True)


def test_who_is_ended_is_out_at_the_next_click(rooms: Rooms) -> None:
    client = rooms.as_("dev")
    end_staff(rooms.clinic.engine, Request("end", "amir"), "dev")
    assert not is_in(client)
    assert WRONG in enter(rooms.nobody(), "Dev Patel").text


def test_a_role_holds_from_the_next_click(rooms: Rooms) -> None:
    client = rooms.as_("olga")
    assert client.get("/restock").status_code == 403
    [(site,)] = rooms.clinic.ask("SELECT site_id FROM roles WHERE staff_id = 'olga'")
    set_roles(rooms.clinic.engine, Request("set", "amir"), "olga", site, ["front-desk"])
    assert client.get("/restock").status_code == 400  # it has no form to answer


# Nothing typed is lost


def test_what_was_typed_is_sent_once_after_signing_in_again(rooms: Rooms) -> None:
    client = rooms.as_("dev")
    rooms.clinic.clock.go_on(hours=1)
    late = send(client, "/restock", number="5", note="two\r\nlines & <b>")
    assert late.status_code == 401
    assert "What you had just sent is kept" in late.text
    assert "lines" not in late.text
    assert in_the_cabinet(rooms) == 60
    wrong = enter(client, "Dev Patel", "not this one", kept=hidden(late)["kept"])
    page = enter(client, "Dev Patel", kept=hidden(wrong)["kept"])
    assert page.status_code == 200
    assert 'action="/restock"' in page.text
    form = hidden(page)
    assert (form["number"], form["note"].replace("\r\n", "\n")) == ("5", "two\nlines & <b>")
    assert [client.post("/restock", data=form).text for _ in range(2)] == ["taken", "taken"]
    assert in_the_cabinet(rooms) == 65


def test_what_was_done_already_is_not_done_again_by_carrying_on(rooms: Rooms) -> None:
    client = rooms.as_("dev")
    send(client, "/restock", number="5", key="a-key-that-was-sent-already")
    rooms.clinic.clock.go_on(hours=1)
    late = send(client, "/restock", number="5", key="a-key-that-was-sent-already")
    page = enter(client, "Dev Patel", kept=hidden(late)["kept"])
    assert client.post("/restock", data=hidden(page)).text == "taken"
    assert in_the_cabinet(rooms) == 65


def test_it_is_kept_through_the_second_factor(rooms: Rooms) -> None:
    client = rooms.as_("femi")
    rooms.clinic.clock.go_on(hours=1)
    late = send(client, "/restock", number="5")
    between = enter(client, "Femi Ade", kept=hidden(late)["kept"])
    assert "is still kept" in between.text
    step = send(client, "/sign-in/on", kept=hidden(between)["kept"])
    assert "authenticator app" in step.text
    page = send(client, "/sign-in/code", code=on_the_phone(rooms), kept=hidden(step)["kept"])
    assert client.post("/restock", data=hidden(page)).text == "taken"
    assert in_the_cabinet(rooms) == 65


def test_it_is_kept_through_a_reset_of_access_too(rooms: Rooms) -> None:
    client = rooms.as_("femi")
    late_key = "a-key-of-a-form-that-is-late"
    code = reset_staff(rooms.clinic.engine, Request("reset", "amir"), "femi")["code"]
    page = send(client, "/restock", number="5", key=late_key)
    page = enter(client, "Femi Ade", code, kept=hidden(page)["kept"])
    page = send(client, "/sign-in/on", kept=hidden(page)["kept"])
    assert "Choose a password" in page.text
    page = send(client, "/sign-in/password", password=OTHER, again=OTHER, kept=hidden(page)["kept"])
    page = send(client, "/sign-in/on", kept=hidden(page)["kept"])
    found = {**hidden(page), "code": on_the_phone(rooms, offered(page))}
    page = client.post("/sign-in/app", data=found)
    page = send(client, "/sign-in/on", kept=hidden(page)["kept"])
    assert client.post("/restock", data=hidden(page)).text == "taken"
    assert (hidden(page)["key"], in_the_cabinet(rooms)) == (late_key, 65)


def test_nobody_else_gets_what_was_typed(rooms: Rooms) -> None:
    client = rooms.as_("dev")
    rooms.clinic.clock.go_on(hours=1)
    late = send(client, "/restock", number="5")
    answer = enter(client, "Elin Berg", kept=hidden(late)["kept"])
    assert (answer.status_code, answer.location) == (303, "/")
    assert "A form that was open here was not sent" in client.get("/patterns").text
    assert in_the_cabinet(rooms) == 60


@pytest.mark.parametrize("kept", ["nonsense", "☕", "old"])
def test_what_waited_too_long_or_is_nonsense_is_not_sent(rooms: Rooms, kept: str) -> None:
    client = rooms.as_("dev")
    rooms.clinic.clock.go_on(hours=1)
    if kept == "old":
        kept = hidden(send(client, "/restock", number="5"))["kept"]
        rooms.clinic.clock.go_on(hours=1, minutes=1)
    assert enter(client, "Dev Patel", kept=kept).location == "/"


def test_no_password_is_kept(rooms: Rooms) -> None:
    client = rooms.as_("dev")
    rooms.clinic.clock.go_on(hours=1)
    late = send(client, "/account/password", present=PHRASE, password=OTHER, again=OTHER)
    assert (late.status_code, late.location) == (303, "/sign-in")


def test_nothing_is_kept_for_whom_nobody_knows(rooms: Rooms) -> None:
    assert send(rooms.nobody(), "/restock", number="5").location == "/sign-in"
    client = rooms.as_("dev")
    client.post("/sign-out")
    assert send(client, "/restock", number="5").location == "/sign-in"


# Cookies and forms


def test_cookies_are_for_this_site_alone(rooms: Rooms) -> None:
    answer = enter(rooms.nobody(), "Dev Patel")
    assert {"HttpOnly", "SameSite=Lax"} <= set(answer.headers["Set-Cookie"].split("; "))
    assert "Secure" not in answer.headers["Set-Cookie"]
    app = create_app(rooms.clinic.engine, Options(secret=SECRET, is_secure=True, is_throttled=False))
    app.config["WTF_CSRF_ENABLED"] = False
    assert "Secure" in enter(app.test_client(), "Dev Patel").headers["Set-Cookie"].split("; ")


def test_what_was_in_a_browser_before_is_gone_after_signing_in(rooms: Rooms) -> None:
    client = rooms.nobody()
    with client.session_transaction() as session:
        session.update({"planted": "yes", "csrf_token": "known", "who": "elin"})
    enter(client, "Dev Patel")
    with client.session_transaction() as session:
        assert session.get("planted") is None
        assert session.get("csrf_token") != "known"


def test_every_form_needs_its_secret(rooms: Rooms) -> None:
    rooms.app.config["WTF_CSRF_ENABLED"] = True
    client = rooms.nobody()
    assert enter(client, "Dev Patel").status_code == 400
    page = client.get("/sign-in")
    assert enter(client, "Dev Patel", csrf_token=hidden(page)["csrf_token"]).status_code == 303
    assert client.post("/account/everywhere").status_code == 400


def test_a_form_in_another_tab_still_counts_after_signing_in_again(rooms: Rooms) -> None:
    rooms.app.config["WTF_CSRF_ENABLED"] = True
    client = rooms.nobody()
    enter(client, "Dev Patel", csrf_token=hidden(client.get("/sign-in"))["csrf_token"])
    other_tab = hidden(client.get("/account"))["csrf_token"]
    rooms.clinic.clock.go_on(hours=1)
    enter(client, "Dev Patel", csrf_token=hidden(client.get("/sign-in"))["csrf_token"])
    assert send(client, "/restock", number="5", csrf_token=other_tab).text == "taken"


# My account


def test_a_password_is_changed_and_other_devices_are_signed_out(rooms: Rooms) -> None:
    desk, tablet = rooms.as_("dev"), rooms.as_("dev")
    change = {"present": PHRASE, "password": OTHER, "again": OTHER}
    for wrong, words in (
        ({"present": "not this one"}, "not your present password"),
        ({"again": PHRASE}, "not the same"),
        ({"password": "Dev Patel 2026", "again": "Dev Patel 2026"}, "holds your name"),
    ):
        refused = send(desk, "/account/password", **{**change, **wrong})
        assert (refused.status_code, words in refused.text) == (422, True)
    assert is_in(tablet)
    assert send(desk, "/account/password", **change).location == "/account"
    assert "Your password is changed." in desk.get("/account").text
    assert (is_in(desk), is_in(tablet)) == (True, False)
    assert enter(rooms.nobody(), "Dev Patel").status_code == 422
    assert enter(rooms.nobody(), "Dev Patel", OTHER).status_code == 303


def test_somebody_who_need_not_sets_up_an_app_and_does_without_again(rooms: Rooms) -> None:
    client = rooms.as_("dev")
    assert "not your present password" in send(client, "/account/app", present="not this one").text
    page = send(client, "/account/app", present=PHRASE)
    wrong = send(client, "/account/app/code", **{**hidden(page), "code": "000000"})
    assert "This code is not right" in wrong.text
    shown = client.post("/account/app/code", data={**hidden(page), "code": on_the_phone(rooms, offered(page))})
    assert len(re.findall(r"<code>([0-9A-Z-]{19})</code>", shown.text)) == 10
    assert "/account/no-app" in client.get("/account").text
    assert enter(rooms.nobody(), "Dev Patel").location == "/sign-in/code"
    assert send(client, "/account/no-app", present=PHRASE).location == "/account"
    assert enter(rooms.nobody(), "Dev Patel").location == "/"


def test_a_manager_makes_new_codes_but_cannot_do_without(rooms: Rooms) -> None:
    client = rooms.as_("femi")
    assert "/account/no-app" not in client.get("/account").text
    refused = send(client, "/account/no-app", present=PHRASE)
    assert (refused.status_code, "not remove it" in refused.text) == (422, True)
    first = send(client, "/account/codes", present=PHRASE, key="one-and-the-same-key")
    again = send(client, "/account/codes", present=PHRASE, key="one-and-the-same-key")
    codes = re.findall(r"<code>([0-9A-Z-]{19})</code>", first.text)
    assert codes == re.findall(r"<code>([0-9A-Z-]{19})</code>", again.text)
    other = rooms.nobody()
    enter(other, "Femi Ade")
    assert send(other, "/sign-in/code", code=RECOVERY).status_code == 422
    assert send(other, "/sign-in/code", code=codes[3]).status_code == 303


def test_a_picture_that_lasts_no_more_leads_to_a_new_one(rooms: Rooms) -> None:
    client = rooms.as_("dev")
    assert send(client, "/account/app/code", offer="nonsense", code="123456").location == "/account/app"
    assert "scan the new one" in client.get("/account/app").text


@pytest.mark.parametrize("persona", ["dev", "femi"])
@pytest.mark.parametrize("page", ["/account", "/account/password", "/account/app", "/account/codes", "/account/no-app"])
def test_the_pages_of_an_account(rooms: Rooms, persona: str, page: str) -> None:
    assert rooms.as_(persona).get(page).status_code == 200
    assert rooms.nobody().get(page).location == f"/sign-in?next={page}"


def test_somebody_whose_access_is_reset_begins_anew(rooms: Rooms) -> None:
    client = rooms.as_("femi")
    code = reset_staff(rooms.clinic.engine, Request("reset", "amir"), "femi")["code"]
    assert not is_in(client)
    assert enter(client, "Femi Ade", code).location == "/sign-in/password"
    assert send(client, "/sign-in/password", password=OTHER, again=OTHER).location == "/sign-in/app"


def test_somebody_who_is_added_signs_in_with_the_code(rooms: Rooms) -> None:
    [(site,)] = rooms.clinic.ask("SELECT site_id FROM roles WHERE staff_id = 'amir'")
    code = add_staff(rooms.clinic.engine, Request("add", "amir"), "Nia Nowak", site, ["clinician"])["code"]
    client = rooms.nobody()
    enter(client, "nia nowak", code)
    assert send(client, "/sign-in/password", password=PHRASE, again=PHRASE).location == "/"
    assert is_in(client)


def test_what_was_sealed_for_something_else_is_not_taken(rooms: Rooms) -> None:
    vault = rooms.clinic.engine.vault
    client = rooms.as_("elin")
    for text in ('["elin", "/", [], "2099"]', "no list", "7"):
        sealed = vault.seal(text).decode()
        answer = client.post("/account/app/code", data={"offer": sealed, "code": "123456", "key": "k" * 20})
        assert answer.status_code < 500
    for text in ('["elin", "00", "2099"]', "no list", "7"):
        sealed = vault.seal(text).decode()
        answer = client.post("/sign-in/on", data={"kept": sealed, "key": "k" * 20})
        assert answer.status_code == 303
