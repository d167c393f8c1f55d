"""A visit at the kiosk: what I have, my slips, my prizes, my statement, my note; in English and in Spanish."""

import json
import re
from pathlib import Path

import pytest

from cm_engine.actions.draw import draw_by_hand, open_draws
from cm_engine.actions.plan import plan
from cm_engine.actions.redeem import choose
from cm_engine.actions.remark import remarks_at, reply
from cm_engine.actions.statement import statement
from cm_engine.drawing import faults
from cm_engine.exchange.receipt_json import read_receipt
from cm_engine.facts import SlipPicked
from cm_engine.store.cabinet import move_stock
from tests.counting import counted
from tests.web.kiosk.tablet import Tablet, tablet_at, title, with_pin, words
from tests.web.rooms import Rooms

# What would tell a bystander what the place is; in a page, its title or its address.
TELLING = re.compile(
    r"\b(treatment|recover\w*|drugs?|sober\w*|test\w*|clean|negatives?|positives?|urine|specimens?|samples?|abstinen\w*|clinic\w*"
    r"|patients?|addict\w*|relapse\w*|therap\w*|counsel\w*|alcohol|opioids?|cocaine|stimulants?|prueba\w*|limpi[oa]s?|negativ[oa]s?"
    r"|positiv[oa]s?|tratamiento\w*|recupera\w*|droga\w*|sobri\w*|muestras?|clínica\w*|paciente\w*|adicci\w*|reca[ií]da\w*|terapia\w*"
    r"|va-prize|iop\w*|riverside|intensive|outpatient)\b",
    re.IGNORECASE,
)


@pytest.fixture
def tablet(rooms: Rooms) -> Tablet:
    """A paired tablet."""
    return tablet_at(rooms)


def grown(rooms: Rooms, tablet: Tablet, letters: str = "NNN") -> str:
    """Let somebody with a PIN come on some days; today nothing is recorded yet, and the week is planned."""
    ada = with_pin(rooms, tablet)
    rooms.clinic.tests(ada, letters)
    plan(rooms.clinic.engine, rooms.program)
    return ada


def win(rooms: Rooms, participant: str, label: str, number: int = 1) -> None:
    for _ in range(number):
        draw_by_hand(rooms.clinic.engine, rooms.clinic.request(), participant, "va-prize", label)


def draws_on(answer_text: str) -> list[str]:
    return re.findall(r'action="/kiosk/slips/([0-9a-f]{24})"', answer_text)


def test_home_shows_what_i_have_my_run_my_ladder_and_the_next_visit(rooms: Rooms, tablet: Tablet) -> None:
    ada = grown(rooms, tablet)
    win(rooms, ada, "small", 2)
    tablet.signs_in()
    home = words(tablet.get("/home"))
    assert "4 slips" in home
    assert "2 small prizes" in home
    assert "3 in a row · next: 4 slips" in home
    assert "The next step is worth 4 slips." in home
    assert "My next visit Today, 10:00 AM Session · worth 1 slip" in home


def test_somebody_who_has_just_begun_sees_how_it_begins(rooms: Rooms, tablet: Tablet) -> None:
    with_pin(rooms, tablet)
    tablet.signs_in()
    assert "Nothing yet. It begins with your next visit." in words(tablet.get("/home"))
    assert "No slips right now" in words(tablet.get("/slips"))
    assert "None yet today." in words(tablet.get("/drawn"))
    assert "Nothing yet." in words(tablet.get("/statement"))
    assert "You can choose now" not in words(tablet.get("/prizes"))


