"""Redeeming: a prize is chosen for a slip, points or money, handed over once, or given back."""

from datetime import UTC, datetime, timedelta

import pytest

from cm_engine import ledger
from cm_engine.actions.correct import Correction, correct
from cm_engine.actions.draw import draw_by_hand
from cm_engine.actions.redeem import cancel, choose, hand_over, trade_up
from cm_engine.actions.requests import Answer
from cm_engine.actions.verify import WAITING, verify
from cm_engine.events import Result
from cm_engine.exchange.policy_file import load_policy, parse_policy, policy_text
from cm_engine.store.reservations import Lone, lone_between, waiting_in
from tests.clinic import DEV, PROGRAM, Clinic, clinic

VA_PRIZE, HIGGINS, GOALS = (load_policy(name) for name in ("va-prize", "higgins-voucher", "treatment-goals"))


def won(riverside: Clinic, label: str = "small", number: int = 1, code: str = "Ada") -> str:
    """Enrol somebody, and let them draw so many slips with a label."""
    participant = riverside.enrol(code)
    while riverside.held(participant, "draws", "va-prize") < number:
        riverside.record(participant)
        riverside.clock.go_on(days=1)
    for _ in range(number):
        draw_by_hand(riverside.engine, riverside.request(), participant, "va-prize", label)
    return participant


def take(riverside: Clinic, participant: str, name: str) -> str:
    """Choose a prize by its name; give the redemption."""
    answer = choose(riverside.engine, riverside.request(), participant, riverside.prize(name))
    redemption: str = answer["redemption"]
    return redemption


def on_hand(riverside: Clinic, name: str) -> int:
    prize = riverside.prize(name)
    stock: dict[str, int] = dict(riverside.ask("SELECT prize_id, on_hand FROM stock"))
    return stock[prize]


