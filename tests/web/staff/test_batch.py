"""A day without power: the sheet is printed before, ticked by hand, and recorded later with the true times."""

import re
from datetime import UTC, datetime

import pytest

from cm_engine.actions.verify import verify
from tests.counting import counted
from tests.web.rooms import Rooms
from tests.web.staff.desk import GROUP, MONDAY, day_of, events, expected, log, read, sent

LATER = datetime(2026, 3, 2, 22, tzinfo=UTC)  # five in the afternoon at the site


def lines(*written: dict[str, str]) -> dict[str, str | list[str]]:
    """Give what the batch form sends."""
    form: dict[str, str | list[str]] = {**sent(), "line": [str(number) for number in range(len(written))]}
    for number, line in enumerate(written):
        usual = {"kind": "attendance", "session": GROUP, "at": "10:00", "outcome": "attended", **line}
        form |= {f"{name}-{number}": value for name, value in usual.items()}
    return form


def test_the_sheet_names_people_shortly_or_by_code(rooms: Rooms) -> None:
    expected(rooms, "Ada Lovelace", "Ben Okri")
    desk = rooms.as_("dev")
    page = read(desk.get(f"{day_of(rooms)}/sheet"))
    assert "10:00 AM · Early recovery group 2 expected" in page
    assert "Ada L. came late left early absent" in page
    assert "Lovelace" not in page
    by_code = read(desk.get(f"{day_of(rooms)}/sheet?by=code"))
    assert "Ada" not in by_code
    assert "A-1 came late" in by_code
    assert "A-1 came late" in read(rooms.as_("femi").get(f"{day_of(rooms)}/sheet"))


def test_who_opened_a_sheet_to_print_is_noted(rooms: Rooms) -> None:
    rooms.as_("dev").get(f"{day_of(rooms)}/sheet")
    noted = rooms.clinic.ask("SELECT actor, about FROM activity WHERE deed = 'sheet-printed'")
    assert noted == [("dev", rooms.program)]


def test_an_empty_day_still_has_lines_to_write_on(rooms: Rooms) -> None:
    page = read(rooms.as_("dev").get(f"{day_of(rooms)}/sheet"))
    assert "Nobody is expected on this day" in page
    assert page.count("empty line") == 6


def test_what_was_ticked_is_recorded_with_its_time(rooms: Rooms) -> None:
    ada, ben = expected(rooms, "Ada Lovelace", "Ben Okri")
    rooms.clinic.clock.now = LATER
    form = lines({"participant": ada, "at": "10:05"}, {"participant": ben, "outcome": "missed", "at": ""})
    done = rooms.as_("dev").post(f"{day_of(rooms)}/batch", data=form, follow_redirects=True)
    assert "2 visits are recorded." in read(done)
    [came] = rooms.clinic.standing(ada).events()
    assert came.at == datetime(2026, 3, 2, 15, 5, tzinfo=UTC)
    assert ("attendance", GROUP, "missed", {}) in events(rooms, ben)
    assert verify(rooms.clinic.engine).is_clean


def test_a_positive_says_for_what_and_the_rest_of_the_panel_is_negative(rooms: Rooms) -> None:
    [ada] = expected(rooms, "Ada Lovelace")
    rooms.clinic.clock.now = LATER
    test = {"participant": ada, "kind": "test", "session": "", "at": "09:40"}
    desk, there = rooms.as_("dev"), f"{day_of(rooms)}/batch"
    unsaid = desk.post(there, data=lines({**test, "outcome": "positive"}))
    assert "For what was it positive? Tick it." in read(unsaid)
    clash = desk.post(there, data=lines({**test, "outcome": "negative", "found": "cocaine"}))
    assert "Which is right?" in read(clash)
    desk.post(there, data=lines({**test, "outcome": "positive", "found": "cocaine"}))
    [event] = rooms.clinic.standing(ada).events()
    assert dict(event.result.analytes) == {
        "amphetamine": "negative",
        "cocaine": "positive",
        "fentanyl": "negative",
        "methamphetamine": "negative",
        "opioid": "negative",
    }


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ({"at": ""}, "When was it?"),
        ({"at": "noon"}, "When was it?"),
        ({"at": "23:30"}, "This time has not come yet."),
        ({"outcome": "attendad"}, "Choose one of what is offered here."),
        ({"kind": "party"}, "Choose one of what is offered here."),
        ({"participant": "nobody"}, "There is no participant"),
    ],
)
def test_one_wrong_line_and_nothing_is_recorded_or_lost(rooms: Rooms, line: dict[str, str], said: str) -> None:
    ada, ben = expected(rooms, "Ada Lovelace", "Ben Okri")
    rooms.clinic.clock.now = LATER
    form = lines({"participant": ada, "at": "10:17", "outcome": "late"}, {"participant": ben, **line})
    answer = rooms.as_("dev").post(f"{day_of(rooms)}/batch", data=form)
    assert answer.status_code == 422
    assert "Nothing is recorded yet." in read(answer)
    assert said in read(answer)
    assert events(rooms, ada) == []
    assert 'value="10:17"' in answer.text
    assert re.search(r'value="late" checked', answer.text)