def test_a_slip_is_picked_once_whatever_is_sent_again(rooms: Rooms, tablet: Tablet) -> None:
    grown(rooms, tablet)
    tablet.signs_in()
    assert "6 slips" in words(tablet.get("/slips"))
    assert tablet.sends("/slips").location == "/kiosk/slips"
    bowl = tablet.get("/slips")
    draw = draws_on(bowl.text)[0]
    [sha256] = re.findall(r"<code class=\"fingerprint\">([0-9a-f]{64})</code>", bowl.text)
    assert bowl.text.count('name="number" value=') == 500
    first = tablet.sends(f"/slips/{draw}", number="137")
    slip = words(tablet.get(f"/slips/{draw}"))
    for number in ("137", "7"):
        again = tablet.sends(f"/slips/{draw}", number=number)
        assert again.location == first.location == f"/kiosk/slips/{draw}"
        assert words(tablet.get(f"/slips/{draw}")) == slip
    assert "You picked number 137" in slip
    check = words(tablet.get(f"/slips/{draw}/check"))
    assert "We computed it again: the slip is right." in check
    assert sha256 in check


def test_the_receipt_can_be_kept_and_checked_elsewhere(rooms: Rooms, tablet: Tablet, tmp_path: Path) -> None:
    grown(rooms, tablet, "N")
    tablet.signs_in()
    tablet.sends("/slips")
    [draw, *_] = draws_on(tablet.get("/slips").text)
    tablet.sends(f"/slips/{draw}", any="yes")
    answer = tablet.client.get(f"/kiosk/slips/{draw}/receipt")
    assert answer.headers["Content-Disposition"] == "attachment; filename=receipt.json"
    kept = tmp_path / "receipt.json"
    kept.write_bytes(answer.data)
    assert faults(read_receipt(kept)) == []
    assert "Ada" not in json.dumps(answer.json)


def test_all_slips_are_picked_with_one_number(rooms: Rooms, tablet: Tablet) -> None:
    grown(rooms, tablet)
    tablet.signs_in()
    tablet.sends("/slips")
    draw = draws_on(tablet.get("/slips").text)[0]
    assert tablet.sends(f"/slips/{draw}", number="42", all="yes").location == "/kiosk/drawn"
    drawn = tablet.get("/drawn")
    assert drawn.text.count("small-paper") == 6
    assert "No slips right now" in words(tablet.get("/slips"))


def test_all_slips_are_picked_without_a_number_each_with_its_own(rooms: Rooms, tablet: Tablet) -> None:
    ada = grown(rooms, tablet)
    tablet.signs_in()
    tablet.sends("/slips")
    draw = draws_on(tablet.get("/slips").text)[0]
    assert tablet.sends(f"/slips/{draw}", number="seven", all="yes").status_code == 422
    assert tablet.sends(f"/slips/{draw}", number="", all="yes").location == "/kiosk/drawn"
    picked = [row.fact.pick for row in statement(rooms.clinic.engine, ada) if isinstance(row.fact, SlipPicked)]
    assert len(picked) == 6
    assert len(set(picked)) > 1


def test_what_is_earned_while_slips_are_left_joins_them_at_the_bowl(rooms: Rooms, tablet: Tablet) -> None:
    ada = grown(rooms, tablet, "NN")
    open_draws(rooms.clinic.engine, rooms.clinic.request(), ada, "va-prize", 1)
    tablet.signs_in()
    assert "3 slips" in words(tablet.get("/slips"))
    assert tablet.sends("/slips").location == "/kiosk/slips"
    assert "3 to pick" in words(tablet.get("/slips"))


def test_more_slips_than_are_sealed_at_once_still_come_with_one_press(
    rooms: Rooms, tablet: Tablet, monkeypatch: pytest.MonkeyPatch
) -> None:
    grown(rooms, tablet)
    monkeypatch.setattr("web.kiosk.draw.MOST_AT_ONCE", 4)
    tablet.signs_in()
    tablet.sends("/slips")
    assert "6 to pick" in words(tablet.get("/slips"))


