"""The admin's people: who works here, added with a code that is shown once, and never anybody of another site."""

import re

import pytest
from sqlalchemy import insert

from cm_engine.actions.sign_in import sign_in
from cm_engine.store.tables import roles
from tests.web.admin.forms import new_key, noted, send, site_of
from tests.web.rooms import PERSONAS, Rooms

CODE = re.compile(r'data-testid="code">([^<]+)<')


def people_at(rooms: Rooms) -> str:
    return f"/admin/sites/{site_of(rooms)}/people"


def held(rooms: Rooms, staff: str) -> set[tuple[str, str]]:
    found = rooms.clinic.ask(
        f"SELECT sites.name, role FROM roles JOIN sites ON sites.id = site_id WHERE staff_id = '{staff}'"
    )
    return {(site, role) for site, role in found}


def test_an_admin_sees_the_staff_of_their_site_and_nobody_elses(rooms: Rooms) -> None:
    page = rooms.as_("amir").get("/admin/people").text
    for name, _, site in PERSONAS.values():
        assert (name in page) == (site == "main")


def test_somebody_who_is_added_gets_a_code_that_is_shown_and_lets_them_in(rooms: Rooms) -> None:
    amir, key = rooms.as_("amir"), new_key()
    form = {"name": "Nina Novak", "roles": ["front-desk", "clinician"], "key": key}
    answer = amir.post(f"{people_at(rooms)}/add", data=form)
    code = CODE.findall(answer.text)[0]
    assert answer.status_code == 200
    assert sign_in(rooms.clinic.engine, "nina novak", code)
    assert CODE.findall(amir.post(f"{people_at(rooms)}/add", data=form).text) == [code]  # loaded again
    assert not [row for row in rooms.clinic.rows() if code in row]
    assert code not in amir.get("/admin/people").text
    assert len(noted(rooms, "staff-added")) == 1


def test_what_was_typed_stays_beside_what_is_wrong(rooms: Rooms) -> None:
    amir = rooms.as_("amir")
    for name, given, said in (
        ("", ["clinician"], "Write the name that they sign in by."),
        ("dev patel", ["clinician"], "already"),
        ("Nina Novak", [], "somebody without a role sees nothing"),
    ):
        answer = send(amir, f"{people_at(rooms)}/add", name=name, roles=given)
        assert answer.status_code == 422
        assert said in answer.text
        assert f'value="{name}"' in answer.text
        assert ("checked" in answer.text) == bool(given)


def test_somebody_of_another_site_gets_roles_here_and_keeps_their_own_there(rooms: Rooms) -> None:
    amir = rooms.as_("amir")
    answer = send(amir, f"{people_at(rooms)}/add", name="Otto Elsewhere", roles=["auditor"], is_known="y")
    assert answer.status_code == 303
    assert held(rooms, "otto") == {("north", "manager"), ("main", "auditor")}
    page = amir.get(f"{people_at(rooms)}/otto").text
    assert "north" not in page
    assert page.count("checked") == 1
    send(amir, f"{people_at(rooms)}/otto/roles", roles=["front-desk"])
    assert held(rooms, "otto") == {("north", "manager"), ("main", "front-desk")}


@pytest.mark.parametrize("act", ["reset", "end", "name"])
def test_nobody_who_works_elsewhere_too_is_shut_out_by_one_sites_admin(rooms: Rooms, act: str) -> None:
    amir = rooms.as_("amir")
    send(amir, f"{people_at(rooms)}/add", name="Otto Elsewhere", roles=["auditor"], is_known="y")
    answer = send(amir, f"{people_at(rooms)}/otto/{act}", name="Other Name")
    assert answer.status_code == 422
    assert "ask an admin there" in answer.text


def test_an_admin_of_two_sites_sees_each_with_its_own(rooms: Rooms) -> None:
    north = site_of(rooms, rooms.elsewhere)
    with rooms.clinic.engine.database.writing() as tx:
        tx.do(insert(roles).values(staff_id="amir", site_id=north, role="admin"))
    amir = rooms.as_("amir")
    page = amir.get("/admin/people").text
    assert "Otto Elsewhere" in page
    assert "Dev Patel" in page
    assert amir.get(f"/admin/sites/{north}/people/otto").status_code == 200
    assert amir.get(f"/admin/sites/{north}/people/dev").status_code == 404


def test_roles_are_changed_for_the_next_click(rooms: Rooms) -> None:
    dev = rooms.as_("dev")
    assert dev.get("/admin/people").status_code == 403
    amir = rooms.as_("amir")
    answer = send(amir, f"{people_at(rooms)}/dev/roles", roles=["front-desk", "admin"])
    assert answer.status_code == 303
    assert held(rooms, "dev") == {("main", "front-desk"), ("main", "admin")}
    assert [about for _, _, about in noted(rooms, "role-given")] == ["dev"]


def test_whoever_loses_every_role_is_off_the_list(rooms: Rooms) -> None:
    amir = rooms.as_("amir")
    assert send(amir, f"{people_at(rooms)}/dev/roles").status_code == 303
    assert "Dev Patel" not in amir.get("/admin/people").text.partition("<main")[2].partition("<ul")[2]
    assert amir.get(f"{people_at(rooms)}/dev").status_code == 404


def test_a_site_keeps_an_admin(rooms: Rooms) -> None:
    amir = rooms.as_("amir")
    for act, values in (("roles", {"roles": ["clinician"]}), ("end", {})):
        answer = send(amir, f"{people_at(rooms)}/amir/{act}", **values)
        assert answer.status_code == 422
        assert "make somebody else an admin first" in answer.text
    assert held(rooms, "amir") == {("main", "admin")}


def test_a_reset_gives_a_new_code_and_an_end_is_undone(rooms: Rooms) -> None:
    amir = rooms.as_("amir")
    code = CODE.findall(send(amir, f"{people_at(rooms)}/dev/reset").text)[0]
    assert sign_in(rooms.clinic.engine, "Dev Patel", code)
    assert send(amir, f"{people_at(rooms)}/dev/end").status_code == 303
    assert "Let them back in" in amir.get(f"{people_at(rooms)}/dev").text
    assert CODE.findall(send(amir, f"{people_at(rooms)}/dev/back").text)
    assert "End their access" in amir.get(f"{people_at(rooms)}/dev").text


def test_a_name_is_changed_and_a_lock_lifted(rooms: Rooms) -> None:
    amir = rooms.as_("amir")
    assert send(amir, f"{people_at(rooms)}/dev/name", name="Dev Sharma").status_code == 303
    assert "Dev Sharma" in amir.get("/admin/people").text
    assert send(amir, f"{people_at(rooms)}/dev/name", name="").status_code == 422
    assert send(amir, f"{people_at(rooms)}/dev/unlock").status_code == 303
    assert noted(rooms, "lock-lifted") == [("amir", None, "dev")]


def test_a_change_of_name_is_told_where_somebody_works_and_nowhere_else(rooms: Rooms) -> None:
    north = site_of(rooms, rooms.elsewhere)
    with rooms.clinic.engine.database.writing() as tx:
        tx.do(insert(roles).values(staff_id="amir", site_id=north, role="admin"))
    amir = rooms.as_("amir")
    assert send(amir, f"{people_at(rooms)}/dev/name", name="Dev Sharma").status_code == 303
    assert "Dev Sharma" in amir.get("/admin/activity?what=staff-renamed&site=" + site_of(rooms)).text
    assert (
        "changed somebody"
        not in amir.get(f"/admin/activity?what=staff-renamed&site={north}").text.partition("card told")[2]
    )
