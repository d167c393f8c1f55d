"""The front: the first page, the program at hand, the theme, the doors."""

import pytest

from cm_engine.store.stamp import stamp
from tests.journeys.pages import pages
from tests.web.rooms import PERSONAS, SECRET, Rooms
from web.access import ALLOWED, Permission, Role
from web.app import create_app
from web.navigation import ROOMS
from web.options import Options


def test_every_permission_is_somebodys() -> None:
    assert ALLOWED.keys() == set(Permission)
    assert all(roles for roles in ALLOWED.values())
    assert set().union(*ALLOWED.values()) == set(Role)


def test_every_view_says_who_may_come_in(rooms: Rooms) -> None:
    silent = [name for name, view in rooms.app.view_functions.items() if name != "static" and not hasattr(view, "door")]
    assert silent == []


def test_a_view_that_says_nothing_lets_nobody_in(rooms: Rooms) -> None:
    app = create_app(rooms.clinic.engine, Options(secret=SECRET))
    app.add_url_rule("/silent", "silent", lambda: "secret")
    assert app.test_client().get("/silent").status_code == 404


@pytest.mark.parametrize("persona", PERSONAS)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_everybody_sees_the_patterns_in_their_theme(rooms: Rooms, persona: str, theme: str) -> None:
    client = rooms.as_(persona)
    client.post("/theme", data={"theme": theme})
    page = client.get("/patterns")
    assert page.status_code == 200
    assert f'data-theme="{theme}"' in page.text


def test_a_theme_that_there_is_not_is_refused(rooms: Rooms) -> None:
    assert rooms.nobody().post("/theme", data={"theme": "url(evil)"}).status_code == 400


def test_nothing_comes_from_elsewhere_and_no_page_stays_behind(rooms: Rooms) -> None:
    answer = rooms.as_("dev").get("/patterns")
    policy = answer.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "http" not in policy
    assert answer.headers["Cache-Control"] == "no-store"
    assert " style=" not in answer.text
    assert "<style" not in answer.text


def test_a_program_of_another_site_cannot_be_taken_at_hand(rooms: Rooms) -> None:
    client = rooms.as_("dev")
    assert client.post("/program", data={"program": rooms.elsewhere}).status_code == 404
    assert client.post("/program", data={"program": rooms.program}).status_code == 303


def test_what_there_is_not_gets_a_kind_page(rooms: Rooms) -> None:
    answer = rooms.as_("dev").get("/nowhere")
    assert answer.status_code == 404
    assert "There is nothing here" in answer.text


def test_health_is_told_to_everybody(rooms: Rooms) -> None:
    assert rooms.nobody().get("/healthz").json == {"status": "ok"}
    assert rooms.nobody().get("/readyz").json == {"status": "ok"}


def test_a_program_that_another_process_publishes_is_seen_at_once(rooms: Rooms) -> None:
    engine = rooms.clinic.engine
    rooms.as_("dev").get("/patterns")
    before = engine._published
    with engine.database.writing() as tx:
        stamp(tx, "another process")
    rooms.as_("dev").get("/patterns")
    assert engine._published is not before


def test_every_page_of_the_rooms_says_in_which_of_them_it_is() -> None:
    of_rooms = {page.endpoint for page in pages() if page.endpoint.startswith(("admin.", "manager.", "staff."))}
    assert of_rooms - {endpoint for room in ROOMS for endpoint in (room.endpoint, *room.also)} == set()


def test_a_database_that_is_gone_gets_a_kind_page_too(rooms: Rooms) -> None:
    desk = rooms.as_("dev")
    assert desk.get("/patterns").status_code == 200
    database = rooms.clinic.engine.database
    database.close()
    file = database.file
    assert file is not None
    file.rename(file.with_suffix(".elsewhere"))
    file.mkdir()  # so that nothing is made in its place
    for answer in (desk.get("/patterns"), desk.post("/sign-in", data={"name": "Dev Patel", "secret": "anything"})):
        assert answer.status_code == 503
        assert "The database cannot be reached" in answer.text
        assert str(file) not in answer.text
    assert desk.get("/nowhere").status_code == 404


@pytest.mark.parametrize("where", ["/people/a%00b", "/programs/x/days/2026-03-02?done=%00"])
def test_an_address_that_is_no_text_is_refused_before_it_is_looked_up(rooms: Rooms, where: str) -> None:
    assert rooms.as_("dev").get(where).status_code == 400


def test_a_form_that_is_no_text_is_refused_before_it_is_looked_up(rooms: Rooms) -> None:
    answer = rooms.as_("dev").post(f"/programs/{rooms.program}/people", data={"typed": "Ada\0"})
    assert answer.status_code == 400
    assert "This form could not be read" in answer.text


@pytest.mark.parametrize(
    ("persona", "begins"),
    [("dev", "/today"), ("elin", "/today"), ("femi", "/today"), ("olga", "/overview"), ("amir", "/admin/people")],
)
def test_everybody_begins_where_their_work_does(rooms: Rooms, persona: str, begins: str) -> None:
    assert rooms.as_(persona).get("/").location.endswith(begins)
