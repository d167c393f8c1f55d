"""The admin's tokens: made for a program, shown once, listed with their last use, revoked; never those of another site."""

import re

from sqlalchemy import insert

from cm_engine.actions.issue_token import Wished, issue
from cm_engine.store.tables import roles
from tests.web.admin.forms import new_key, noted, send
from tests.web.api.caller import V1, caller, site_id
from tests.web.rooms import Rooms

SAYS = re.compile(r'data-testid="token">([^<]+)<')


def form(rooms: Rooms, **changed: object) -> dict[str, object]:
    return {"title": "Laboratory", "scopes": ["record"], "sites": [site_id(rooms)], "days": "30", **changed}


def test_a_token_is_made_and_shown_once_and_works(rooms: Rooms) -> None:
    amir = rooms.as_("amir")
    sent = {**form(rooms), "key": new_key()}
    page = amir.post("/admin/tokens", data=sent)
    [says] = SAYS.findall(page.text)
    bearer = {"Authorization": f"Bearer {says}"}
    assert rooms.nobody().get(f"{V1}/programs", headers=bearer).status_code == 200
    assert SAYS.findall(amir.post("/admin/tokens", data=sent).text) == [says]  # loaded again
    listed = amir.get("/admin/tokens").text
    assert says not in listed
    assert "Laboratory" in listed
    assert "Record results and attendance" in listed
    assert "Used last Mon, Mar 2, 2026" in listed
    assert "Made by Amir Said" in listed
    assert len(noted(rooms, "token-made")) == 1


def test_what_was_typed_stays_beside_what_is_wrong(rooms: Rooms) -> None:
    amir = rooms.as_("amir")
    for changed, said in (
        ({"title": ""}, "Say which program it is for."),
        ({"title": "a\x07b"}, "cannot be a token&#39;s title"),
        ({"scopes": []}, "Tick what it needs."),
        ({"sites": []}, "Tick a site."),
        ({"sites": [site_id(rooms, "north")]}, "is not a valid choice"),
        ({"scopes": ["manage-staff"]}, "is not a valid choice"),
    ):
        answer = send(amir, "/admin/tokens", **form(rooms, **changed))
        assert answer.status_code == 422
        assert said in answer.text
    assert rooms.clinic.ask("SELECT count(*) FROM tokens") == [(0,)]


def test_a_token_of_another_site_is_not_there(rooms: Rooms) -> None:
    north = caller(rooms, site="north", title="Northern portal")
    amir = rooms.as_("amir")
    assert "Northern portal" not in amir.get("/admin/tokens").text
    assert send(amir, f"/admin/tokens/{north.token}/revoke").status_code == 404
    assert north.get("/programs").status_code == 200


def test_a_token_for_several_sites_is_revoked_by_an_admin_of_any(rooms: Rooms) -> None:
    both = frozenset({site_id(rooms), site_id(rooms, "north")})
    wished = Wished("State portal", frozenset({"see-people"}), both, 30)
    made = issue(rooms.clinic.engine, rooms.clinic.request(), wished)
    amir = rooms.as_("amir")
    page = amir.get("/admin/tokens").text
    assert "Main and 1 more" in page
    assert "North" not in page
    assert send(amir, f"/admin/tokens/{made.token}/revoke").status_code == 303
    assert "Revoked" in amir.get("/admin/tokens").text
    assert [
        site for (site,) in rooms.clinic.ask("SELECT site_id FROM activity WHERE deed = 'token-revoked'")
    ] == sorted(both)


def test_an_admin_of_two_sites_makes_a_token_for_both(rooms: Rooms) -> None:
    with rooms.clinic.engine.database.writing() as tx:
        tx.do(insert(roles).values(staff_id="amir", site_id=site_id(rooms, "north"), role="admin"))
    both = [site_id(rooms), site_id(rooms, "north")]
    page = send(rooms.as_("amir"), "/admin/tokens", **form(rooms, sites=both))
    [says] = SAYS.findall(page.text)
    told = rooms.nobody().get(f"{V1}/programs", headers={"Authorization": f"Bearer {says}"}).json
    assert told is not None
    assert [program["site"] for program in told["programs"]] == ["main", "north"]
