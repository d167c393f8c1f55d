"""Scopes: every call, tried with a token of every scope, at its own site and at another; read from the application's own map."""

from collections.abc import Iterator
from pathlib import Path
from shutil import copyfile
from typing import Any, NamedTuple

import pytest

from cm_engine.actions.draw import open_draws
from cm_engine.actions.record import Happening, record
from cm_engine.events import Result
from tests.databases import sqlite_url
from tests.web.api.caller import V1, Caller, caller, problem
from tests.web.places import Ids, make_places
from tests.web.rooms import Rooms, open_rooms
from web.access import SCOPES, Permission

NOTHING = "0" * 24


class Address(NamedTuple):
    """A call: its view, what it needs, how it is asked, and what its address names."""

    endpoint: str
    permission: Permission | None
    method: str
    names: frozenset[str]


class Place(NamedTuple):
    """A clinic, and what addresses may name: here, and at another site."""

    rooms: Rooms
    here: Ids
    elsewhere: Ids

    def addresses(self) -> list[Address]:
        """Give every call."""
        views: Any = self.rooms.app.view_functions
        return [
            Address(rule.endpoint, views[rule.endpoint].permission, method, frozenset(rule.arguments))
            for rule in self.rooms.app.url_map.iter_rules()
            for method in ("GET", "POST")
            if method in (rule.methods or ()) and rule.endpoint.startswith("api.")
        ]

    def ask(self, client: Caller, address: Address, ids: Ids) -> int:
        """Ask, and give the status of the answer; what a body would hold is left out."""
        values: dict[str, Any] = {name: ids[name] for name in address.names}
        with self.rooms.app.test_request_context():
            url = self.rooms.app.url_for(address.endpoint, **values)
        ask = client.get if address.method == "GET" else client.post
        return ask(url.removeprefix(V1)).status_code


@pytest.fixture(scope="module")
def place(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A clinic in which there is one of everything that an address may name, at both sites."""
    folder = tmp_path_factory.mktemp("calls")
    copyfile(migrated_sqlite, folder / migrated_sqlite.name)
    with open_rooms(sqlite_url(folder)) as rooms:
        here, elsewhere = make_places(rooms, {rooms.program: "dev", rooms.elsewhere: "otto"})
        yield Place(rooms, *(ids | {"draw": opened(rooms, ids["participant"])} for ids in (here, elsewhere)))


def opened(rooms: Rooms, participant: str) -> str:
    """Open a draw of somebody's."""
    clinic = rooms.clinic
    clinic.clock.go_on(days=1)
    record(clinic.engine, clinic.request(), participant, Happening(clinic.clock.now, "test", Result("negative")))
    draw: str = open_draws(clinic.engine, clinic.request(), participant, "va-prize")["draws"][0]["draw"]
    return draw


def test_every_call_is_here(place: Place) -> None:
    assert {address.endpoint.removeprefix("api.") for address in place.addresses()} == {
        "cancel_redemption",
        "choose_prize",
        "correct_event",
        "enrol_again",
        "enrol_participant",
        "find_participants",
        "get_account",
        "get_participant",
        "hand_prize_over",
        "list_prizes",
        "list_programs",
        "open_draws",
        "pick_slip",
        "record_event",
    }


def test_every_scope_opens_a_call_or_says_what_one_may(place: Place) -> None:
    opening = {address.permission for address in place.addresses() if address.permission}
    assert opening | {Permission.SEE_NAMES, Permission.SEE_CODES, Permission.EXEMPT} == set(SCOPES)


@pytest.mark.parametrize("scope", SCOPES)
def test_a_scope_opens_its_calls_and_no_others(place: Place, scope: Permission) -> None:
    client = caller(place.rooms, scope)
    wrong = {}
    for address in place.addresses():
        status = place.ask(client, address, place.here)
        may = address.permission in {scope, None}
        if (status == 403) == may or status >= 500 or (may and status in {401, 404}):
            wrong[address] = status
    assert wrong == {}


@pytest.mark.parametrize("site", ["main", "north"])
def test_what_is_at_another_site_is_not_there_and_looks_like_nothing(place: Place, site: str) -> None:
    client = caller(place.rooms, site=site)
    other = place.elsewhere if site == "main" else place.here
    bound = [address for address in place.addresses() if address.names]
    assert len(bound) == 8
    for ids in (other, dict.fromkeys(other, NOTHING)):
        assert {address: status for address in bound if (status := place.ask(client, address, ids)) != 404} == {}


def test_what_is_elsewhere_is_told_word_for_word_as_what_is_nowhere(place: Place) -> None:
    client = caller(place.rooms)
    for there in (place.elsewhere["participant"], NOTHING):
        told = problem(client.get(f"/participants/{there}"), 404, "not-found")
        assert told["detail"] == "there is no such participant for this token"
    for no_id in ("nothing", "a%20b", "\N{SNOWMAN}", NOTHING * 2):
        problem(client.get(f"/participants/{no_id}"), 404, "not-found")


def test_nobody_comes_in_without_a_token_nor_by_a_session(place: Place) -> None:
    for client in (place.rooms.nobody(), place.rooms.as_("dev"), place.rooms.as_("amir")):
        nobody = Caller(client, "", "")
        wrong = {one: status for one in place.addresses() if (status := place.ask(nobody, one, place.here)) != 401}
        assert wrong == {}


def test_looking_changes_nothing_but_the_activity_log_and_the_last_use(place: Place) -> None:
    client = caller(place.rooms)
    place.ask(client, next(one for one in place.addresses() if one.endpoint == "api.list_programs"), place.here)
    before = place.rooms.clinic.ask("SELECT count(*) FROM log"), place.rooms.clinic.ask("SELECT count(*) FROM requests")
    for address in place.addresses():
        if address.method == "GET":
            assert place.ask(client, address, place.here) == 200
    after = place.rooms.clinic.ask("SELECT count(*) FROM log"), place.rooms.clinic.ask("SELECT count(*) FROM requests")
    assert after == before
