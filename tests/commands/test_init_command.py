"""`cm-engine init`: made once, found again, added to; and what is refused leaves everything as it was."""

import re
import shutil
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from cm_engine import one_time_code
from cm_engine.store import schema
from cm_engine.store.database import Database
from cm_engine.vault import Keys
from tests.installations import PROGRAM, Installed, command, ended


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def test_an_empty_folder_gets_a_database_and_a_key_that_only_their_owner_may_read(clinic_folder: Installed) -> None:
    told = clinic_folder.well("init").out
    assert sorted(files(clinic_folder.folder)) == ["clinic.db", "clinic.key"]
    for path in clinic_folder.folder.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    for words in ("program program at the site site: made", "admin admin: made", "keep a copy of it away"):
        assert words in told
    assert clinic_folder.well("verify").out.endswith("\nclean\n")


def test_run_again_it_says_what_is_there_and_changes_nothing(installed: Installed) -> None:
    installed.well("init", "--admin", "Femi")
    tables = ("log", "staff", "roles", "programs", "settings", "requests")
    before = [installed.ask(f"SELECT * FROM {table}") for table in tables]
    again = installed.told("init", "--admin", "Femi")
    assert [installed.ask(f"SELECT * FROM {table}") for table in tables] == before
    assert (again["new_tables"], again["new_key"], again["code"], again["admin_is_new"]) == (False, False, None, False)
    assert again["programs"] == [{"name": "program", "site": "site"}]


def test_the_first_admin_gets_a_code_that_is_kept_only_as_a_slow_digest(installed: Installed) -> None:
    told = installed.told("init", "--admin", "Femi")
    [(name, kept)] = installed.ask("SELECT name, code_digest FROM staff")
    assert name == "Femi"
    assert re.fullmatch(r"([0-9A-Z]{4}-){3}[0-9A-Z]{4}", told["code"])
    assert one_time_code.fits(told["code"].lower().replace("-", " "), bytes(kept))
    assert told["code"].encode() not in bytes(kept)
    assert installed.ask("SELECT role FROM roles") == [("admin",)]


def test_a_lost_code_is_replaced_and_worth_nothing_then(clinic_folder: Installed) -> None:
    first = clinic_folder.told("init")["code"]
    second = clinic_folder.told("init", "--new-code")["code"]
    [(kept,)] = clinic_folder.ask("SELECT code_digest FROM staff")
    assert (one_time_code.fits(first, kept), one_time_code.fits(second, kept)) == (False, True)


def test_a_second_admin_is_not_made_by_init(clinic_folder: Installed) -> None:
    clinic_folder.well("init", "--admin", "Femi")
    refused = clinic_folder.run("init", "--admin", "Gus")
    assert refused.code == 2
    assert refused.says("there is an admin already", '"Gus" was not added')
    assert clinic_folder.ask("SELECT name FROM staff") == [("Femi",)]


def test_a_program_that_ships_and_a_second_from_a_file(installed: Installed) -> None:
    installed.well("init", "--program", "intensive-outpatient")
    installed.write("mine.toml", PROGRAM)
    told = installed.told("init", "--program", "mine.toml")
    assert told["program_is_new"]
    assert [program["name"] for program in told["programs"]] == ["intensive-outpatient", "riverside-iop"]
    assert installed.ask("SELECT count(*) FROM roles") == [(2,)]
    assert installed.ask("SELECT count(*) FROM staff") == [(1,)]
    assert installed.well("verify").out.endswith("\nclean\n")


def test_a_changed_program_file_holds_from_the_next_day_and_says_so(installed: Installed) -> None:
    installed.write("mine.toml", PROGRAM)
    installed.well("init", "--program", "mine.toml")
    assert installed.told("init", "--program", "mine.toml")["program_changes_on"] is None
    installed.write("mine.toml", PROGRAM.replace("outpatient", "mornings"))
    told = installed.well("init", "--program", "mine.toml").out
    assert re.search(r"there already; what its file says now holds from 20\d\d-\d\d-\d\d on", told)
    assert installed.told("init", "--program", "mine.toml")["program_changes_on"] is None
    [(terms,), (days,)] = installed.ask("SELECT count(*) FROM program_terms UNION ALL SELECT count(*) FROM log")
    assert (terms, days) == (2, 3)
    assert installed.well("verify").out.endswith("\nclean\n")


