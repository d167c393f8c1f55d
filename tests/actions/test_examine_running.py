"""Examining a running installation: what the status room shows, on both databases, without counting through the log."""

from datetime import timedelta
from pathlib import Path

from sqlalchemy import insert, text

from cm_engine.actions.examine import examine_running
from cm_engine.settings import Settings
from cm_engine.store.schema import head
from cm_engine.store.tables import heads, job_runs
from tests.clinic import clinic


def test_a_running_installation_is_told_in_parts(migrated_url: str, tmp_path: Path) -> None:
    with clinic(migrated_url) as riverside:
        ada = riverside.enrol("ADA-12")
        riverside.record(ada)
        report = examine_running(riverside.engine, Settings(folder=tmp_path))
        assert report["database"]["revision"] == report["database"]["known_revision"] == head()
        assert report["database"]["triggers"] == "all there"
        assert report["clock"]["latest_fact"].startswith("2026-03-02T17:00")
        assert (report["jobs"], report["lease"], report["heads"]) == ([], [], None)
        assert report["look_at"] == ["there is no backup in the folder of backups; run cm-engine backup"]
        assert ada not in str(report)
        assert "ADA-12" not in str(report)


def test_the_latest_run_of_each_job_and_the_latest_head_are_told(migrated_url: str, tmp_path: Path) -> None:
    with clinic(migrated_url) as riverside:
        days = [riverside.today - timedelta(days=number) for number in (2, 1)]
        with riverside.engine.database.writing() as tx:
            for number, day in enumerate(days):
                run = {"job": "seal-day", "due": f"{day}T06", "ended_at": f"{day}T07", "outcome": "", "failed": number}
                tx.do(insert(job_runs).values(**run))
                sealed = {
                    "on_day": day.isoformat(),
                    "made_at": f"{day}T06",
                    "chains": number,
                    "facts": 7,
                    "digest": b"d",
                }
                tx.do(insert(heads).values(**sealed))
        report = examine_running(riverside.engine, Settings(folder=tmp_path))
        assert report["jobs"] == [{"job": "seal-day", "due": f"{days[1]}T06", "ended_at": f"{days[1]}T07", "failed": 1}]
        assert report["heads"] == {"on_day": days[1].isoformat(), "chains": 1, "facts": 7}


def test_a_guard_that_is_gone_is_something_to_look_at(migrated_url: str, tmp_path: Path) -> None:
    with clinic(migrated_url) as riverside:
        on = "" if riverside.engine.database.is_sqlite else " ON activity"
        with riverside.engine.database.writing() as tx:
            tx.do(text(f"DROP TRIGGER activity_no_delete{on}"))
        report = examine_running(riverside.engine, Settings(folder=tmp_path))
        assert "the trigger activity_no_delete is missing, so rows could be changed unseen" in report["look_at"]
