"""A manager's month end: the figures, the slip audit signed, an export with its notice, and the policies' versions."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from cm_engine.actions.revise import publish
from cm_engine.exchange.policy_file import load_policy, parse_policy, policy_text
from cm_engine.exchange.report_csv import NOTICE
from tests.journeys.conftest import SitDown
from tests.journeys.hands import KINDS, Hands, Keyboard, Mouse
from tests.web.manager.months import PASSWORD, a_fortnight, give_password
from tests.web.rooms import Rooms


@pytest.mark.parametrize("with_", KINDS)
def test_a_managers_month_end(rooms: Rooms, sit_down: SitDown, with_: type[Mouse] | type[Keyboard]) -> None:
    a_fortnight(rooms)
    give_password(rooms, "femi")
    the_bonus_for_coming_is_raised(rooms)
    rooms.clinic.clock.go_on(days=21)

    femi = sit_down("femi", accept_downloads=True)
    office, hands = femi.page, with_(femi.page)
    femi.go("/")
    the_figures_are_brought_up_to_date_and_read(office, hands)
    the_slip_audit_is_signed(office, hands)
    the_outcomes_are_exported_under_the_notice(office, hands)
    the_versions_of_a_policy_are_compared(office, hands)


def the_bonus_for_coming_is_raised(rooms: Rooms) -> None:
    text = policy_text(load_policy("iop-attendance")).replace("amount = 2", "amount = 3")
    clinic = rooms.clinic
    publish(
        clinic.engine,
        clinic.request(),
        rooms.program,
        parse_policy("iop-attendance", text),
        clinic.today + timedelta(days=1),
    )


def the_figures_are_brought_up_to_date_and_read(office: Page, hands: Hands) -> None:
    hands.press(office.get_by_role("link", name="Overview"))
    hands.press(office.get_by_role("button", name="Bring up to date"))
    expect(office.get_by_text("As of Sat, Apr 4, 2026")).to_be_visible()
    figures = office.get_by_role("region", name="Key figures")
    for told in ("5 of 8 tests", "of $60,000.00 for 2026", "1 prize, worth $1.00"):
        expect(figures).to_contain_text(told)
    hands.mark(office.get_by_role("radio", name="4 weeks"))
    hands.press(office.get_by_role("button", name="Show"))
    expect(office.get_by_text("Mon, Mar 9, 2026 to Sat, Apr 4, 2026")).to_be_visible()
    expect(figures).to_contain_text(re.compile(r"9 in 10 at most 1 min; 1 test\b"))
    hands.press(office.get_by_text("Table: Visits kept"))
    expect(office.get_by_role("region", name="Visits kept").get_by_role("row").last).to_be_visible()


def the_slip_audit_is_signed(office: Page, hands: Hands) -> None:
    hands.press(office.get_by_role("link", name="Audits"))
    task = office.get_by_role("listitem").filter(has_text="Slip audit, March 2026")
    hands.press(task.get_by_role("link", name="Do it"))
    hands.write(office.get_by_label("Note"), "No bowl of paper here; the draws are the kiosk's.")
    hands.tick(office.get_by_role("checkbox"))
    hands.write(office.get_by_label("password"), PASSWORD)
    hands.press(office.get_by_role("button", name="Sign"))
    expect(office.get_by_text("The audit is signed.")).to_be_visible()


def the_outcomes_are_exported_under_the_notice(office: Page, hands: Hands) -> None:
    hands.press(office.get_by_role("link", name="Exports"))
    expect(office.get_by_role("main")).to_contain_text(NOTICE)
    with office.expect_download() as download:
        hands.press(office.get_by_role("link", name="Download").first)
    lines = download.value.path().read_text("utf-8-sig").splitlines()
    assert NOTICE in lines[0]
    assert lines[1].startswith('"Outcomes: Intensive outpatient, 2026-01-12 to 2026-04-04')


def the_versions_of_a_policy_are_compared(office: Page, hands: Hands) -> None:
    hands.press(office.get_by_role("link", name="Policies", exact=True))
    policy = office.get_by_role("region", name="Attendance in an intensive outpatient program")
    newest = policy.get_by_role("listitem").filter(has_text="Version 2")
    expect(newest).to_contain_text("from Sun, Mar 15, 2026")
    hands.press(newest.get_by_text("from the version before"))
    expect(newest.get_by_text("2 → 3")).to_be_visible()
