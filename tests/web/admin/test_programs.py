"""The admin's programs: told in words, changed by their file with every mistake by line, and begun by one."""

from datetime import timedelta
from io import BytesIO

from cm_engine.catalogue import shipped_program
from tests.web.admin.forms import new_key, noted, send, site_of
from tests.web.rooms import Rooms


def change_at(rooms: Rooms, program: str = "") -> str:
    return f"/admin/programs/{program or rooms.program}/change"


def file_of(rooms: Rooms) -> str:
    return rooms.as_("amir").get(f"/admin/programs/{rooms.program}/file").text


def tomorrow(rooms: Rooms) -> str:
    return (rooms.clinic.today + timedelta(days=1)).isoformat()


def terms_set(rooms: Rooms) -> int:
    number: int = rooms.clinic.ask("SELECT count(*) FROM program_terms")[0][0]
    return number


def test_an_admin_sees_the_programs_of_their_site_alone(rooms: Rooms) -> None:
    page = rooms.as_("amir").get("/admin/sites").text
    assert "Intensive outpatient" in page
    assert "North intensive outpatient" not in page


def test_a_program_is_told_in_words_and_given_as_its_file(rooms: Rooms) -> None:
    amir = rooms.as_("amir")
    page = amir.get(f"/admin/programs/{rooms.program}").text
    assert "Monday at 10:00 AM: early recovery group, 2 h." in page
    assert "Prize bowl, Veterans Affairs" in page
    answer = amir.get(f"/admin/programs/{rooms.program}/file")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert 'name = "intensive-outpatient"' in answer.text


def test_a_change_is_shown_first_and_then_set_once(rooms: Rooms) -> None:
    amir, longer = rooms.as_("amir"), file_of(rooms).replace("weeks = 13", "weeks = 16")
    form = {"terms": longer, "from_day": tomorrow(rooms), "key": new_key()}
    shown = amir.post(change_at(rooms), data={**form, "step": "check"})
    assert shown.status_code == 200
    assert "weeks = 13" in shown.text
    assert "weeks = 16" in shown.text
    assert terms_set(rooms) == 2
    for _ in range(2):  # a second click
        assert amir.post(change_at(rooms), data={**form, "step": "set"}).status_code == 303
    assert terms_set(rooms) == 3
    assert "Other terms are set" in amir.get(f"/admin/programs/{rooms.program}").text
    rooms.clinic.clock.go_on(days=1)
    assert "16 weeks." in amir.get(f"/admin/programs/{rooms.program}").text
    assert noted(rooms, "program-set")[0] == ("amir", None, rooms.program)


def test_every_mistake_is_told_by_its_line_and_nothing_typed_is_lost(rooms: Rooms) -> None:
    wrong = file_of(rooms).replace("weeks = 13", "weeks = 0").replace('"iop-attendance"', '"iop-attendence"')
    answer = send(rooms.as_("amir"), change_at(rooms), terms=wrong, from_day=tomorrow(rooms), step="check")
    assert answer.status_code == 422
    assert "2 mistakes in the file" in answer.text
    assert "Line 5" in answer.text
    assert "Line 6" in answer.text
    assert "weeks = 0" in answer.text


def test_a_day_that_has_begun_is_refused(rooms: Rooms) -> None:
    longer = file_of(rooms).replace("weeks = 13", "weeks = 16")
    form = {"terms": longer, "from_day": rooms.clinic.today.isoformat()}
    answer = send(rooms.as_("amir"), change_at(rooms), **form, step="set")
    assert answer.status_code == 422
    assert "is not to come" in answer.text
    assert "weeks = 16" in answer.text
    assert send(rooms.as_("amir"), change_at(rooms), terms=longer, from_day="soon").status_code == 422


def test_a_file_is_uploaded_and_can_be_mended_where_it_is_wrong(rooms: Rooms) -> None:
    amir = rooms.as_("amir")
    for content, said in (
        (file_of(rooms).replace("weeks = 13", "weeks = 1O").encode(), "is not TOML"),
        (b"\xff\xfe", "is not UTF-8"),
    ):
        form = {"from_day": tomorrow(rooms), "key": new_key(), "upload": (BytesIO(content), "program.toml")}
        answer = amir.post(change_at(rooms), data=form, content_type="multipart/form-data")
        assert answer.status_code == 422
        assert said in answer.text
    good = {"from_day": tomorrow(rooms), "key": new_key(), "upload": (BytesIO(file_of(rooms).encode()), "program.toml")}
    answer = amir.post(change_at(rooms), data=good, content_type="multipart/form-data")
    assert "Nothing changes" in answer.text


def test_from_the_difference_one_goes_back_to_the_file(rooms: Rooms) -> None:
    longer = file_of(rooms).replace("weeks = 13", "weeks = 16")
    answer = send(rooms.as_("amir"), change_at(rooms), terms=longer, from_day=tomorrow(rooms), step="edit")
    assert answer.status_code == 200
    assert "weeks = 16" in answer.text
    assert terms_set(rooms) == 2


def test_a_second_program_is_begun_from_one_that_ships(rooms: Rooms) -> None:
    amir = rooms.as_("amir")
    page = amir.get("/admin/programs/new?from=partial-hospitalization").text
    assert "partial-hospitalization" in page
    text = shipped_program("partial-hospitalization")
    answer = send(amir, "/admin/programs/new", terms=text)
    assert answer.status_code == 303
    assert amir.get(answer.location).status_code == 200
    assert send(amir, "/admin/programs/new", terms=text).status_code == 422  # there already
    assert amir.get("/admin/programs/new?from=../../etc/passwd").status_code == 404


def test_a_new_site_is_its_openers_and_nobody_elses(rooms: Rooms) -> None:
    amir = rooms.as_("amir")
    text = shipped_program("intensive-outpatient").replace('site     = "main"', 'site = "harbor"')
    program = send(amir, "/admin/programs/new", terms=text).location.rpartition("/")[2]
    assert "Harbor" in amir.get("/admin/sites").text
    assert "Harbor" in amir.get("/admin/people").text
    assert rooms.as_("dev").get(f"/programs/{program}/today").status_code == 404
    north = text.replace('"harbor"', '"north"').replace("America/New_York", "America/Chicago")
    refused = send(amir, "/admin/programs/new", terms=north)
    assert refused.status_code == 422
    assert "its own admins add programs there" in refused.text
    assert site_of(rooms, program) != site_of(rooms)


def test_a_program_of_another_site_cannot_be_seen_or_changed(rooms: Rooms) -> None:
    amir = rooms.as_("amir")
    for address in ("", "/file", "/change"):
        assert amir.get(f"/admin/programs/{rooms.elsewhere}{address}").status_code == 404
    answer = send(amir, change_at(rooms, rooms.elsewhere), terms=file_of(rooms), from_day=tomorrow(rooms), step="set")
    assert answer.status_code == 404
    assert terms_set(rooms) == 2
