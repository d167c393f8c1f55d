"""`cm-engine forecast`: the record to the letter, tables for people, learning from events, and clear errors."""

import json
from pathlib import Path
from typing import Any

import pytest

from cm_engine.exchange.behaviour_file import load_behaviour
from tests.files import BEHAVIOUR, THREE_NEGATIVES, run, write

Capsys = pytest.CaptureFixture[str]

PERFECT = "[first]\nsuccess = 1\n[after.success]\nsuccess = 1\n"


@pytest.fixture(autouse=True)
def _in_a_folder_with_behaviour(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, "behaviour.toml", BEHAVIOUR)
    write(tmp_path, "perfect.toml", PERFECT)
    write(tmp_path, "events.csv", THREE_NEGATIVES)


def told(capsys: Capsys, *args: str) -> dict[str, Any]:
    ended = run(capsys, "forecast", *args, "--json")
    assert ended.code == 0, ended.err
    record: dict[str, Any] = json.loads(ended.out)
    return record


def test_the_record_has_the_keys_of_the_interface(capsys: Capsys) -> None:
    asked = ("--visits-per-week", "1-12:2", "--participants", "100", "--start", "2026-01-05")
    record = told(capsys, "--policy", "va-prize", "--behaviour", "behaviour.toml", *asked)
    assert list(record) == [
        "policy", "unit", "start", "participants", "method", "per_participant", "value", "cohort", "by_week"
    ]  # fmt: skip
    assert [record[key] for key in ("policy", "unit", "start", "participants", "method")] == [
        "va-prize", "draws", "2026-01-05", 100, "exact"
    ]  # fmt: skip
    assert list(record["per_participant"]) == ["mean", "sd", "quantiles", "maximum"]
    assert list(record["per_participant"]["quantiles"]) == ["0.05", "0.5", "0.95"]
    assert record["value"]["currency"] == record["cohort"]["unit"] == "usd"
    assert record["value"]["maximum"] == 16400
    assert record["cohort"]["mean"] == pytest.approx(100 * record["value"]["mean"])
    assert [list(week) for week in record["by_week"]] == [["week", "retained", "success", "mean"]] * 12
    assert 0 < record["cohort"]["folded"] <= 1e-12


def test_a_perfect_run_costs_what_the_perfect_run_says(capsys: Capsys) -> None:
    record = told(capsys, "--policy", "higgins-voucher", "--behaviour", "perfect.toml")
    assert record["per_participant"] == {
        "mean": 997.5,
        "sd": 0.0,
        "quantiles": {"0.05": 997.5, "0.5": 997.5, "0.95": 997.5},
        "maximum": 997.5,
    }
    assert "value" not in record
    assert record["start"] is None
    assert record["cohort"] == {
        "unit": "usd",
        "mean": 997.5,
        "sd": 0.0,
        "quantiles": {"0.05": 997.5, "0.5": 997.5, "0.95": 997.5},
    }


def test_points_have_a_value_by_their_worth(capsys: Capsys) -> None:
    record = told(capsys, "--policy", "treatment-goals", "--behaviour", "perfect.toml", "--visits-per-week", "1:2")
    assert (record["per_participant"]["mean"], record["value"]["mean"], record["cohort"]["mean"]) == (40.0, 10.0, 10.0)


def test_several_policies_are_told_one_by_one_and_together_under_a_payers_cap(capsys: Capsys) -> None:
    asked = ("--visits-per-week", "1:2", "--behaviour", "perfect.toml", "--cap", "5.00:episode")
    record = told(capsys, "--policy", "va-prize", "--policy", "iop-attendance", *asked)
    assert [each["policy"] for each in record["policies"]] == ["va-prize", "iop-attendance"]
    assert [each["per_participant"]["mean"] for each in record["policies"]] == [3.0, 2.0]
    assert record["together"]["per_participant"]["maximum"] == 5
    assert record["together"]["caps"] == [{"amount": 5, "per": "episode", "chance": pytest.approx(0.354, abs=0.01)}]


def test_people_read_a_table(capsys: Capsys) -> None:
    asked = ("--visits-per-week", "1-2:2", "--participants", "50", "--start", "2026-01-05", "--cap", "1.00:week")
    ended = run(capsys, "forecast", "--policy", "higgins-voucher", "--behaviour", "perfect.toml", *asked)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.splitlines() == [
        "higgins-voucher in usd, visits a week 1-2:2 from 2026-01-05 (exact)",
        "                   mean    sd    5 % get at most    half get at most    95 % get at most    most",
        "---------------  ------  ----  -----------------  ------------------  ------------------  ------",
        "one person, usd    2.00  0.00               2.00                2.00                2.00    2.00",
        "50 people, usd   100.00  0.00             100.00              100.00              100.00  100.00",
        "",
        "  week    still there    visits that succeed    paid on average, usd",
        "------  -------------  ---------------------  ----------------------",
        "     1        100.0 %                100.0 %                    1.00",
        "     2        100.0 %                100.0 %                    1.00",
        "",
        "The weekly cap (1.00 usd) holds something back from 100.0 % of people.",
    ]


