"""Exports, through HTTP: the notice, codes and pseudonyms, and the note of who took what."""

import csv
import io

import pytest

from cm_engine.actions.export import REPORTS
from cm_engine.exchange.report_csv import NOTICE
from tests.web.manager.months import a_fortnight
from tests.web.rooms import Rooms


def exported(rooms: Rooms, report: str, persona: str = "femi") -> list[list[str]]:
    answer = rooms.as_(persona).get(f"/programs/{rooms.program}/exports/{report}.csv?period=4-weeks")
    assert answer.status_code == 200
    assert answer.mimetype == "text/csv"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    return list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))


@pytest.mark.parametrize("report", REPORTS)
def test_every_report_is_offered_and_begins_with_the_notice(rooms: Rooms, report: str) -> None:
    a_fortnight(rooms)
    page = rooms.as_("femi").get(f"/programs/{rooms.program}/exports?period=year").text
    assert f"exports/{report}.csv?period=year" in page
    rows = exported(rooms, report)
    assert rows[0] == [NOTICE]
    assert rows[1][0].startswith(f"{REPORTS[report].title}: Intensive outpatient, ")
    assert len(rows) >= 3


def test_the_manager_gets_codes_the_auditor_what_tells_nobody_and_nobody_names(rooms: Rooms) -> None:
    people = a_fortnight(rooms)
    by_code = {row[1] for row in exported(rooms, "rewards")[3:]}
    assert by_code == {"R-1001", "R-1002"}
    assert {row[1] for row in exported(rooms, "rewards", "olga")[3:]} == {f"P-{id_[:6]}" for id_ in people.values()}
    assert "Ada" not in str(exported(rooms, "rewards"))


def test_each_export_is_noted_with_who_and_beside_whom(rooms: Rooms) -> None:
    people = a_fortnight(rooms)
    exported(rooms, "handovers", "olga")
    noted = rooms.clinic.ask("SELECT actor, participant_id, about FROM activity WHERE deed = 'file-exported'")
    assert set(map(tuple, noted)) == {("olga", None, rooms.program), ("olga", people["ada"], rooms.program)}


def test_a_report_that_there_is_not_is_not_found(rooms: Rooms) -> None:
    assert rooms.as_("femi").get(f"/programs/{rooms.program}/exports/pizza.csv").status_code == 404
