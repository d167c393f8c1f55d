"""The activity log's room: who did or saw what at this site, in ids, a page at a time; and who viewed somebody's record."""

import pytest

from cm_engine.actions.activity import note
from cm_engine.actions.enrol import enrol
from cm_engine.actions.place_kiosk import register
from cm_engine.actions.viewing import pseudonym
from cm_engine.store.activity import Deed
from tests.web.admin.forms import send, site_of
from tests.web.asked import asked
from tests.web.rooms import Rooms
from web.admin.words import DEEDS


def told(rooms: Rooms, query: str = "", persona: str = "amir") -> str:
    page = rooms.as_(persona).get(f"/admin/activity{query}")
    assert page.status_code == 200
    return page.text.partition("card told")[2]


def test_every_deed_has_its_words() -> None:
    assert DEEDS.keys() == set(Deed)


def test_a_log_in_which_nothing_fits_says_so(rooms: Rooms) -> None:
    page = rooms.as_("olga").get("/admin/activity?from=2020-01-01&to=2020-01-02")
    assert "Nothing in the log fits" in page.text


def test_views_of_a_record_are_told_by_who_and_a_pseudonym(rooms: Rooms) -> None:
    ada, site = rooms.enrol("ADA-12", "Ada Lovelace"), site_of(rooms)
    note(rooms.clinic.engine, Deed.PERSON_VIEWED, "dev", site=site, participant=ada)
    page = told(rooms)
    assert "Dev Patel" in page
    assert "viewed a record" in page
    assert pseudonym(ada) in page
    assert "Lovelace" not in page
    assert "ADA-12" not in page


def test_the_log_of_another_site_stays_there(rooms: Rooms) -> None:
    north = site_of(rooms, rooms.elsewhere)
    note(rooms.clinic.engine, Deed.SHEET_PRINTED, "otto", site=north)
    assert "Otto Elsewhere" not in rooms.as_("amir").get("/admin/activity").text
    assert rooms.as_("amir").get(f"/admin/activity?site={north}").status_code == 404


def test_a_failed_sign_in_of_nobody_known_is_seen(rooms: Rooms) -> None:
    note(rooms.clinic.engine, Deed.SIGN_IN_FAILED)
    page = told(rooms, "?what=sign-in-failed")
    assert "Somebody unknown" in page


def test_the_log_is_narrowed_down(rooms: Rooms) -> None:
    engine, site, ada = rooms.clinic.engine, site_of(rooms), rooms.enrol("ADA-12")
    note(engine, Deed.SHEET_PRINTED, "dev", site=site)
    note(engine, Deed.PERSON_VIEWED, "elin", site=site, participant=ada)
    day = rooms.clinic.today
    assert "viewed a record" not in told(rooms, "?who=dev")
    assert "Elin Berg" in told(rooms, f"?whose={ada}")
    assert "Dev Patel" not in told(rooms, f"?whose={ada}")
    assert "Dev Patel" in told(rooms, f"?who=dev&from={day}&to={day}")
    assert "opened a day sheet to print it" in told(rooms, "?from=no-day&what=no-deed&behind=nowhere")


def test_older_pages_follow_and_keep_what_was_asked_for(rooms: Rooms) -> None:
    site, amir = site_of(rooms), rooms.as_("amir")
    for _ in range(60):
        note(rooms.clinic.engine, Deed.SHEET_PRINTED, "dev", site=site)
        rooms.clinic.clock.go_on(minutes=1)
    first = amir.get("/admin/activity?what=sheet-printed").text
    assert first.count("opened a day sheet to print it") == 50
    older = first.partition('class="pages"')[2].partition('href="')[2].partition('"')[0].replace("&amp;", "&")
    assert "what=sheet-printed" in older
    second = amir.get(older).text
    assert second.count("opened a day sheet to print it") == 10
    assert "Newer" in second


def test_who_viewed_a_record_is_found_by_a_code_that_stands_in_no_address(rooms: Rooms) -> None:
    ada, site, olga = rooms.enrol("ADA-12", "Ada Lovelace"), site_of(rooms), rooms.as_("olga")
    note(rooms.clinic.engine, Deed.PERSON_VIEWED, "dev", site=site, participant=ada)
    answer = send(olga, f"/admin/sites/{site}/activity/find", code="ada-12 ".upper())
    assert answer.status_code == 303
    assert "ADA-12" not in answer.location
    page = olga.get(answer.location)
    assert "Dev Patel" in page.text
    assert "Lovelace" not in page.text
    assert "ADA-12" not in page.text


@pytest.mark.parametrize("code", ["", "NOBODY", "NORTH-1"])
def test_a_code_of_nobody_here_is_said_kindly(rooms: Rooms, code: str) -> None:
    clinic, site, olga = rooms.clinic, site_of(rooms), rooms.as_("olga")
    enrol(clinic.engine, clinic.request(), rooms.elsewhere, "NORTH-1", clinic.today)
    answer = send(olga, f"/admin/sites/{site}/activity/find", code=code)
    assert "Nobody at this site has that code now" in olga.get(answer.location).text


def test_a_page_asks_no_more_for_a_long_log_than_for_a_short_one(rooms: Rooms) -> None:
    amir, site, counts = rooms.as_("amir"), site_of(rooms), []
    for codes in (range(2), range(2, 45)):
        for code in codes:
            ada = rooms.enrol(f"C-{code}")
            note(rooms.clinic.engine, Deed.PERSON_VIEWED, "dev", site=site, participant=ada)
        amir.get("/admin/activity")  # once signed in, with all that is published at hand
        with asked(rooms) as statements:
            amir.get("/admin/activity")
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 9


def test_what_a_kiosk_did_is_told_by_its_name(rooms: Rooms) -> None:
    site, ada = site_of(rooms), rooms.enrol("ADA-12")
    kiosk = register(rooms.clinic.engine, rooms.clinic.request(), site, "Waiting room").kiosk
    note(rooms.clinic.engine, Deed.PIN_FAILED, kiosk, site=site, participant=ada, about=kiosk)
    page = told(rooms, f"?who={kiosk}")
    assert "Waiting room" in page
    assert "refused a wrong PIN" in page
