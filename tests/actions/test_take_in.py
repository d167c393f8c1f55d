"""Taking a file in: newcomers are enrolled under the very policy that was named, whatever was published since."""

from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from cm_engine.actions.revise import publish
from cm_engine.actions.take_in import NotTakenError, Taking, find_event, take_in
from cm_engine.actions.verify import verify
from cm_engine.events import ANALYTES
from cm_engine.exchange.events_file import read_events
from cm_engine.exchange.policy_file import load_policy, parse_policy, policy_text
from cm_engine.policies.contract import Policy
from cm_engine.vault import Keys, Vault
from tests.clinic import PROGRAM, Clinic, clinic

HIGGINS = load_policy("higgins-voucher")
DEARER = parse_policy("story", policy_text(HIGGINS).replace("2.50", "5.00"))


def taken_in(riverside: Clinic, folder: Path, code: str, policy: Policy[Any], on: date) -> str:
    """Take in one negative of somebody new; give what they then have."""
    path = folder / f"{code}.csv"
    path.write_text(f"participant,at,kind,outcome,id\n{code},{on},test,negative,{code}-1\n")
    people = read_events(path, ZoneInfo("America/Los_Angeles"), ANALYTES)
    take_in(riverside.engine, riverside.request(), Taking(code, riverside.program, (policy,)), people)
    amounts: list[str] = [
        str(amount)
        for (amount,) in riverside.ask(
            f"SELECT amount FROM entries JOIN participants ON id = chain WHERE code = '{code}'"
        )
    ]
    return " ".join(amounts)


def test_newcomers_are_under_the_version_whose_text_was_given(migrated_url: str, tmp_path: Path) -> None:
    with clinic(migrated_url, HIGGINS) as riverside:
        tomorrow = riverside.today + timedelta(days=1)
        publish(riverside.engine, riverside.request(), riverside.program, DEARER, tomorrow)
        riverside.clock.go_on(days=3)
        assert taken_in(riverside, tmp_path, "Ada", HIGGINS, riverside.today) == "250"
        assert taken_in(riverside, tmp_path, "Ben", DEARER, riverside.today) == "500"
        assert len(riverside.ask("SELECT * FROM policy_versions")) == 2
        assert verify(riverside.engine).is_clean


def test_a_policy_that_is_new_is_published_for_others_from_tomorrow_on(migrated_url: str, tmp_path: Path) -> None:
    with clinic(migrated_url, HIGGINS) as riverside:
        assert taken_in(riverside, tmp_path, "Ada", DEARER, riverside.today) == "500"
        ben = riverside.enrol("Ben")
        assert riverside.record(ben)["awards"][0]["amount"] == "2.50"
        riverside.clock.go_on(days=1)
        cleo = riverside.enrol("Cleo")
        assert riverside.record(cleo)["awards"][0]["amount"] == "5.00"


def test_without_the_key_nobody_can_try_rows_until_one_fits(migrated_url: str, tmp_path: Path) -> None:
    with clinic(migrated_url, HIGGINS) as riverside:
        riverside.enrol("Ada")
        path = tmp_path / "story.csv"
        path.write_text(f"participant,at,kind,outcome,note\nAda,{riverside.today},test,negative,August drove her\n")
        people = read_events(path, ZoneInfo("America/Los_Angeles"), ANALYTES)

        def created() -> int:
            return take_in(riverside.engine, riverside.request(), Taking("story", riverside.program), people).created

        assert (created(), created()) == (1, 0)
        riverside.engine.vault = Vault(Keys.new())
        assert created() == 1


def test_a_session_that_is_a_story_is_a_mistake_by_its_line(migrated_url: str, tmp_path: Path) -> None:
    named = PROGRAM + '[[goals]]\nsession = "job: find one"\ntitle = "A job"\n'
    with clinic(migrated_url, HIGGINS, program=named) as riverside:
        riverside.enrol("Ada")
        path = tmp_path / "story.csv"
        rows = [
            f"Ada,{riverside.today},activity,completed,{session}"
            for session in ("study-visit", "Group 2", "job: find one", "with Ann; Smith", "a" * 100_000, "a" * 64)
        ]
        path.write_text("\n".join(["participant,at,kind,outcome,session", *rows]))
        people = read_events(path, ZoneInfo("America/Los_Angeles"), ANALYTES)
        with pytest.raises(NotTakenError) as refused:
            take_in(riverside.engine, riverside.request(), Taking("story", riverside.program), people)
        assert [(mistake.line, mistake.where) for mistake in refused.value.mistakes] == [(5, "session"), (6, "session")]
        path.write_text("\n".join(["participant,at,kind,outcome,session", *rows[:3], rows[5]]))
        people = read_events(path, ZoneInfo("America/Los_Angeles"), ANALYTES)
        assert take_in(riverside.engine, riverside.request(), Taking("story", riverside.program), people).created == 4


def test_a_code_in_either_form_of_a_letter_is_one_persons(migrated_url: str, tmp_path: Path) -> None:
    with clinic(migrated_url, HIGGINS) as riverside:

        def taken(*rows: str) -> tuple[int, int, int]:
            path = tmp_path / "story.csv"
            path.write_text("\n".join(["participant,at,kind,outcome,id,corrects", *rows]), encoding="utf-8")
            with riverside.engine.database.reading() as tx:
                site = riverside.engine.published(tx).programs[riverside.program].site
                elsewhere = partial(find_event, tx, site)
                people = read_events(path, ZoneInfo("America/Los_Angeles"), ANALYTES, elsewhere=elsewhere)
            return take_in(
                riverside.engine, riverside.request(), Taking("story", riverside.program, (HIGGINS,)), people
            )

        on = riverside.today
        first, second = f"Rene\u0301,{on},test,negative,r-1,", f"Ren\u00e9,{on},test,positive,r-2,"
        assert taken(first, second) == (2, 0, 1)
        assert taken(first.replace("e\u0301", "\u00e9"), second) == (0, 2, 0)
        assert taken(f"Rene\u0301,{on},test,void,r-3,r-1") == (1, 0, 0)
        assert riverside.ask("SELECT code FROM participants") == [("Ren\u00e9",)]
        assert verify(riverside.engine).is_clean
