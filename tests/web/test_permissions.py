"""Permissions: every view of the application, tried as everybody of the staff, at their own site and at another.

The views are read from the application's own map of addresses, so that one that is added is tried too; the calls of other programs
are tried by every scope in `tests/web/api/test_scopes.py`. What stands in an
address is filled from `make_places`: where an address names something new, it gets a line there.
"""

from collections.abc import Iterator
from pathlib import Path
from shutil import copyfile
from typing import Any, NamedTuple

import pytest

from tests.databases import sqlite_url
from tests.web.places import AT, GROUP, Ids, make_places
from tests.web.rooms import PERSONAS, Rooms, open_rooms
from web.access import ALLOWED, Permission, Role, allows

# The rooms in which a view may say something else than a permission: whoever is signed in, everybody, a kiosk.
OPEN_ROOMS = {"front", "health", "sign_in", "kiosk", "api_docs"}

HERE = {persona: Role(role) for persona, (_, role, site) in PERSONAS.items() if site == "main"}
READ_AT = ("GET", "POST")
KEPT_OUT = {403, 404}

# What an address lies at a site by.
BOUND = {"site", "program", "participant", "kiosk", "token"}

# What an address bears for every site.
EVERYWHERE = {"on", "session", "kind", "period", "report"}

# What views ask for beside what their address names; each view takes of it what it knows.
ASKED_FOR = {"at": AT, "kind": "attendance", "session": GROUP, "what": "cap:near:usd:599.00:State Medicaid"}

# A view that is nobody's secret: pictures of prizes, by what they show.
OPEN_VIEWS = {"staff.picture"}


class Address(NamedTuple):
    """A way to ask a view for something: the view, what it needs, how it is asked, and what its address names."""

    endpoint: str
    permission: Permission | None
    method: str
    names: frozenset[str]


class Place(NamedTuple):
    """A clinic, and what its addresses may name: here, and at another site."""

    rooms: Rooms
    here: Ids
    elsewhere: Ids

    def addresses(self) -> list[Address]:
        """Give every way to ask any view."""
        views = self.rooms.app.view_functions
        return [
            Address(rule.endpoint, getattr(views[rule.endpoint], "permission", None), method, frozenset(rule.arguments))
            for rule in self.rooms.app.url_map.iter_rules()
            for method in READ_AT
            if method in (rule.methods or ()) and rule.endpoint != "static" and not rule.endpoint.startswith("api.")
        ]

    def ask(self, client: Any, address: Address, ids: Ids) -> int:
        """Ask, and give the status of the answer."""
        values: dict[str, Any] = {name: ids[name] for name in address.names}
        with self.rooms.app.test_request_context():
            url = self.rooms.app.url_for(address.endpoint, **values)
        asked_for = ASKED_FOR | {"program": ids["program"], "on": ids["on"]}
        answer = client.open(url, method=address.method, query_string=asked_for)
        status: int = answer.status_code
        return status


