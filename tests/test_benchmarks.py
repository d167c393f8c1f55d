"""The benchmarks' own books: what is written in bulk is what recording would have left."""

from pathlib import Path

import pytest

from benchmarks import million
from benchmarks.clinic import open_clinic
from cm_engine.actions.verify import verify
from tests.databases import sqlite_url


def test_people_written_in_bulk_verify(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(million, "EVENTS", million.EVENTS._replace(people=14, each=40))
    monkeypatch.setattr(million, "MEASURED", 2)
    likes = million.fill(sqlite_url(tmp_path))
    riverside = open_clinic(sqlite_url(tmp_path))
    try:
        assert len(likes) == 2
        assert verify(riverside.engine).faults == []
        with riverside.engine.database.engine.connect() as connection:
            query = "SELECT count(*) FROM log WHERE fact = 'event-recorded'"
            assert connection.exec_driver_sql(query).scalar() == 14 * 40
    finally:
        riverside.engine.close()
