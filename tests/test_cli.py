"""The command line as a whole: help with examples, unknown commands, and how a command ends."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from cm_engine.catalogue import preset_text
from cm_engine.cli import COMMANDS
from tests.files import BEHAVIOUR, SCRIPT, THREE_NEGATIVES, run, start_script, write

Capsys = pytest.CaptureFixture[str]

WITHOUT_DATABASE = [
    ["replay"],
    ["policy", "list"],
    ["policy", "show"],
    ["policy", "check"],
    ["forecast"],
    ["verify-draw"],
]
WITH_DATABASE = [
    [word]
    for word in "init import account verify backup restore export what-if doctor head purge scheduler serve demo".split()
] + [["key", "rotate"]]
HELPS = [*WITHOUT_DATABASE, ["policy"], *WITH_DATABASE, ["key"], ["admin"], ["admin", "list"], ["admin", "reset"]]

# What is needed only once a database is opened, and takes its time to load.
SLOW = (
    "numpy",
    "sqlalchemy",
    "alembic",
    "cryptography",
    "psycopg",
    "apscheduler",
    "gunicorn",
    "flask",
    "cm_engine.engine",
)

RECEIPT = Path(__file__).parent.parent / "docs" / "examples" / "receipt.json"


def test_the_commands_are_listed_with_what_they_do(capsys: Capsys) -> None:
    ended = run(capsys, "--help")
    assert (ended.code, ended.err) == (0, "")
    assert all(name in ended.out and does in ended.out for name, does in COMMANDS.items())


@pytest.mark.parametrize("command", HELPS, ids=" ".join)
def test_the_help_of_each_command_has_an_example(capsys: Capsys, command: list[str]) -> None:
    ended = run(capsys, *command, "--help")
    assert (ended.code, ended.err) == (0, "")
    assert re.search(r"Examples?:\s+cm-engine " + " ".join(command), ended.out)


@pytest.mark.parametrize("command", [[], *HELPS], ids=" ".join)
def test_help_loads_no_database(command: list[str]) -> None:
    code = f"import sys; from cm_engine.cli import main; main({[*command, '--help']}); print(*sys.modules, file=sys.stderr)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not set(SLOW) & set(told.stderr.split())


def test_the_helps_that_are_tried_are_all_that_there_are() -> None:
    assert {command[0] for command in HELPS} == set(COMMANDS)


@pytest.mark.parametrize("command", WITHOUT_DATABASE, ids=" ".join)
def test_the_examples_of_the_help_work(capsys: Capsys, tmp_path: Path, command: list[str]) -> None:
    write(tmp_path, "events.csv", THREE_NEGATIVES)
    shown = start_script("policy", "show", "silverman-voucher", folder=tmp_path).out
    write(tmp_path, "my-vouchers.toml", shown)
    write(tmp_path, "receipt.json", RECEIPT.read_bytes())
    write(tmp_path, "behaviour.toml", BEHAVIOUR)
    examples = [
        line[line.index("cm-engine") :]
        for line in run(capsys, *command, "--help").out.splitlines()[1:]
        if "cm-engine " in line
    ]
    assert examples
    for example in examples:
        ended = start_script(*shlex.split(example)[1:], folder=tmp_path)
        assert ended.code == 0, ended.err


def test_every_command_takes_a_configuration_and_a_database(
    capsys: Capsys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CM_DATABASE_URL", "sqlite:///nowhere/at/all")
    config = write(tmp_path, "site.toml", "")
    events = write(tmp_path, "events.csv", THREE_NEGATIVES)
    policy = write(tmp_path, "mine.toml", preset_text("va-prize"))
    for command in (
        ["policy", "list"],
        ["policy", "show", "va-prize"],
        ["policy", "check", str(policy)],
        ["replay", str(events), "--policy", "va-prize"],
        ["forecast", "--policy", "va-prize", "--learn", str(events)],
        ["verify-draw", str(RECEIPT)],
    ):
        assert run(capsys, *command, "--config", config).code == 0
        assert run(capsys, *command, "--config", config, "--database", "sqlite://").code == 0


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["repaly"], ['"repaly"', 'did you mean "replay"']),
        (["verify_draw"], ['"verify_draw"', 'did you mean "verify-draw"']),
        (["polcy", "list"], ['"polcy"', 'did you mean "policy"']),
        (["Replay"], ['"Replay"', '"replay"']),
        (["xyzzy"], ['"xyzzy"', "--help"]),
        (["a\nb"], [r"a\nb"]),
        (["x" * 10_000], ["no command"]),
        (["policy", "chek"], ["chek", "check"]),
        (["policy", "xyzzy"], ["xyzzy", "--help"]),
        (["--verson"], ["--verson", "--version"]),
        (["-x"], ["-x"]),
        (["-"], ["-"]),
        ([""], ["command"]),
    ],
)
def test_an_unknown_command_is_told_with_the_nearest_one(capsys: Capsys, args: list[str], words: list[str]) -> None:
    ended = run(capsys, *args)
    assert (ended.code, ended.out) == (2, "")
    assert ended.says(*words), ended.err
    assert max(map(len, ended.err.splitlines())) < 300


@pytest.mark.parametrize("args", [[], ["policy"]], ids=["cm-engine", "cm-engine policy"])
def test_without_a_command_the_help_is_shown(capsys: Capsys, args: list[str]) -> None:
    ended = run(capsys, *args)
    assert "Commands:" in ended.out + ended.err


def test_the_version_is_told(capsys: Capsys) -> None:
    ended = run(capsys, "--version")
    assert (ended.code, ended.err) == (0, "")
    assert re.fullmatch(r"cm-engine \d+\.\d+\.\d+\S*\n", ended.out)


@pytest.mark.parametrize(
    "args",
    [
        ["nonsense"],
        ["replay"],
        ["replay", "missing.csv", "--policy", "va-prize"],
        ["replay", "events.csv", "--policy", "missing"],
        ["replay", "events.csv", "--policy", "x" * 300],
        ["replay", "x" * 300, "--policy", "va-prize"],
        ["replay", "events.csv", "--policy", "va-prize", "--tz", "Mars/Olympus"],
        ["replay", "events.csv", "--policy", "va-prize", "--start", "31.12.2026"],
        ["replay", "events.csv", "--policy", "va-prize", "--config", "events.csv"],
        ["policy", "show", "missing"],
        ["policy", "show", "va-prize", "--perfect-run", "--start", "9999-12-30"],
        ["policy", "check", "events.csv"],
        ["policy", "list", "--config", "missing.toml"],
        ["verify-draw", "events.csv"],
        ["init", "--database", "events.csv"],
        ["import", "events.csv"],
        ["verify"],
        ["backup"],
        ["restore", "events.csv"],
        ["doctor", "--database", "nonsense"],
        ["head"],
        ["key", "rotate"],
        ["admin", "list"],
        ["admin", "reset", "Femi"],
        ["key", "show"],
        ["purge", "Ada"],
        ["account", "Ada"],
    ],
    ids=lambda args: " ".join(args)[:60],
)
def test_the_script_ends_with_2_and_words_where_something_is_wrong(tmp_path: Path, args: list[str]) -> None:
    write(tmp_path, "events.csv", THREE_NEGATIVES)
    ended = start_script(*args, folder=tmp_path)
    assert "Traceback" not in ended.err
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.strip()


def test_a_file_name_that_is_not_utf_8_is_no_reason_for_a_traceback(tmp_path: Path) -> None:
    strange: list[list[str | bytes]] = [
        ["replay", b"\xff.csv", "--policy", "va-prize"],
        ["policy", "check", b"\xff.toml"],
        [b"\xff"],
    ]
    for args in strange:
        ended = subprocess.run([SCRIPT, *args], cwd=tmp_path, capture_output=True, check=False, timeout=60)
        assert (ended.returncode, ended.stdout) == (2, b"")
        assert b"Traceback" not in ended.stderr
    os.rename(write(tmp_path, "events.csv", THREE_NEGATIVES), os.fsencode(tmp_path) + b"/\xff.csv")  # noqa: PTH104 - no text
    command: list[str | bytes] = [SCRIPT, "replay", b"\xff.csv", "--policy", "higgins-voucher"]
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False, timeout=60).returncode == 0