@pytest.fixture(scope="module")
def place(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A clinic in which there is one of everything that an address may name, at both sites."""
    folder = tmp_path_factory.mktemp("rooms")
    copyfile(migrated_sqlite, folder / migrated_sqlite.name)
    with open_rooms(sqlite_url(folder)) as rooms:
        here, elsewhere = make_places(rooms, {rooms.program: "dev", rooms.elsewhere: "otto"})
        yield Place(rooms, here, elsewhere)


def test_every_address_names_only_what_is_tried_here(place: Place) -> None:
    named = set().union(*(address.names for address in place.addresses() if address.permission))
    assert named - place.here.keys() == set()


def test_every_view_asks_for_a_permission_but_for_those_of_a_few_rooms(place: Place) -> None:
    silent = {address.endpoint for address in place.addresses() if address.permission is None}
    assert {view for view in silent - OPEN_VIEWS if view.partition(".")[0] not in OPEN_ROOMS} == set()


def test_every_permission_opens_a_view_or_says_what_one_shows(place: Place) -> None:
    opening = {address.permission for address in place.addresses() if address.permission}
    assert opening | {Permission.SEE_NAMES, Permission.SEE_CODES} == set(Permission)


@pytest.mark.parametrize("persona", HERE)
def test_a_role_comes_in_where_the_table_says_so_and_nowhere_else(place: Place, persona: str) -> None:
    client = place.rooms.as_(persona)
    wrong = {}
    for address in place.addresses():
        if address.permission is not None:
            status = place.ask(client, address, place.here)
            if (status in KEPT_OUT) == allows(frozenset({HERE[persona]}), address.permission) or status >= 500:
                wrong[address] = status
    assert wrong == {}


@pytest.mark.parametrize("persona", HERE)
def test_whoever_comes_in_gets_a_page(place: Place, persona: str) -> None:
    client = place.rooms.as_(persona)
    wrong = {}
    for address in place.addresses():
        if address.method == "GET" and address.permission and HERE[persona] in ALLOWED[address.permission]:
            status = place.ask(client, address, place.here)
            if status not in {200, 303}:
                wrong[address] = status
    assert wrong == {}


@pytest.mark.parametrize("persona", HERE)
def test_nothing_of_another_site_is_there_for_anybody(place: Place, persona: str) -> None:
    client = place.rooms.as_(persona)
    bound = [one for one in place.addresses() if one.permission and one.names & BOUND]
    wrong = {one: status for one in bound if (status := place.ask(client, one, place.elsewhere)) != 404}
    assert bound
    assert wrong == {}


@pytest.mark.parametrize("persona", HERE)
def test_an_id_of_another_site_is_not_there_beside_ones_own(place: Place, persona: str) -> None:
    client = place.rooms.as_(persona)
    wrong = {}
    for address in place.addresses():
        inner = address.names - BOUND - EVERYWHERE
        if address.permission and address.names & BOUND and inner and address.method == "GET":
            mixed = place.here | {name: place.elsewhere[name] for name in inner}
            if (status := place.ask(client, address, mixed)) != 404:
                wrong[address] = status
    assert wrong == {}


def test_what_there_is_not_looks_like_what_is_elsewhere(place: Place) -> None:
    client = place.rooms.as_("amir")
    nothing = dict.fromkeys(place.here, "0" * 24) | {name: place.here[name] for name in EVERYWHERE}
    for address in place.addresses():
        if address.permission and address.names & BOUND:
            assert place.ask(client, address, nothing) == 404, address


def test_nobody_comes_in_without_signing_in(place: Place) -> None:
    client = place.rooms.nobody()
    guarded = [address for address in place.addresses() if address.permission]
    wrong = {address: status for address in guarded if (status := place.ask(client, address, place.here)) != 303}
    assert wrong == {}


@pytest.mark.parametrize("persona", HERE)
def test_looking_changes_nothing_but_the_activity_log(place: Place, persona: str) -> None:
    client = place.rooms.as_(persona)
    before = rows(place.rooms)
    for address in place.addresses():
        if address.method == "GET" and address.permission:
            place.ask(client, address, place.here)
    assert rows(place.rooms) == before


@pytest.mark.parametrize("persona", HERE)
def test_no_form_is_taken_that_is_not_ours(place: Place, persona: str) -> None:
    client = place.rooms.as_(persona)
    place.rooms.app.config["WTF_CSRF_ENABLED"] = True
    try:
        posts = [address for address in place.addresses() if address.method == "POST" and address.permission]
        wrong = {address: status for address in posts if (status := place.ask(client, address, place.here)) != 400}
    finally:
        place.rooms.app.config["WTF_CSRF_ENABLED"] = False
    assert wrong == {}


def rows(rooms: Rooms) -> list[str]:
    """Give every row but those of the activity log and of who is signed in."""
    return [row for row in rooms.clinic.rows() if row.partition(":")[0] not in {"activity", "sessions", "presence"}]
