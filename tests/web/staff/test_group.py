"""A whole group on one screen: all came but for some, recorded in one go, and each once."""

from tests.counting import counted
from tests.web.rooms import Rooms
from tests.web.staff.desk import GROUP, day_of, events, expected, read, sent, tap


def group_of(rooms: Rooms) -> str:
    return f"{day_of(rooms)}/groups/{GROUP}?at=10:00"


def test_everybody_starts_with_nothing_by_first_name_and_initial(rooms: Rooms) -> None:
    expected(rooms, "Ada Lovelace", "Ben King")
    page = rooms.as_("dev").get(group_of(rooms))
    assert "Early recovery group Mon, Mar 2, 2026 at 10:00 AM" in read(page)
    assert "Ada L." in page.text
    assert "Lovelace" not in page.text
    assert "checked" not in page.text


def test_all_came_marks_everybody_and_records_nobody_yet(rooms: Rooms) -> None:
    ada, ben = expected(rooms, "Ada Lovelace", "Ben King")
    page = rooms.as_("dev").post(group_of(rooms), data=sent(do="all", **{f"mark-{ben}": "late"}))
    assert page.text.count("checked") == 2
    assert f'name="mark-{ben}" value="late" checked' in page.text
    assert events(rooms, ada) == events(rooms, ben) == []


def test_one_submit_records_the_group_and_tells_what_each_earned(rooms: Rooms) -> None:
    ada, ben, cleo, dora = expected(rooms, "Ada Lovelace", "Ben King", "Cleo Li", "Dora Moss")
    marks = {f"mark-{ada}": "attended", f"mark-{ben}": "missed", f"mark-{cleo}": "excused", f"why-{cleo}": "illness"}
    desk = rooms.as_("dev")
    form = sent(do="record", **marks)
    page = read(desk.post(group_of(rooms), data=form, follow_redirects=True))
    assert "3 recorded." in page
    assert "Ada L. Attended +1 draw" in page
    assert "Ben K. Missed Details" in page
    assert "Cleo L. Excused" in page
    assert events(rooms, dora) == []
    again = desk.post(group_of(rooms), data=form)
    assert again.status_code == 303
    assert [len(events(rooms, who)) for who in (ada, ben, cleo)] == [1, 1, 1]


def test_who_cannot_be_recorded_is_told_and_the_others_are(rooms: Rooms) -> None:
    ada, ben = expected(rooms, "Ada Lovelace", "Ben King")
    desk = rooms.as_("dev")
    answer = desk.post(group_of(rooms), data=sent(do="record", **{f"mark-{ada}": "attended", f"mark-{ben}": "excused"}))
    assert answer.status_code == 422
    page = read(answer)
    assert "1 could not be recorded." in page
    assert "Choose why they are excused" in page
    assert "Ada L. Attended +1 draw" in page
    assert events(rooms, ben) == []


def test_nobody_marked_is_told(rooms: Rooms) -> None:
    expected(rooms, "Ada Lovelace")
    answer = rooms.as_("dev").post(group_of(rooms), data=sent(do="record"))
    assert answer.status_code == 422
    assert "Nobody is marked yet" in read(answer)


def test_who_is_recorded_already_is_shown_and_not_asked_again(rooms: Rooms) -> None:
    ada, ben = expected(rooms, "Ada Lovelace", "Ben King")
    desk = rooms.as_("dev")
    tap(rooms, desk, ada, "late")
    page = desk.get(group_of(rooms)).text
    assert f"mark-{ada}" not in page
    assert f"mark-{ben}" in page
    assert "1 to record" in page


def test_a_group_that_there_is_not_is_no_page(rooms: Rooms) -> None:
    [ada] = expected(rooms, "Ada Lovelace")
    desk = rooms.as_("dev")
    assert desk.get(f"{day_of(rooms)}/groups/poker?at=10:00").status_code == 404
    assert desk.get(f"{day_of(rooms)}/groups/{GROUP}").status_code == 404
    marks = {f"mark-{rooms.enrol('N-1', 'Nora', rooms.elsewhere)}": "attended", f"mark-{ada}": "dancing"}
    assert desk.post(group_of(rooms), data=sent(do="record", **marks)).status_code == 422
    assert events(rooms, ada) == []


def test_a_roster_asks_the_database_as_often_for_thirty_people_as_for_three(rooms: Rooms) -> None:
    desk = rooms.as_("dev")
    asked: list[int] = []
    for many in (3, 27):
        expected(rooms, *(f"A{many}x{number} Lovelace" for number in range(many)))
        desk.get(group_of(rooms))
        with counted() as statements:
            desk.get(group_of(rooms))
        asked.append(len(statements))
    assert asked[0] == asked[1] <= 20


def test_what_somebody_else_recorded_meanwhile_is_told_only_where_it_differs(rooms: Rooms) -> None:
    ada, ben = expected(rooms, "Ada Lovelace", "Ben King")
    for who, outcome in ((ada, "attended"), (ben, "late")):
        tap(rooms, rooms.as_("elin"), who, outcome)
    desk = rooms.as_("dev")
    answer = desk.post(group_of(rooms), data=sent(do="record", **{f"mark-{ada}": "attended", f"mark-{ben}": "missed"}))
    assert answer.status_code == 422
    page = read(answer)
    assert "1 could not be recorded." in page
    assert page.count("is recorded already") == 1
    assert '"late" is recorded already' in page
    same = desk.post(group_of(rooms), data=sent(do="record", **{f"mark-{ada}": "attended"}))
    assert same.status_code == 303
