"""The day at the desk: who is expected, one tap for each, what waits, and what is said of the day."""

import re
from datetime import timedelta

import pytest

from cm_engine.actions.plan import plan
from cm_engine.actions.verify import verify
from tests.counting import counted
from tests.web.rooms import Rooms
from tests.web.staff.desk import GROUP, MONDAY, day_of, event_of, events, expected, log, read, sent, tap


def test_a_day_on_which_nobody_is_expected_says_how_that_changes(rooms: Rooms) -> None:
    page = read(rooms.as_("dev").get(f"/programs/{rooms.program}/today", follow_redirects=True))
    assert "Mon, Mar 2, 2026" in page
    assert "Nobody is expected" in page
    assert "appears here" in page


def test_one_tap_records_that_somebody_came_and_tells_what_it_earned(rooms: Rooms) -> None:
    [ada] = expected(rooms, "Ada Lovelace")
    desk = rooms.as_("dev")
    before = read(desk.get(day_of(rooms)))
    assert "10:00 AM · Early recovery group 0 of 1 recorded" in before
    after = tap(rooms, desk, ada, "attended")
    assert "Ada Lovelace : attended, earned 1 draw ." in read(after)
    assert "To collect Ada Lovelace 1 draw to open" in read(after)
    assert "1 of 1 recorded" in read(after)
    assert ("attendance", GROUP, "attended", {}) in events(rooms, ada)


def test_two_desks_that_tap_the_same_visit_record_it_once(rooms: Rooms) -> None:
    [ada] = expected(rooms, "Ada Lovelace")
    tap(rooms, rooms.as_("dev"), ada, "attended")
    second = tap(rooms, rooms.as_("elin"), ada, "missed")
    assert second.status_code == 422
    assert 'Ada Lovelace: "attended" is recorded already for 2026-03-02; correct that' in read(second)
    assert len(events(rooms, ada)) == 1


