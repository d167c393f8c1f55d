"""A person's page: where they stand, what waits, their history a page at a time, and exemptions that only clinicians give."""

from datetime import timedelta

from tests.web.rooms import Rooms
from tests.web.staff.desk import MONDAY, expected, found, log, read, sent, tap


def test_the_page_tells_where_somebody_stands(rooms: Rooms) -> None:
    [ada] = expected(rooms, "Ada Lovelace")
    desk = rooms.as_("dev")
    empty = read(desk.get(f"/people/{ada}"))
    assert "Ada Lovelace Intensive outpatient, week 1 of 13" in empty
    assert "Nothing waits for them." in empty
    log(rooms, desk, ada)
    tap(rooms, desk, ada, "attended")
    page = desk.get(f"/people/{ada}")
    told = read(page)
    assert "2 draws for the next negative test Ladder place 2 is next Run 1 in a row Earned 1 draw" in told
    assert "2 draws to open" in told
    assert "Early recovery group: attended" in told
    assert "Enrolled, first day 2026-03-02" in told
    assert "<title>Person</title>" in page.text


def test_a_long_history_is_told_a_page_at_a_time(rooms: Rooms) -> None:
    [ada] = expected(rooms, "Ada Lovelace")
    desk = rooms.as_("dev")
    for _ in range(40):
        rooms.clinic.record(ada)
        rooms.clinic.clock.go_on(days=1)
    page = desk.get(f"/people/{ada}")
    assert "Enrolled, first day" not in read(page)
    assert "Older" in read(page)
    before = page.text.partition("before=")[2].partition("#")[0].partition('"')[0]
    later = read(desk.get(f"/people/{ada}?before={before}"))
    assert "Enrolled, first day" in later
    assert "Newer" in later


def test_a_clinician_gives_an_exemption_and_ends_it(rooms: Rooms) -> None:
    [ada] = expected(rooms, "Ada Lovelace")
    elin = rooms.as_("elin")
    later = MONDAY + timedelta(days=30)
    form = sent(analyte="amphetamine", from_day=str(MONDAY), to_day=str(later), reason="prescribed for attention")
    told = read(elin.post(f"/people/{ada}/exemptions", data=form, follow_redirects=True))
    assert "Amphetamine Mon, Mar 2, 2026 to Wed, Apr 1, 2026, Elin Berg: prescribed for attention" in told
    assert "1 draw earned" in read(log(rooms, rooms.as_("dev"), ada, "rest", **found(amphetamine="explained")))
    [exemption] = rooms.clinic.standing(ada).exemptions
    told = read(elin.post(f"/people/{ada}/exemptions/{exemption}/end", data=sent(), follow_redirects=True))
    assert "Exemption ended, last day 2026-03-02" in told
    assert elin.post(f"/people/{ada}/exemptions/{exemption}/end", data=sent()).status_code == 422


def test_an_exemption_needs_its_days_and_nothing_typed_is_lost(rooms: Rooms) -> None:
    [ada] = expected(rooms, "Ada Lovelace")
    elin = rooms.as_("elin")
    form = {"analyte": "amphetamine", "from_day": str(MONDAY), "reason": "prescribed"}
    for to_day, said in (("", "Give the first and the last day"), ("2026-03-01", "Before it begins")):
        answer = elin.post(f"/people/{ada}/exemptions", data=sent(**form, to_day=to_day))
        assert answer.status_code == 422
        assert said.casefold() in read(answer).casefold()
        assert 'value="prescribed"' in answer.text


def test_only_clinicians_give_exemptions(rooms: Rooms) -> None:
    [ada] = expected(rooms, "Ada Lovelace")
    form = {"analyte": "amphetamine", "from_day": str(MONDAY), "to_day": str(MONDAY), "reason": "mine"}
    for persona in ("dev", "femi", "amir", "olga", "otto"):
        client = rooms.as_(persona)
        assert client.post(f"/people/{ada}/exemptions", data=sent(**form)).status_code == 404
        assert client.post(f"/people/{ada}/exemptions/any/end", data=sent()).status_code == 404
    assert "Give an exemption" not in read(rooms.as_("dev").get(f"/people/{ada}"))
    assert rooms.clinic.standing(ada).exemptions == {}


def test_who_may_see_a_persons_page(rooms: Rooms) -> None:
    [ada] = expected(rooms, "Ada Lovelace")
    answers = {
        who: rooms.as_(who).get(f"/people/{ada}").status_code for who in ("dev", "elin", "femi", "amir", "olga", "otto")
    }
    assert answers == {"dev": 200, "elin": 200, "femi": 200, "amir": 404, "olga": 404, "otto": 404}
    assert "Lovelace" not in rooms.as_("femi").get(f"/people/{ada}").text


def test_a_history_goes_on_from_any_number(rooms: Rooms) -> None:
    [ada] = expected(rooms, "Ada Lovelace")
    desk = rooms.as_("dev")
    for before in ("99999999999999999999", "-99999999999999999999", "pizza"):
        assert desk.get(f"/people/{ada}?before={before}").status_code == 200