def test_what_is_learned_from_events_is_told_and_can_be_kept(capsys: Capsys, tmp_path: Path) -> None:
    more = THREE_NEGATIVES + "p2,2026-01-05,attendance,attended,,p2-1\n"
    write(tmp_path, "events.csv", more)
    asked = (
        "--policy",
        "va-prize",
        "--learn",
        "events.csv",
        "--visits-per-week",
        "1-12:2",
        "--save-behaviour",
        "b.toml",
    )
    ended = run(capsys, "forecast", *asked, "--json")
    record = json.loads(ended.out)
    learned = record["learned"]
    assert (learned["participants"], learned["without_visits"], learned["visits"]) == (2, 1, 3)
    assert learned["fit"][0]["policy"] == "va-prize"
    assert learned["fit"][0]["history_mean"] == 3.0
    assert [trial["patterns"] for trial in learned["tried"]] == [1]  # two people are too few for more
    assert ended.says("1 of 2 people of the history make no visit", "nobody of the history makes more than 3")
    again = told(capsys, "--policy", "va-prize", "--behaviour", "b.toml", "--visits-per-week", "1-12:2")
    assert again["per_participant"]["mean"] == pytest.approx(record["per_participant"]["mean"])
    assert load_behaviour(tmp_path / "b.toml").longest == 3
    table = run(capsys, "forecast", *asked[:-2])
    assert "Learned from 2 people with 3 visits" in table.out


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ([], ["--behaviour FILE or --learn EVENTS"]),
        (["--behaviour", "behaviour.toml", "--learn", "events.csv"], ["in one way"]),
        (["--behaviour", "behaviour.toml", "--save-behaviour", "b.toml"], ["--learn EVENTS"]),
        (["--behaviour", "nowhere.toml"], ["nowhere.toml"]),
        (["--learn", "nowhere.csv"], ["nowhere.csv"]),
        (["--learn", "events.csv", "--save-behaviour", "nowhere/b.toml"], ["nowhere/b.toml", "cannot be written"]),
        (["--behaviour", "behaviour.toml", "--policy", "nowhere"], ["nowhere", "neither a preset nor a file"]),
        (["--behaviour", "behaviour.toml", "--policy", "va-prize"], ["given twice"]),
        (["--behaviour", "behaviour.toml", "--policy", "recovery-incentives-ca"], ["calendar year", "--start"]),
        (["--behaviour", "behaviour.toml", "--policy", "miedar-prize"], ["[extra]", "opioid = 0.6"]),
        (["--behaviour", "behaviour.toml", "--visits-per-week", "2"], ["1-12:2"]),
        (["--behaviour", "behaviour.toml", "--participants", "0"], ["--participants"]),
        (["--behaviour", "behaviour.toml", "--participants", "100000"], ["10,000"]),
        (["--behaviour", "behaviour.toml", "--cap", "599"], ["599.00:calendar-year", '"per" is missing']),
        (["--behaviour", "behaviour.toml", "--cap", "5.999:week"], ["finer than a cent"]),
        (["--behaviour", "behaviour.toml", "--cap", "5:fortnight"], ["calendar-year"]),
        (["--behaviour", "behaviour.toml", "--cap", "5:fiscal-year"], ["first day"]),
        (["--behaviour", "behaviour.toml", "--start", "soon"], ["soon", "2026-01-05"]),
    ],
    ids=lambda value: " ".join(value)[:50],
)
def test_what_is_wrong_is_said_with_what_would_be_right(capsys: Capsys, args: list[str], words: list[str]) -> None:
    ended = run(capsys, "forecast", "--policy", "va-prize", *args)
    assert (ended.code, ended.out) == (2, "")
    assert ended.says(*words), ended.err


def test_a_history_without_visits_teaches_nothing(capsys: Capsys, tmp_path: Path) -> None:
    write(tmp_path, "events.csv", "participant,at,kind,outcome\np1,2026-01-05,attendance,attended\n")
    ended = run(capsys, "forecast", "--policy", "va-prize", "--learn", "events.csv")
    assert (ended.code, ended.out) == (2, "")
    assert ended.says("no visits that count")
