"""Who comes in by the API: whose token may do it, at the site where it is; and nobody by a cookie."""

from cm_engine.actions.draw import draw_by_hand
from cm_engine.actions.redeem import choose
from tests.web.api.caller import V1, caller, problem, site_id
from tests.web.rooms import Rooms
from web.access import Permission

EVENT = {"at": "2026-03-02", "kind": "test", "outcome": "negative"}


def test_without_a_token_or_with_one_that_is_none_nobody_comes_in(rooms: Rooms) -> None:
    for headers in (
        {},
        {"Authorization": "Bearer cme_nothing"},
        {"Authorization": "Basic YTpi"},
        {"Authorization": "Bearer"},
    ):
        answer = rooms.nobody().get(f"{V1}/programs", headers=headers)
        problem(answer, 401, "no-token")
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="cm-engine"'


def test_a_token_that_is_revoked_or_over_is_not_good_any_more(rooms: Rooms) -> None:
    records, portal = caller(rooms), caller(rooms)
    amir = rooms.as_("amir")
    amir.post(f"/admin/tokens/{records.token}/revoke", data={"key": "a-key-of-this-form"})
    assert "it was revoked" in problem(records.get("/programs"), 401, "no-token")["detail"]
    rooms.clinic.clock.go_on(days=31)
    assert "its time is over" in problem(portal.get("/programs"), 401, "no-token")["detail"]


def test_who_is_signed_in_at_a_browser_is_nobody_here(rooms: Rooms) -> None:
    ada = rooms.enrol("Ada")
    dev = rooms.as_("dev")
    assert dev.get(f"/people/{ada}").status_code == 200
    for address in ("/programs", f"/participants/{ada}", f"/participants/{ada}/account"):
        problem(dev.get(f"{V1}{address}"), 401, "no-token")
    before = rooms.clinic.rows()
    sent = {"participant": ada, **EVENT}
    problem(dev.post(f"{V1}/events", json=sent, headers={"Idempotency-Key": "a"}), 401, "no-token")
    assert rooms.clinic.rows() == before


def test_no_answer_sets_a_cookie(rooms: Rooms) -> None:
    answer = caller(rooms).get("/programs")
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers


def test_calls_are_taken_without_the_secret_of_our_forms(rooms: Rooms) -> None:
    rooms.app.config["WTF_CSRF_ENABLED"] = True
    try:
        caller(rooms).done("/participants", {"code": "Ada", "first_day": "2026-03-02"})
    finally:
        rooms.app.config["WTF_CSRF_ENABLED"] = False


def test_a_token_may_what_its_scopes_say(rooms: Rooms) -> None:
    ada = rooms.enrol("Ada")
    lab = caller(rooms, Permission.RECORD)
    assert lab.post("/events", {"participant": ada, **EVENT}).status_code == 201
    said = problem(lab.get(f"/participants/{ada}"), 403, "scope-missing")
    assert said["detail"] == 'this call needs the scope "see-people", which the token has not'


def test_what_is_at_another_site_is_not_there(rooms: Rooms) -> None:
    ada = rooms.enrol("Ada")
    mine, north = caller(rooms), caller(rooms, site="north")
    event = mine.done("/events", {"participant": ada, **EVENT})["event"]
    nothing, nobody = "0" * 24, rooms.enrol("Nora", program=rooms.elsewhere)
    assert north.told(f"/participants/{nobody}")["participant"] == nobody
    for there, missing in ((ada, nothing), (nothing, nothing)):
        answers = [
            north.get(f"/participants/{there}"),
            north.post("/events", {"participant": there, **EVENT}),
            north.post(f"/events/{event if there == ada else missing}/corrections", {"outcome": "void"}),
            north.post("/redemptions", {"participant": there, "prize": nothing}),
        ]
        assert [problem(answer, 404, "not-found")["detail"] for answer in answers] == [
            "there is no such participant for this token",
            "there is no such participant for this token",
            "there is no such event for this token",
            "there is no such participant for this token",
        ]


def test_names_leave_only_where_the_scope_for_names_is_there_and_codes_as_on_the_pages(rooms: Rooms) -> None:
    ada = rooms.enrol("A-1", "Ada Lovelace")
    see = Permission.SEE_PEOPLE

    def told(*scopes: Permission) -> tuple[str | None, str | None]:
        found = caller(rooms, see, *scopes).told(f"/participants/{ada}")
        return found["code"], found["name"]

    assert told() == (None, None)
    assert told(Permission.SEE_CODES) == ("A-1", None)
    assert told(Permission.SEE_NAMES) == ("A-1", "Ada Lovelace")


def test_who_looks_at_a_record_is_noted_by_the_title_of_the_token(rooms: Rooms) -> None:
    ada = rooms.enrol("Ada")
    portal = caller(rooms, title="State portal")
    portal.told(f"/participants/{ada}")
    portal.told(f"/participants/{ada}/account")
    noted = rooms.clinic.ask(f"SELECT deed FROM activity WHERE actor = '{portal.token}' AND participant_id = '{ada}'")
    assert [deed for (deed,) in noted] == ["person-viewed"]
    assert "State portal" in rooms.as_("amir").get(f"/people/{ada}/viewers").text


def test_what_a_token_recorded_bears_its_title_on_the_pages(rooms: Rooms) -> None:
    ada = rooms.enrol("Ada")
    lab = caller(rooms, Permission.RECORD, title="County laboratory")
    event = lab.done("/events", {"participant": ada, **EVENT})["event"]
    assert "County laboratory" in rooms.as_("elin").get(f"/people/{ada}/visits/{event}").text
    assert "County laboratory" in rooms.as_("olga").get(f"/people/{ada}/trail/{event}").text


def test_a_token_that_recorded_does_not_hand_over_on_that_day(rooms: Rooms) -> None:
    ada = rooms.enrol("Ada")
    lab, portal = caller(rooms), caller(rooms)
    lab.done("/events", {"participant": ada, **EVENT})
    engine, clinic = rooms.clinic.engine, rooms.clinic
    draw_by_hand(engine, clinic.request(), ada, "va-prize", "small")
    prize = clinic.ask("SELECT id FROM prizes WHERE name = 'Coffee card'")[0][0]
    waiting = choose(engine, clinic.request(), ada, prize)["redemption"]
    said = problem(lab.post(f"/redemptions/{waiting}/handover"), 422, "refused")
    assert "does not hand over to them today" in said["detail"]
    assert portal.done(f"/redemptions/{waiting}/handover")["state"] == "handed over"


def test_the_sites_of_a_token_are_the_sites_of_its_programs(rooms: Rooms) -> None:
    [program] = caller(rooms, site="north").told("/programs")["programs"]
    assert (program["program"], program["site"]) == ("north-iop", "north")
    assert site_id(rooms, "north") != site_id(rooms)
