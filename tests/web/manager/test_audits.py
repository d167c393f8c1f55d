"""Audits, through HTTP: from due to signed."""

import re

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.web.manager.months import PASSWORD, a_fortnight, give_password, record_test
from tests.web.rooms import Rooms

SLIPS = "slips/2026-03"
PURCHASES = "purchases/2026-Q1"


@pytest.fixture
def april(rooms: Rooms) -> Rooms:
    """A clinic with a fortnight of work in March; now it is April."""
    a_fortnight(rooms)
    give_password(rooms, "femi")
    rooms.clinic.clock.go_on(days=21)
    return rooms


def sign(rooms: Rooms, client: FlaskClient, audit: str, **typed: str) -> TestResponse:
    address = f"/programs/{rooms.program}/audits/{audit}"
    seen = re.search(r'name="seen" type="hidden" value="([0-9a-f]+)"', client.get(address).text)
    assert seen
    form = {"key": "k" * 16, "seen": seen[1], "sure": "y", "present": PASSWORD, **typed}
    return client.post(address, data=form)


def test_what_is_due_is_listed_and_what_is_not_over_cannot_be_done(april: Rooms) -> None:
    femi = april.as_("femi")
    page = femi.get(f"/programs/{april.program}/audits").text
    assert "Slip audit, March 2026" in page
    assert "Purchase audit, January to March 2026" in page
    assert "Slip audit, April 2026" in page
    assert page.count(">Do it</a>") == 2
    for audit in ("slips/2026-04", "slips/2026-Q1", "slips/1999-01", "pizza/2026-03", "slips/pizza"):
        assert femi.get(f"/programs/{april.program}/audits/{audit}").status_code == 404


def test_slips_are_signed_with_what_was_counted_and_a_note(april: Rooms) -> None:
    femi = april.as_("femi")
    counted = {"count:va-prize: jumbo": "0", "count:va-prize: large": "40", "count:va-prize: small": ""}
    answer = sign(april, femi, SLIPS, note="one slip <lay> under the bowl", **counted)
    assert answer.status_code == 303
    page = femi.get(answer.headers["Location"]).text
    assert "The audit is signed." in page
    assert "<dd>Femi Ade</dd>" in page
    assert "Sat, Apr 4, 2026, 1" in page
    assert "one slip &lt;lay&gt; under the bowl" in page
    told = " ".join(page.split())
    assert (
        'va-prize: jumbo</th><td data-head="Counted" class="figure">0</td><td data-head="Books" class="figure">1</td>'
        in told
    )
    assert ">\N{MINUS SIGN}1</span>" in told
    assert "va-prize: small" not in told
    assert "signed by Femi Ade" in femi.get(f"/programs/{april.program}/audits").text


def test_a_second_click_signs_nothing_more(april: Rooms) -> None:
    femi = april.as_("femi")
    assert sign(april, femi, PURCHASES).headers["Location"] == sign(april, femi, PURCHASES).headers["Location"]
    assert april.clinic.ask("SELECT count(*) FROM audits") == [(1,)]


def test_purchases_show_what_was_bought_handed_over_and_left(april: Rooms) -> None:
    page = " ".join(april.as_("femi").get(f"/programs/{april.program}/audits/{PURCHASES}").text.split())
    heads = ("At the beginning", "Bought", "Handed over", "Reserved", "Found by counts", "At the end")
    cells = zip(heads, (0, 60, 1, 0, 0, 59), strict=True)
    row = "".join(f'<td data-head="{head}" class="figure">{number}</td>' for head, number in cells)
    assert f'<th scope="row">Coffee card</th>{row}' in page


@pytest.mark.parametrize(
    ("typed", "what"),
    [
        ({"present": "wrong"}, "This is not your present password"),
        ({"present": ""}, "Write your password to sign."),
        ({"sure": ""}, "Tick this to sign."),
        ({"count:va-prize: jumbo": "one"}, "Write a whole number, or leave it empty."),
        ({"count:va-prize: jumbo": "9" * 30}, "Write a whole number, or leave it empty."),
        ({"count:pizza": "1"}, "there is nothing called"),
        ({"seen": "0" * 64}, "the figures changed since you saw them"),
        ({"note": "x" * 4001}, "Write at most 4000 characters."),
    ],
)
def test_what_is_wrong_is_told_and_nothing_typed_is_lost(april: Rooms, typed: dict[str, str], what: str) -> None:
    femi = april.as_("femi")
    answer = sign(april, femi, SLIPS, **{"note": "two of us counted", "count:va-prize: large": "39", **typed})
    assert answer.status_code == 422
    assert what in answer.text
    assert ("two of us counted" in answer.text) or "note" in typed
    assert 'value="39"' in answer.text
    assert PASSWORD not in answer.text
    assert april.clinic.ask("SELECT count(*) FROM audits") == [(0,)]


def test_what_was_recorded_late_is_seen_once_it_is_brought_up_to_date(april: Rooms) -> None:
    femi = april.as_("femi")
    address = f"/programs/{april.program}/audits/{SLIPS}"
    record_test(april, april.enrol("R-1003"), "negative")
    answer = femi.post(f"{address}/refresh", data={"key": "k" * 16})
    assert answer.headers["Location"].endswith(address)
    assert "As of Sat, Apr 4, 2026" in femi.get(address).text


def test_an_audit_of_another_program_is_not_found(april: Rooms) -> None:
    femi = april.as_("femi")
    signed = sign(april, femi, SLIPS).headers["Location"].rpartition("/")[2]
    assert april.as_("otto").get(f"/programs/{april.elsewhere}/audits/signed/{signed}").status_code == 404
    assert april.as_("otto").get(f"/programs/{april.program}/audits/signed/{signed}").status_code == 404


def test_a_count_that_is_far_too_long_is_refused_beside_its_field(april: Rooms) -> None:
    answer = sign(april, april.as_("femi"), SLIPS, **{"count:va-prize: jumbo": "9" * 5000})
    assert answer.status_code == 422
    assert "Write a whole number, or leave it empty." in answer.text
