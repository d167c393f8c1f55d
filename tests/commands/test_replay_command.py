"""`cm-engine replay`: what it prints, line by line and summed up, and how it ends on a file that cannot be taken."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.files import SCRIPT, THREE_NEGATIVES, rows, run, start_script, write

Capsys = pytest.CaptureFixture[str]

POLICY = """name = "mine"
title = "My own"
kind = "escalating"
pays = "usd"
on = "test"
[ladder]
start = 1
"""


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def replayed(capsys: Capsys, folder: Path, content: str, *more: str) -> list[dict[str, Any]]:
    ended = run(capsys, "replay", write(folder, "events.csv", content), *(more or ("--policy", "higgins-voucher")))
    assert (ended.code, ended.err) == (0, "")
    return [json.loads(line) for line in ended.out.splitlines()]


# A line an event


def test_a_line_is_the_interfaces_sample_to_the_letter(capsys: Capsys, tmp_path: Path) -> None:
    assert replayed(capsys, tmp_path, THREE_NEGATIVES)[2] == json.loads(
        """{"participant": "p1", "event": "p1-3", "at": "2026-01-09", "policy": "higgins-voucher",
         "class": "success", "unit": "usd",
         "amount": "15.00", "parts": [{"amount": "5.00", "why": "ladder place 3"}, {"amount": "10.00", "why": "3 in a row"}],
         "capped": "0.00", "balance": "21.25", "next": "6.25"}"""
    )


def test_the_keys_of_a_line_come_in_the_interfaces_order(capsys: Capsys, tmp_path: Path) -> None:
    for line in replayed(capsys, tmp_path, THREE_NEGATIVES):
        assert list(line) == "participant event at policy class unit amount parts capped balance next".split()


def test_participants_come_in_the_order_of_their_first_rows_and_events_by_time(capsys: Capsys, tmp_path: Path) -> None:
    content = rows(
        "b,2026-01-07,test,negative",
        "a,2026-01-05,test,negative",
        "b,2026-01-06T10:00+02:00,test,negative",
        "b,2026-01-06T09:00+00:00,test,positive",
    )
    lines = replayed(capsys, tmp_path, content)
    assert [(line["participant"], line["event"]) for line in lines] == [
        ("b", "line 4"),
        ("b", "line 5"),
        ("b", "line 2"),
        ("a", "line 3"),
    ]
    assert lines[0]["at"] == "2026-01-06T10:00+02:00"


def test_each_event_tells_the_policies_in_the_order_in_which_they_were_given(capsys: Capsys, tmp_path: Path) -> None:
    mine = str(write(tmp_path, "mine.toml", POLICY))
    named = [word for policy in ("va-prize", mine, "higgins-voucher") for word in ("--policy", policy)]
    lines = replayed(
        capsys, tmp_path, THREE_NEGATIVES.replace("cocaine=negative", "").replace("test,", "test,negative"), *named
    )
    assert [(line["event"], line["policy"]) for line in lines[:4]] == [
        ("p1-1", "va-prize"),
        ("p1-1", "mine"),
        ("p1-1", "higgins-voucher"),
        ("p1-2", "va-prize"),
    ]
    assert [line["amount"] for line in lines[:3]] == ["1", "1.00", "2.50"]


def test_only_events_of_the_policys_kind_have_a_line(capsys: Capsys, tmp_path: Path) -> None:
    content = rows(
        "p1,2026-01-05,attendance,attended", "p1,2026-01-06,test,negative", "p1,2026-01-07,activity,completed"
    )
    named = ["--policy", "higgins-voucher", "--policy", "name-in-the-hat", "--policy", "treatment-goals"]
    lines = replayed(capsys, tmp_path, content, *named)
    assert [(line["policy"], line["unit"], line["amount"]) for line in lines] == [
        ("name-in-the-hat", "tickets", "1"),
        ("higgins-voucher", "usd", "2.50"),
        ("treatment-goals", "points", "20"),
    ]


def test_ignored_events_have_a_line_too(capsys: Capsys, tmp_path: Path) -> None:
    content = rows(
        "p1,2026-01-05,test,negative",
        "p1,2026-01-05,test,negative",
        "p1,2026-01-06,test,pending",
        "p1,2026-01-07,test,,thc=negative",
        "p1,2026-01-08,test,excused",
        "p1,2026-01-09,test,missed",
    )
    lines = replayed(capsys, tmp_path, content)
    assert [line["class"] for line in lines] == ["success", "ignore", "ignore", "ignore", "excused", "failure"]
    assert [line["amount"] for line in lines] == ["2.50"] + ["0.00"] * 5
    assert lines[1]["parts"] == []


def test_an_event_is_called_by_its_line_behind_a_note_of_many_lines(capsys: Capsys, tmp_path: Path) -> None:
    content = rows('p1,2026-01-05,test,negative,,,,,,"a\nb"', "p1,2026-01-06,test,negative")
    assert [line["event"] for line in replayed(capsys, tmp_path, content)] == ["line 2", "line 4"]


def test_a_repeated_row_is_printed_once(capsys: Capsys, tmp_path: Path) -> None:
    assert len(replayed(capsys, tmp_path, THREE_NEGATIVES + THREE_NEGATIVES.split("\n", 1)[1])) == 3


def test_a_row_that_holds_what_looks_like_json_stays_one_line(capsys: Capsys, tmp_path: Path) -> None:
    strange = '"}, {""participant"": "'
    lines = replayed(capsys, tmp_path, f"participant,at,kind,outcome\n{strange},2026-01-05,test,negative\n")
    assert [line["participant"] for line in lines] == ['}, {"participant":']


def test_parts_add_up_to_what_was_paid_and_what_was_held_back(capsys: Capsys, tmp_path: Path) -> None:
    mine = write(
        tmp_path, "mine.toml", POLICY + '[bonus]\nevery = 1\namount = 2\n[[caps]]\namount = "2.50"\nper = "day"\n'
    )
    [line] = replayed(capsys, tmp_path, rows("p1,2026-01-05,test,negative"), "--policy", str(mine))
    assert (line["amount"], line["capped"], line["balance"], line["next"]) == ("2.50", "0.50", "2.50", "2.50")
    assert [part["amount"] for part in line["parts"]] == ["1.00", "2.00"]
    assert [part["why"] for part in line["parts"]] == ["each success", "1 in a row"]


def test_events_are_dated_in_the_time_zone_given(capsys: Capsys, tmp_path: Path) -> None:
    content = rows("p1,2026-01-05T20:00Z,test,negative", "p1,2026-01-06T02:00Z,test,negative")
    assert [line["class"] for line in replayed(capsys, tmp_path, content)] == ["success", "success"]
    pacific = ["--policy", "higgins-voucher", "--tz", "America/Los_Angeles"]
    lines = replayed(capsys, tmp_path, content, *pacific)
    assert [line["class"] for line in lines] == ["success", "ignore"]
    assert [line["at"] for line in lines] == ["2026-01-05T20:00Z", "2026-01-06T02:00Z"]


def test_before_the_start_nothing_is_paid_and_nothing_changes(capsys: Capsys, tmp_path: Path) -> None:
    lines = replayed(capsys, tmp_path, THREE_NEGATIVES, "--policy", "higgins-voucher", "--start", "2026-01-07")
    assert [(line["amount"], line["next"]) for line in lines] == [("0.00", "0.00"), ("2.50", "3.75"), ("3.75", "15.00")]


def test_a_correction_posts_the_net_and_shows_the_events_new_class(capsys: Capsys, tmp_path: Path) -> None:
    content = rows(
        "p1,2026-01-05,test,positive,,,e1",
        "p1,2026-01-07,test,negative,,,e2",
        "p1,2026-01-08,test,negative,,,c1,e1",
        "p1,2026-01-09,test,void,,,c2,e2",
    )
    lines = replayed(capsys, tmp_path, content)
    assert [(line["event"], line["class"], line["amount"], line["balance"]) for line in lines] == [
        ("e1", "failure", "0.00", "0.00"),
        ("e2", "success", "2.50", "2.50"),
        ("c1", "success", "3.75", "6.25"),
        ("c2", "ignore", "-3.75", "2.50"),
    ]
    assert [part["amount"] for part in lines[2]["parts"]] == ["2.50", "1.25"]


def test_a_file_with_a_header_alone_has_no_lines(capsys: Capsys, tmp_path: Path) -> None:
    ended = run(capsys, "replay", write(tmp_path, "events.csv", "participant,at,kind\n"), "--policy", "va-prize")
    assert (ended.code, ended.out) == (0, "")
    assert ended.says("note: va-prize: the file has no tests")


def test_the_settings_analytes_may_be_named(capsys: Capsys, tmp_path: Path) -> None:
    config = str(write(tmp_path, "site.toml", 'analytes = ["ketamine"]\n'))
    mine = str(write(tmp_path, "mine.toml", POLICY.replace("[ladder]", 'targets = ["ketamine"]\n[ladder]')))
    content = rows("p1,2026-01-05,test,,ketamine=negative")
    [line] = replayed(capsys, tmp_path, content, "--policy", mine, "--config", config)
    assert line["amount"] == "1.00"
    without = run(capsys, "replay", tmp_path / "events.csv", "--policy", mine)
    assert (without.code, without.out) == (2, "")
    assert "ketamine" in without.err


# Notes


def test_tests_that_report_some_of_the_targets_are_told_on_stderr(capsys: Capsys, tmp_path: Path) -> None:
    content = rows(
        "p1,2026-01-05,test,,cocaine=negative",
        "p1,2026-01-07,test,,cocaine=negative;amphetamine=negative;methamphetamine=negative",
        "p1,2026-01-09,test,,cocaine=negative;amphetamine=negative",
        "p1,2026-01-11,test,,thc=negative",
        "p1,2026-01-13,test,negative",
    )
    ended = run(capsys, "replay", write(tmp_path, "events.csv", content), "--policy", "va-prize")
    assert ended.code == 0
    assert len(ended.out.splitlines()) == 5
    [note] = ended.err.splitlines()
    assert all(words in note for words in ("va-prize", "2 tests", "amphetamine", "methamphetamine"))
    assert "cocaine" not in note


def test_one_such_test_is_told_as_one_and_each_policy_tells_its_own(capsys: Capsys, tmp_path: Path) -> None:
    path = write(tmp_path, "events.csv", rows("p1,2026-01-05,test,,cocaine=negative"))
    ended = run(
        capsys,
        "replay",
        path,
        "--policy",
        "va-prize",
        "--policy",
        "higgins-voucher",
        "--policy",
        "miedar-prize",
        "--summary",
    )
    assert [line.split(":")[1].strip() for line in ended.err.splitlines()] == ["va-prize", "miedar-prize"]
    assert "1 test reports" in ended.err
    json.loads(ended.out)


# Summaries and tables


def test_a_summary_has_the_totals_and_every_participants_measures(capsys: Capsys, tmp_path: Path) -> None:
    content = (
        THREE_NEGATIVES
        + "p2,2026-01-05,test,,cocaine=positive,\np2,2026-01-07,test,missed,,\np3,2026-01-05,attendance,late,,\n"
    )
    [summary] = replayed(
        capsys, tmp_path, content, "--policy", "higgins-voucher", "--policy", "name-in-the-hat", "--summary"
    )
    assert summary["policies"] == [
        {
            "policy": "higgins-voucher",
            "unit": "usd",
            "participants": 2,
            "events": 5,
            "awarded": "21.25",
            "capped": "0.00",
            "maximum": "21.25",
            "median": "0.00",
            "p95": "21.25",
        },
        {
            "policy": "name-in-the-hat",
            "unit": "tickets",
            "participants": 1,
            "events": 1,
            "awarded": "1",
            "capped": "0",
            "maximum": "1",
            "median": "1",
            "p95": "1",
        },
    ]
    assert list(summary["participants"]) == ["p1", "p2", "p3"]
    assert summary["participants"]["p1"] == {
        "higgins-voucher": {
            "awarded": "21.25",
            "submitted": 3,
            "scheduled": 3,
            "negatives": 3,
            "percent_negative_scheduled": 100.0,
            "percent_negative_submitted": 100.0,
            "lda_missing_positive": 3,
            "lda_missing_ignored": 3,
        },
        "name-in-the-hat": {"awarded": "0"},
    }
    two = summary["participants"]["p2"]["higgins-voucher"]
    assert (two["submitted"], two["scheduled"], two["percent_negative_scheduled"]) == (1, 2, 0.0)
    none = summary["participants"]["p3"]["higgins-voucher"]
    assert (none["scheduled"], none["percent_negative_scheduled"], none["percent_negative_submitted"]) == (
        0,
        None,
        None,
    )


def test_a_summary_of_nobody_has_zeros(capsys: Capsys, tmp_path: Path) -> None:
    path = write(tmp_path, "events.csv", "participant,at,kind\n")
    summary = json.loads(run(capsys, "replay", path, "--policy", "va-prize", "--summary").out)
    assert summary["participants"] == {}
    assert {summary["policies"][0][key] for key in ("awarded", "capped", "maximum", "median", "p95")} == {"0"}


def test_a_table_tells_people_what_was_paid_and_why(capsys: Capsys, tmp_path: Path) -> None:
    path = write(tmp_path, "events.csv", THREE_NEGATIVES)
    ended = run(capsys, "replay", path, "--policy", "higgins-voucher", "--table")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith("p1, higgins-voucher in usd\n")
    assert "{" not in ended.out
    [third] = [line for line in ended.out.splitlines() if "p1-3" in line]
    assert all(word in third for word in ("2026-01-09", "15.00", "21.25", "6.25", "ladder place 3", "10.00"))


def test_a_summary_may_be_a_table(capsys: Capsys, tmp_path: Path) -> None:
    path = write(tmp_path, "events.csv", THREE_NEGATIVES)
    ended = run(capsys, "replay", path, "--policy", "higgins-voucher", "--policy", "va-prize", "--summary", "--table")
    assert ended.code == 0
    assert all(word in ended.out for word in ("participant", "median", "21.25", "100.0 %", "va-prize"))


def test_tables_of_nobody_are_printed_without_trouble(capsys: Capsys, tmp_path: Path) -> None:
    path = write(tmp_path, "events.csv", "participant,at,kind\n")
    for more in (["--table"], ["--summary", "--table"]):
        assert run(capsys, "replay", path, "--policy", "va-prize", *more).code == 0


# What cannot be taken


def test_a_file_with_a_mistake_prints_nothing_but_the_mistakes(capsys: Capsys, tmp_path: Path) -> None:
    path = write(tmp_path, "events.csv", rows("p1,2026-01-05,test,negative", "p1,2026-02-30,test,negatve"))
    ended = run(capsys, "replay", path, "--policy", "higgins-voucher")
    assert (ended.code, ended.out) == (2, "")
    assert ended.says(f"{path}:3: at: ", f"{path}:3: outcome: ", "2 mistakes")


@pytest.mark.parametrize("style", [[], ["--summary"], ["--table"], ["--summary", "--table"]])
def test_no_style_of_output_prints_anything_of_a_broken_file(capsys: Capsys, tmp_path: Path, style: list[str]) -> None:
    path = write(tmp_path, "events.csv", THREE_NEGATIVES + "p9,2026-01-05,test,,,\n")
    ended = run(capsys, "replay", path, "--policy", "higgins-voucher", *style)
    assert (ended.code, ended.out) == (2, "")
    assert ended.says("events.csv:5", "1 mistake.")


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ([], ["--policy"]),
        (["--policy"], ["--policy"]),
        (["--policy", "va-prise"], ["va-prise", 'did you mean "va-prize"', "higgins-voucher"]),
        (["--policy", "nothing.toml"], ["nothing.toml", "neither a preset nor a file"]),
        (["--policy", ""], ["neither"]),
        (["--policy", "."], ["folder"]),
        (["--policy", "x\ny"], ["neither a preset nor a file"]),
        (["--policy", "x" * 5_000], ["neither a preset nor a file"]),
        (["--policy", "events.csv/x"], ["neither a preset nor a file"]),
        (["--policy", "events.csv"], ["events.csv:1", "not TOML"]),
        (["--policy", "va-prize", "--policy", "va-prize"], ['"va-prize"', "twice"]),
        (["--policy", "va-prize", "--tz", "nonsense"], ["--tz", '"nonsense"', "America/Los_Angeles"]),
        (["--policy", "va-prize", "--tz", "America/Los_Angles"], ["--tz", "did you mean America/Los_Angeles"]),
        (["--policy", "va-prize", "--tz", "../../etc/passwd"], ["--tz", "not a time zone"]),
        (["--policy", "va-prize", "--tz", "Europe"], ["--tz", "not a time zone"]),
        (["--policy", "va-prize", "--tz", ""], ["--tz", "not a time zone"]),
        (["--policy", "va-prize", "--tz", "\0"], ["--tz", "not a time zone"]),
        (["--policy", "va-prize", "--start", "nonsense"], ["--start", '"nonsense"', "2026-01-05"]),
        (["--policy", "va-prize", "--start", "2026-02-30"], ["--start", '"2026-02-30"']),
        (["--policy", "va-prize", "--start", "2026-01-05T10:00"], ["--start", "not a date"]),
        (["--policy", "va-prize", "--start", ""], ["--start", "not a date"]),
        (["--policy", "va-prize", "--config", "missing.toml"], ["missing.toml", "no such file"]),
        (["--policy", "va-prize", "--config", "."], ["folder"]),
        (["--policy", "va-prize", "--config", "events.csv"], ["events.csv:1", "not TOML"]),
        (["--policy", "va-prize", "--sumary"], ["--sumary", "--summary"]),
        (["--policy", "va-prize", "more.csv"], ["more.csv"]),
    ],
)
def test_an_option_that_cannot_be_taken_is_told_and_nothing_printed(
    capsys: Capsys, tmp_path: Path, more: list[str], words: list[str]
) -> None:
    write(tmp_path, "events.csv", THREE_NEGATIVES)
    ended = run(capsys, "replay", "events.csv", *more)
    assert (ended.code, ended.out) == (2, "")
    assert ended.says(*words), ended.err


@pytest.mark.parametrize(
    ("events", "words"),
    [
        ("missing.csv", ["missing.csv", "no such file"]),
        (".", ["folder"]),
        ("", ["folder"]),
        ("x" * 5_000, ["cannot be read"]),
        ("/dev/null", ["empty"]),
    ],
)
def test_a_file_that_cannot_be_opened_is_told(capsys: Capsys, events: str, words: list[str]) -> None:
    ended = run(capsys, "replay", events, "--policy", "va-prize")
    assert (ended.code, ended.out) == (2, "")
    assert ended.says(*words), ended.err


def test_no_events_file_at_all_is_told(capsys: Capsys) -> None:
    ended = run(capsys, "replay", "--policy", "va-prize")
    assert (ended.code, ended.out) == (2, "")
    assert "EVENTS" in ended.err


def test_mistakes_of_several_policies_are_told_together(capsys: Capsys, tmp_path: Path) -> None:
    write(tmp_path, "events.csv", THREE_NEGATIVES)
    write(tmp_path, "a.toml", POLICY.replace("weeks", "wekes") + "stpe = 1\n")
    write(tmp_path, "b.toml", POLICY.replace('"usd"', '"used"'))
    ended = run(capsys, "replay", "events.csv", "--policy", "a.toml", "--policy", "nope", "--policy", "b.toml")
    assert (ended.code, ended.out) == (2, "")
    assert ended.says("a.toml:8: ladder.stpe", "nope: ", "b.toml:4: pays", "3 mistakes")


def test_two_files_of_one_policy_name_are_refused(capsys: Capsys, tmp_path: Path) -> None:
    write(tmp_path, "events.csv", THREE_NEGATIVES)
    for name in ("a.toml", "b.toml"):
        write(tmp_path, name, POLICY)
    ended = run(capsys, "replay", "events.csv", "--policy", "a.toml", "--policy", "b.toml")
    assert (ended.code, ended.out) == (2, "")
    assert ended.says("b.toml", '"mine"', "twice")


def test_a_configuration_in_the_working_folder_that_cannot_be_read_is_told(capsys: Capsys, tmp_path: Path) -> None:
    write(tmp_path, "events.csv", THREE_NEGATIVES)
    write(tmp_path, "config.toml", b"\x00\xff")
    ended = run(capsys, "replay", "events.csv", "--policy", "va-prize")
    assert (ended.code, ended.out) == (2, "")
    assert "config.toml:1" in ended.err


# As a shell would run it


BAD: dict[str, bytes] = {
    "unknown-column.csv": b"participant,at,kind,colour\n",
    "latin.csv": "participant,at,kind,outcome\né,2026-01-05,test,negative\n".encode("latin-1"),
    "utf-16.csv": THREE_NEGATIVES.encode("utf-16"),
    "empty.csv": b"",
    "zeros.csv": b"\0" * 1_000,
    "unclosed.csv": b'participant,at,kind,outcome\n"p1,2026-01-05,test,negative\n',
    "deep.jsonl": b'{"participant": ' + b"[" * 100_000 + b"\n",
    "surrogate.jsonl": b'{"participant": "\\ud800", "\\udfff": 1, "at": "\\ud800", "kind": "\\ud800"}\n',
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_ends_with_2_and_words(tmp_path: Path, name: str) -> None:
    write(tmp_path, name, BAD[name])
    ended = start_script("replay", name, "--policy", "va-prize", folder=tmp_path)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith(name)
    assert "Traceback" not in ended.err


@pytest.mark.parametrize("key", ["\\ud800", "a\\nb"])
def test_strange_characters_are_told_on_a_line_that_any_screen_can_show(tmp_path: Path, key: str) -> None:
    known = '"participant": "p1", "at": "2026-01-05", "kind": "test", "outcome": "missed"'
    write(tmp_path, "events.jsonl", f'{{{known}, "{key}": "1", "{key}": "2"}}\n')
    ended = start_script("replay", "events.jsonl", "--policy", "va-prize", folder=tmp_path)
    assert (ended.code, ended.out) == (2, "")
    assert len(ended.err.splitlines()) == 2
    assert ended.says("events.jsonl:1: ", "1 mistake.")


def test_the_script_prints_the_same_as_the_function(capsys: Capsys, tmp_path: Path) -> None:
    write(tmp_path, "events.csv", THREE_NEGATIVES)
    ended = start_script("replay", "events.csv", "--policy", "higgins-voucher", folder=tmp_path)
    assert ended == run(capsys, "replay", "events.csv", "--policy", "higgins-voucher")
    assert len(ended.out.splitlines()) == 3


@pytest.mark.parametrize("style", [[], ["--table"]])
def test_a_reader_that_goes_away_ends_it_without_a_word(tmp_path: Path, style: list[str]) -> None:
    many = [f"p{p},2026-01-{day:02},test,negative" for p in range(400) for day in range(1, 29)]
    write(tmp_path, "events.csv", rows(*many))
    command = [SCRIPT, "replay", "events.csv", "--policy", "higgins-voucher", *style]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as going:
        assert going.stdout is not None
        assert going.stderr is not None
        assert going.stdout.readline()
        going.stdout.close()
        assert going.stderr.read() == b""
        # What a shell reports of a program that SIGPIPE ended, and what the module promises.
        assert going.wait(timeout=60) == 141


def test_a_full_disk_is_told_without_a_traceback(tmp_path: Path) -> None:
    write(tmp_path, "events.csv", THREE_NEGATIVES)
    command = [SCRIPT, "replay", "events.csv", "--policy", "higgins-voucher"]
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(command, cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, check=False, timeout=60)
    assert ended.returncode != 0
    assert b"No space left" in ended.stderr
    assert b"Traceback" not in ended.stderr


def test_a_closed_output_is_no_reason_for_a_traceback(tmp_path: Path) -> None:
    write(tmp_path, "events.csv", THREE_NEGATIVES)
    command = f"exec {SCRIPT} replay events.csv --policy higgins-voucher >&-"
    ended = subprocess.run(["/bin/sh", "-c", command], cwd=tmp_path, stderr=subprocess.PIPE, check=False, timeout=60)
    assert b"Traceback" not in ended.stderr


def test_events_may_come_through_a_pipe(tmp_path: Path) -> None:
    command = [SCRIPT, "replay", "/dev/stdin", "--policy", "higgins-voucher"]
    ended = subprocess.run(
        command, cwd=tmp_path, input=THREE_NEGATIVES, capture_output=True, text=True, check=False, timeout=60
    )
    assert (ended.returncode, ended.stderr, len(ended.stdout.splitlines())) == (0, "", 3)


def test_events_can_come_by_standard_input(tmp_path: Path) -> None:
    command = [SCRIPT, "replay", "-", "--policy", "higgins-voucher"]
    ended = subprocess.run(command, input=THREE_NEGATIVES.encode(), capture_output=True, check=True, cwd=tmp_path)
    assert len(ended.stdout.splitlines()) == 3


def test_a_bad_byte_on_standard_input_is_told(tmp_path: Path) -> None:
    command = [SCRIPT, "replay", "-", "--policy", "higgins-voucher"]
    ended = subprocess.run(
        command, input=b"participant,at,kind\np\xe9,,\n", capture_output=True, check=False, cwd=tmp_path
    )
    assert ended.returncode == 2
    assert b"0xe9 is not UTF-8" in ended.stderr


def test_json_is_what_it_prints_anyway_and_goes_with_no_table(capsys: Capsys, tmp_path: Path) -> None:
    path = write(tmp_path, "events.csv", THREE_NEGATIVES)
    plain = run(capsys, "replay", path, "--policy", "va-prize")
    assert run(capsys, "replay", path, "--policy", "va-prize", "--json") == plain
    both = run(capsys, "replay", path, "--policy", "va-prize", "--json", "--table")
    assert (both.code, both.out) == (2, "")


def test_no_code_can_break_a_line_in_two(capsys: Capsys, tmp_path: Path) -> None:
    code = '}, {""participant"": ""x'
    content = f'participant,at,kind,outcome\n"{code}",2026-01-05,test,negative\n"{code}",2026-01-06,test,negative\n'
    lines = replayed(capsys, tmp_path, content)
    assert [line["participant"] for line in lines] == ['}, {"participant": "x'] * 2


def test_a_long_file_shows_its_progress_where_somebody_looks(tmp_path: Path) -> None:
    row = "p{0},2026-01-05,test,negative,{1}\n"
    many = "".join(row.format(number, "a note that makes the file longer " * 3) for number in range(20_000))
    write(tmp_path, "long.csv", f"participant,at,kind,outcome,note\n{many}")
    command = [SCRIPT, "replay", "long.csv", "--policy", "va-prize", "--summary"]
    screen, terminal = os.openpty()
    with (tmp_path / "summary.json").open("wb") as answer:
        child = subprocess.Popen(command, stdout=answer, stderr=terminal, cwd=tmp_path)
        os.close(terminal)
        shown = b"".join(iter(lambda: _read(screen), b"")).decode()
        os.close(screen)
    assert child.wait() == 0
    assert [label for label in ("Reading", "Replaying", "100%") if label not in shown] == []
    assert json.loads((tmp_path / "summary.json").read_bytes())["policies"][0]["participants"] == 20_000
    quiet = start_script("replay", "long.csv", "--policy", "va-prize", "--summary", folder=tmp_path)
    assert quiet.err == ""


def _read(screen: int) -> bytes:
    """Read what a terminal shows; nothing more once the other side is closed."""
    try:
        return os.read(screen, 4096)
    except OSError:
        return b""
