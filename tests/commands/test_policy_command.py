"""`cm-engine policy`: the presets listed, one shown as TOML that loads back, and a file's mistakes by line."""

import json
from pathlib import Path

import pytest

from cm_engine.catalogue import PRESETS, preset_text
from cm_engine.exchange.policy_file import load_policy
from tests.files import run, start_script, write

Capsys = pytest.CaptureFixture[str]

POLICY = """name = "mine"
title = "My own"
kind = "escalating"
pays = "usd"
on = "test"
[ladder]
start = 1
"""

SHIPPED = {
    "higgins-voucher": ("test", "usd", 12),
    "silverman-voucher": ("test", "usd", 12),
    "miedar-prize": ("test", "draws", 12),
    "va-prize": ("test", "draws", 12),
    "recovery-incentives-ca": ("test", "usd", 24),
    "name-in-the-hat": ("attendance", "tickets", None),
    "iop-attendance": ("attendance", "draws", 12),
    "treatment-goals": ("activity", "points", None),
}


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


# list


def test_the_list_names_every_preset(capsys: Capsys) -> None:
    ended = run(capsys, "policy", "list")
    assert (ended.code, ended.err) == (0, "")
    assert [line.split()[0] for line in ended.out.splitlines()[2:]] == list(SHIPPED)


def test_the_list_for_programs_tells_what_each_preset_pays_on_what(capsys: Capsys) -> None:
    ended = run(capsys, "policy", "list", "--json")
    listed = {entry["name"]: (entry["on"], entry["pays"], entry["weeks"]) for entry in json.loads(ended.out)}
    assert (ended.code, ended.err) == (0, "")
    assert listed == SHIPPED
    assert all(entry["title"] for entry in json.loads(ended.out))


# show


@pytest.mark.parametrize("more", [[], ["--perfect-run"]], ids=["alone", "with its perfect run"])
@pytest.mark.parametrize("name", PRESETS)
def test_what_is_shown_loads_back_to_the_same_policy(
    capsys: Capsys, tmp_path: Path, name: str, more: list[str]
) -> None:
    ended = run(capsys, "policy", "show", name, *more)
    assert (ended.code, ended.err) == (0, "")
    assert load_policy(str(write(tmp_path, "again.toml", ended.out))) == load_policy(name)
    assert ("A perfect run" in ended.out) == bool(more)


@pytest.mark.parametrize(
    "more",
    [
        "weeks = 1000\n",
        "weeks = 1000000000\n",
        "worth = 3\n",
        "targets = ['cocaine', 'thc']\n",
        "outcomes = {missed = 'ignore', pending = 'failure'}\n",
        "phases = [{from_week = 2, amount = '1.50'}]\n",
        "extra = [{analytes = ['opioid'], amount = '0.10'}, {analytes = ['opioid'], amount = '0.10'}]\n",
        "reset = {to = 3}\nrestore = {after = 2, to = 'due', pays = 'on'}\n",
        "caps = [{amount = 5, per = 'week', mode = 'deny'}, {amount = 0, per = 'day'}]\n",
        "excused = {holds = false, breaks_bonus = true}\ncorrections = {clawback = true}\n",
    ],
)
def test_a_policy_of_ones_own_loads_back_too(capsys: Capsys, tmp_path: Path, more: str) -> None:
    path = write(tmp_path, "mine.toml", POLICY.replace("[ladder]", f"{more}[ladder]"))
    ended = run(capsys, "policy", "show", path)
    assert (ended.code, ended.err) == (0, "")
    assert load_policy(str(write(tmp_path, "again.toml", ended.out))) == load_policy(str(path))


@pytest.mark.parametrize("title", ["é “quoted” # not a comment", 'back\\\\slash \\"quote\\" [table] = 1', "'''"])
def test_a_strange_title_loads_back(capsys: Capsys, tmp_path: Path, title: str) -> None:
    path = write(tmp_path, "mine.toml", POLICY.replace("My own", title))
    ended = run(capsys, "policy", "show", path, "--perfect-run")
    assert load_policy(str(write(tmp_path, "again.toml", ended.out))) == load_policy(str(path))


