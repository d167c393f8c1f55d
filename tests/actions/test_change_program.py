"""Changing a program by its file: every mistake by its line, the difference first, and nothing before the day it holds from."""

from datetime import timedelta

import pytest

from cm_engine.actions.appoint import add_staff
from cm_engine.actions.change_program import add_program, change, earliest, propose, read_new
from cm_engine.actions.requests import Request
from cm_engine.catalogue import shipped_program
from cm_engine.errors import InputError
from cm_engine.exchange.program_file import program_text
from cm_engine.store.published import Published, Running
from tests.clinic import PROGRAM, Clinic, clinic

VA = PROGRAM.replace('policies = ["any"]', 'policies = ["va-prize"]')


def at_hand(riverside: Clinic) -> tuple[Published, Running]:
    with riverside.engine.database.reading() as tx:
        published = riverside.engine.published(tx)
    return published, published.programs[riverside.program]


def changed(riverside: Clinic, text: str, days: int = 1) -> list[str]:
    """Propose a file from a later day on, and give the lines that differ."""
    published, running = at_hand(riverside)
    proposed = propose(riverside.engine, published, running, text, riverside.today + timedelta(days=days))
    return [f"{line.mark}{line.text}" for line in proposed.changes if line.mark in "+-"]


def text_of(riverside: Clinic) -> str:
    return program_text(at_hand(riverside)[1].terms[-1][1])


def test_the_same_file_changes_nothing(migrated_url: str) -> None:
    with clinic(migrated_url, program=VA) as riverside:
        assert changed(riverside, text_of(riverside)) == []


def test_what_a_file_changes_is_told_line_by_line(migrated_url: str) -> None:
    with clinic(migrated_url, program=VA) as riverside:
        longer = text_of(riverside).replace("weeks = 12", "weeks = 16")
        assert changed(riverside, longer) == ["-weeks = 12", "+weeks = 16"]


def test_a_change_holds_from_its_day_and_is_compared_with_what_holds_then(migrated_url: str) -> None:
    with clinic(migrated_url, program=VA) as riverside:
        published, running = at_hand(riverside)
        first = earliest(riverside.engine, running)
        assert first == riverside.today + timedelta(days=1)
        longer = text_of(riverside).replace("weeks = 12", "weeks = 16")
        proposed = propose(riverside.engine, published, running, longer, first)
        change(riverside.engine, riverside.request(), running, proposed, first)
        _, running = at_hand(riverside)
        assert (running.on(riverside.today).weeks, running.on(first).weeks) == (12, 16)
        assert changed(riverside, longer) == []


def test_a_policy_that_ships_is_published_with_the_program_that_names_it(migrated_url: str) -> None:
    with clinic(migrated_url, program=VA) as riverside:
        published, running = at_hand(riverside)
        first = earliest(riverside.engine, running)
        both = text_of(riverside).replace('["va-prize"]', '["va-prize", "iop-attendance"]')
        proposed = propose(riverside.engine, published, running, both, first)
        assert proposed.publishes == ["iop-attendance"]
        change(riverside.engine, riverside.request(), running, proposed, first)
        published, _ = at_hand(riverside)
        assert {version.policy.name for version in published.versions.values()} == {"va-prize", "iop-attendance"}


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ('name = "riverside-iop"', 'name = "other"', 1, "a program keeps its name"),
        ('site = "riverside"', 'site = "harbor"', 3, "a program keeps its site"),
        ("weeks = 12", "weeks = 0", 5, "weeks 0"),
        ('["va-prize"]', '["va-price"]', 6, 'did you mean "va-prize"'),
        ('["va-prize"]', '["/etc/passwd"]', 6, '"/etc/passwd" is no policy that is known here'),
    ],
)
def test_a_mistake_is_told_with_its_line(migrated_sqlite_url: str, old: str, new: str, line: int, said: str) -> None:
    with clinic(migrated_sqlite_url, program=VA) as riverside:
        with pytest.raises(InputError) as refused:
            changed(riverside, text_of(riverside).replace(old, new))
        assert [(mistake.line, said in f"{mistake.where} {mistake.what}") for mistake in refused.value.mistakes] == [
            (line, True)
        ]


def test_a_day_that_has_begun_keeps_its_terms(migrated_url: str) -> None:
    with clinic(migrated_url, program=VA) as riverside:
        published, running = at_hand(riverside)
        longer = text_of(riverside).replace("weeks = 12", "weeks = 16")
        proposed = propose(riverside.engine, published, running, longer, riverside.today)
        with riverside.refuses("is not to come"):
            change(riverside.engine, riverside.request(), running, proposed, riverside.today)


# New programs


def hire(riverside: Clinic, name: str, role: str) -> str:
    site = riverside.ask("SELECT id FROM sites")[0][0]
    staff: str = add_staff(riverside.engine, riverside.request(), name, site, [role])["staff"]
    return staff


def shipped(**changes: str) -> str:
    text = shipped_program("intensive-outpatient")
    for key, value in ({"timezone": "America/Los_Angeles"} | changes).items():
        line = next(line for line in text.splitlines() if line.startswith(f"{key} "))
        text = text.replace(line, f'{key} = "{value}"')
    return text


def test_an_admin_adds_a_program_at_their_own_site(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        amir = hire(riverside, "Amir", "admin")
        asked = riverside.request()._replace(actor=amir)
        new = read_new(riverside.engine, shipped(site="riverside"))
        answer = add_program(riverside.engine, asked, *new)
        assert add_program(riverside.engine, asked, *new) == answer  # sent twice
        assert riverside.ask(f"SELECT name FROM programs WHERE id = '{answer['program']}'") == [
            ("intensive-outpatient",)
        ]
        noted = "SELECT actor, about FROM activity WHERE deed = 'program-begun'"
        assert riverside.ask(noted) == [(amir, answer["program"])]
        with riverside.refuses("at this site already; change that one"):
            add_program(riverside.engine, riverside.request()._replace(actor=amir), *new)


def test_whoever_opens_a_site_is_its_first_admin(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        amir = hire(riverside, "Amir", "admin")
        new = read_new(riverside.engine, shipped(site="harbor"))
        answer = add_program(riverside.engine, Request("new site", amir), *new)
        held = f"SELECT role FROM roles WHERE staff_id = '{amir}' AND site_id = '{answer['site']}'"
        assert riverside.ask(held) == [("admin",)]


def test_nobody_adds_a_program_at_a_site_of_others(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        amir, nora = hire(riverside, "Amir", "admin"), hire(riverside, "Nora", "clinician")
        add_program(riverside.engine, Request("harbor", amir), *read_new(riverside.engine, shipped(site="harbor")))
        for name in ("intensive-outpatient", "another"):
            new = read_new(riverside.engine, shipped(site="harbor", name=name))
            with riverside.refuses("its own admins add programs there"):
                add_program(riverside.engine, Request(f"nora {name}", nora), *new)
