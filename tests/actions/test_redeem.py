"""Redeeming: a prize is chosen for a slip, points or money, handed over once, or given back."""

from cm_engine import ledger
from cm_engine.actions.draw import draw_by_hand
from cm_engine.actions.redeem import cancel, choose, hand_over, trade_up
from cm_engine.actions.verify import verify
from cm_engine.exchange.policy_file import load_policy, parse_policy, policy_text
from tests.clinic import PROGRAM, Clinic, clinic

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
