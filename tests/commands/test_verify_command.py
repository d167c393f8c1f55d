"""`cm-engine verify` and `head`: a clean house, and what was changed by hand past the engine."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest

from cm_engine.actions.verify import CHECKS
from tests.installations import Installed

# What somebody does who has the database file and no scruples: switch the guard off, change a row, and cover it up.
GUARD = {
    "sqlite": ("DROP TRIGGER entries_no_update", None),
    "postgresql": (
        "ALTER TABLE entries DISABLE TRIGGER entries_no_update",
        "ALTER TABLE entries ENABLE TRIGGER entries_no_update",
    ),
}


def test_it_prints_a_line_a_check_and_ends_with_clean(installed: Installed) -> None:
    said = installed.filled().well("verify").out.splitlines()
    assert [line.partition(":")[0] for line in said[:-1]] == list(CHECKS)
    assert "every row of the log is linked to the one before: 8 looked at, 0 faults" in said
    assert said[-1] == "clean"
    told = installed.told("verify")
    assert told["clean"]
    assert [check["check"] for check in told["checks"]] == list(CHECKS)


def test_a_row_that_was_edited_by_hand_is_named_with_its_missing_guard(installed: Installed) -> None:
    installed.filled()
    off, on = GUARD["postgresql" if installed.url else "sqlite"]
    installed.ask(off, change=True)
    [(chain, seq)] = installed.ask("SELECT chain, seq FROM entries WHERE amount = 2")
    installed.ask("UPDATE entries SET amount = 20 WHERE amount = 2", change=True)
    found = installed.run("verify")
    assert found.code == 1
    lines = found.out.splitlines()
    assert any(f"chain {chain}, row {seq}: the row or its entries were changed" in line for line in lines)
    assert any("trigger entries_no_update: it is not there, or is switched off" in line for line in lines)
    assert re.fullmatch(r"\d faults", lines[-1])
    record = json.loads(installed.run("verify", "--json").out)
    assert not record["clean"]
    assert sum(len(check["faults"]) for check in record["checks"]) == int(lines[-1].split()[0])
    if on:
        installed.ask(on, change=True)
        assert "entries_no_update" not in installed.run("verify").out


def test_a_single_fault_is_said_as_one(clinic_folder: Installed) -> None:
    clinic_folder.filled().ask("DROP TRIGGER heads_no_delete", change=True)
    assert clinic_folder.run("verify").out.endswith("\n1 fault\n")


def test_a_published_text_that_was_edited_beyond_reading_is_named(installed: Installed) -> None:
    installed.filled()
    off = (
        "ALTER TABLE policy_versions DISABLE TRIGGER USER"
        if installed.url
        else "DROP TRIGGER policy_versions_no_update"
    )
    installed.ask(off, change=True)
    installed.ask("UPDATE policy_versions SET terms = 'pay more'", change=True)
    found = installed.run("verify")
    assert (found.code, found.err) == (1, "")
    [(version,)] = installed.ask("SELECT id FROM policy_versions")
    assert f"policy_versions {version}: the text is not the one whose SHA-256 the log has" in found.out
    assert "nothing else can be checked until it is" in found.out


def test_the_head_changes_with_every_fact_and_not_without(installed: Installed) -> None:
    installed.filled()
    first, second = installed.told("head"), installed.told("head")
    assert (first["digest"], first["chains"], first["facts"]) == (second["digest"], 3, 8)
    installed.write("more.csv", "participant,at,kind,outcome\nAda-1007,2026-01-12,test,missed\n")
    installed.well("import", "more.csv")
    third = installed.told("head")
    assert third["digest"] != first["digest"]
    assert third["facts"] == 9


def test_the_head_of_an_earlier_day_is_without_what_came_later(clinic_folder: Installed) -> None:
    clinic_folder.filled()
    told = clinic_folder.told("head", "--date", "2020-01-01")
    assert (told["chains"], told["facts"], told["is_kept"]) == (0, 0, False)
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).date()
    assert clinic_folder.run("head", "--date", str(tomorrow)).says("has not come yet")
    assert clinic_folder.run("head", "--date", "yesterday").says("is not a date")


@pytest.mark.parametrize("digest", ["right", "wrong"])
def test_a_head_that_was_kept_is_the_one_that_is_printed_and_verified(installed: Installed, digest: str) -> None:
    told = installed.filled().told("head")
    kept = told["digest"] if digest == "right" else "ab" * 32
    written = f"decode('{kept}', 'hex')" if installed.url else f"x'{kept}'"
    values = f"'{told['on']}', '{told['made_at']}', 3, 8, {written}"
    installed.ask(f"INSERT INTO heads (on_day, made_at, chains, facts, digest) VALUES ({values})", change=True)
    printed = installed.told("head", "--date", told["on"])
    assert (printed["digest"], printed["is_kept"]) == (kept, True)
    assert installed.run("verify").code == (0 if digest == "right" else 1)
