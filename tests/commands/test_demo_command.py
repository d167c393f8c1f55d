"""`cm-engine demo`: made where there is none, kept for its day, and never in the place of something else."""

import signal
import sqlite3
import time
from pathlib import Path
from urllib.request import urlopen

import pytest

from cm_engine.demo.home import CONFIGURATION, DATABASE, KEY
from cm_engine.exchange.key_file import write_key_file
from tests.demos import KEYS
from tests.files import run
from tests.servers import served

Capsys = pytest.CaptureFixture[str]


def job_runs(folder: Path) -> int:
    with sqlite3.connect(folder / DATABASE) as database:
        [(number,)] = database.execute("SELECT count(*) FROM job_runs WHERE job = 'verify' AND failed = 0")
    return int(number)


def test_it_fills_a_database_serves_it_with_its_jobs_and_ends_by_ctrl_c(tmp_path: Path) -> None:
    with served(tmp_path, "demo", "--port", "0") as server:
        with urlopen(f"{server.address}/readyz", timeout=10) as answer:  # noqa: S310 - our own server
            assert answer.status == 200
        for _ in range(200):
            if job_runs(tmp_path / "demo"):
                break
            time.sleep(0.1)
        assert job_runs(tmp_path / "demo") == 1
        code, said = server.end(signal.SIGINT)
    assert code == 0
    assert "there is none yet" in said
    made = (tmp_path / "demo" / DATABASE).stat().st_ino
    with served(tmp_path, "demo", "--port", "0") as server:
        code, said = server.end()
    assert (code, said) == (0, "")
    assert (tmp_path / "demo" / DATABASE).stat().st_ino == made


def placed(demo_file: Path, folder: Path) -> Path:
    """Put a demo of an earlier day into a folder."""
    folder.mkdir()
    (folder / DATABASE).write_bytes(demo_file.read_bytes())
    write_key_file(folder / KEY, KEYS)
    return folder


def test_one_of_an_earlier_day_is_made_anew_and_that_is_said(demo_file: Path, tmp_path: Path) -> None:
    folder = placed(demo_file, tmp_path / "demo")
    with served(tmp_path, "demo", "--port", "0") as server:
        code, said = server.end()
    assert code == 0
    assert "the one there is of 2026-03-04" in said
    assert (folder / DATABASE).read_bytes() != demo_file.read_bytes()


def test_one_of_an_earlier_day_is_kept_where_that_is_asked_for(demo_file: Path, tmp_path: Path) -> None:
    folder = placed(demo_file, tmp_path / "demo")
    made = (folder / DATABASE).stat().st_ino
    with served(tmp_path, "demo", "--port", "0", "--keep") as server:
        assert server.end()[0] == 0
    assert (folder / DATABASE).stat().st_ino == made


def test_what_is_no_demo_stays_as_it_is(tmp_path: Path, capsys: Capsys) -> None:
    (tmp_path / DATABASE).write_text("somebody's own")
    ended = run(capsys, "demo", "--port", "0", "--folder", tmp_path)
    assert ended.code == 2
    assert ended.says("is no demo", "--folder")
    assert (tmp_path / DATABASE).read_text() == "somebody's own"


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path, capsys: Capsys) -> None:
    (tmp_path / "file").write_text("")
    ended = run(capsys, "demo", "--port", "0", "--folder", tmp_path / "file" / "demo")
    assert ended.code == 2
    assert ended.says("no demo can be made", "--folder")


def test_it_takes_no_configuration_of_a_clinic(tmp_path: Path, capsys: Capsys) -> None:
    config = tmp_path / "config.toml"
    config.write_text('tls_proxies = ["127.0.0.1"]\n')
    ended = run(capsys, "demo", "--port", "0", "--folder", tmp_path / "demo", "--config", config)
    assert ended.code == 2
    assert ended.says("this is a demo database")
    assert not (tmp_path / "demo" / CONFIGURATION).exists()
