"""Logging a test: all negative in one tap, what was found otherwise, specimens that cannot be read, panels in part."""

import pytest

from cm_engine.actions.exempt import Wanted, exempt
from tests.web.rooms import Rooms
from tests.web.staff.desk import MONDAY, PANEL, event_of, events, expected, found, log, read, sent


def test_all_negative_is_two_taps_from_the_day(rooms: Rooms) -> None:
    [ada] = expected(rooms, "Ada Lovelace")
    desk = rooms.as_("dev")
    page = desk.get(f"/people/{ada}/test?program={rooms.program}&on={MONDAY}")
    assert "Ada Lovelace Test of today" in read(page)
    assert "<title>Log a test</title>" in page.text
    told = read(log(rooms, desk, ada))
    assert "1 draw earned" in told
    assert "“Well done! Your test is negative.”" in told
    assert "“Your next negative test earns 2 draws.”" in told
    assert events(rooms, ada) == [("test", "", "", dict.fromkeys(PANEL, "negative"))]


def test_a_positive_is_told_without_blame_and_with_what_comes_next(rooms: Rooms) -> None:
    [ada] = expected(rooms, "Ada Lovelace")
    told = read(log(rooms, rooms.as_("dev"), ada, "rest", **found(cocaine="positive")))
    assert "No reward this time." in told
    assert "“Nothing that you have earned is lost.”" in told
    assert "“Your next negative test earns 1 draw.”" in told
    assert "Well done" not in told
    assert events(rooms, ada)[0][3]["cocaine"] == "positive"


@pytest.mark.parametrize(
    ("validity", "outcome", "reason"),
    [
        ("dilute", "invalid", "Dilute, not accepted"),
        ("substituted", "invalid", "Substituted"),
        ("adulterated", "invalid", "Adulterated"),
        ("temperature", "invalid", "Wrong temperature"),
        ("insufficient", "insufficient", "Not enough"),
        ("refused", "refused", "Refused"),
        ("pending", "pending", "Sent to the laboratory"),
        ("collect-again", "cancelled", "Collect again"),
    ],
)
def test_a_specimen_that_cannot_be_read_has_an_outcome_of_its_own(
    rooms: Rooms, validity: str, outcome: str, reason: str
) -> None:
    [ada] = expected(rooms, "Ada Lovelace")
    told = read(log(rooms, rooms.as_("dev"), ada, "marked", validity=validity, note="seen by two"))
    assert [(kind, got) for kind, _, got, _ in events(rooms, ada)] == [("test", outcome)]
    assert f"Reason {reason} Note seen by two" in told


def test_an_accepted_dilute_counts_by_its_findings(rooms: Rooms) -> None:
    [ada] = expected(rooms, "Ada Lovelace")
    told = read(log(rooms, rooms.as_("dev"), ada, "rest", validity="dilute-accepted"))
    assert "1 draw earned" in told
    assert "Dilute, accepted" in told


def test_a_second_sample_of_the_day_counts_where_the_first_is_collected_again(rooms: Rooms) -> None:
    [ada] = expected(rooms, "Ada Lovelace")
    desk = rooms.as_("dev")
    log(rooms, desk, ada, "marked", validity="collect-again")
    assert "1 draw earned" in read(log(rooms, desk, ada))
    assert log(rooms, desk, ada).status_code == 422


def test_a_panel_in_part_is_recorded_only_where_somebody_says_so(rooms: Rooms) -> None:
    [ada] = expected(rooms, "Ada Lovelace")
    desk = rooms.as_("dev")
    marked = found(amphetamine="negative", cocaine="negative")
    answer = log(rooms, desk, ada, "marked", note="short of strips", **marked)
    assert answer.status_code == 422
    assert "The panel is not complete." in read(answer)
    assert "methamphetamine" in read(answer)
    assert "short of strips" in answer.text
    assert events(rooms, ada) == []
    assert "1 draw earned" in read(log(rooms, desk, ada, "marked", partial="yes", **marked))


def test_an_explained_finding_needs_an_exemption(rooms: Rooms) -> None:
    [ada] = expected(rooms, "Ada Lovelace")
    desk = rooms.as_("dev")
    address = f"/people/{ada}/test?program={rooms.program}&on={MONDAY}"
    assert "Explained" not in read(desk.get(address)).replace("Explained:", "")
    answer = log(rooms, desk, ada, "rest", **found(amphetamine="explained"))
    assert answer.status_code == 422
    assert "no exemption covers amphetamine on 2026-03-02" in read(answer)
    exempt(rooms.clinic.engine, rooms.clinic.request(), ada, Wanted("amphetamine", MONDAY, MONDAY, "prescription"))
    assert 'value="explained"' in desk.get(address).text
    told = read(log(rooms, desk, ada, "rest", **found(amphetamine="explained")))
    assert "1 draw earned" in told


@pytest.mark.parametrize(
    ("do", "fields", "said"),
    [
        ("marked", {}, "Nothing is marked yet"),
        ("all", found(cocaine="positive"), "Cocaine is marked otherwise"),
        ("all", {"validity": "refused"}, "The specimen is not marked as valid"),
    ],
)
def test_what_does_not_go_together_is_said_and_nothing_marked_is_lost(
    rooms: Rooms, do: str, fields: dict[str, str], said: str
) -> None:
    [ada] = expected(rooms, "Ada Lovelace")
    answer = log(rooms, rooms.as_("dev"), ada, do, note="typed before", **fields)
    assert answer.status_code == 422
    assert said in read(answer)
    assert "typed before" in answer.text
    assert events(rooms, ada) == []


def test_a_test_of_an_earlier_day_is_logged_for_that_day(rooms: Rooms) -> None:
    [ada] = expected(rooms, "Ada Lovelace")
    rooms.clinic.clock.go_on(days=2)
    desk = rooms.as_("dev")
    told = read(log(rooms, desk, ada))
    assert "Test, Mon, Mar 2, 2026" in told
    assert "When Wed, Mar 4, 2026" in told


def test_a_page_of_a_test_needs_its_day_and_program(rooms: Rooms) -> None:
    [ada] = expected(rooms, "Ada Lovelace")
    desk = rooms.as_("dev")
    assert desk.get(f"/people/{ada}/test").status_code == 404
    assert desk.get(f"/people/{ada}/test?program={rooms.program}&on=tomorrow").status_code == 404
    assert desk.post(f"/people/{ada}/test", data=sent(program=rooms.elsewhere, on=str(MONDAY))).status_code == 404


def test_the_same_form_sent_twice_is_one_test(rooms: Rooms) -> None:
    [ada] = expected(rooms, "Ada Lovelace")
    desk = rooms.as_("dev")
    form = sent(program=rooms.program, on=str(MONDAY), do="all")
    twice = [desk.post(f"/people/{ada}/test", data=form) for _ in range(2)]
    assert twice[0].location == twice[1].location
    assert len(events(rooms, ada)) == 1
    other = desk.post(f"/people/{ada}/test", data={**form, "do": "marked", "validity": "refused"})
    assert other.status_code == 422
    assert "used before" in read(other)
    assert event_of(desk.get(twice[0].location))