def test_a_prize_is_chosen_for_a_slip_and_handed_over_once(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        ada = won(riverside)
        redemption = take(riverside, ada, "Coffee card")
        assert on_hand(riverside, "Coffee card") == 59
        assert riverside.standing(ada).has(ledger.WON, ledger.SLIPS, "small") == 0
        assert hand_over(riverside.engine, riverside.request(), ada, redemption)["state"] == "handed over"
        coffee = riverside.prize("Coffee card")
        assert riverside.standing(ada).has(ledger.HANDED_OVER, ledger.PRIZES, coffee) == 1
        for again in (hand_over, cancel):
            with riverside.refuses("handed over or cancelled already"):
                again(riverside.engine, riverside.request(), ada, redemption)
        assert verify(riverside.engine).is_clean


def test_what_is_cancelled_goes_back_where_it_came_from(migrated_url: str) -> None:
    with clinic(migrated_url, VA_PRIZE, HIGGINS, GOALS) as riverside:
        ada = won(riverside, number=6)
        riverside.record(ada, "completed", kind="activity")  # 20 points
        before = riverside.standing(ada).purse
        taken = [take(riverside, ada, name) for name in ("Coffee card", "Bus pass", "Grocery card")]
        assert riverside.standing(ada).purse != before
        for redemption in taken:
            cancel(riverside.engine, riverside.request(), ada, redemption)
            with riverside.refuses("handed over or cancelled already"):
                hand_over(riverside.engine, riverside.request(), ada, redemption)
        assert riverside.standing(ada).purse == before
        assert [on_hand(riverside, name) for name in ("Coffee card", "Bus pass", "Grocery card")] == [60, 10, 10]
        assert verify(riverside.engine).is_clean


def test_a_prize_is_bought_with_points_or_money_and_never_with_too_little(migrated_url: str) -> None:
    with clinic(migrated_url, VA_PRIZE, HIGGINS, GOALS) as riverside:
        ada = riverside.enrol("Ada")
        for name, lacks in (
            ("Coffee card", "none is left"),
            ("Bus pass", "there are 0 points"),
            ("Grocery card", "there are 0.00"),
        ):
            with riverside.refuses(lacks):
                take(riverside, ada, name)
        riverside.record(ada, "completed", kind="activity")
        riverside.tests(ada, "NNN")
        take(riverside, ada, "Bus pass")
        take(riverside, ada, "Grocery card")
        assert (riverside.held(ada, "points"), riverside.held(ada)) == (0, 11_25)
        assert verify(riverside.engine).is_clean


def test_the_last_prize_goes_to_one_only(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        people = [won(riverside, "large", code=code) for code in ("Ada", "Ben", "Cleo", "Gus")]
        for person in people[:3]:
            take(riverside, person, "Headphones")
        with riverside.refuses("no Headphones is left"):
            take(riverside, people[3], "Headphones")
        assert on_hand(riverside, "Headphones") == 0
        assert verify(riverside.engine).is_clean


def test_nobody_gets_what_is_reserved_for_somebody_else(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        ada, ben = won(riverside), riverside.enrol("Ben")
        redemption = take(riverside, ada, "Coffee card")
        for action in (hand_over, cancel):
            with riverside.refuses("no prize is reserved"):
                action(riverside.engine, riverside.request(), ben, redemption)
        with riverside.refuses("there is no prize"):
            choose(riverside.engine, riverside.request(), ada, "another")


def test_five_small_ones_are_traded_for_one_better(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        ada = won(riverside, number=6)
        assert trade_up(riverside.engine, riverside.request(), ada, "small", "large")["more"] == "15.00"
        standing = riverside.standing(ada)
        assert [standing.has(ledger.WON, ledger.SLIPS, size) for size in ("small", "large")] == [1, 1]
        assert standing.paid_in(2026) == 21_00
        with riverside.refuses("takes 5 won prizes of size small, and there are 1"):
            trade_up(riverside.engine, riverside.request(), ada, "small", "large")
        with riverside.refuses("has no trade"):
            trade_up(riverside.engine, riverside.request(), ada, "large", "jumbo")
        take(riverside, ada, "Headphones")
        assert verify(riverside.engine).is_clean


def test_what_a_trade_is_worth_more_counts_against_the_cap(migrated_url: str) -> None:
    with clinic(migrated_url, program=PROGRAM.replace("599.00", "24.99")) as riverside:
        ada = won(riverside, number=10)
        with riverside.refuses("the caps leave 14.99"):
            trade_up(riverside.engine, riverside.request(), ada, "small", "large")


def test_points_count_by_their_worth_and_two_policies_share_a_payers_cap(migrated_url: str) -> None:
    dear = parse_policy("story", policy_text(GOALS).replace('worth = "0.25"', 'worth = "0.30"'))
    with clinic(migrated_url, HIGGINS, dear, program=PROGRAM.replace("599.00", "14.00")) as riverside:
        ada = riverside.enrol("Ada")
        assert riverside.record(ada)["awards"][0]["amount"] == "2.50"
        goal = riverside.record(ada, "completed", kind="activity", session="housing")["awards"][0]
        assert (goal["amount"], goal["next"]) == ("20", "18")  # 6.00; then 5.50 are left, and 18 points are 5.40
        goal = riverside.record(ada, "completed", kind="activity", session="job")["awards"][0]
        assert (goal["amount"], goal["capped"]) == ("18", "2")
        riverside.clock.go_on(days=1)
        voucher = riverside.record(ada)["awards"][0]
        assert (voucher["amount"], voucher["capped"], voucher["next"]) == ("0.10", "3.65", "0.00")
        assert riverside.standing(ada).paid_in(2026) == 14_00
        assert verify(riverside.engine).is_clean


def test_a_fiscal_years_cap_begins_anew_on_its_first_day(migrated_url: str) -> None:
    fiscal = PROGRAM.replace('"599.00", per = "calendar-year"', '"5.00", per = "fiscal-year", first_day = "03-04"')
    with clinic(migrated_url, HIGGINS, program=fiscal) as riverside:
        ada = riverside.enrol("Ada")
        assert riverside.tests(ada, "NNNN") == ["2.50", "2.50", "5.00", "0.00"]
        assert riverside.standing(ada).paid_in(2026) == 10_00
        assert riverside.standing(ada).paid_in(2025) == 0
        assert verify(riverside.engine).is_clean


def hand(riverside: Clinic, actor: str, participant: str, redemption: str) -> Answer:
    """Let somebody of the staff hand a prize over."""
    return hand_over(riverside.engine, riverside.request()._replace(actor=actor), participant, redemption)


def test_who_recorded_a_result_today_leaves_the_handover_to_a_colleague(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        ada = won(riverside)
        redemption = take(riverside, ada, "Coffee card")
        riverside.record(ada)  # by Dev
        with riverside.refuses("ask a colleague"):
            hand(riverside, DEV, ada, redemption)
        assert hand(riverside, "femi", ada, redemption)["alone"] is False
        assert verify(riverside.engine).is_clean


def test_who_put_a_result_right_leaves_it_to_a_colleague_too(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        ada = won(riverside)
        redemption = take(riverside, ada, "Coffee card")
        [(event, *_)] = riverside.ask("SELECT key FROM log WHERE fact = 'event-recorded'")
        corrected = riverside.request()._replace(actor="elin")
        correct(riverside.engine, corrected, ada, Correction(event, Result("negative")))
        with riverside.refuses("ask a colleague"):
            hand(riverside, "elin", ada, redemption)
        hand(riverside, DEV, ada, redemption)


def test_on_the_next_day_at_the_site_and_to_others_they_may_hand_over(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        ada, ben = won(riverside, number=2), won(riverside, code="Ben")
        first, second, third = (take(riverside, who, "Coffee card") for who in (ada, ada, ben))
        riverside.clock.now = datetime(
            2026, 4, 1, 6, 30, tzinfo=UTC
        )  # half past eleven in the evening of 31 March there
        riverside.record(ada)
        with riverside.refuses("ask a colleague"):
            hand(riverside, DEV, ada, first)
        hand(riverside, DEV, ben, third)
        riverside.clock.go_on(hours=1)
        hand(riverside, DEV, ada, first)
        hand(riverside, DEV, ada, second)


def test_at_a_one_person_site_they_may_and_it_is_listed(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        riverside.engine.one_person_sites = frozenset({"riverside"})
        ada = won(riverside, number=2)
        alone, next_day = (take(riverside, ada, "Coffee card") for _ in range(2))
        riverside.record(ada)
        assert hand(riverside, DEV, ada, alone)["alone"] is True
        riverside.clock.go_on(days=1)
        assert hand(riverside, DEV, ada, next_day)["alone"] is False
        yesterday = riverside.today - timedelta(days=1)
        with riverside.engine.database.reading() as tx:
            listed = lone_between(tx, riverside.program, yesterday, riverside.today)
        assert listed == [Lone(alone, ada, "Coffee card", yesterday, DEV)]
        noted = riverside.ask("SELECT deed, actor, participant_id, about FROM activity")
        assert noted == [("duties-not-separated", DEV, ada, alone)]
        assert verify(riverside.engine).is_clean


def test_another_site_is_no_one_person_site(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        riverside.engine.one_person_sites = frozenset({"hillside"})
        ada = won(riverside)
        redemption = take(riverside, ada, "Coffee card")
        riverside.record(ada)
        with riverside.refuses("ask a colleague"):
            hand(riverside, DEV, ada, redemption)


def test_what_waits_is_listed_until_it_is_handed_over_or_cancelled(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        ada, ben = won(riverside, number=2), won(riverside, code="Ben")
        redemptions = []
        for who in (ben, ada, ada):
            redemptions.append(take(riverside, who, "Coffee card"))
            riverside.clock.go_on(hours=1)
        assert waits(riverside) == redemptions
        cancel(riverside.engine, riverside.request(), ada, redemptions[2])
        assert waits(riverside) == redemptions[:2]
        hand_over(riverside.engine, riverside.request(), ben, redemptions[0])
        assert waits(riverside) == redemptions[1:2]
        assert verify(riverside.engine).is_clean


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("DELETE FROM reservations", "by the log it waits, and it is not listed"),
        ("UPDATE reservations SET redemption_id = 'another'", "the log says otherwise"),
        (
            "UPDATE reservations SET prize_id = (SELECT id FROM prizes WHERE name = 'Bus pass')",
            "the log says otherwise",
        ),
    ],
)
def test_a_list_of_what_waits_that_was_changed_by_hand_is_named(migrated_url: str, change: str, said: str) -> None:
    with clinic(migrated_url) as riverside:
        take(riverside, won(riverside), "Coffee card")
        with riverside.engine.database.engine.begin() as connection:
            connection.exec_driver_sql(change)
        faults = verify(riverside.engine).faults
        assert {fault.check for fault in faults} == {WAITING}
        assert said in faults[0].what


def waits(riverside: Clinic) -> list[str]:
    with riverside.engine.database.reading() as tx:
        return [waiting.redemption for waiting in waiting_in(tx, riverside.program, 9)]