def test_the_same_sheet_twice_records_it_once(rooms: Rooms) -> None:
    ada, ben = expected(rooms, "Ada Lovelace", "Ben Okri")
    rooms.clinic.clock.now = LATER
    desk, there = rooms.as_("dev"), f"{day_of(rooms)}/batch"
    form = lines({"participant": ada})
    for _ in range(2):
        assert desk.post(there, data=form).status_code == 303
    again = rooms.as_("elin").post(there, data=lines({"participant": ada}, {"participant": ben}), follow_redirects=True)
    assert "1 visit is recorded. 1 was there already." in read(again)
    assert len(events(rooms, ada)) == 1


def test_what_is_recorded_meanwhile_is_shown_and_not_asked_for(rooms: Rooms) -> None:
    [ada] = expected(rooms, "Ada Lovelace")
    desk = rooms.as_("dev")
    desk.post(f"{day_of(rooms)}/batch", data=lines({"participant": ada, "at": "10:00"}))
    log(rooms, desk, ada)
    rooms.clinic.clock.now = LATER
    desk.post(f"{day_of(rooms)}/batch", data=lines({"participant": ada}))
    page = rooms.as_("dev").get(f"{day_of(rooms)}/batch")
    assert "Everything is recorded" in read(page)
    assert "Recorded already" in read(page)
    otherwise = desk.post(f"{day_of(rooms)}/batch", data=lines({"participant": ada, "outcome": "late"}))
    assert '"attended" is recorded already' in read(otherwise)


def test_a_form_that_says_nothing_is_told_so(rooms: Rooms) -> None:
    [ada] = expected(rooms, "Ada Lovelace")
    rooms.clinic.clock.now = LATER
    answer = rooms.as_("dev").post(f"{day_of(rooms)}/batch", data=lines({"participant": ada, "outcome": ""}))
    assert answer.status_code == 422
    assert "Nothing is filled in yet." in read(answer)


def test_a_day_to_come_has_a_sheet_and_no_form(rooms: Rooms) -> None:
    expected(rooms, "Ada Lovelace")
    tomorrow = MONDAY.replace(day=4)
    assert "relapse prevention group" in read(rooms.as_("dev").get(f"{day_of(rooms, tomorrow)}/sheet")).casefold()
    assert "This day has not come yet" in read(rooms.as_("dev").get(f"{day_of(rooms, tomorrow)}/batch"))


def test_nobody_records_for_another_program(rooms: Rooms) -> None:
    [ada] = expected(rooms, "Ada Lovelace")
    rooms.clinic.clock.now = LATER
    answer = rooms.as_("otto").post(
        f"/programs/{rooms.elsewhere}/days/{MONDAY}/batch", data=lines({"participant": ada})
    )
    assert answer.status_code == 422
    assert "Ada" not in answer.text
    assert events(rooms, ada) == []
    for persona in ("amir", "olga", "otto"):
        assert rooms.as_(persona).get(f"{day_of(rooms)}/batch").status_code == 404
        assert rooms.as_(persona).get(f"{day_of(rooms)}/sheet").status_code == 404


def test_both_pages_ask_for_as_much_however_many_come(rooms: Rooms) -> None:
    desk, number = rooms.as_("dev"), []
    desk.get(f"{day_of(rooms)}/sheet")  # what is published is read once
    for names in (("Ada Lovelace",), ("Ben Okri", "Cleo Sertori", "Gus Grissom")):
        expected(rooms, *names)
        desk.get(f"{day_of(rooms)}/sheet")
        with counted() as asked:
            desk.get(f"{day_of(rooms)}/sheet")
            desk.get(f"{day_of(rooms)}/batch")
        number.append(len(asked))
    assert number[0] == number[1] <= 36