def test_the_perfect_run_tells_every_visit_and_the_total(capsys: Capsys) -> None:
    out = run(capsys, "policy", "show", "higgins-voucher", "--perfect-run").out
    assert "997.50 usd" in out
    below = out[out.index("# A perfect run") :].splitlines()
    assert all(line.startswith("#") for line in below)
    assert "2026-01-05" in below[0]
    assert "1-12:3" in below[0]


def test_the_perfect_run_goes_by_the_visits_and_the_start_that_are_given(capsys: Capsys) -> None:
    more = ["--perfect-run", "--visits-per-week", "1-2:2,4:1", "--start", "2027-03-01"]
    out = run(capsys, "policy", "show", "silverman-voucher", *more).out
    days = [line.split()[3] for line in out.splitlines() if line.startswith("#") and "2027-" in line][1:]
    assert days == ["2027-03-01", "2027-03-04", "2027-03-08", "2027-03-11", "2027-03-22"]


def test_a_program_of_a_thousand_weeks_has_a_perfect_run(capsys: Capsys, tmp_path: Path) -> None:
    path = write(tmp_path, "mine.toml", POLICY.replace("[ladder]", "weeks = 1000\n[ladder]"))
    ended = run(capsys, "policy", "show", path, "--perfect-run", "--visits-per-week", "1-3:1")
    assert (ended.code, ended.err) == (0, "")
    assert run(capsys, "policy", "show", path, "--perfect-run").code == 0


def test_what_is_shown_for_programs_is_the_policys_table_and_its_perfect_run(capsys: Capsys) -> None:
    ended = run(capsys, "policy", "show", "va-prize", "--json", "--perfect-run", "--visits-per-week", "1:2")
    shown = json.loads(ended.out)
    assert shown["policy"]["name"] == "va-prize"
    assert shown["policy"]["ladder"] == {"start": 1, "step": 1, "top": 8, "advance": 1}
    assert shown["perfect_run"]["visits_per_week"] == "1:2"
    assert [visit["amount"] for visit in shown["perfect_run"]["visits"]] == ["1", "2"]
    assert "perfect_run" not in json.loads(run(capsys, "policy", "show", "va-prize", "--json").out)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["va-prise"], ["va-prise", '"va-prize"']),
        (["missing.toml"], ["missing.toml", "neither a preset nor a file"]),
        (["."], ["folder"]),
        (["x" * 5_000], ["neither a preset nor a file"]),
        ([], ["P"]),
        (["va-prize", "--visits-per-week", "twice"], ["--visits-per-week", '"twice"', "1-12:2"]),
        (["va-prize", "--visits-per-week", "12-1:2"], ["--visits-per-week", '"12-1:2"']),
        (["va-prize", "--visits-per-week", "1-12:8"], ["--visits-per-week", "7"]),
        (["va-prize", "--visits-per-week", "1-12:2,5:1"], ["--visits-per-week", '"5:1"']),
        (["va-prize", "--visits-per-week", ""], ["--visits-per-week"]),
        (["va-prize", "--visits-per-week", "1-12:-2"], ["--visits-per-week"]),
        (["va-prize", "--start", "tomorrow"], ["--start", '"tomorrow"', "2026-01-05"]),
        (["va-prize", "--perfect-run", "--start", "9999-12-31"], ["9999"]),
        (["va-prize", "--config", "missing.toml"], ["missing.toml", "no such file"]),
    ],
)
def test_what_cannot_be_shown_is_told(capsys: Capsys, more: list[str], words: list[str]) -> None:
    ended = run(capsys, "policy", "show", *more)
    assert (ended.code, ended.out) == (2, "")
    assert ended.says(*words), ended.err


# check


