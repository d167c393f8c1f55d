"""`cm-engine backup` and `restore`: everything back, verified, or nothing changed."""

import json
import stat
import time
from pathlib import Path

import pytest

from cm_engine.actions.draw import open_draws, pick
from cm_engine.actions.requests import Request
from cm_engine.actions.sign_in import sign_in
from cm_engine.standing import RefusedError
from tests.installations import EVENTS, Installed, command, ended

TABLES = (
    "log",
    "entries",
    "standings",
    "participants",
    "enrolments",
    "received",
    "notes",
    "requests",
    "settings",
    "staff",
)

RECORDER = """
import os
from cm_engine.actions.enrol import enrol
from cm_engine.actions.requests import Request
from cm_engine.installation import find_installation, open_installation
from datetime import date
import sys
engine = open_installation(find_installation(None, sys.argv[1] or None, os.environ))
with engine.database.reading() as tx:
    program = next(iter(engine.published(tx).programs))
number = 0
print("ready", flush=True)
while not os.path.exists("stop"):
    number += 1
    enrol(engine, Request(f"enrol {number}", "dev"), program, f"P-{number}", date(2026, 1, 5), policies=("va-prize",))
print(number, flush=True)
"""


def rows(installed: Installed) -> list[list[str]]:
    return [sorted(map(repr, installed.ask(f"SELECT * FROM {table}"))) for table in TABLES]


def elsewhere(installed: Installed, url: str) -> Installed:
    """The same folder and keys, and another database."""
    return Installed(installed.folder, installed.capsys, url)


def test_a_backup_has_a_name_by_date_and_only_its_owner_may_read_it(clinic_folder: Installed) -> None:
    told = clinic_folder.filled().told("backup")
    path = Path(told["file"])
    assert path.parent == Path("backups")
    assert path.match("cm-engine-20??-??-??T*.cmbackup")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert path.stat().st_size == told["bytes"]
    content = path.read_bytes()
    assert not any(word in content for word in (b"Ada", b"Femi", b"va-prize", b"first visit"))


def test_what_was_backed_up_is_restored_into_an_empty_place(installed: Installed) -> None:
    installed.filled().well("backup", "monday.cmbackup")
    restored = elsewhere(installed, "sqlite:///restored.db")
    said = restored.well("restore", "monday.cmbackup").out
    assert "clean" in said
    assert "0 open draws were sealed anew" in said
    assert rows(restored) == rows(installed)
    assert stat.S_IMODE((installed.folder / "restored.db").stat().st_mode) == 0o600
    assert restored.well("verify").out.endswith("\nclean\n")
    assert restored.told("import", "events.csv")["already_there"] == 4


def test_a_clinic_moves_to_postgresql_and_back(clinic_folder: Installed, postgres_url: str) -> None:
    clinic_folder.filled().well("backup", "there.cmbackup")
    moved = elsewhere(clinic_folder, postgres_url)
    moved.well("restore", "there.cmbackup")
    assert moved.well("verify").out.endswith("\nclean\n")
    moved.well("backup", "back.cmbackup")
    back = elsewhere(clinic_folder, "sqlite:///back.db")
    back.well("restore", "back.cmbackup")
    assert back.well("verify").out.endswith("\nclean\n")
    assert rows(back) == rows(clinic_folder)


def test_what_is_there_is_replaced_only_when_told_and_backed_up_before(installed: Installed) -> None:
    installed.filled().well("backup", "monday.cmbackup")
    monday = rows(installed)
    installed.write(
        "more.csv",
        EVENTS.replace(",a-", ",x-").replace(",b-", ",y-").replace("Ada-1007", "Cleo").replace("01-07", "01-08"),
    )
    installed.well("import", "more.csv", "--enrol-under", "va-prize")
    tuesday = rows(installed)
    refused = installed.run("restore", "monday.cmbackup")
    assert refused.code == 2
    assert refused.says("is not empty", "--replace")
    assert rows(installed) == tuesday
    told = installed.told("restore", "monday.cmbackup", "--replace")
    assert rows(installed) == monday
    assert installed.well("verify").out.endswith("\nclean\n")
    installed.well("restore", told["before"], "--replace")
    assert rows(installed) == tuesday


