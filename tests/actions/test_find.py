"""Finding people: by name, however it is typed, by how a code begins; at one's own site, and nobody who was removed."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import delete

from cm_engine.actions.begin import Wanted, begin
from cm_engine.actions.enrol import discharge, enrol
from cm_engine.actions.find import MOST, find
from cm_engine.actions.purge import purge
from cm_engine.actions.replace_lost import replace_lost
from cm_engine.actions.revise import set_up
from cm_engine.actions.rotate import rotate
from cm_engine.actions.verify import verify
from cm_engine.exchange.key_file import read_keys, write_key_file
from cm_engine.exchange.program_file import parse_terms
from cm_engine.store.proof import keep_proof
from cm_engine.store.tables import name_index
from cm_engine.vault import Keys, Vault
from tests.clinic import PROGRAM, Clinic, clinic

PEOPLE = {"A-1": "Ada Lovelace", "B-1": "Ben Núñez-Ortega", "C-1": "Cleo Li", "D-1": "Adam Benson"}


def enrolled(riverside: Clinic, program: str = "", people: dict[str, str] = PEOPLE) -> dict[str, str]:
    """Enrol people by code and name; give their ids by code."""
    return {
        code: enrol(
            riverside.engine,
            riverside.request(),
            program or riverside.program,
            code,
            riverside.today,
            person={"name": name} if name else None,
        )["participant"]
        for code, name in people.items()
    }


def site(riverside: Clinic) -> str:
    found: str = riverside.ask("SELECT id FROM sites ORDER BY name DESC")[0][0]
    return found


def codes(riverside: Clinic, typed: str, *, by_name: bool = True) -> list[str]:
    found = find(riverside.engine, site(riverside), typed, by_name=by_name)
    return sorted(one["code"] for one in found["people"])


@pytest.mark.parametrize(
    ("typed", "who"),
    [
        ("Ada Lovelace", ["A-1"]),
        ("ada", ["A-1", "D-1"]),
        ("LOVE ada", ["A-1"]),
        ("nunez", ["B-1"]),
        ("Núñ", ["B-1"]),
        ("ortega, ben", ["B-1"]),
        ("ben", ["B-1", "D-1"]),
        ("Li", ["C-1"]),
        ("cleo li", ["C-1"]),
        ("ad", []),
        ("lovelacex", []),
        ("ada benson cleo", []),
        ("", []),
        ("  ", []),
        ("%", []),
        ("a-", ["A-1"]),
        (" B-1 ", ["B-1"]),
        ("b", ["B-1"]),
    ],
)
def test_people_are_found_by_name_and_by_code(migrated_url: str, typed: str, who: list[str]) -> None:
    with clinic(migrated_url) as riverside:
        enrolled(riverside)
        assert codes(riverside, typed) == who


def test_who_may_not_see_names_finds_nobody_by_them(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        enrolled(riverside)
        assert codes(riverside, "ada", by_name=False) == []
        assert codes(riverside, "A-1", by_name=False) == ["A-1"]


def test_who_has_the_very_code_comes_first_and_too_many_are_told(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        enrolled(riverside, people={f"R-1{number:02}": "" for number in range(MOST + 5)} | {"R-1": "", "R-10": ""})
        found = find(riverside.engine, site(riverside), "r-10", by_name=True)
        assert (found["people"][0]["code"], found["more"]) == ("R-10", False)
        found = find(riverside.engine, site(riverside), "R-1", by_name=True)
        assert (found["people"][0]["code"], len(found["people"]), found["more"]) == ("R-1", MOST, True)


def test_nobody_of_another_site_is_found_and_its_index_tells_nothing(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        terms = parse_terms("program", PROGRAM.replace('site = "riverside"', 'site = "hillside"'))
        hillside = set_up(riverside.engine, riverside.request(), terms, [])["program"]
        enrolled(riverside)
        enrolled(riverside, hillside, {"H-1": "Ada Lovelace"})
        assert codes(riverside, "ada lovelace") == ["A-1"]
        words = riverside.ask("SELECT n.word, s.name FROM name_index n JOIN sites s ON s.id = n.site_id")
        at = {name: {bytes(word) for word, of in words if of == name} for name in ("riverside", "hillside")}
        assert at["hillside"]
        assert not at["riverside"] & at["hillside"]


def test_who_was_purged_is_found_no_more(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        ada = enrolled(riverside)["A-1"]
        discharge(riverside.engine, riverside.request(), ada, riverside.today)
        riverside.clock.go_on(days=366 * 6)
        purge(riverside.engine, riverside.request(), ada, retention_years=6)
        assert codes(riverside, "lovelace") == codes(riverside, "A-1") == []
        assert riverside.ask(f"SELECT count(*) FROM name_index WHERE participant_id = '{ada}'") == [(0,)]
        assert verify(riverside.engine).is_clean


def test_names_are_found_after_the_key_that_seals_was_changed(migrated_url: str, tmp_path: Path) -> None:
    keys = Keys.new()
    write_key_file(tmp_path / "clinic.key", keys)
    with clinic(migrated_url, keys=keys) as riverside:
        with riverside.engine.database.writing() as tx:
            keep_proof(tx, riverside.engine.vault)
        enrolled(riverside)
        rotate(riverside.engine, tmp_path / "clinic.key")
        riverside.engine.vault = Vault(read_keys(tmp_path / "clinic.key", None))
        assert codes(riverside, "lovelace") == ["A-1"]


def test_with_a_lost_key_names_and_the_way_to_find_them_are_gone(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        with riverside.engine.database.writing() as tx:
            keep_proof(tx, riverside.engine.vault)
        enrolled(riverside)
        riverside.engine.vault = Vault(Keys.new())
        replace_lost(riverside.engine, riverside.request(), None)
        assert codes(riverside, "lovelace") == []
        assert riverside.ask("SELECT count(*) FROM name_index") == [(0,)]
        assert codes(riverside, "A-1") == ["A-1"]


def test_names_that_a_key_at_hand_still_opens_are_found_by_the_new_one(migrated_url: str) -> None:
    keys = Keys.new()
    with clinic(migrated_url, keys=keys) as riverside:
        with riverside.engine.database.writing() as tx:
            keep_proof(tx, Vault(Keys.new()))
        enrolled(riverside)
        riverside.engine.vault = Vault(replace(Keys.new(), index=Keys.new().index))
        replace_lost(riverside.engine, riverside.request(), keys)
        assert codes(riverside, "lovelace") == ["A-1"]


def test_names_that_an_older_version_kept_are_found_once_the_database_is_made_ready(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        enrolled(riverside)
        with riverside.engine.database.writing() as tx:
            tx.do(delete(name_index))
        assert codes(riverside, "lovelace") == []
        begin(riverside.engine, riverside.request(), Wanted())
        assert codes(riverside, "lovelace") == ["A-1"]


def test_an_index_of_nobodys_name_is_a_fault(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        ada = enrolled(riverside)["A-1"]
        with riverside.engine.database.engine.begin() as connection:
            connection.exec_driver_sql(f"DELETE FROM people WHERE participant_id = '{ada}'")
        faults = verify(riverside.engine).faults
        assert {fault.what.split(":")[0] for fault in faults} == {f"name_index {ada}"}
