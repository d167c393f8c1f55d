"""The databases that tests are given: fresh, real, and gone afterwards."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from tests.databases import PostgresServer, postgres_server

KILLED = """
from tests.databases import postgres_server
with postgres_server() as server:
    print(server.url("postgres"), flush=True)
    input()
"""


def ask(url: str, *statements: str) -> object:
    """Run statements in one transaction, and give the single value of the last."""
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            for statement in statements[:-1]:
                connection.execute(text(statement))
            return connection.execute(text(statements[-1])).scalar()
    finally:
        engine.dispose()


@pytest.mark.parametrize("round_", [1, 2])
def test_every_test_gets_a_database_of_its_own(database_url: str, round_: int) -> None:
    assert ask(database_url, "CREATE TABLE visits (number INTEGER)", "SELECT count(*) FROM visits") == 0, round_


def test_a_template_is_filled_once_and_cloned(postgres: PostgresServer) -> None:
    filled = []

    def fill(url: str) -> None:
        filled.append(url)
        ask(url, "CREATE TABLE visits (number INTEGER)", "INSERT INTO visits VALUES (7) RETURNING number")

    for _ in range(2):
        with postgres.fresh(postgres.template("one visit", fill)) as url:
            assert ask(url, "SELECT number FROM visits") == 7
            ask(url, "DELETE FROM visits RETURNING number")
    assert len(filled) == 1


def test_the_quick_server_is_careless_and_the_durable_one_is_not(
    postgres: PostgresServer, durable_postgres: PostgresServer
) -> None:
    assert ask(postgres.url("postgres"), "SHOW fsync") == "off"
    assert ask(durable_postgres.url("postgres"), "SHOW fsync") == "on"
    assert ask(durable_postgres.url("postgres"), "SHOW synchronous_commit") == "on"


def test_nothing_is_left_of_a_server_once_its_tests_end() -> None:
    with postgres_server() as server:
        folder = folder_of(server.url("postgres"))
        number = process_in(folder)
        assert runs(number)
    assert not folder.parent.exists()
    assert not runs(number)


def test_nothing_is_left_of_a_server_whose_tests_were_killed() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", KILLED],
        cwd=Path(__file__).parents[1],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as tests:
        assert tests.stdout is not None
        folder = folder_of(tests.stdout.readline().strip())
        number = process_in(folder)
        assert runs(number)
        tests.kill()
    give_up = time.monotonic() + 60
    while folder.parent.exists() and time.monotonic() < give_up:
        time.sleep(0.05)
    assert not folder.parent.exists()
    assert not runs(number)


def folder_of(url: str) -> Path:
    """Give the folder in which the server of a URL lives."""
    return Path(url.partition("host=")[2])


def process_in(folder: Path) -> int:
    """Give the number of the process that serves a folder."""
    return int((folder / "postmaster.pid").read_text().splitlines()[0])


def runs(number: int) -> bool:
    """Tell whether a process is there, and not only its number, which stays until somebody asks how it ended."""
    try:
        return bool(Path(f"/proc/{number}/cmdline").read_bytes())
    except (FileNotFoundError, ProcessLookupError):
        return False