def test_a_changed_policy_of_a_program_is_published_from_the_next_day(clinic_folder: Installed) -> None:
    shown = clinic_folder.well("policy", "show", "va-prize").out
    clinic_folder.write("prizes.toml", shown)
    clinic_folder.write("mine.toml", PROGRAM.replace("va-prize", "prizes.toml"))
    clinic_folder.well("init", "--program", "mine.toml")
    clinic_folder.write("prizes.toml", shown.replace("weeks = 12", "weeks = 16"))
    assert clinic_folder.told("init", "--program", "mine.toml")["program_changes_on"]
    assert clinic_folder.told("init", "--program", "mine.toml")["program_changes_on"] is None
    assert clinic_folder.ask("SELECT number FROM policy_versions ORDER BY number") == [(1,), (2,)]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("America/Los_Angeles", "UTC"), "time zone"),
        (('"va-prize"', '"vaprize"'), "va-prize"),
        (("name", "nmae"), "nmae"),
    ],
)
def test_a_program_file_that_cannot_be_taken_changes_nothing(
    clinic_folder: Installed, change: tuple[str, str], words: str
) -> None:
    clinic_folder.write("mine.toml", PROGRAM)
    clinic_folder.well("init", "--program", "mine.toml")
    before = clinic_folder.ask("SELECT * FROM log")
    clinic_folder.write("mine.toml", PROGRAM.replace(*change))
    refused = clinic_folder.run("init", "--program", "mine.toml")
    assert refused.code == 2
    assert words in refused.err
    assert clinic_folder.ask("SELECT * FROM log") == before


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("nonsense", "is no address"),
        ("", "is no address"),
        ("postgresql://clinic:pa55word@host:port/x", "is no address"),
        ("postgresql://clinic:pa55word@127.0.0.1:1/x", "cannot be reached"),
        ("postgresql://127.0.0.1:1/x?user=clinic&password=pa55word", "cannot be reached"),
        ("mysql://clinic:pa55word@host/x", "mysql is not supported"),
        ("sqlite+nothing:///clinic.db", "there is no driver sqlite+nothing"),
        ("sqlite://", "in memory"),
        ("sqlite:///nowhere/clinic.db", "clinic.db"),
        ("sqlite:///.", "cannot be opened"),
    ],
)
def test_an_address_that_cannot_be_used_is_told_without_its_password(
    clinic_folder: Installed, url: str, words: str
) -> None:
    for name in ("init", "verify", "doctor"):
        told = clinic_folder.run(name, "--database", url)
        assert told.code in ({1, 2} if name == "doctor" else {2}), told
        assert name == "doctor" or words in told.err + told.out, (name, told)
        assert "pa55word" not in told.err + told.out
        assert "Traceback" not in told.err
    assert list(clinic_folder.folder.iterdir()) == []


def test_a_file_that_is_no_database_is_left_as_it_is(clinic_folder: Installed) -> None:
    clinic_folder.write("clinic.db", "minutes of the meeting\n" * 100)
    for name in ("init", "verify", "backup", "doctor"):
        told = clinic_folder.run(name)
        assert told.code == (1 if name == "doctor" else 2)
        assert "is not a database file" in told.err + told.out
    assert list(files(clinic_folder.folder)) == ["clinic.db"]
    assert b"minutes" in files(clinic_folder.folder)["clinic.db"]


def test_tables_of_something_else_are_left_alone(installed: Installed) -> None:
    held = Database(installed.url or f"sqlite:///{installed.folder / 'clinic.db'}")
    with held.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE minutes (text TEXT)")
    refused = installed.run("init")
    assert refused.code == 2
    assert refused.says("holds tables of something else")
    assert schema.revision(held) is None
    held.close()
    assert not (installed.folder / "clinic.key").exists()


def test_a_key_of_another_database_is_refused_by_every_command(installed: Installed) -> None:
    installed.well("init")
    key = installed.folder / "clinic.key"
    key.write_bytes(b"\n".join([*Keys.new().sealing, b"index: " + Keys.new().index]))
    for args in (["init"], ["verify"], ["backup"], ["head"], ["import", "x.csv"], ["purge", "Ada"], ["key", "rotate"]):
        refused = installed.run(*args)
        assert refused.code == 2
        assert refused.says("the key at hand belongs to another database", "key_file", "CM_KEY"), args


def test_a_key_that_lost_its_sealing_key_is_told_apart(clinic_folder: Installed) -> None:
    clinic_folder.well("init")
    key = clinic_folder.folder / "clinic.key"
    index = next(line for line in key.read_text().splitlines() if line.startswith("index:"))
    key.write_text(f"{Keys.new().sealing[0].decode()}\n{index}\n", encoding="utf-8")
    assert clinic_folder.run("verify").says("the index key is that of this database, but no other key")


def test_a_key_that_is_missing_is_never_replaced_by_a_new_one(clinic_folder: Installed) -> None:
    clinic_folder.well("init")
    (clinic_folder.folder / "clinic.key").unlink()
    for name in ("init", "verify", "backup"):
        refused = clinic_folder.run(name)
        assert refused.code == 2
        assert refused.says("there is no such key file", "only its key opens what was sealed")
    assert not (clinic_folder.folder / "clinic.key").exists()


def test_a_key_file_that_others_may_read_is_warned_of(clinic_folder: Installed) -> None:
    clinic_folder.well("init")
    (clinic_folder.folder / "clinic.key").chmod(0o644)
    told = clinic_folder.well("verify")
    assert told.says("warning:", "chmod 600")