def test_nobody_is_signed_in_after_a_restore(installed: Installed) -> None:
    installed.filled()
    code = installed.told("admin", "reset", "Femi Manager")["code"]
    engine = installed.engine()
    sign_in(engine, "Femi Manager", code)
    engine.close()
    installed.well("backup", "b.cmbackup")
    assert installed.ask("SELECT count(*) FROM sessions") == [(1,)]
    installed.well("restore", "b.cmbackup", "--replace")
    assert installed.ask("SELECT count(*) FROM sessions") == [(0,)]


def test_draws_that_were_open_are_sealed_anew_and_logged(installed: Installed) -> None:
    installed.filled()
    engine = installed.engine()
    [(ada,)] = installed.ask("SELECT id FROM participants WHERE code = 'Ada-1007'")
    [draw] = open_draws(engine, Request("open", "dev"), ada, "va-prize")["draws"]
    installed.well("backup", "open.cmbackup")
    engine.close()
    assert installed.told("restore", "open.cmbackup", "--replace")["resealed"] == 1
    [(actor, body)] = installed.ask("SELECT actor, body FROM log WHERE fact = 'draw-resealed'")
    assert actor == "command-line"
    assert json.loads(body)["sha256"] != draw["sha256"]
    assert installed.well("verify").out.endswith("\nclean\n")
    engine = installed.engine()
    try:
        receipt = pick(engine, Request("pick", "dev"), ada, draw["draw"], 7)
        with pytest.raises(RefusedError):
            pick(engine, Request("pick again", "dev"), ada, draw["draw"], 8)
    finally:
        engine.close()
    assert receipt["sha256"] == json.loads(body)["sha256"]


def test_a_draw_whose_bytes_are_gone_can_be_picked_again_after_a_restore(installed: Installed) -> None:
    installed.filled()
    engine = installed.engine()
    [(ada,)] = installed.ask("SELECT id FROM participants WHERE code = 'Ada-1007'")
    [draw] = open_draws(engine, Request("open", "dev"), ada, "va-prize")["draws"]
    engine.close()
    installed.ask("DELETE FROM seals", change=True)
    installed.well("backup", "open.cmbackup")
    told = installed.told("restore", "open.cmbackup", "--replace", "--despite-faults")
    assert (told["faults"], told["resealed"]) == (1, 1)
    assert installed.well("verify").out.endswith("\nclean\n")
    engine = installed.engine()
    try:
        assert pick(engine, Request("pick", "dev"), ada, draw["draw"], 7)["pick"] == 7
    finally:
        engine.close()


@pytest.mark.parametrize("at", [0, 5, 40, 0.5, 0.9, -2])
@pytest.mark.parametrize("damage", ["flip", "cut"])
def test_a_damaged_or_cut_backup_changes_nothing(clinic_folder: Installed, at: float, damage: str) -> None:
    clinic_folder.filled().well("backup", "monday.cmbackup")
    path = clinic_folder.folder / "monday.cmbackup"
    content = bytearray(path.read_bytes())
    place = int(at * len(content) if 0 < at < 1 else at % len(content))
    content[place] ^= 0x01
    path.write_bytes(content if damage == "flip" else content[:place])
    before = rows(clinic_folder)
    for args in (["--replace"], ["--database", "sqlite:///new.db"]):
        refused = clinic_folder.run("restore", "monday.cmbackup", *args)
        assert (refused.code, refused.out) == (2, "")
        assert refused.says("monday.cmbackup")
        assert "Traceback" not in refused.err
    assert rows(clinic_folder) == before
    assert not list(clinic_folder.folder.glob("new.db*"))


def test_a_backup_of_another_key_changes_nothing(clinic_folder: Installed, tmp_path: Path) -> None:
    clinic_folder.filled().well("backup", tmp_path / "monday.cmbackup")
    for path in clinic_folder.folder.iterdir():
        path.unlink()
    clinic_folder.well("init")
    before = rows(clinic_folder)
    refused = clinic_folder.run("restore", tmp_path / "monday.cmbackup", "--replace")
    assert refused.code == 2
    assert refused.says("none of the keys at hand opens this backup")
    assert rows(clinic_folder) == before
    assert not (clinic_folder.folder / "backups").exists()


def test_a_backup_whose_books_do_not_hold_is_refused_unless_told(installed: Installed) -> None:
    installed.filled()
    installed.ask("UPDATE enrolments SET first_day = '2026-01-01'", change=True)
    installed.well("backup", "faulty.cmbackup")
    new = elsewhere(installed, "sqlite:///new.db")
    refused = new.run("restore", "faulty.cmbackup")
    assert refused.code == 2
    assert refused.says("enrolments are those of the log", "2 faults of its own", "--despite-faults")
    assert not (installed.folder / "new.db").exists()
    assert new.told("restore", "faulty.cmbackup", "--despite-faults")["faults"] == 2
    assert new.run("verify").code == 1


