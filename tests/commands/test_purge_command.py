"""`cm-engine purge`: the person goes, the books stay."""

import io
from datetime import UTC, date, datetime, timedelta

import pytest

from cm_engine.actions.enrol import discharge
from cm_engine.actions.purge import retained_until
from cm_engine.actions.requests import Request
from tests.installations import PROGRAM, Installed


def discharged(installed: Installed, years: int = 1) -> Installed:
    """Ada came to her first two visits, and was discharged long ago."""
    installed.write("config.toml", f"retention_years = {years}\n")
    installed.filled()
    events = "participant,at,kind,outcome,id,note\nCleo-3,2001-02-03,test,missed,c-1,left town\n"
    installed.write("early.csv", events)
    installed.well("import", "early.csv", "--enrol-under", "va-prize")
    engine = installed.engine()
    [(cleo,)] = installed.ask("SELECT id FROM participants WHERE code = 'Cleo-3'")
    discharge(engine, Request("discharge", "dev"), cleo, date(2001, 3, 1))
    engine.close()
    return installed


def test_a_person_is_removed_and_the_books_still_hold(installed: Installed) -> None:
    discharged(installed)
    told = installed.told("purge", "Cleo-3", "--yes")
    assert installed.ask(f"SELECT code FROM participants WHERE id = '{told['participant']}'") == [(None,)]
    assert installed.ask("SELECT count(*) FROM received WHERE sender_id = 'c-1'") == [(0,)]
    assert installed.ask("SELECT count(*) FROM notes") == [(1,)]
    assert installed.well("verify").out.endswith("\nclean\n")
    assert installed.run("purge", "Cleo-3", "--yes").says("nobody has the code", "Cleo-3")


def test_nothing_of_the_person_stays_in_the_file(clinic_folder: Installed) -> None:
    discharged(clinic_folder)
    clinic_folder.well("purge", "Cleo-3", "--yes")
    for path in clinic_folder.folder.glob("clinic.db*"):
        assert b"Cleo-3" not in path.read_bytes(), path


def test_nobody_is_removed_while_enrolled_or_before_the_retention_time_is_over(clinic_folder: Installed) -> None:
    discharged(clinic_folder, years=200)
    assert clinic_folder.run("purge", "Ada-1007", "--yes").says("an enrolment is still open; discharge first")
    assert clinic_folder.run("purge", "Cleo-3", "--yes").says("the retention time lasts until 2201-03-01")
    assert clinic_folder.ask("SELECT count(*) FROM participants WHERE code IS NULL") == [(0,)]


@pytest.mark.parametrize(("answer", "code"), [("n\n", 2), ("\n", 2), ("", 130), ("y\n", 0)])
def test_it_asks_before(clinic_folder: Installed, monkeypatch: pytest.MonkeyPatch, answer: str, code: int) -> None:
    discharged(clinic_folder)
    monkeypatch.setattr("sys.stdin", io.StringIO(answer))
    told = clinic_folder.run("purge", "Cleo-3")
    assert told.code == code
    assert ("othing was changed" in told.err) == (code != 0)
    assert clinic_folder.ask("SELECT count(*) FROM participants WHERE code IS NULL") == [(int(code == 0),)]


def test_a_code_that_several_sites_use_needs_its_site(clinic_folder: Installed) -> None:
    discharged(clinic_folder)
    clinic_folder.write("mine.toml", PROGRAM)
    clinic_folder.well("init", "--program", "mine.toml")
    clinic_folder.well("import", "early.csv", "--enrol-under", "va-prize", "--program", "riverside-iop")
    assert clinic_folder.run("purge", "Cleo-3", "--yes").says('name one of them with --site: "riverside", "site"')
    assert clinic_folder.run("purge", "Cleo-3", "--yes", "--site", "nowhere").says('"nowhere"')
    clinic_folder.well("purge", "Cleo-3", "--yes", "--site", "site")


@pytest.mark.parametrize(
    ("last_day", "years", "until"),
    [("2024-12-31", 6, "2030-12-31"), ("2024-02-29", 1, "2025-03-01"), ("2024-02-29", 4, "2028-02-29")],
)
def test_the_retention_time_lasts_to_the_day(last_day: str, years: int, until: str) -> None:
    assert retained_until(date.fromisoformat(last_day), years) == date.fromisoformat(until)


def test_today_is_not_yet_over() -> None:
    today = datetime.now(UTC).date()
    assert retained_until(today - timedelta(days=1), 1) > today


def test_it_says_what_the_person_still_has_before_it_asks(
    clinic_folder: Installed, monkeypatch: pytest.MonkeyPatch
) -> None:
    discharged(clinic_folder)
    clinic_folder.write("rich.csv", "participant,at,kind,outcome,id\nCleo-3,2001-02-05,test,negative,c-2\n")
    clinic_folder.well("import", "rich.csv", "--allow-partial-panel")
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    told = clinic_folder.run("purge", "Cleo-3")
    assert told.code == 2
    assert told.err.index("lost to them with this: 1 draws held va-prize") < told.err.index("Remove this person?")
    assert clinic_folder.told("purge", "Cleo-3", "--yes")["has"][0]["unit"] == "draws"
