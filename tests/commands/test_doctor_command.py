"""`cm-engine doctor`: enough to help somebody with, and nothing of anybody."""

import json
import os
import time
from pathlib import Path

from cm_engine.installation import DATABASE_VARIABLE
from cm_engine.store.schema import head
from tests.installations import PROGRAM, Installed

PLANTED = ("Ada", "-1007", "Ben-2044", "Femi", "first visit", "riverside", "Riverside", "a-1", "pa55word", "cocaine")


def test_it_tells_versions_counts_and_ages(installed: Installed) -> None:
    installed.filled().well("backup")
    told = installed.told("doctor")
    assert told["look_at"] == []
    assert set(told["versions"]) >= {"cm-engine", "python", "sqlalchemy", "sqlite"}
    assert told["database"]["kind"] == ("postgresql" if installed.url else "sqlite")
    assert (told["database"]["revision"], told["database"]["triggers"]) == (head(), "all there")
    assert told["counts"] == {"sites": 1, "programs": 1, "participants": 2, "enrolments": 2, "facts": 8}
    assert (told["keys"]["found"], told["keys"]["fits"], told["keys"]["mode"]) == (True, True, "0600")
    assert told["backup"]["age_hours"] < 1
    assert "nothing to look at" in installed.well("doctor").out


def test_it_tells_nothing_of_anybody(installed: Installed) -> None:
    installed.write("mine.toml", PROGRAM)
    installed.well("init", "--program", "mine.toml", "--admin", "Femi Manager")
    installed.filled()
    installed.ask(
        "INSERT INTO job_runs VALUES ('backup', '2026-03-02T02:00', '2026-03-02T02:01', 'failed: Ada-1007 of riverside', 1)",
        change=True,
    )
    installed.ask("INSERT INTO leases VALUES ('scheduler', 'riverside-desk-1007', '2026', '2026')", change=True)
    for args in (["doctor"], ["doctor", "--json"]):
        told = installed.run(*args)
        assert not [word for word in PLANTED if word in told.out + told.err]
    assert json.loads(installed.run("doctor", "--json").out)["jobs"] == [
        {"job": "backup", "due": "2026-03-02T02:00", "ended_at": "2026-03-02T02:01", "failed": 1}
    ]


def test_what_is_wrong_is_named_and_the_rest_told_all_the_same(clinic_folder: Installed) -> None:
    clinic_folder.filled()
    clinic_folder.ask("DROP TRIGGER log_no_delete", change=True)
    clinic_folder.ask("UPDATE sites SET timezone = 'Mars/Olympus'", change=True)
    (clinic_folder.folder / "clinic.key").chmod(0o640)
    old = clinic_folder.folder / "backups" / "cm-engine-2026-01-01T00-00-00.000000Z.cmbackup"
    old.parent.mkdir()
    old.write_bytes(b"")
    os.utime(old, (time.time() - 86400 * 9,) * 2)
    told = clinic_folder.run("doctor", "--json")
    assert told.code == 1
    look_at = "\n".join(json.loads(told.out)["look_at"])
    for words in ("trigger log_no_delete is missing", "time zone of 1 sites", "chmod 600", "backup is 9 days old"):
        assert words in look_at
    (clinic_folder.folder / "clinic.key").unlink()
    report = json.loads(clinic_folder.run("doctor", "--json").out)
    assert (report["keys"]["found"], report["counts"]["participants"]) == (False, 2)
    assert any("no such key file" in what for what in report["look_at"])


def test_a_clock_that_went_back_is_named(clinic_folder: Installed) -> None:
    clinic_folder.filled()
    clinic_folder.ask("DROP TRIGGER log_no_update", change=True)
    clinic_folder.ask("UPDATE log SET recorded_at = '2999-01-01T00:00:00.000000Z' WHERE seq = 1", change=True)
    assert "the clock went back" in clinic_folder.run("doctor").out


def test_without_anything_it_says_what_to_do(clinic_folder: Installed, tmp_path: Path) -> None:
    told = clinic_folder.run("doctor")
    assert told.code == 1
    assert "run cm-engine init" in told.out
    assert DATABASE_VARIABLE in told.out
    assert list(clinic_folder.folder.iterdir()) == []
    assert clinic_folder.run("doctor", "--config", tmp_path / "missing.toml").code == 2


def test_no_error_tells_a_path_or_an_address(clinic_folder: Installed, tmp_path: Path) -> None:
    folder = tmp_path / "Ann Smith, her files"
    folder.mkdir()
    (folder / "Ann's clinic.db").write_bytes(b"no database at all, and long enough to be looked at: Riverside" * 99)
    addresses = [
        f"sqlite:///{folder}/Ann's clinic.db",
        f"sqlite:///{folder}/Ann nowhere.db",
        "postgresql://ann:pa55word@ann-smith.invalid/riverside_db",
        "postgresql://ann:pa55word@127.0.0.1:1/riverside_db",
    ]
    clinic_folder.write("config.toml", f'key_file = "{folder}/ann.key"\n')
    for address in addresses:
        told = clinic_folder.run("doctor", "--database", address)
        assert told.code == 1
        assert "look at: database" in told.out or "there is no database" in told.out
        leaked = ("Ann", "ann.key", "Smith", "smith", "127.0.0.1", "riverside", "pa55word", "invalid", "her files")
        assert not [word for word in leaked if word in told.out + told.err], told.out


def test_no_error_of_the_keys_tells_where_they_are(clinic_folder: Installed, tmp_path: Path) -> None:
    clinic_folder.filled()
    folder = tmp_path / "Ann Smith, her files"
    folder.mkdir()
    clinic_folder.write("config.toml", f'key_file = "{folder}/ann.key"\n')
    for content in (None, b"", b"no key: Ann", b"\xff"):
        if content is not None:
            (folder / "ann.key").write_bytes(content)
        told = clinic_folder.run("doctor")
        assert told.code == 1
        assert "look at: keys" in told.out
        assert not [word for word in ("Ann", "ann.key", "her files") if word in told.out + told.err]
