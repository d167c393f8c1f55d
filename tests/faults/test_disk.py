"""A disk that is full, a file that may not be written, a file that is gone: a clear error, and nothing lost."""

import os
import resource
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import closing
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sqlalchemy import text

from cm_engine.actions.verify import verify
from cm_engine.store.database import StoreError
from cm_engine.store.schema import is_current
from tests.clinic import PROGRAM, clinic
from tests.databases import sqlite_url
from tests.faults.busy_clinic import opened
from tests.faults.recorder import FIRST_DAY, record_one
from tests.processes import FORKED

NOBODY = 65534  # the user that may do nothing


@pytest.fixture
def folder(migrated_sqlite: Path) -> Iterator[Path]:
    """A folder, that every user can reach, with a clinic's file in it."""
    with TemporaryDirectory() as made:
        folder = Path(made)
        folder.chmod(0o755)
        shutil.copy(migrated_sqlite, folder)
        yield folder
        folder.chmod(0o755)


@pytest.fixture
def ada(folder: Path) -> str:
    with clinic(sqlite_url(folder), "treatment-goals", program=PROGRAM.replace("599.00", "90000.00")) as riverside:
        return riverside.enrol("Ada", FIRST_DAY)


def recorded_until_refused(url: str, ada: str, told: Connection, limit: Callable[[], None]) -> None:
    """Record, under a limit, until the database refuses; tell how many were acknowledged, and what the refusal says."""
    limit()
    number = 0
    try:
        with closing(opened(url)) as engine:
            while number < 2000:
                record_one(engine, ada, number)
                number += 1
        told.send((number, ""))
    except StoreError as error:
        told.send((number, str(error)))


def refused_in_a_process_of_its_own(folder: Path, ada: str, limit: Callable[[], None]) -> tuple[int, str]:
    heard, told = FORKED.Pipe(duplex=False)
    process = FORKED.Process(target=recorded_until_refused, args=(sqlite_url(folder), ada, told, limit))
    process.start()
    told.close()
    try:
        assert heard.poll(60)
        number, said = heard.recv()
    finally:
        process.kill()
        process.join()
        heard.close()
    return number, said


def no_file_above_a_megabyte() -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, 2**20))


def no_rights() -> None:
    if os.geteuid() == 0:  # whoever is root may write everything
        os.setgid(NOBODY)
        os.setuid(NOBODY)


def goes_on(folder: Path, ada: str, acknowledged: int) -> None:
    """Look that all that was acknowledged is there, and that it goes on from there."""
    with closing(opened(sqlite_url(folder))) as engine:
        with engine.database.engine.connect() as connection:
            there = connection.exec_driver_sql("SELECT count(*) FROM log WHERE fact = 'event-recorded'").scalar_one()
        assert there == acknowledged
        assert record_one(engine, ada, acknowledged)["awards"][0]["amount"] == "20"
        assert verify(engine).faults == []


def test_where_nothing_more_can_be_written_it_says_so_and_keeps_what_was_acknowledged(folder: Path, ada: str) -> None:
    acknowledged, said = refused_in_a_process_of_its_own(folder, ada, no_file_above_a_megabyte)
    assert acknowledged > 3
    assert "cannot be read or written on its disk; see whether the disk is full" in said
    goes_on(folder, ada, acknowledged)


def test_a_full_disk_is_named_and_keeps_what_was_acknowledged(folder: Path, ada: str) -> None:
    acknowledged = 0
    with closing(opened(sqlite_url(folder))) as engine:
        with engine.database.reading() as tx:
            pages = tx.ask(text("PRAGMA page_count"))[0][0]
            tx.do(text(f"PRAGMA max_page_count = {pages + 4}"))
        said = ""
        while not said:
            try:
                record_one(engine, ada, acknowledged)
                acknowledged += 1
            except StoreError as error:
                said = str(error)
    assert "has no room left on its disk; free some, then try again (database or disk is full)" in said
    assert acknowledged > 3
    goes_on(folder, ada, acknowledged)


def test_a_file_that_may_not_be_written_is_named(folder: Path, ada: str) -> None:
    file = folder / "test.db"
    file.chmod(0o444)
    folder.chmod(0o777)
    before = file.read_bytes()
    acknowledged, said = refused_in_a_process_of_its_own(folder, ada, no_rights)
    assert acknowledged == 0
    assert f"the database sqlite:///{file} may not be written; make the file and its folder writable" in said
    assert file.read_bytes() == before
    for beside in (folder / "test.db-wal", folder / "test.db-shm"):
        beside.unlink(missing_ok=True)  # they are nobody's
    file.chmod(0o644)
    goes_on(folder, ada, 0)


def test_a_folder_that_may_not_be_written_is_named(folder: Path, ada: str) -> None:
    (folder / "test.db").chmod(0o666)
    folder.chmod(0o555)
    acknowledged, said = refused_in_a_process_of_its_own(folder, ada, no_rights)
    assert acknowledged == 0
    assert "its folder" in said
    folder.chmod(0o755)
    goes_on(folder, ada, 0)


def test_nothing_is_acknowledged_into_a_file_that_is_gone(folder: Path, ada: str) -> None:
    """Somebody moves the file away while the program runs: what it wrote now would be lost with the last of its handles."""
    file, away = folder / "test.db", folder / "away.db"
    with closing(opened(sqlite_url(folder))) as engine:
        record_one(engine, ada, 0)
        file.rename(away)
        with pytest.raises(StoreError, match="is not there any more; put it back, or restore a backup"):
            record_one(engine, ada, 1)
        away.rename(file)
        record_one(engine, ada, 1)
    goes_on(folder, ada, 2)


def test_a_file_that_takes_the_place_of_another_is_written_to(folder: Path, ada: str) -> None:
    """A backup is put in the file's place while the program runs: from then on it is the file."""
    file, copy = folder / "test.db", folder / "copy.db"
    shutil.copy(file, copy)
    with closing(opened(sqlite_url(folder))) as engine:
        record_one(engine, ada, 0)
        copy.replace(file)
        for beside in (folder / "test.db-wal", folder / "test.db-shm"):
            beside.unlink()
        assert not record_one(engine, ada, 0)["already_there"]
        assert is_current(engine.database)
    goes_on(folder, ada, 1)
