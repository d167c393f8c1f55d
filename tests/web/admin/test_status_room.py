"""The status room: how the installation does, and nothing about anybody."""

from pathlib import Path

import pytest
from sqlalchemy import insert

from cm_engine.actions.back_up import back_up, new_backup
from cm_engine.settings import Settings
from cm_engine.store.tables import job_runs, leases
from tests.web.rooms import Rooms, open_rooms


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(folder=tmp_path)


def test_what_is_not_as_it_should_be_is_named_first(migrated_sqlite_url: str, settings: Settings) -> None:
    with open_rooms(migrated_sqlite_url, settings=settings) as rooms:
        page = rooms.as_("amir").get("/admin/status").text
        assert "There is no backup in the folder of backups" in page
        assert "The scheduler has never run" in page
        assert "current" in page


def test_jobs_and_backups_are_told(migrated_sqlite_url: str, settings: Settings) -> None:
    with open_rooms(migrated_sqlite_url, settings=settings) as rooms:
        now = rooms.clinic.clock.now
        at = {"due": "2026-03-02T06:00:00.000000Z", "ended_at": "2026-03-02T06:00:01.000000Z"}
        with rooms.clinic.engine.database.writing() as tx:
            tx.do(insert(job_runs).values(job="seal-day", outcome="1 head", failed=0, **at))
            tx.do(insert(job_runs).values(job="roll-up", outcome="it failed", failed=2, **at))
            until = "2026-03-02T17:01:00.000000Z"
            tx.do(insert(leases).values(name="scheduler", holder="h", until=until, beat_at=at["due"]))
        engine = rooms.clinic.engine
        back_up(engine.database, engine.vault, new_backup(settings.backups_folder, now), now)
        page = rooms.as_("amir").get("/admin/status").text
        assert "failed 2 times" in page
        assert "is at work" in page
        assert "There is no backup" not in page


def test_nothing_is_told_about_anybody(rooms: Rooms) -> None:
    ada = rooms.enrol("ADA-12", "Ada Lovelace")
    page = rooms.as_("amir").get("/admin/status").text.partition("<main")[2]
    for secret in ("ADA-12", "Lovelace", ada, "Dev Patel"):
        assert secret not in page
