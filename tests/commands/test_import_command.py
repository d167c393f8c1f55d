"""`cm-engine import`: a file into the books, all or nothing, once; every mistake by its line."""

import json
import os
from pathlib import Path

import pytest

from tests.installations import EVENTS, PROGRAM, Installed

TRIAL = os.environ.get("CM_TRIAL_EVENTS", "")
UNDER = ("--enrol-under", "va-prize")

CORRECTION = """participant,at,kind,outcome,analytes,id,corrects
Ben-2044,2026-01-09,test,,cocaine=negative;amphetamine=negative;methamphetamine=negative,b-3,b-1
"""


def test_a_file_is_taken_in_once_and_found_there_again(installed: Installed) -> None:
    installed.well("init")
    installed.write("events.csv", EVENTS)
    said = installed.well("import", "events.csv", *UNDER).out
    assert said == "4 created, 0 already there, 0 conflicting; 2 participants enrolled\n"
    again = installed.told("import", "events.csv", *UNDER)
    assert again == {"created": 0, "already_there": 4, "conflicting": 0, "enrolled": 0, "dry_run": False}
    assert installed.ask("SELECT unit, sum(amount) FROM entries GROUP BY unit") == [("draws", 3)]
    assert installed.well("verify").out.endswith("\nclean\n")


def test_a_dry_run_says_what_would_be_done_and_does_nothing(installed: Installed) -> None:
    installed.well("init")
    installed.write("events.csv", EVENTS)
    before = installed.ask("SELECT * FROM log")
    said = installed.well("import", "events.csv", *UNDER, "--dry-run").out
    assert said.startswith("4 would be created, 0 already there")
    assert said.endswith("2 participants would be enrolled; nothing was changed\n")
    assert installed.ask("SELECT * FROM log") == before
    assert installed.told("import", "events.csv", *UNDER)["created"] == 4


def test_one_policy_under_two_spellings_does_not_pay_twice(installed: Installed) -> None:
    installed.well("init")
    installed.write("events.csv", EVENTS)
    installed.write("copy.toml", installed.well("policy", "show", "va-prize").out)
    refused = installed.run("import", "events.csv", *UNDER, "--enrol-under", "copy.toml")
    assert (refused.code, refused.out) == (2, "")
    assert refused.says('--enrol-under names 2 policies that are called "va-prize"; leave one out')
    assert installed.ask("SELECT count(*) FROM participants") == [(0,)]


def test_a_correction_may_name_an_event_that_is_in_the_books(installed: Installed) -> None:
    installed.filled()
    installed.write("later.csv", CORRECTION)
    assert installed.told("import", "later.csv")["created"] == 1
    assert installed.told("import", "later.csv")["already_there"] == 1
    assert installed.ask("SELECT sum(amount) FROM entries") == [(4,)]
    installed.write("wrong.csv", CORRECTION.replace("b-1", "b-9").replace("b-3", "b-4"))
    refused = installed.run("import", "wrong.csv")
    assert refused.code == 2
    assert refused.says("wrong.csv:2: corrects:", '"b-9"')


def test_every_conflict_is_named_by_its_line_and_nothing_is_changed(installed: Installed) -> None:
    installed.filled()
    before = installed.ask("SELECT * FROM log")
    changed = EVENTS.replace("cocaine=positive", "cocaine=negative").replace("first visit", "second visit")
    installed.write("changed.csv", changed + "Cleo-1,2026-01-08,test,missed,,c-1,\n")
    refused = installed.run("import", "changed.csv", *UNDER)
    assert (refused.code, refused.out) == (2, "")
    assert refused.says('changed.csv:2: id: "a-1" was recorded before with another note')
    assert refused.says('changed.csv:4: id: "b-1" was recorded before with another outcome')
    assert refused.says("1 to be created, 2 already there, 2 conflicting; 1 participant enrolled; nothing was changed")
    told = installed.run("import", "changed.csv", *UNDER, "--json")
    record = json.loads(told.out)
    assert told.code == 2
    assert (record["conflicting"], [mistake["line"] for mistake in record["mistakes"]]) == (2, [2, 4])
    assert installed.ask("SELECT * FROM log") == before


def test_a_broken_row_stops_the_whole_file_and_is_told_by_line_and_column(installed: Installed) -> None:
    installed.well("init")
    installed.write("events.csv", EVENTS.replace("cocaine=positive", "cocain=positive").replace("missed", "mised"))
    refused = installed.run("import", "events.csv", *UNDER)
    assert (refused.code, refused.out) == (2, "")
    assert refused.says("events.csv:4: analytes:", '"cocaine"', "events.csv:5: outcome:", '"missed"', "2 mistakes.")
    assert installed.ask("SELECT count(*) FROM participants") == [(0,)]


def test_unknown_participants_and_partial_panels_are_refused_with_the_way_out(clinic_folder: Installed) -> None:
    clinic_folder.well("init")
    clinic_folder.write("events.csv", EVENTS)
    assert clinic_folder.run("import", "events.csv").says("events.csv:2: participant:", "--enrol-under")
    clinic_folder.write("partial.csv", EVENTS.replace("amphetamine=negative;", "", 1))
    refused = clinic_folder.run("import", "partial.csv", *UNDER)
    assert refused.says("partial.csv:2: analytes: va-prize also needs amphetamine")
    assert clinic_folder.told("import", "partial.csv", *UNDER, "--allow-partial-panel")["created"] == 4


