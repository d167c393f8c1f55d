"""Enrolling through the web: with a consent, once, and never a person twice by mistake."""

import re
from datetime import timedelta

import pytest

from cm_engine.actions.cards import printed_card
from cm_engine.actions.enrol import discharge
from cm_engine.actions.signed import consents_of
from cm_engine.actions.verify import verify
from tests.web.rooms import Rooms
from tests.web.staff.desk import MONDAY, read, sent

FORM = {
    "name": "Ada Lovelace",
    "code": "ZH-9894",
    "phone": "555-0100",
    "email": "",
    "first_day": MONDAY.isoformat(),
    "payer": "State Medicaid",
    "policies": "va-prize",
    "given_on": MONDAY.isoformat(),
    "last_day": "",
    "scope": "attendance and rewards",
    "recipient": "State Medicaid",
    "purpose": "payment",
    "is_signed": "y",
}


def address(rooms: Rooms) -> str:
    return f"/programs/{rooms.program}/enrol"


def people(rooms: Rooms) -> list[str]:
    return [row[0] for row in rooms.clinic.ask("SELECT id FROM participants")]


def test_the_form_is_filled_in_as_far_as_it_can_be(rooms: Rooms) -> None:
    page = rooms.as_("dev").get(address(rooms)).text
    assert 'value="2026-03-02"' in page
    assert len(re.findall(r'<input checked[^>]* name="policies"', page)) == 3
    assert "State Medicaid" in page


def test_one_page_enrols_with_a_consent_and_leads_to_the_card(rooms: Rooms) -> None:
    done = rooms.as_("dev").post(address(rooms), data=sent(**FORM), follow_redirects=True)
    assert "Enrolled. Here is the card to print." in read(done)
    assert "ZH-9894" in read(done)
    [ada] = people(rooms)
    assert printed_card(rooms.clinic.engine, ada) is not None
    told = consents_of(rooms.clinic.engine, ada)
    assert told["consents"][0]["scope"] == "attendance and rewards"
    assert told["in_force"]
    assert rooms.clinic.standing(ada).enrolments
    assert verify(rooms.clinic.engine).is_clean


def test_a_second_click_enrols_nobody_twice(rooms: Rooms) -> None:
    desk, form = rooms.as_("dev"), sent(**FORM)
    first, second = (desk.post(address(rooms), data=form) for _ in range(2))
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.location == second.location
    assert len(people(rooms)) == 1
    assert len(rooms.clinic.ask("SELECT id FROM cards")) == 1


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("name", "", "What are they called?"),
        ("code", " ", "A code is needed."),
        ("first_day", "", "From which day on?"),
        ("policies", "", "Choose one policy at least."),
        ("scope", "", "What may be told?"),
        ("recipient", "", "To whom may it be told?"),
        ("is_signed", "", "Have it signed first"),
        ("given_on", "2026-03-03", "This day has not come yet."),
        ("last_day", "2026-03-01", "It was signed on 2026-03-02, so this cannot be before."),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(rooms: Rooms, field: str, typed: str, said: str) -> None:
    form = {key: value for key, value in {**FORM, field: typed}.items() if value}
    answer = rooms.as_("dev").post(address(rooms), data=sent(**form))
    assert answer.status_code == 422
    assert said in read(answer)
    assert people(rooms) == []
    kept = [value for key, value in form.items() if key in {"name", "code", "phone", "recipient"} and key != field]
    assert all(f'value="{value}"' in answer.text for value in kept)


def test_a_code_that_is_taken_leads_to_whoever_has_it(rooms: Rooms) -> None:
    gus = rooms.enrol(FORM["code"], "Gus Grissom")
    desk = rooms.as_("dev")
    answer = desk.post(address(rooms), data=sent(**FORM))
    assert answer.status_code == 422
    assert "This code is taken." in read(answer)
    assert "Gus Grissom" in read(answer)
    assert "Readmit them" not in read(answer)
    discharge(rooms.clinic.engine, rooms.clinic.request(), gus, rooms.clinic.today)
    rooms.clinic.clock.go_on(days=1)
    answer = desk.post(address(rooms), data=sent(**FORM))
    assert f"/people/{gus}/readmit" in answer.text
    assert len(people(rooms)) == 1


def test_a_name_that_is_known_is_asked_about_and_another_person_may_have_it(rooms: Rooms) -> None:
    rooms.enrol("AB-2345", "Lovelace, Ada")
    desk = rooms.as_("dev")
    answer = desk.post(address(rooms), data=sent(**FORM))
    assert answer.status_code == 422
    assert "Somebody of this name is known here." in read(answer)
    assert "AB-2345" in read(answer)
    done = desk.post(address(rooms), data=sent(**FORM, is_another="1"))
    assert done.status_code == 303
    assert len(people(rooms)) == 2


