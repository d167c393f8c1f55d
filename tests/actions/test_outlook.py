"""The outlook: what somebody has, what comes next and its worth, what they can choose, as a kiosk shows it."""

from cm_engine.actions.close_out import close_day
from cm_engine.actions.correct import void
from cm_engine.actions.draw import draw_by_hand, open_draws
from cm_engine.actions.enrol import discharge
from cm_engine.actions.outlook import Amount, Next, OpenDraw, ToDraw, outlook, shelf_for
from cm_engine.actions.redeem import choose
from cm_engine.money import MONEY, Unit
from cm_engine.store.cabinet import move_stock
from cm_engine.timetable import Expected
from tests.clinic import clinic
from tests.counting import counted
from tests.weeks import MONDAY, SATURDAY, THURSDAY, TUESDAY, WEDNESDAY, Weeks, weeks

DRAWS = Unit("draws")


def next_visit(riverside: Weeks, participant: str) -> Next:
    found = outlook(riverside.engine, participant).next
    assert found is not None
    return found


def test_the_next_visit_is_the_next_that_nobody_recorded(migrated_url: str) -> None:
    with weeks(migrated_url) as riverside:
        ada = riverside.enrol()
        riverside.plan()
        assert next_visit(riverside, ada).visit.kind == "attendance"
        riverside.record(ada, "attended", kind="attendance", session="early-recovery-group")
        found = next_visit(riverside, ada)
        assert (found.visit.on, found.visit.kind, found.worth) == (MONDAY, "test", (Amount(DRAWS, 1),))
        event = riverside.event(ada)
        assert next_visit(riverside, ada).visit.on == WEDNESDAY
        void(riverside.engine, riverside.request(), ada, event)
        assert next_visit(riverside, ada).visit == Expected(MONDAY, None, "test", "")


def test_its_worth_is_what_that_visit_then_pays(migrated_url: str) -> None:
    with weeks(migrated_url) as riverside:
        ada = riverside.enrol()
        riverside.plan()
        riverside.event(ada)
        riverside.it_is(WEDNESDAY, 20)
        riverside.record(ada, "attended", kind="attendance", session="relapse-prevention-group")
        riverside.record(ada, "missed", TUESDAY, kind="attendance", session="early-recovery-group")
        found = next_visit(riverside, ada)
        assert (found.visit.on, found.worth) == (THURSDAY, (Amount(DRAWS, 2),))
        riverside.it_is(THURSDAY)
        assert riverside.record(ada)["awards"][0]["amount"] == "2"


def test_nobody_is_expected_on_a_closed_day_or_after_a_discharge(migrated_url: str) -> None:
    with weeks(migrated_url) as riverside:
        ada = riverside.enrol()
        riverside.plan()
        close_day(riverside.engine, riverside.request(), riverside.program, MONDAY)
        assert next_visit(riverside, ada).visit.on == WEDNESDAY
        riverside.it_is(TUESDAY)
        discharge(riverside.engine, riverside.request(), ada, riverside.today)
        assert outlook(riverside.engine, ada).next is None
        assert outlook(riverside.engine, ada).is_enrolled
        riverside.it_is(SATURDAY)
        after = outlook(riverside.engine, ada)
        assert (after.is_enrolled, after.climbs, after.next) == (False, (), None)


def test_a_run_is_seen_on_the_ladder(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        ada = riverside.enrol()
        riverside.tests(ada, "NN")
        [climb] = outlook(riverside.engine, ada).climbs
        assert (climb.policy, climb.kind, climb.unit) == ("va-prize", "test", DRAWS)
        assert (climb.ladder.place, climb.ladder.in_a_row, climb.ladder.next) == (3, 2, 3)


def test_draws_to_open_and_open_ones_are_told_with_what_the_caps_leave(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        ada = riverside.enrol()
        riverside.tests(ada, "NN")
        assert outlook(riverside.engine, ada).to_draw == (ToDraw("va-prize", 3),)
        [opened] = open_draws(riverside.engine, riverside.request(), ada, "va-prize")["draws"]
        now = outlook(riverside.engine, ada)
        assert now.to_draw == (ToDraw("va-prize", 2),)
        assert now.open_draws == (OpenDraw(opened["draw"], opened["sha256"], 500, 10000, 10000),)
        assert now.has == ()


def test_the_cabinet_tells_what_can_be_chosen_now_and_what_not_yet(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        ada = riverside.enrol()
        riverside.tests(ada, "NNN")
        for _ in range(2):
            draw_by_hand(riverside.engine, riverside.request(), ada, "va-prize", "small")
        shelf = shelf_for(riverside.engine, ada)
        assert {offer.name: offer.can_be_chosen for offer in shelf.offers} == {
            "Bus pass": False,
            "Coffee card": True,
            "Grocery card": False,
            "Headphones": False,
        }
        prices = {offer.name: (offer.size, offer.price) for offer in shelf.offers}
        assert prices["Bus pass"] == ("", Amount(Unit("points"), 20))
        assert prices["Grocery card"] == ("", Amount(MONEY, 1000))
        assert prices["Headphones"][0] == "large"
        assert [(trade.number, trade.has) for trade in shelf.trades] == [(5, 2)]
        assert shelf.won == {"small": 2}
        choose(riverside.engine, riverside.request(), ada, riverside.prize("Coffee card"))
        assert [one.name for one in shelf_for(riverside.engine, ada).waiting] == ["Coffee card"]
        assert [one.name for one in outlook(riverside.engine, ada).waiting] == ["Coffee card"]


def test_the_last_of_a_prize_that_somebody_took_cannot_be_chosen(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        ada = riverside.enrol()
        riverside.tests(ada, "N")
        draw_by_hand(riverside.engine, riverside.request(), ada, "va-prize", "large")
        with riverside.engine.database.writing() as tx:
            move_stock(tx, riverside.prize("Headphones"), -3, "Headphones")
        [offer] = [offer for offer in shelf_for(riverside.engine, ada).offers if offer.name == "Headphones"]
        assert (offer.is_affordable, offer.on_hand, offer.can_be_chosen) == (True, 0, False)


def test_so_many_questions_are_asked_however_long_the_history(migrated_sqlite_url: str) -> None:
    with clinic(migrated_sqlite_url, "va-prize", "higgins-voucher") as riverside:
        ada = riverside.enrol()
        asked = []
        for _ in range(3):
            riverside.tests(ada, "N" * 10)
            outlook(riverside.engine, ada)
            with counted() as statements:
                outlook(riverside.engine, ada)
            asked.append(len(statements))
        assert asked == [3, 3, 3]
