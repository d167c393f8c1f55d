"""Who may come into the managers' rooms, each page as each persona."""

import pytest

from tests.web.manager.months import a_fortnight
from tests.web.rooms import PERSONAS, Rooms

PAGES = {
    "overview": {"femi", "olga"},
    "overview/caps?what=cap:at:calendar-year:599.00 usd:State Medicaid": {"femi", "olga"},
    "policies": {"elin", "femi", "amir", "olga"},
    "policies/VERSION": {"elin", "femi", "amir", "olga"},
    "audits": {"femi"},
    "audits/purchases/2026-Q1": {"femi"},
    "team": {"femi"},
    "exports": {"femi", "olga"},
    "exports/outcomes.csv": {"femi", "olga"},
}


@pytest.fixture
def a_quarter_on(rooms: Rooms) -> Rooms:
    """A clinic with a fortnight of work, a quarter later."""
    a_fortnight(rooms)
    rooms.clinic.clock.go_on(days=60)
    return rooms


@pytest.mark.parametrize("page", PAGES)
def test_each_page_is_open_to_those_it_is_for(a_quarter_on: Rooms, page: str) -> None:
    rooms = a_quarter_on
    [(version,)] = rooms.clinic.ask(
        f"SELECT id FROM policy_versions WHERE program_id = '{rooms.program}' AND policy = 'va-prize'"
    )
    address = f"/programs/{rooms.program}/{page.replace('VERSION', version)}"
    answers = {persona: rooms.as_(persona).get(address).status_code for persona in PERSONAS}
    assert answers == {persona: 200 if persona in PAGES[page] else 404 for persona in PERSONAS}


@pytest.mark.parametrize("page", PAGES)
def test_whoever_is_not_signed_in_is_sent_to_sign_in(rooms: Rooms, page: str) -> None:
    answer = rooms.nobody().get(f"/programs/{rooms.program}/{page}")
    assert answer.status_code == 303
    assert "/sign-in" in answer.headers["Location"]


@pytest.mark.parametrize("page", ["overview/refresh", "audits/purchases/2026-Q1", "audits/purchases/2026-Q1/refresh"])
def test_nobody_else_can_send_a_managers_form(a_quarter_on: Rooms, page: str) -> None:
    address = f"/programs/{a_quarter_on.program}/{page}"
    for persona in ("dev", "elin", "amir", "otto"):
        assert a_quarter_on.as_(persona).post(address, data={"key": "a" * 16}).status_code == 404


def test_nothing_of_another_site_is_found_by_its_own_program(rooms: Rooms) -> None:
    ours = rooms.clinic.ask(f"SELECT id FROM policy_versions WHERE program_id = '{rooms.program}'")[0][0]
    otto = rooms.as_("otto")
    assert otto.get(f"/programs/{rooms.elsewhere}/policies").status_code == 200
    assert otto.get(f"/programs/{rooms.elsewhere}/policies/{ours}").status_code == 404
    assert otto.get(f"/programs/{rooms.elsewhere}/policies/{ours}/to/{ours}").status_code == 404
