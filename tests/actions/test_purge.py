"""Purging: after the retention time the person is removed, and the books stay as they are."""

import sqlite3
from datetime import UTC, date, datetime
from pathlib import Path

from cm_engine.actions.correct import Correction, correct, excuse
from cm_engine.actions.draw import draw_by_hand, open_draws
from cm_engine.actions.enrol import discharge, enrol
from cm_engine.actions.purge import purge
from cm_engine.actions.record import Happening, record
from cm_engine.actions.redeem import choose
from cm_engine.actions.verify import verify
from cm_engine.events import Result
from tests.clinic import Clinic, clinic

SECRETS = ("GUS-4711", "August Gustavson", "gus@example.org", "late bus", "laboratory letter", "LIMS-0815", "in jail")


def gone(riverside: Clinic) -> str:
    """Let Gus come, with all that names him, and leave."""
    person = {"name": SECRETS[1], "email": SECRETS[2]}
    first = riverside.today
    answer = enrol(riverside.engine, riverside.request(), riverside.program, SECRETS[0], first, person=person)
    gus: str = answer["participant"]
    negative = Result("negative")
    happening = Happening(riverside.clock.now, "test", negative, "", SECRETS[5], SECRETS[3], SECRETS[4])
    event = record(riverside.engine, riverside.request(), gus, happening)["event"]
    lab = Correction(event, Result("positive"), reason=SECRETS[4])
    correct(riverside.engine, riverside.request(), gus, lab)
    riverside.clock.go_on(days=1)
    excuse(riverside.engine, riverside.request(), gus, riverside.today, "test", reason=SECRETS[6])
    discharge(riverside.engine, riverside.request(), gus, riverside.today)
    return gus


def words(riverside: Clinic) -> str:
    """Give every table as one text, with what is sealed opened."""
    sealed = [
        riverside.engine.vault.open(bytes(token))
        for table in ("people", "notes")
        for (token,) in riverside.ask(f"SELECT sealed FROM {table}")
    ]
    return "\n".join(riverside.rows() + sealed)


def test_after_the_retention_time_nothing_names_the_person_and_the_books_still_hold(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        gus = gone(riverside)
        assert all(secret in words(riverside) for secret in SECRETS)
        answers = f"SELECT count(*) FROM requests WHERE chain = '{gus}'"
        assert riverside.ask(answers)[0][0] == 5
        riverside.clock.go_on(days=366 * 6)
        purge(riverside.engine, riverside.request(), gus, retention_years=6)
        assert not [secret for secret in SECRETS if secret in words(riverside)]
        assert riverside.ask(answers)[0][0] == 1  # that of the purge
        assert verify(riverside.engine).is_clean
        with riverside.refuses("was purged"):
            riverside.record(gus)
        assert riverside.enrol(SECRETS[0]) != gus


def test_not_even_the_files_free_pages_name_the_person(migrated_sqlite_url: str, tmp_path: Path) -> None:
    with clinic(migrated_sqlite_url) as riverside:
        gus = gone(riverside)
        riverside.clock.go_on(days=366 * 6)
        purge(riverside.engine, riverside.request(), gus, retention_years=6)
    with sqlite3.connect(tmp_path / "test.db") as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.is_file())
    assert not [secret for secret in SECRETS if secret.encode() in content]


def test_nobody_is_removed_before_the_retention_time(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        riverside.clock.now = datetime(2026, 1, 30, 20, tzinfo=UTC)
        cleo = riverside.enrol("Cleo")
        gus = gone(riverside)  # until 31 January
        with riverside.refuses("an enrolment is still open; discharge first"):
            purge(riverside.engine, riverside.request(), cleo, retention_years=6)
        riverside.clock.now = datetime(2032, 1, 30, 20, tzinfo=UTC)
        with riverside.refuses("lasts until 2032-01-31"):
            purge(riverside.engine, riverside.request(), gus, retention_years=6)
        riverside.clock.go_on(days=1)
        answer = purge(riverside.engine, riverside.request(), gus, retention_years=6)
        assert answer["purged_on"] == "2032-01-31"


def test_a_retention_time_from_a_leap_day_ends_on_the_first_of_march(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        riverside.clock.now = datetime(2024, 2, 29, 20, tzinfo=UTC)
        gus = riverside.enrol("Gus")
        discharge(riverside.engine, riverside.request(), gus, date(2024, 2, 29))
        riverside.clock.now = datetime(2025, 2, 28, 20, tzinfo=UTC)
        with riverside.refuses("lasts until 2025-03-01"):
            purge(riverside.engine, riverside.request(), gus, retention_years=1)


def test_nobody_is_removed_whose_draws_are_open_or_whose_prize_waits(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        ada, ben = riverside.enrol("Ada"), riverside.enrol("Ben")
        for person in (ada, ben):
            riverside.record(person)
            discharge(riverside.engine, riverside.request(), person, riverside.today)
        open_draws(riverside.engine, riverside.request(), ada, "va-prize")
        draw_by_hand(riverside.engine, riverside.request(), ben, "va-prize", "small")
        choose(riverside.engine, riverside.request(), ben, riverside.prize("Coffee card"))
        riverside.clock.go_on(days=366)
        for person in (ada, ben):
            with riverside.refuses("finish or cancel them first"):
                purge(riverside.engine, riverside.request(), person, retention_years=1)


def test_the_answer_says_what_is_lost_with_the_person(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        gus = riverside.enrol("Gus")
        riverside.tests(gus, "NN")
        draw_by_hand(riverside.engine, riverside.request(), gus, "va-prize", "small")
        discharge(riverside.engine, riverside.request(), gus, riverside.today)
        riverside.clock.go_on(days=366)
        answer = purge(riverside.engine, riverside.request(), gus, retention_years=1)
        assert answer["has"] == [
            {"what": "held", "of": "va-prize", "unit": "draws", "balance": "2"},
            {"what": "won", "of": "small", "unit": "slips", "balance": "1"},
        ]
