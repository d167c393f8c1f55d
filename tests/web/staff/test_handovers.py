"""Prizes at the desk: what waits, who may hand it over, drawing from a real bowl, choosing and trading for somebody."""

from cm_engine import ledger
from cm_engine.actions.draw import draw_by_hand
from cm_engine.actions.redeem import choose
from cm_engine.actions.verify import verify
from cm_engine.store.staff import give_role
from tests.counting import counted
from tests.web.rooms import Rooms
from tests.web.staff.desk import log, read, sent


def winner(rooms: Rooms, name: str, number: int = 1) -> str:
    """Enrol somebody who won so many small slips on the days before."""
    who = rooms.enrol(f"{name[0]}-{len(rooms.clinic.ask('SELECT id FROM participants'))}", name)
    while rooms.clinic.held(who, "draws", "va-prize") < number + 1:
        rooms.clinic.record(who)
        rooms.clinic.clock.go_on(days=1)
    for _ in range(number):
        draw_by_hand(rooms.clinic.engine, rooms.clinic.request(), who, "va-prize", "small")
    return who


def take(rooms: Rooms, who: str, prize: str = "Coffee card") -> str:
    answer = choose(rooms.clinic.engine, rooms.clinic.request(), who, rooms.clinic.prize(prize))
    redemption: str = answer["redemption"]
    return redemption


def waits_at(rooms: Rooms) -> str:
    return f"/programs/{rooms.program}/handovers"


def test_nothing_waits_and_the_page_says_how_something_comes(rooms: Rooms) -> None:
    assert "Nothing waits" in read(rooms.as_("dev").get(waits_at(rooms)))


def test_a_prize_is_handed_over_once(rooms: Rooms) -> None:
    ada = winner(rooms, "Ada Lovelace")
    redemption = take(rooms, ada)
    desk = rooms.as_("dev")
    assert "Give Coffee card to Ada Lovelace ?" in read(desk.get(waits_at(rooms)))
    form = sent(program=rooms.program)
    address = f"/people/{ada}/redemptions/{redemption}/hand-over"
    assert "Handed over." in read(desk.post(address, data=form, follow_redirects=True))
    assert desk.post(address, data=form).status_code == 303  # a second click
    again = desk.post(address, data=sent(program=rooms.program))
    assert again.status_code == 422
    assert "may be handed over or cancelled already" in read(again)
    assert rooms.clinic.standing(ada).has(ledger.HANDED_OVER, ledger.PRIZES, rooms.clinic.prize("Coffee card")) == 1
    assert verify(rooms.clinic.engine).is_clean


def test_who_logged_the_test_sees_why_a_colleague_hands_over(rooms: Rooms) -> None:
    ada = winner(rooms, "Ada Lovelace")
    redemption = take(rooms, ada)
    rooms.clinic.record(ada)
    today = rooms.clinic.today.isoformat()
    dev, elin = rooms.as_("dev"), rooms.as_("elin")
    rooms.clinic.clock.go_on(days=1)
    log(rooms, dev, ada, on=rooms.clinic.today.isoformat())
    assert today != rooms.clinic.today.isoformat()
    page = read(dev.get(waits_at(rooms)))
    assert "Today you recorded a result of theirs, or gave them a code. A colleague hands this over." in page
    assert "Hand over" not in page
    address = f"/people/{ada}/redemptions/{redemption}/hand-over"
    refused = dev.post(address, data=sent(program=rooms.program))
    assert refused.status_code == 422
    assert "ask a colleague" in read(refused)
    assert elin.post(address, data=sent(program=rooms.program)).status_code == 303


def test_at_a_one_person_site_it_is_noted_and_listed(rooms: Rooms) -> None:
    rooms.clinic.engine.one_person_sites = frozenset({"main"})
    ada = winner(rooms, "Ada Lovelace")
    redemption = take(rooms, ada)
    dev = rooms.as_("dev")
    log(rooms, dev, ada, on=rooms.clinic.today.isoformat())
    assert "as the only one here you may, and it is noted" in read(dev.get(waits_at(rooms)))
    done = dev.post(
        f"/people/{ada}/redemptions/{redemption}/hand-over", data=sent(program=rooms.program), follow_redirects=True
    )
    assert "so it is noted" in read(done)
    assert "Handed over by who recorded" in read(done)
    assert "Coffee card Wed, Mar 4, 2026 Ada Lovelace Dev Patel" in read(done)


