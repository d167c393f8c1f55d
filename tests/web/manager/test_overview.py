"""The overview, through HTTP: figures, charts, the period, and what it costs the database."""

import re

import pytest

from cm_engine.actions.roll_up import roll_up
from tests.counting import counted
from tests.web.manager.months import a_fortnight, cap_payers, record_test
from tests.web.rooms import Rooms


def overview(rooms: Rooms, persona: str = "femi", **asked: str) -> str:
    answer = rooms.as_(persona).get(f"/programs/{rooms.program}/overview", query_string=asked)
    assert answer.status_code == 200
    return answer.text


def stats(page: str) -> dict[str, tuple[str, str]]:
    """The key figures: by their names the value, and the note."""
    found = re.findall(
        r'<span class="quiet small">([^<]*)</span>\s*<span class="value">([^<]*)</span>\s*(?:<span class="quiet small">([^<]*)</span>)?',
        page,
    )
    return {name: (value, note) for name, value, note in found}


def test_before_anything_was_summed_up_it_says_how_figures_come_about(rooms: Rooms) -> None:
    page = overview(rooms)
    assert "No figures yet" in page
    answer = rooms.as_("femi").post(
        f"/programs/{rooms.program}/overview/refresh?period=4-weeks", data={"key": "a" * 16}, follow_redirects=True
    )
    assert "The figures are up to date." in answer.text
    assert "No figures yet" not in answer.text
    assert answer.request.args["period"] == "4-weeks"


def test_key_figures_are_those_counted_by_hand(rooms: Rooms) -> None:
    a_fortnight(rooms)
    found = stats(overview(rooms))
    assert found["Active people"] == ("2", "2 began, 0 ended")
    assert found["Visits kept"] == ("87.5%", "7 of 8; 0 excused")
    assert found["Negative, of scheduled"] == ("62.5%", "5 of 8 tests")
    assert found["Negative, of submitted"] == ("71.4%", "5 of 7 tests")
    assert found["Longest abstinence, median"] == ("1 test", "1 with missing left out; longest 3")
    assert found["Paid by State Medicaid"][0] == "$2.00"
    assert found["From test to award"] == ("at most 1 min", "9 in 10 at most 1 min; 5 tests")
    assert found["Prizes waiting now"] == ("1", "the oldest since Mar 2, 2026, 12 days")
    assert found["From earned to handed over"] == ("12 days", "1 prize, worth $1.00")


def test_every_chart_has_a_description_axes_and_a_table(rooms: Rooms) -> None:
    a_fortnight(rooms)
    page = overview(rooms)
    charts = re.findall(r'<svg class="chart".*?</svg>', page, re.DOTALL)
    assert len(charts) == 7
    for chart in charts:
        assert 'role="img" aria-label="' in chart
        assert 'class="title"' in chart
    assert page.count('<summary class="small">Table') == len(charts)
    assert "5 of 8" in page


def test_nothing_in_the_page_breaks_the_policy_for_content(rooms: Rooms) -> None:
    a_fortnight(rooms)
    page = overview(rooms)
    assert " style=" not in page
    assert "<style" not in page
    assert not re.search(r"<script(?! type=\"module\" src=\"/static/)", page)
    assert not re.search(r"\son[a-z]+=", page)
    assert "http://" not in page


def test_a_period_without_anything_says_so_in_the_place_of_its_charts(rooms: Rooms) -> None:
    a_fortnight(rooms)
    page = overview(rooms, period="custom", first="2026-02-01", last="2026-02-07")
    assert "Nothing in this period." in page
    assert stats(page)["Negative, of scheduled"] == ("none yet", "0 of 0 tests")


@pytest.mark.parametrize(
    ("first", "last", "what"),
    [
        ("2026-03-09", "2026-03-02", "The first day lies behind the last."),
        ("2026-03-02", "2027-01-01", "This day has not come yet"),
        ("1999-01-01", "2026-03-02", "at most 5 years back"),
        ("yesterday", "2026-03-02", "Not a valid date value"),
    ],
)
def test_a_period_that_cannot_be_is_told_beside_its_day_and_kept(
    rooms: Rooms, first: str, last: str, what: str
) -> None:
    rooms.clinic.clock.go_on(days=10)
    roll_up(rooms.clinic.engine)
    page = overview(rooms, period="custom", first=first, last=last)
    assert what in page
    assert f'value="{first}"' in page or f'value="{last}"' in page


@pytest.mark.parametrize(("period", "labels"), [("4-weeks", 4), ("12-weeks", 12), ("year", 12), ("nonsense", 12)])
def test_a_period_is_told_in_weeks_or_months(rooms: Rooms, period: str, labels: int) -> None:
    a_fortnight(rooms)
    page = overview(rooms, period=period)
    table = page.partition('<h3 id="chart-3">Active people</h3>')[2].partition("</table>")[0]
    assert table.count("<tr><th") == labels + 1  # with the line of its columns


def test_the_page_asks_little_and_never_reads_the_log(rooms: Rooms) -> None:
    a_fortnight(rooms)
    client = rooms.as_("femi")
    address = f"/programs/{rooms.program}/overview"
    client.get(address)
    with counted() as few:
        client.get(address)
    for number in range(8):
        record_test(rooms, rooms.enrol(f"R-2{number:03}"), "negative")
    roll_up(rooms.clinic.engine)
    with counted() as many:
        client.get(address)
    assert len(many) <= 20
    with counted() as again:
        client.get(address)
    assert len(again) == len(few) <= 6
    assert not [one for one in many if re.search(r"\b(FROM|JOIN) (log|entries|standings)\b", one)]


def test_what_was_recorded_since_shows_once_it_is_summed_up(rooms: Rooms) -> None:
    people = a_fortnight(rooms)
    record_test(rooms, people["ada"], "negative")
    assert stats(overview(rooms))["Negative, of scheduled"][1] == "5 of 8 tests"
    roll_up(rooms.clinic.engine)
    assert stats(overview(rooms))["Negative, of scheduled"][1] == "6 of 9 tests"


def test_who_is_at_a_cap_is_listed_by_code(rooms: Rooms) -> None:
    cap_payers(rooms, 100)
    people = a_fortnight(rooms)
    page = overview(rooms)
    [link] = re.findall(r'href="(/programs/[^"]*/overview/caps[^"]*)"', page)
    listed = rooms.as_("femi").get(link.replace("&amp;", "&"))
    assert "At a cap" in listed.text
    assert "R-1001" in listed.text
    assert "Ada" not in listed.text
    assert "R-1001" not in rooms.as_("olga").get(link.replace("&amp;", "&")).text
    assert f"P-{people['ada'][:6]}" in rooms.as_("olga").get(link.replace("&amp;", "&")).text


def test_what_is_no_cap_is_not_found(rooms: Rooms) -> None:
    for what in ("", "cap:", "under:x", "cap:far:month:1:x"):
        answer = rooms.as_("femi").get(f"/programs/{rooms.program}/overview/caps", query_string={"what": what})
        assert answer.status_code == 404