def test_the_key_may_come_from_the_environment(clinic_folder: Installed, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = Keys.new()
    monkeypatch.setenv("CM_KEY", f"{keys.sealing[0].decode()} index:{keys.index.decode()}")
    clinic_folder.well("init")
    assert not (clinic_folder.folder / "clinic.key").exists()
    assert clinic_folder.well("verify").err == ""
    assert clinic_folder.run("key", "rotate").says("the keys are in CM_KEY")


def test_an_option_goes_before_the_environment_and_that_before_the_configuration(
    clinic_folder: Installed, monkeypatch: pytest.MonkeyPatch
) -> None:
    clinic_folder.write("config.toml", 'database = "sqlite:///configured.db"\nkey_file = "keys/mine.key"\n')
    (clinic_folder.folder / "keys").mkdir()
    clinic_folder.well("init")
    assert (clinic_folder.folder / "configured.db").exists()
    assert (clinic_folder.folder / "keys" / "mine.key").exists()
    monkeypatch.setenv("CM_DATABASE_URL", "sqlite:///environment.db")
    clinic_folder.well("init")
    assert (clinic_folder.folder / "environment.db").exists()
    clinic_folder.well("init", "--database", "sqlite:///option.db")
    assert (clinic_folder.folder / "option.db").exists()
    assert not (clinic_folder.folder / "clinic.db").exists()


def test_paths_of_a_configuration_are_taken_from_its_folder(
    clinic_folder: Installed, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    config = clinic_folder.write("site.toml", 'database = "sqlite:///mine.db"\n')
    monkeypatch.chdir(tmp_path)
    clinic_folder.well("init", "--config", config)
    assert {path.name for path in clinic_folder.folder.iterdir()} == {"site.toml", "mine.db", "clinic.key"}


def test_two_who_run_init_at_once_end_with_one_installation(clinic_folder: Installed) -> None:
    racers = [clinic_folder.start(*command("init", "--json")) for _ in range(3)]
    outcomes = [ended(racer) for racer in racers]
    assert all(code in {0, 2} and "Traceback" not in err for code, _, err in outcomes), outcomes
    assert sum('"admin_is_new": true' in out for _, out, _ in outcomes) == 1
    clinic_folder.well("init")
    assert clinic_folder.ask("SELECT count(*) FROM programs") == [(1,)]
    assert clinic_folder.well("verify").out.endswith("\nclean\n")


@pytest.mark.parametrize(
    "at", ["make_file", "upgrade", "write_key_file", "begin"], ids=lambda at: f"killed before {at}"
)
def test_killed_at_any_moment_it_is_run_again(clinic_folder: Installed, at: str) -> None:
    where = {
        "make_file": "cm_engine.store.database",
        "upgrade": "cm_engine.store.schema",
        "write_key_file": "cm_engine.exchange.key_file",
        "begin": "cm_engine.actions.begin",
    }[at]
    code = f"import os, sys, {where} as m; m.{at} = lambda *a, **k: os._exit(9)\nfrom cm_engine.cli import main; main(['init'])"
    assert ended(clinic_folder.start("-c", code))[0] == 9
    told = clinic_folder.told("init")
    assert told["admin_is_new"]
    assert clinic_folder.well("verify").out.endswith("\nclean\n")


NEXT = f"""
import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = "{schema.head()}"


def upgrade() -> None:
    op.add_column("sites", sa.Column("phone", sa.Text, nullable=True))


def downgrade() -> None:
    op.drop_column("sites", "phone")
"""


@pytest.fixture
def next_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Goes over to a version of the engine that knows one migration more."""

    def go_over() -> None:
        folder = tmp_path / "migrations"
        shutil.copytree(schema.migrations_folder(), folder, ignore=shutil.ignore_patterns("__pycache__"))
        (folder / "versions" / "9999_next.py").write_text(NEXT, encoding="utf-8")
        monkeypatch.setattr(schema, "migrations_folder", lambda: folder)
        monkeypatch.setattr(schema, "REVISIONS", (*schema.REVISIONS, "9999"))

    return go_over


def test_an_older_database_is_backed_up_before_it_is_migrated(
    installed: Installed, next_version: Callable[[], None]
) -> None:
    installed.filled()
    next_version()
    refused = installed.run("verify")
    assert refused.code == 2
    assert refused.says("made by an older version of cm-engine; run cm-engine init to migrate it")
    told = installed.told("init")
    assert Path(told["backup"]).parent == Path("backups")
    assert installed.ask("SELECT name, phone FROM sites") == [("site", None)]
    assert installed.well("verify").out.endswith("\nclean\n")
    assert installed.told("init")["backup"] is None


def test_a_backup_of_an_older_version_is_loaded_as_it_was_and_then_migrated(
    installed: Installed, next_version: Callable[[], None]
) -> None:
    installed.filled().well("backup", "old.cmbackup")
    next_version()
    installed.url = "sqlite:///restored.db"
    installed.well("restore", "old.cmbackup")
    assert installed.ask("SELECT name, phone FROM sites") == [("site", None)]
    assert installed.ask("SELECT count(*) FROM participants") == [(2,)]
    assert installed.well("verify").out.endswith("\nclean\n")