def test_the_format_is_told_by_the_content_and_held_against_what_was_said(clinic_folder: Installed) -> None:
    clinic_folder.well("init")
    clinic_folder.write("events.csv", EVENTS)
    row = {"participant": "Cleo", "at": "2026-01-05", "kind": "test", "outcome": "missed", "id": "c-1"}
    clinic_folder.write("events.jsonl", json.dumps(row) + "\n")
    assert clinic_folder.told("import", "events.csv", *UNDER, "--format", "csv")["created"] == 4
    assert clinic_folder.told("import", "events.jsonl", *UNDER)["created"] == 1
    assert clinic_folder.told("import", "events.jsonl", "--format", "jsonl")["already_there"] == 1
    assert clinic_folder.run("import", "events.csv", "--format", "jsonl").says("events.csv:1:", "begins like CSV")
    assert clinic_folder.run("import", "events.jsonl", "--format", "csv").says("events.jsonl:1:", "begins like JSON")
    assert clinic_folder.run("import", "events.jsonl", "--format", "hl7").says("hl7", "csv", "jsonl")


def test_times_without_an_offset_are_the_sites(installed: Installed) -> None:
    installed.write("mine.toml", PROGRAM)
    installed.well("init", "--program", "mine.toml")
    installed.write("events.csv", "participant,at,kind,outcome\nAda,2026-01-05T20:00,test,missed\n")
    installed.well("import", "events.csv", *UNDER)
    [(body,)] = installed.ask("SELECT body FROM log WHERE fact = 'event-recorded'")
    assert "2026-01-06T04:00" in body
    assert '"2026-01-05"' in body


def test_rows_without_an_id_are_known_again_by_their_content(clinic_folder: Installed) -> None:
    clinic_folder.well("init")
    clinic_folder.write("events.csv", "participant,at,kind,outcome\n" + "Ada,2026-01-05,test,missed\n" * 2)
    assert clinic_folder.told("import", "events.csv", *UNDER)["created"] == 2
    assert clinic_folder.told("import", "events.csv")["already_there"] == 2


def test_with_several_programs_one_is_to_be_named(installed: Installed) -> None:
    installed.write("mine.toml", PROGRAM)
    installed.well("init", "--program", "mine.toml")
    installed.well("init", "--program", "intensive-outpatient")
    installed.write("events.csv", EVENTS)
    refused = installed.run("import", "events.csv", *UNDER)
    assert refused.code == 2
    assert refused.says("name one of them with --program", '"intensive-outpatient", "riverside-iop"')
    assert installed.run("import", "events.csv", "--program", "riverside").says('did you mean "riverside-iop"?')
    assert installed.told("import", "events.csv", *UNDER, "--program", "riverside-iop")["created"] == 4


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["missing.csv"], "there is no such file"),
        (["."], "is a folder"),
        (["clinic.db"], "is not UTF-8"),
        (["clinic.key"], ""),
        (["events.csv", "--enrol-under", "va-price"], 'did you mean "va-prize"'),
        (["events.csv", "--enrol-under", "higgins-voucher", "--program", "none"], "there is no program"),
        (["empty.csv"], "is empty"),
        ([], "FILE"),
    ],
)
def test_nonsense_is_told_and_changes_nothing(clinic_folder: Installed, args: list[str], words: str) -> None:
    clinic_folder.well("init")
    clinic_folder.write("events.csv", EVENTS)
    clinic_folder.write("empty.csv", "")
    refused = clinic_folder.run("import", *args)
    assert (refused.code, refused.out) == (2, "")
    assert words in refused.err
    assert clinic_folder.ask("SELECT count(*) FROM log") == [(1,)]


@pytest.mark.skipif(not TRIAL, reason="CM_TRIAL_EVENTS names no trial file")
def test_the_trial_comes_to_the_balances_of_replay_participant_by_participant(installed: Installed) -> None:
    both = ("va-prize", "higgins-voucher")
    installed.well("init")
    under = [word for policy in both for word in ("--enrol-under", policy)]
    told = installed.told("import", TRIAL, *under, "--allow-partial-panel")
    assert (told["created"], told["enrolled"], told["conflicting"]) == (58_102, 2267, 0)
    assert installed.well("verify").out.endswith("\nclean\n")
    policies = [word for policy in both for word in ("--policy", policy)]
    replayed = Installed(installed.folder, installed.capsys).well("replay", Path(TRIAL), *policies, "--summary")
    awarded = {
        code: (int(shares["va-prize"]["awarded"]), round(float(shares["higgins-voucher"]["awarded"]) * 100))
        for code, shares in json.loads(replayed.out)["participants"].items()
    }
    rows = installed.ask(
        "SELECT p.code, "
        "coalesce(sum(CASE WHEN e.credit = 'held:va-prize@' || p.id THEN e.amount END), 0), "
        "coalesce(sum(CASE WHEN e.credit = 'held@' || p.id AND e.unit = 'usd' THEN e.amount END), 0) "
        "FROM participants p LEFT JOIN entries e ON e.chain = p.id GROUP BY p.code"
    )
    assert len(rows) == 2267
    assert {code: (int(draws), int(cents)) for code, draws, cents in rows} == awarded