def test_a_good_file_has_no_mistakes(capsys: Capsys, tmp_path: Path) -> None:
    path = write(tmp_path, "mine.toml", POLICY)
    ended = run(capsys, "policy", "check", path)
    assert (ended.code, ended.err) == (0, "")
    assert "no mistakes" in ended.out
    assert json.loads(run(capsys, "policy", "check", path, "--json").out) == {"file": str(path), "mistakes": []}


def test_a_files_mistakes_are_told_by_line(capsys: Capsys, tmp_path: Path) -> None:
    path = write(tmp_path, "mine.toml", POLICY.replace('"usd"', '"used"') + "stpe = 1\n")
    ended = run(capsys, "policy", "check", path)
    assert (ended.code, ended.out) == (2, "")
    assert ended.says(f"{path}:4: pays: ", f"{path}:8: ladder.stpe: ", '"usd"', '"step"', "2 mistakes")


def test_a_files_mistakes_are_told_to_programs_as_json(capsys: Capsys, tmp_path: Path) -> None:
    path = write(tmp_path, "mine.toml", POLICY.replace('name = "mine"\n', "") + "stpe = 1\n")
    ended = run(capsys, "policy", "check", path, "--json")
    assert ended.code == 2
    told = json.loads(ended.out)
    assert told["file"] == str(path)
    assert [(mistake["line"], mistake["key"]) for mistake in told["mistakes"]] == [(None, "name"), (7, "ladder.stpe")]


def test_a_target_of_the_settings_is_known_to_check_and_show(capsys: Capsys, tmp_path: Path) -> None:
    path = write(tmp_path, "mine.toml", POLICY.replace("[ladder]", 'targets = ["ketamine"]\n[ladder]'))
    assert run(capsys, "policy", "check", path).code == 2
    write(tmp_path, "config.toml", 'analytes = ["ketamine"]\n')
    assert run(capsys, "policy", "check", path).code == 0
    assert 'targets = ["ketamine"]' in run(capsys, "policy", "show", path).out


BAD: dict[str, bytes] = {
    "empty.toml": b"",
    "latin.toml": "title = 'é'".encode("latin-1"),
    "utf-16.toml": POLICY.encode("utf-16"),
    "events.toml": b"participant,at,kind\n",
    "zeros.toml": b"\0" * 1_000,
    "deep-list.toml": b"a = " + b"[" * 100_000,
    "deep-key.toml": b"a" + b".a" * 5_000 + b" = 1\n",
    "kind-list.toml": POLICY.replace('"escalating"', "[1]").encode(),
    "kind-table.toml": POLICY.replace('"escalating"', "{a = 1}").encode(),
    "huge.toml": b"weeks = " + b"9" * 5_000,
    "exponent.toml": POLICY.replace("start = 1", "start = 1e99999999999999999999").encode(),
    "twice.toml": (POLICY + POLICY).encode(),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_ends_with_2_and_words(tmp_path: Path, name: str) -> None:
    write(tmp_path, name, BAD[name])
    ended = start_script("policy", "check", name, folder=tmp_path)
    assert "Traceback" not in ended.err
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith(name)


def test_a_file_is_checked_even_where_it_is_called_like_a_preset(
    capsys: Capsys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(write(tmp_path, "va-prize", "name = 1\n").parent)
    assert run(capsys, "policy", "check", "va-prize").code == 2


def test_a_perfect_run_is_as_long_as_the_program(capsys: Capsys, tmp_path: Path) -> None:
    path = write(tmp_path, "long.toml", preset_text("va-prize").replace("weeks   = 12", "weeks = 200"))
    shown = run(capsys, "policy", "show", path, "--perfect-run")
    assert "A perfect run: 3172 draws" in shown.out


def test_a_perfect_run_for_programs_has_its_total(capsys: Capsys) -> None:
    record = json.loads(run(capsys, "policy", "show", "va-prize", "--perfect-run", "--json").out)["perfect_run"]
    assert (record["total"], record["value"], len(record["visits"])) == ("164", "363.75", 24)