@pytest.mark.parametrize("number", ["", "0", "501", "-1", "seven", "1.5", "99999999999"])
def test_a_number_that_the_bowl_does_not_have_costs_nothing(rooms: Rooms, tablet: Tablet, number: str) -> None:
    grown(rooms, tablet, "N")
    tablet.signs_in()
    tablet.sends("/slips")
    [draw, *_] = draws_on(tablet.get("/slips").text)
    answer = tablet.sends(f"/slips/{draw}", number=number)
    assert answer.status_code == 422
    assert "Say a number from 1 to 500." in words(answer)
    assert draws_on(tablet.get("/slips").text)[0] == draw


def test_nobody_picks_or_sees_the_slip_of_somebody_else(rooms: Rooms, tablet: Tablet) -> None:
    grown(rooms, tablet, "N")
    tablet.signs_in()
    tablet.sends("/slips")
    [draw, *_] = draws_on(tablet.get("/slips").text)
    with_pin(rooms, tablet, "Ben")
    tablet.signs_in("Ben")
    tablet.sends(f"/slips/{draw}", number="7")
    assert "No slips right now" in words(tablet.get(f"/slips/{draw}"))
    for path in ("check", "receipt"):
        assert tablet.client.get(f"/kiosk/slips/{draw}/{path}").status_code == 404
    tablet.leaves()
    tablet.signs_in()
    assert draws_on(tablet.get("/slips").text)[0] == draw


def test_a_prize_is_chosen_put_back_and_chosen_again(rooms: Rooms, tablet: Tablet) -> None:
    ada = grown(rooms, tablet)
    win(rooms, ada, "small")
    tablet.signs_in()
    coffee = rooms.clinic.prize("Coffee card")
    tablet.sends(
        f"/prizes/{coffee}",
        key="one-and-the-same-key",
    )
    tablet.sends(f"/prizes/{coffee}", key="one-and-the-same-key")
    page = words(tablet.get("/prizes"))
    assert "Coffee card is yours. Pick it up at the desk." in page
    assert "Coffee card waits for you at the desk" in words(tablet.get("/home"))
    [redemption] = re.findall(r"/kiosk/prizes/back/([0-9a-f]{24})", tablet.get("/prizes").text)
    assert tablet.sends(f"/prizes/back/{redemption}").status_code == 303
    assert "It is back in the cabinet" in words(tablet.get("/prizes"))
    again = tablet.sends(f"/prizes/back/{redemption}")
    assert again.status_code == 422
    assert "you have lost nothing" in words(again)


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "Somebody else has just taken the last one."), ("es", "Otra persona acaba de llevarse")],
)
def test_the_last_one_that_somebody_else_took_is_said_kindly(
    rooms: Rooms, tablet: Tablet, language: str, said: str
) -> None:
    ada = grown(rooms, tablet)
    win(rooms, ada, "small")
    ben = rooms.enrol("Ben")
    rooms.clinic.tests(ben, "N")
    win(rooms, ben, "small")
    tablet.speaks(language)
    tablet.signs_in()
    coffee = rooms.clinic.prize("Coffee card")
    [(left,)] = [row[1:] for row in rooms.clinic.ask("SELECT prize_id, on_hand FROM stock") if row[0] == coffee]
    with rooms.clinic.engine.database.writing() as tx:
        move_stock(tx, coffee, 1 - left, "Coffee card")
    choose(rooms.clinic.engine, rooms.clinic.request(), ben, coffee)
    answer = tablet.sends(f"/prizes/{coffee}")
    assert answer.status_code == 422
    assert said in words(answer)


def test_what_there_is_too_little_for_is_said_kindly_and_so_is_a_prize_that_is_none(
    rooms: Rooms, tablet: Tablet
) -> None:
    grown(rooms, tablet)
    tablet.signs_in()
    answer = tablet.sends(f"/prizes/{rooms.clinic.prize('Coffee card')}")
    assert "You do not have enough for this one yet." in words(answer)
    assert "Please ask at the desk" in words(tablet.sends("/prizes/of-nobody"))


