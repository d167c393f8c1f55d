"""`cm-engine scheduler`: one job now, and all of them until told to end."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cm_engine.cli import main
from cm_engine.store.database import Database

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-c", "import sys; from cm_engine.cli import main; sys.exit(main())"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
    """A folder with an installation, in which commands are typed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CM_DATABASE_URL", raising=False)
    assert main(["init", "--program", "intensive-outpatient"]) == 0
    capsys.readouterr()
    return tmp_path


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("job", "said"),
    [
        ("plan", "plan: 0 weeks planned, with 0 visits\n"),
        ("close-out", "close-out: 0 days closed out, 0 missed\n"),
        ("low-stock", "low-stock: nothing is low\n"),
    ],
)
def test_one_job_runs_now_and_says_what_came_of_it(job: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scheduler", "--once", job]) == 0
    assert capsys.readouterr().out == said


def test_the_backup_goes_into_the_folder_of_backups(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scheduler", "--once", "backup"]) == 0
    [backup] = (folder / "backups").iterdir()
    assert capsys.readouterr().out.startswith(f"backup: {backup.name}: ")


def test_a_job_that_failed_ends_with_1(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    database = Database(f"sqlite:///{folder / 'clinic.db'}")
    with database.engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER log_no_update")
        connection.exec_driver_sql("UPDATE log SET actor = 'nobody'")
    database.close()
    assert main(["scheduler", "--once", "verify"]) == 1
    assert "fault" in capsys.readouterr().err


@pytest.mark.usefixtures("folder")
def test_a_job_that_there_is_not_lists_those_that_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scheduler", "--once", "closeout"]) == 2
    said = capsys.readouterr().err
    assert 'there is no job "closeout"; did you mean "close-out"?' in said
    for name in ("plan", "close-out", "head", "verify", "low-stock", "rollups", "backup"):
        assert f"\n  {name} " in said


def test_without_a_database_it_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CM_DATABASE_URL", raising=False)
    assert main(["scheduler", "--once", "plan"]) == 2
    assert "run cm-engine init" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_it_runs_what_was_missed_and_ends_when_told_to(folder: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [*COMMAND, "scheduler"], cwd=folder, env=environment, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        try:
            told: list[dict[str, str]] = []
            until = time.monotonic() + 60
            while not {"job-done", "plan"} <= {told[-1]["event"], told[-1].get("job", "")} if told else True:
                assert time.monotonic() < until
                told.append(json.loads(process.stderr.readline()))
            process.send_signal(signal.SIGTERM)
            rest = [json.loads(line) for line in process.stderr]
            assert process.wait(timeout=60) == 0
        finally:
            process.kill()
    assert [line["event"] for line in told[:2]] == ["started", "lease-taken"]
    assert rest[-1]["event"] == "stopped"
