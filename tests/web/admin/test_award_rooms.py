"""The auditor's rooms: an award is found without a name, and followed to the prize in somebody's hand."""

from datetime import timedelta

from cm_engine.actions.draw import draw_by_hand
from cm_engine.actions.record import Happening, record
from cm_engine.actions.redeem import choose, hand_over
from cm_engine.actions.requests import Request
from cm_engine.actions.viewing import pseudonym
from cm_engine.events import Result
from tests.web.admin.forms import noted
from tests.web.asked import asked
from tests.web.rooms import Rooms


def recorded(rooms: Rooms, participant: str) -> str:
    happening = Happening(rooms.clinic.clock.now, "test", Result("negative"))
    event: str = record(rooms.clinic.engine, by(rooms, "dev"), participant, happening)["event"]
    return event


def by(rooms: Rooms, staff: str) -> Request:
    return rooms.clinic.request()._replace(actor=staff)


def handed_over(rooms: Rooms, participant: str) -> None:
    engine = rooms.clinic.engine
    draw_by_hand(engine, by(rooms, "elin"), participant, "va-prize", "small")
    prize = choose(engine, by(rooms, "elin"), participant, rooms.clinic.prize("Coffee card"))["redemption"]
    hand_over(engine, by(rooms, "femi"), participant, prize)


def test_an_auditor_follows_an_award_to_the_prize_and_sees_who_did_each_step(rooms: Rooms) -> None:
    ada = rooms.enrol("ADA-12", "Ada Lovelace")
    event = recorded(rooms, ada)
    handed_over(rooms, ada)
    page = rooms.as_("olga").get(f"/people/{ada}/trail/{event}").text
    main = page.partition("<main")[2]
    for said in ("Dev Patel", "Elin Berg", "Femi Ade", "version 1", "Coffee card", "Prize handed over", pseudonym(ada)):
        assert said in main
    assert main.index("Recorded") < main.index("Slip drawn from a real bowl") < main.index("Prize handed over")
    assert "Lovelace" not in page
    assert "ADA-12" not in page
    assert noted(rooms, "trail-viewed") == [("olga", ada, event)]


def test_awards_are_listed_by_day_and_found_by_policy(rooms: Rooms) -> None:
    ada = rooms.enrol("ADA-12", "Ada Lovelace")
    first = recorded(rooms, ada)
    rooms.clinic.clock.go_on(days=1)
    second = recorded(rooms, ada)
    olga, today = rooms.as_("olga"), rooms.clinic.today
    page = olga.get("/admin/awards").text
    assert page.index(second) < page.index(first)
    assert "Lovelace" not in page
    assert "ADA-12" not in page
    yesterday = today - timedelta(days=1)
    assert second not in olga.get(f"/admin/awards?to={yesterday}").text
    assert first in olga.get(f"/admin/awards?policy=va-prize&from={yesterday}&to={yesterday}").text
    assert first not in olga.get("/admin/awards?policy=iop-attendance").text
    assert "No award was recorded in these days" in olga.get("/admin/awards?from=2020-01-01&to=2020-01-31").text


def test_an_event_leads_to_its_award_and_another_sites_leads_nowhere(rooms: Rooms) -> None:
    ada, nora = rooms.enrol("ADA-12"), rooms.enrol("NORA-1", program=rooms.elsewhere)
    here, elsewhere = recorded(rooms, ada), recorded(rooms, nora)
    olga = rooms.as_("olga")
    assert olga.get(f"/admin/awards?event={here}").location == f"/people/{ada}/trail/{here}"
    for event in (elsewhere, "nothing"):
        answer = olga.get(f"/admin/awards?event={event}", follow_redirects=True)
        assert "There is no event with that id" in answer.text
    assert olga.get(f"/people/{ada}/trail/{elsewhere}").status_code == 404
    assert olga.get(f"/people/{nora}/trail/{elsewhere}").status_code == 404


def test_many_awards_come_in_pages(rooms: Rooms) -> None:
    for number in range(60):
        recorded(rooms, rooms.enrol(f"C-{number}"))
    page = rooms.as_("olga").get("/admin/awards?policy=va-prize").text
    assert page.count("Follow event") == 15
    older = page.partition('class="pages"')[2].partition('href="')[2].partition('"')[0].replace("&amp;", "&")
    assert "policy=va-prize" in older
    assert rooms.as_("olga").get(older).text.count("Follow event") == 15


def test_a_page_asks_no_more_for_many_awards_than_for_few(rooms: Rooms) -> None:
    ada, olga, lists, trails = rooms.enrol("ADA-12"), rooms.as_("olga"), [], []
    for number in (1, 12):
        for _ in range(number):
            rooms.clinic.clock.go_on(hours=25)
            recorded(rooms, ada)
        event = recorded(rooms, ada)
        olga.get("/admin/awards")  # once signed in, with all that is published at hand
        with asked(rooms) as statements:
            olga.get("/admin/awards")
        lists.append(len(statements))
        olga.get(f"/people/{ada}/trail/{event}")  # noted for this hour
        with asked(rooms) as statements:
            olga.get(f"/people/{ada}/trail/{event}")
        trails.append(len(statements))
    assert lists[0] == lists[1] <= 8
    assert trails[0] == trails[1] <= 12