def test_a_damaged_database_file_is_put_aside_and_comes_back_where_the_restore_fails(clinic_folder: Installed) -> None:
    clinic_folder.filled().well("backup", "monday.cmbackup")
    file = clinic_folder.folder / "clinic.db"
    rubbish = b"rubbish" * 1000
    file.write_bytes(rubbish)
    clinic_folder.write("bad.cmbackup", "")
    good = (clinic_folder.folder / "monday.cmbackup").read_bytes()
    (clinic_folder.folder / "bad.cmbackup").write_bytes(good[:-3])
    assert clinic_folder.run("restore", "bad.cmbackup", "--replace").code == 2
    assert file.read_bytes() == rubbish
    told = clinic_folder.told("restore", "monday.cmbackup", "--replace")
    assert (clinic_folder.folder / told["before"]).read_bytes() == rubbish
    assert clinic_folder.well("verify").out.endswith("\nclean\n")


def test_what_an_earlier_database_left_beside_is_never_mixed_in(clinic_folder: Installed) -> None:
    clinic_folder.filled().well("backup", "monday.cmbackup")
    (clinic_folder.folder / "clinic.db").unlink()
    (clinic_folder.folder / "clinic.db-wal").write_bytes(b"left")
    refused = clinic_folder.run("restore", "monday.cmbackup")
    assert refused.code == 2
    assert refused.says("clinic.db-wal of an earlier one", "move them away")
    assert not (clinic_folder.folder / "clinic.db").exists()


def test_a_backup_is_consistent_while_another_process_records(installed: Installed) -> None:
    installed.well("init")
    installed.write("first.csv", EVENTS)
    installed.well("import", "first.csv", "--enrol-under", "va-prize")
    recorder = installed.start("-c", RECORDER, installed.url)
    assert recorder.stdout is not None
    assert recorder.stdout.readline() == "ready\n"
    for number in range(3):
        time.sleep(0.2)
        installed.well("backup", f"{number}.cmbackup")
    installed.write("stop", "")
    code, out, err = ended(recorder)
    assert (code, err) == (0, "")
    counts = []
    for number in range(3):
        restored = elsewhere(installed, f"sqlite:///{number}.db")
        restored.well("restore", f"{number}.cmbackup")
        counts.append(restored.ask("SELECT count(*) FROM participants")[0][0])
    assert counts == sorted(counts)
    assert 2 < counts[-1] <= int(out) + 2
    assert counts[0] < counts[-1]


def test_a_restore_that_is_killed_leaves_what_was_there(installed: Installed) -> None:
    installed.filled().well("backup", "monday.cmbackup")
    installed.write("more.csv", EVENTS.replace(",a-", ",x-").replace(",b-", ",y-").replace("01-07", "01-08"))
    installed.well("import", "more.csv")
    before = rows(installed)
    code = "import os; from cm_engine.actions import restore as m; m.reseal_all = lambda *a: os._exit(9)\n"
    killed = ["-c", code + command()[1], "restore", "monday.cmbackup", "--replace"]
    assert ended(installed.start(*killed, *(["--database", installed.url] if installed.url else [])))[0] == 9
    assert rows(installed) == before
    installed.well("restore", "monday.cmbackup", "--replace")


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["backup", "nowhere/x.cmbackup"], "cannot be written"),
        (["backup", "clinic.key"], "is there already"),
        (["restore", "missing"], "there is no such file"),
        (["restore", "."], "is a folder"),
        (["restore", "clinic.key"], "this is not a backup of cm-engine"),
        (["restore", "events.csv", "--replace"], "this is not a backup of cm-engine"),
        (["restore"], "FILE"),
    ],
)
def test_nonsense_is_told_and_changes_nothing(clinic_folder: Installed, args: list[str], words: str) -> None:
    clinic_folder.filled()
    before = rows(clinic_folder)
    refused = clinic_folder.run(*args)
    assert (refused.code, refused.out) == (2, "")
    assert words in refused.err
    assert rows(clinic_folder) == before


def test_a_folder_takes_a_backup_under_its_usual_name(clinic_folder: Installed) -> None:
    (clinic_folder.folder / "safe").mkdir()
    told = clinic_folder.filled().told("backup", "safe")
    assert Path(told["file"]).parent == Path("safe")