def test_a_second_click_has_no_second_effect(rooms: Rooms) -> None:
    [ada] = expected(rooms, "Ada Lovelace")
    desk = rooms.as_("dev")
    form = sent(program=rooms.program, on=str(MONDAY), kind="attendance", session=GROUP, at="10:00", outcome="attended")
    answers = [desk.post(f"/people/{ada}/visits", data=form) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert answers[0].location == answers[1].location
    assert len(events(rooms, ada)) == 1


def test_what_was_just_tapped_is_undone_from_the_day(rooms: Rooms) -> None:
    [ada] = expected(rooms, "Ada Lovelace")
    desk = rooms.as_("dev")
    event = event_of(tap(rooms, desk, ada, "missed"))
    page = read(desk.post(f"/people/{ada}/visits/{event}/undo", data=sent(), follow_redirects=True))
    assert "Taken back" in page
    assert "0 of 1 recorded" in read(desk.get(day_of(rooms)))
    assert "late, earned" in read(tap(rooms, desk, ada, "late"))
    assert verify(rooms.clinic.engine).is_clean


def test_the_list_is_confirmed_and_an_earlier_day_waits_until_it_is(rooms: Rooms) -> None:
    [ada] = expected(rooms, "Ada Lovelace")
    desk = rooms.as_("dev")
    tap(rooms, desk, ada, "attended")
    rooms.clinic.clock.go_on(days=2)
    plan(rooms.clinic.engine, rooms.program)
    wednesday = MONDAY + timedelta(days=2)
    assert "wait" in read(desk.get(day_of(rooms, wednesday)))
    page = read(desk.post(f"{day_of(rooms)}/confirm", data=sent(), follow_redirects=True))
    assert "The list is confirmed." in page
    assert "By Dev Patel, Wed, Mar 4, 2026" in page
    assert "Mon, Mar 2" not in read(desk.get(day_of(rooms, wednesday)))


def test_a_day_to_come_is_not_confirmed_and_nothing_is_tapped_on_it(rooms: Rooms) -> None:
    [ada] = expected(rooms, "Ada Lovelace")
    desk = rooms.as_("dev")
    wednesday = MONDAY + timedelta(days=2)
    page = desk.get(day_of(rooms, wednesday))
    assert "Came" not in read(page)
    assert desk.post(f"{day_of(rooms, wednesday)}/confirm", data=sent()).status_code == 422
    refused = tap(rooms, desk, ada, "attended", on=wednesday.isoformat(), session="relapse-prevention-group")
    assert refused.status_code == 422
    assert "has not come yet" in read(refused)


def test_a_closed_day_excuses_everybody_and_may_be_opened_again(rooms: Rooms) -> None:
    [ada] = expected(rooms, "Ada Lovelace")
    elin = rooms.as_("elin")
    assert re.search(
        r"Why [1-9]\d* visits? (is|are) excused: those with nothing recorded", read(elin.get(day_of(rooms)))
    )
    page = read(elin.post(f"{day_of(rooms)}/close", data=sent(reason="burst pipe"), follow_redirects=True))
    assert "The clinic is closed on this day." in page
    assert {outcome for _, _, outcome, _ in events(rooms, ada)} == {"excused"}
    page = read(elin.post(f"{day_of(rooms)}/reopen", data=sent(reason="it was mended"), follow_redirects=True))
    assert "The clinic is closed on this day." not in page.replace("The clinic is closed on this day Why", "")


def test_the_front_desk_does_not_close_days(rooms: Rooms) -> None:
    assert rooms.as_("dev").post(f"{day_of(rooms)}/close", data=sent(reason="tired")).status_code == 404


@pytest.mark.parametrize("on", ["2026-13-40", "monday", "2026-03-02T10:00"])
def test_what_is_no_day_is_no_page(rooms: Rooms, on: str) -> None:
    assert rooms.as_("dev").get(f"/programs/{rooms.program}/days/{on}").status_code == 404


def test_a_manager_sees_codes_and_no_names(rooms: Rooms) -> None:
    expected(rooms, "Ada Lovelace")
    page = rooms.as_("femi").get(day_of(rooms)).text
    assert "A-1" in page
    assert "Ada" not in page


def test_nobody_of_another_site_sees_the_day_or_records(rooms: Rooms) -> None:
    [ada] = expected(rooms, "Ada Lovelace")
    otto = rooms.as_("otto")
    assert otto.get(day_of(rooms)).status_code == 404
    assert tap(rooms, otto, ada, "attended").status_code == 404
    form = sent(program=rooms.elsewhere, on=str(MONDAY), kind="attendance", session=GROUP, outcome="attended")
    assert rooms.as_("dev").post(f"/people/{ada}/visits", data=form).status_code == 404
    assert events(rooms, ada) == []


def test_what_no_button_sends_is_refused_kindly(rooms: Rooms) -> None:
    [ada] = expected(rooms, "Ada Lovelace")
    desk = rooms.as_("dev")
    assert tap(rooms, desk, ada, "won-the-lottery").status_code == 422
    assert tap(rooms, desk, ada, "attended", kind="sleep").status_code == 422
    assert tap(rooms, desk, ada, "attended", at="noon").status_code == 400
    form = {"program": rooms.program, "on": str(MONDAY), "kind": "attendance", "outcome": "attended"}
    assert desk.post(f"/people/{ada}/visits", data=form).status_code == 400
    assert events(rooms, ada) == []


def test_the_day_asks_the_database_as_often_for_thirty_people_as_for_three(rooms: Rooms) -> None:
    desk = rooms.as_("dev")
    asked: list[int] = []
    for many in (3, 27):
        for number, who in enumerate(
            expected(rooms, *(f"{letter}{many}x{n} Lovelace" for n, letter in enumerate("A" * many)))
        ):
            if number % 3 == 0:
                tap(rooms, desk, who, "attended")
            if number % 3 == 1:
                log(rooms, desk, who)
        desk.get(day_of(rooms))
        with counted() as statements:
            desk.get(day_of(rooms))
        asked.append(len(statements))
    assert asked[0] == asked[1] <= 20


@pytest.mark.parametrize("on", ["0001-01-01", "9999-12-31", "1899-12-31", "pizza"])
def test_a_day_that_no_calendar_of_ours_has_is_not_there(rooms: Rooms, on: str) -> None:
    desk = rooms.as_("elin")
    for page in ("", "/sheet", "/batch", f"/groups/{GROUP}"):
        assert desk.get(f"/programs/{rooms.program}/days/{on}{page}").status_code == 404
    assert desk.post(f"/programs/{rooms.program}/days/{on}/confirm", data=sent()).status_code == 404


def test_a_day_is_not_closed_without_saying_why(rooms: Rooms) -> None:
    [ada] = expected(rooms, "Ada Lovelace")
    answer = rooms.as_("elin").post(f"{day_of(rooms)}/close", data=sent(reason=" "))
    assert answer.status_code == 422
    assert "Say why" in read(answer)
    assert events(rooms, ada) == []


@pytest.mark.parametrize(
    ("kind", "outcome"),
    [("test", "negative"), ("test", "positive"), ("test", "void"), ("attendance", "cancelled"), ("pizza", "missed")],
)
def test_only_what_is_offered_can_be_tapped(rooms: Rooms, kind: str, outcome: str) -> None:
    [ada] = expected(rooms, "Ada Lovelace")
    answer = tap(rooms, rooms.as_("dev"), ada, outcome, kind=kind, session="")
    assert answer.status_code == 422
    assert "Tap one of what is offered" in read(answer)
    assert events(rooms, ada) == []


@pytest.mark.parametrize("session", ["made-up-group", GROUP.upper(), ""])
def test_nobody_makes_up_a_group_that_is_rewarded(rooms: Rooms, session: str) -> None:
    [ada] = expected(rooms, "Ada Lovelace")
    answer = tap(rooms, rooms.as_("dev"), ada, "attended", session=session)
    assert answer.status_code == 422
    assert "there is no session" in read(answer)
    assert events(rooms, ada) == []