def test_five_small_prizes_are_traded_for_a_large_one_until_the_limit_of_the_year(rooms: Rooms, tablet: Tablet) -> None:
    ada = grown(rooms, tablet, "NNNN")
    win(rooms, ada, "small", 9)
    tablet.signs_in()
    assert "5 small prizes → 1 large prize" in words(tablet.get("/prizes"))
    assert tablet.sends("/prizes/trade", give="small", get="large").status_code == 303
    assert "You now have: 1 large prize." in words(tablet.get("/prizes"))
    answer = tablet.sends("/prizes/trade", give="small", get="large")
    assert "You do not have enough" in words(answer)
    assert "Please ask at the desk" in words(tablet.sends("/prizes/trade", give="large", get="large"))


def test_the_statement_says_what_each_visit_brought_and_why_without_saying_what_was_found(
    rooms: Rooms, tablet: Tablet
) -> None:
    ada = grown(rooms, tablet, "NNPNE")
    rooms.clinic.record(ada, "attended", kind="attendance", session="early-recovery-group")
    win(rooms, ada, "small")
    tablet.signs_in()
    told = words(tablet.get("/statement"))
    assert "Visit 2 slips Step 2" in told
    assert "Visit Nothing this time. You can begin again next time." in told
    assert "Visit Excused. Your steps stay." in told
    assert "Session 1 slip 1 in a row" in told
    assert "Slip small prize" in told


def test_a_correction_is_told_with_the_day_that_it_is_for(rooms: Rooms, tablet: Tablet) -> None:
    ada = grown(rooms, tablet, "N")
    event = rooms.clinic.event(ada)
    rooms.clinic.clock.go_on(days=1)
    rooms.clinic.correct(ada, event, "void")
    tablet.signs_in()
    told = words(tablet.get("/statement"))
    assert "Change for Tuesday, March 3 -2 slips" in told.replace("\u2212", "-")


def test_a_long_statement_has_pages(rooms: Rooms, tablet: Tablet) -> None:
    grown(rooms, tablet, "N" * 60)
    tablet.signs_in()
    assert "Older" in words(tablet.get("/statement"))
    second = words(tablet.get("/statement?page=2"))
    assert "Newer" in second
    assert "Older" not in second
    for page in ("0", "-3", "99", "x"):
        assert tablet.client.get(f"/kiosk/statement?page={page}").status_code == 200


def test_a_note_reaches_staff_and_their_reply_comes_back(rooms: Rooms, tablet: Tablet) -> None:
    ada = grown(rooms, tablet, "N")
    tablet.signs_in()
    [about] = re.findall(r"/kiosk/note\?about=([0-9a-f]{24})", tablet.get("/statement").text)
    assert "About: Monday, March 2, Visit, 1 slip" in words(tablet.get(f"/note?about={about}"))
    assert tablet.sends("/note", text="  ", about=about).status_code == 422
    assert tablet.sends("/note", text="I was there <b>twice</b>", about=about).location == "/kiosk/note"
    page = words(tablet.get("/note"))
    assert "Thank you. Staff will read it" in page
    assert "I was there <b>twice</b> No reply yet." in page
    [told] = remarks_at(rooms.clinic.engine, rooms.program, are_open=True)
    reply(rooms.clinic.engine, rooms.clinic.request(), ada, told.remark.id, "We look into it.")
    assert "Reply: We look into it." in words(tablet.get("/note"))


def test_a_note_about_somebody_elses_visit_is_about_nothing(rooms: Rooms, tablet: Tablet) -> None:
    grown(rooms, tablet, "N")
    ben = rooms.enrol("Ben")
    event = rooms.clinic.event(ben)
    tablet.signs_in()
    assert "About:" not in words(tablet.get(f"/note?about={event}"))
    tablet.sends("/note", text="Hello", about=event)
    [told] = remarks_at(rooms.clinic.engine, rooms.program, are_open=True)
    assert told.remark.about == ""