def test_a_cancelled_prize_goes_back_to_both(rooms: Rooms) -> None:
    ada = winner(rooms, "Ada Lovelace")
    redemption = take(rooms, ada)
    dev = rooms.as_("dev")
    dev.post(f"/people/{ada}/redemptions/{redemption}/cancel", data=sent())
    assert rooms.clinic.standing(ada).has(ledger.WON, ledger.SLIPS, "small") == 1
    assert "Nothing waits" in read(dev.get(waits_at(rooms)))


def test_staff_draw_choose_and_hand_over_with_somebody_at_the_desk(rooms: Rooms) -> None:
    ada = winner(rooms, "Ada Lovelace")
    desk, there = rooms.as_("dev"), f"/people/{ada}/prizes"
    page = read(desk.get(there))
    assert "1 won “small”" in page
    assert "Draw from the bowl on the desk" in page
    drawn = desk.post(
        f"/people/{ada}/draws-by-hand", data=sent(policy="va-prize", label="large"), follow_redirects=True
    )
    assert "“large” is recorded: a prize is won." in read(drawn)
    chosen = desk.post(f"{there}/{rooms.clinic.prize('Headphones')}/choose", data=sent(), follow_redirects=True)
    assert "Headphones is reserved." in read(chosen)
    assert "Give Headphones to Ada Lovelace ?" in read(chosen)
    none = desk.post(f"/people/{ada}/draws-by-hand", data=sent(policy="va-prize", label="gold"))
    assert none.status_code == 422


def test_what_is_not_in_reach_says_why(rooms: Rooms) -> None:
    ada = rooms.enrol("A-1", "Ada Lovelace")
    page = read(rooms.as_("dev").get(f"/people/{ada}/prizes"))
    assert "Nothing at the moment." in page
    assert "Takes a won slip of size small." in page
    refused = rooms.as_("dev").post(f"/people/{ada}/prizes/{rooms.clinic.prize('Coffee card')}/choose", data=sent())
    assert refused.status_code == 422
    assert "none is left" in read(refused)


def test_the_page_asks_for_as_much_however_many_wait(rooms: Rooms) -> None:
    dev, number = rooms.as_("dev"), []
    for name in ("Ada Lovelace", "Ben Okri", "Cleo Sertori", "Gus Grissom"):
        take(rooms, winner(rooms, name))
        with counted() as asked:
            assert dev.get(waits_at(rooms)).status_code == 200
        number.append(len(asked))
    assert len(set(number[1:])) == 1
    assert number[0] <= 16


def test_nobody_at_another_site_sees_or_does_anything(rooms: Rooms) -> None:
    ada = winner(rooms, "Ada Lovelace")
    redemption = take(rooms, ada)
    for persona in ("otto", "amir", "olga"):
        client = rooms.as_(persona)
        assert client.get(waits_at(rooms)).status_code == 404
        assert client.get(f"/people/{ada}/prizes").status_code == 404
        assert client.post(f"/people/{ada}/redemptions/{redemption}/hand-over", data=sent()).status_code == 404
    rooms.clinic.clock.go_on(days=1)
    foreign = sent(program=rooms.elsewhere)
    done = rooms.as_("dev").post(f"/people/{ada}/redemptions/{redemption}/hand-over", data=foreign)
    assert done.location.endswith(f"/people/{ada}/prizes")


def test_who_sees_names_at_one_site_sees_none_of_another_by_naming_its_program(rooms: Rooms) -> None:
    ada = winner(rooms, "Ada Lovelace")
    take(rooms, ada)
    north = rooms.clinic.ask("SELECT id FROM sites WHERE name = 'north'")[0][0]
    with rooms.clinic.engine.database.writing() as tx:
        give_role(tx, "femi", north, "front-desk")
    ben = rooms.enrol("B-9", "Ben Elsewhere", rooms.elsewhere)
    femi = rooms.as_("femi")
    assert "Lovelace" not in femi.get(waits_at(rooms)).text
    form = sent(program=rooms.program)
    answer = femi.post(f"/people/{ben}/redemptions/none/hand-over", data=form)
    assert answer.status_code == 422
    assert "Lovelace" not in answer.text