def test_who_sees_no_names_is_told_nothing_of_them(rooms: Rooms) -> None:
    rooms.enrol("AB-2345", "Ada Lovelace")
    assert rooms.as_("femi").post(address(rooms), data=sent(**FORM)).status_code == 303


def test_a_program_of_another_site_is_not_there(rooms: Rooms) -> None:
    for persona in ("dev", "elin", "femi"):
        assert rooms.as_(persona).get(f"/programs/{rooms.elsewhere}/enrol").status_code == 404
    for persona in ("amir", "olga", "otto"):
        assert rooms.as_(persona).get(address(rooms)).status_code == 404


def test_a_discharge_shows_what_it_does_before_it_is_done(rooms: Rooms) -> None:
    ada = rooms.enrol("A-1", "Ada Lovelace")
    rooms.clinic.record(ada)
    desk, tomorrow = rooms.as_("dev"), (rooms.clinic.today + timedelta(days=1)).isoformat()
    shown = desk.post(f"/people/{ada}/discharge", data=sent(last_day=tomorrow, do="look"))
    assert shown.status_code == 200
    assert "After Tue, Mar 3, 2026 nothing more is earned" in read(shown)
    assert "1 draw (Prize bowl, Veterans Affairs (stimulants))" in read(shown)
    assert rooms.clinic.ask("SELECT last_day FROM enrolments") == [(None,)]
    desk.post(f"/people/{ada}/discharge", data=sent(last_day=tomorrow, do="sure"))
    assert rooms.clinic.ask("SELECT last_day FROM enrolments") == [(tomorrow,)]


def test_a_discharge_that_cannot_be_is_refused_when_it_is_looked_at(rooms: Rooms) -> None:
    ada = rooms.enrol("A-1", "Ada Lovelace")
    early = (rooms.clinic.today - timedelta(days=1)).isoformat()
    shown = rooms.as_("dev").post(f"/people/{ada}/discharge", data=sent(last_day=early, do="look"))
    assert shown.status_code == 422
    assert "cannot be before that" in read(shown)


def test_somebody_comes_back_with_a_new_consent(rooms: Rooms) -> None:
    gus = rooms.enrol("G-1", "Gus Grissom")
    discharge(rooms.clinic.engine, rooms.clinic.request(), gus, rooms.clinic.today)
    rooms.clinic.clock.go_on(days=3)
    desk, today = rooms.as_("dev"), rooms.clinic.today.isoformat()
    form = {key: FORM[key] for key in ("payer", "policies", "scope", "recipient", "purpose", "is_signed")}
    form |= {"first_day": today, "given_on": today}
    assert "The one they gave is over" in read(desk.get(f"/people/{gus}/readmit"))
    unsigned = desk.post(f"/people/{gus}/readmit", data=sent(**{**form, "is_signed": "", "do": "sure"}))
    assert unsigned.status_code == 422
    shown = desk.post(f"/people/{gus}/readmit", data=sent(**form, do="look"))
    assert "Every ladder begins at its start" in read(shown)
    assert "$599.00 left" in read(shown)
    desk.post(f"/people/{gus}/readmit", data=sent(**form, do="sure"))
    assert len(rooms.clinic.ask("SELECT id FROM enrolments")) == 2
    assert consents_of(rooms.clinic.engine, gus)["in_force"]


def test_where_there_is_no_other_program_nobody_steps_over(rooms: Rooms) -> None:
    ada = rooms.enrol("A-1", "Ada Lovelace")
    assert "There is no other program here" in read(rooms.as_("dev").get(f"/people/{ada}/step-over"))


def test_a_consent_is_recorded_and_taken_back(rooms: Rooms) -> None:
    ada = rooms.enrol("A-1", "Ada Lovelace")
    desk, there = rooms.as_("dev"), f"/people/{ada}/consents"
    assert "No consent is recorded" in read(desk.get(there))
    form = {key: FORM[key] for key in ("given_on", "scope", "recipient", "purpose", "is_signed")}
    assert "in force" in read(desk.post(there, data=sent(**form), follow_redirects=True))
    [consent] = consents_of(rooms.clinic.engine, ada)["consents"]
    back = desk.post(
        f"{there}/{consent['consent']}/revoke", data=sent(reason="changed her mind"), follow_redirects=True
    )
    assert "Tell nobody anything more by it" in read(back)
    assert "No consent is in force today" in read(back)
    again = desk.post(f"{there}/{consent['consent']}/revoke", data=sent())
    assert again.status_code == 422
    assert "was revoked" in read(again)