def test_a_whole_visit_in_spanish(rooms: Rooms) -> None:
    tablet = tablet_at(rooms, language="es-MX,es;q=0.9")
    ada = grown(rooms, tablet)
    win(rooms, ada, "small")
    rooms.clinic.record(ada, "completed", kind="activity", session="housing-plan")
    assert "¡Hola! Escanee su tarjeta o escriba su código" in words(tablet.get(""))
    tablet.signs_in()
    home = words(tablet.get("/home"))
    assert "3 seguidas · sigue: 4 papelitos" in home
    assert "20 puntos" in home
    assert "Mi próxima visita Hoy, 10:00" in home
    tablet.sends("/slips")
    [draw, *_] = draws_on(tablet.get("/slips").text)
    tablet.sends(f"/slips/{draw}", number="7")
    assert "Usted eligió el número 7" in words(tablet.get(f"/slips/{draw}"))
    assert "el papelito es correcto" in words(tablet.get(f"/slips/{draw}/check"))
    tablet.sends(f"/prizes/{rooms.clinic.prize('Coffee card')}")
    assert "Coffee card: es para usted." in words(tablet.get("/prizes"))
    assert "Visita 3 papelitos Escalón 3" in words(tablet.get("/statement"))
    assert tablet.get("/home").text.startswith('<!doctype html>\n<html lang="es"')


@pytest.mark.parametrize("language", ["en", "es"])
def test_nothing_tells_a_bystander_what_the_place_is(rooms: Rooms, language: str) -> None:
    assert TELLING.findall("Your clean test at the clinic; una prueba negativa") != []
    stranger = rooms.nobody().get("/kiosk/pair", headers={"Accept-Language": language})
    tablet = tablet_at(rooms, language=language)
    ada = grown(rooms, tablet, "NNPNENN")
    rooms.clinic.record(ada, "attended", kind="attendance", session="early-recovery-group")
    rooms.clinic.record(ada, "completed", kind="activity", session="maintain-abstinence")
    win(rooms, ada, "small", 3)
    seen = [stranger, tablet.get(""), tablet.comes("  ")]
    tablet.comes()
    seen += [tablet.get("/pin"), tablet.get("/new-pin"), tablet.types("719204")]
    tablet.signs_in()
    seen += [tablet.get(path) for path in ("/home", "/slips", "/prizes", "/statement", "/drawn", "/nowhere")]
    tablet.sends("/slips")
    [draw, *_] = draws_on(tablet.get("/slips").text)
    seen += [tablet.get("/slips"), tablet.sends(f"/slips/{draw}", number="0")]
    tablet.sends(f"/slips/{draw}", number="7")
    seen += [tablet.get(f"/slips/{draw}{more}") for more in ("", "/check", "/nothing")]
    tablet.sends(f"/prizes/{rooms.clinic.prize('Coffee card')}")
    tablet.sends("/note", text="Hola")
    seen += [tablet.get("/prizes"), tablet.sends("/prizes/nothing"), tablet.get("/drawn"), tablet.get("/note")]
    for answer in seen:
        where = f"{answer.request.path} {title(answer)}"
        assert TELLING.findall(f"{where}\n{answer.text}") == [], where


def test_every_page_asks_a_bounded_number_of_questions(rooms: Rooms, tablet: Tablet) -> None:
    ada = grown(rooms, tablet, "N" * 8)
    win(rooms, ada, "small", 3)
    asked: list[dict[str, int]] = []
    for _ in range(2):
        tablet.signs_in()
        found = {}
        for path in ("/home", "/slips", "/drawn", "/prizes", "/statement", "/note"):
            with counted() as statements:
                assert tablet.client.get(f"/kiosk{path}").status_code == 200
            found[path] = len(statements)
        asked.append(found)
        tablet.leaves()
        rooms.clinic.tests(ada, "N" * 8)
    assert asked[0] == asked[1]
    assert max(asked[0].values()) <= 12
