"""Policies, through HTTP: versions, what each changed, who is under which."""

from dataclasses import replace
from datetime import timedelta

import pytest

from cm_engine.actions import compare
from cm_engine.actions.revise import publish, take_version
from cm_engine.actions.roll_up import roll_up
from cm_engine.exchange.policy_file import load_policy
from tests.web.rooms import Rooms


def publish_longer(rooms: Rooms, weeks: int) -> str:
    """Publish a version of the prize bowl that lasts longer, from tomorrow on."""
    clinic = rooms.clinic
    longer = replace(load_policy("va-prize"), weeks=weeks)
    version: str = publish(clinic.engine, clinic.request(), rooms.program, longer, clinic.today + timedelta(days=1))[
        "version"
    ]
    return version


def page(rooms: Rooms, path: str = "", persona: str = "femi") -> str:
    answer = rooms.as_(persona).get(f"/programs/{rooms.program}/policies{path}")
    assert answer.status_code == 200
    return " ".join(answer.text.split())


def test_a_version_to_come_is_told_with_what_it_changes(rooms: Rooms) -> None:
    publish_longer(rooms, 16)
    told = page(rooms)
    assert 'Version 2</a> <span class="quiet">from Tue, Mar 3, 2026' in told
    assert "to come" in told
    assert "<strong>weeks</strong>: 12 → 16" in told
    assert "program length in weeks; later events pay nothing" in told


def test_who_is_under_which_is_counted_and_listed_by_code(rooms: Rooms) -> None:
    ada, _ = rooms.enrol("R-1001", "Ada Lovelace"), rooms.enrol("R-1002", "Ben King")
    longer = publish_longer(rooms, 16)
    clinic = rooms.clinic
    clinic.clock.go_on(days=1)
    take_version(clinic.engine, clinic.request(), ada, "va-prize", longer, clinic.today + timedelta(days=1))
    clinic.clock.go_on(days=1)
    roll_up(clinic.engine)
    told = page(rooms)
    assert told.count("1 person under it") == 2
    listed = page(rooms, f"/{longer}")
    assert "R-1001" in listed
    assert "R-1002" not in listed
    assert "Lovelace" not in listed
    assert "weeks = 16" in listed
    assert f"P-{ada[:6]}" in page(rooms, f"/{longer}", "olga")
    assert "R-1001" not in page(rooms, f"/{longer}", "olga")


def test_any_two_versions_can_be_held_against_each_other(rooms: Rooms) -> None:
    first = rooms.clinic.ask(
        f"SELECT id FROM policy_versions WHERE program_id = '{rooms.program}' AND policy = 'va-prize'"
    )[0][0]
    publish_longer(rooms, 16)
    rooms.clinic.clock.go_on(days=1)
    third = publish_longer(rooms, 20)
    for path in (f"/{first}/to/{third}", f"/{third}/to/{first}"):
        told = page(rooms, path)
        assert "What version 3 says otherwise than version 1" in told
        assert '<th scope="row">weeks</th><td data-head="Version 1">12</td><td data-head="Version 3">20</td>' in told
    assert "Nothing: both say the same." in page(rooms, f"/{first}/to/{first}")


def test_a_long_list_goes_on_behind_the_last_and_names_no_code_in_its_address(
    rooms: Rooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compare, "MOST_A_PAGE", 2)
    people = [rooms.enrol(f"R-{number}") for number in (1003, 1001, 1002)]
    roll_up(rooms.clinic.engine)
    version = rooms.clinic.ask(
        f"SELECT id FROM policy_versions WHERE program_id = '{rooms.program}' AND policy = 'va-prize'"
    )[0][0]
    first = page(rooms, f"/{version}")
    assert first.index("R-1001") < first.index("R-1002")
    assert "R-1003" not in first
    link = f"/{version}?behind={people[2]}"
    assert link in first
    last = page(rooms, link)
    assert "R-1003" in last
    assert "R-1002" not in last
    assert "Further people" not in last
