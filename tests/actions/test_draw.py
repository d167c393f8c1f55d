"""Drawing: opened draws are sealed, picked ones can be checked, and caps hold at a prize's value."""

import json
from datetime import timedelta
from typing import Any

from cm_engine import ledger
from cm_engine.actions.draw import draw_by_hand, open_draws, pick, reseal
from cm_engine.actions.requests import Request
from cm_engine.actions.revise import publish, take_version
from cm_engine.actions.verify import verify
from cm_engine.drawing import commitment, faults
from cm_engine.exchange.policy_file import load_policy, parse_policy, policy_text
from cm_engine.exchange.receipt_json import parse_receipt
from cm_engine.policies.contract import Policy
from tests.clinic import DEV, PROGRAM, Clinic, clinic

VA_PRIZE = load_policy("va-prize")
HUNDRED = policy_text(VA_PRIZE).replace("count = 250", "count = 1").replace("count = 209", "count = 1")
# A bowl with one slip, worth 100.00: what is drawn is certain, what is paid is the caps' affair.
ONLY_JUMBO = parse_policy(
    "story", HUNDRED[: HUNDRED.index("slips")] + 'slips = [{label = "jumbo", count = 1, value = "100.00"}]\n'
)


def earned(riverside: Clinic, draws: int = 1) -> str:
    """Enrol Ada, and let her earn so many draws at least."""
    ada = riverside.enrol("Ada")
    while riverside.held(ada, "draws", "va-prize") < draws:
        riverside.record(ada)
        riverside.clock.go_on(days=1)
    return ada


def opened(riverside: Clinic, ada: str) -> dict[str, Any]:
    answer = open_draws(riverside.engine, riverside.request(), ada, "va-prize")
    draw: dict[str, Any] = answer["draws"][0]
    return draw


def test_a_picked_slip_comes_with_a_receipt_that_anybody_can_check(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        ada = earned(riverside)
        sealed = opened(riverside, ada)
        answer = pick(riverside.engine, riverside.request(), ada, sealed["draw"], 7)
        receipt = parse_receipt("receipt", json.dumps(answer))
        assert faults(receipt) == []
        assert (receipt.sha256, receipt.pick, receipt.draw) == (sealed["sha256"], 7, sealed["draw"])
        assert commitment(bytes.fromhex(receipt.secret)) == sealed["sha256"]
        assert ada not in json.dumps(answer)
        won = riverside.standing(ada).has(ledger.WON, ledger.SLIPS, receipt.label)
        assert won == (1 if receipt.value else 0)
        assert riverside.ask("SELECT * FROM seals") == []
        assert verify(riverside.engine).is_clean


def test_an_open_draw_keeps_its_bytes_over_retries_a_restart_and_days(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        ada = earned(riverside)
        request = riverside.request()
        first = open_draws(riverside.engine, request, ada, "va-prize")
        assert open_draws(riverside.engine, request, ada, "va-prize") == first
        riverside.restart()
        riverside.clock.go_on(days=30)
        assert open_draws(riverside.engine, request, ada, "va-prize") == first
        draw = first["draws"][0]
        picking = riverside.request()
        answer = pick(riverside.engine, picking, ada, draw["draw"], 500)
        assert answer["sha256"] == draw["sha256"]
        assert pick(riverside.engine, picking, ada, draw["draw"], 500) == answer


def test_what_is_not_there_cannot_be_drawn(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        ada = earned(riverside)
        with riverside.refuses("1 draws of va-prize are left, not 2"):
            open_draws(riverside.engine, riverside.request(), ada, "va-prize", 2)
        with riverside.refuses("from 1 to 200"):
            open_draws(riverside.engine, riverside.request(), ada, "va-prize", 0)
        with riverside.refuses("there is no open draw"):
            pick(riverside.engine, riverside.request(), ada, "0123456789abcdef", 1)
        draw = opened(riverside, ada)["draw"]
        for number in (0, 501):
            with riverside.refuses("pick a number from 1 to 500"):
                pick(riverside.engine, riverside.request(), ada, draw, number)
        with riverside.refuses("no draws of va-prize are left"):
            draw_by_hand(riverside.engine, riverside.request(), ada, "va-prize", "small")
        pick(riverside.engine, riverside.request(), ada, draw, 1)
        with riverside.refuses("may be picked already"):
            pick(riverside.engine, riverside.request(), ada, draw, 1)
        with riverside.refuses("never under the policy"):
            draw_by_hand(riverside.engine, riverside.request(), ada, "miedar-prize", "small")


def test_nobodys_draw_is_picked_by_somebody_else(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        ada = earned(riverside)
        ben = riverside.enrol("Ben")
        draw = opened(riverside, ada)["draw"]
        with riverside.refuses("there is no open draw"):
            pick(riverside.engine, riverside.request(), ben, draw, 1)


def test_trying_a_pick_reveals_nothing(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        ada = earned(riverside)
        draw = opened(riverside, ada)["draw"]
        before = riverside.rows()
        tried = [pick(riverside.engine, Request("a pick", DEV, dry_run=True), ada, draw, n) for n in (1, 2, 3)]
        assert tried == [{"draw": draw, "pays_at_most": "100.00"}] * 3
        assert riverside.rows() == before


def test_trying_to_open_draws_tells_all_but_the_digest_of_bytes_that_are_not_made_yet(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        ada = earned(riverside, 2)
        before = riverside.rows()
        tried = open_draws(riverside.engine, Request("open", DEV, dry_run=True), ada, "va-prize", 2)
        assert riverside.rows() == before
        real = open_draws(riverside.engine, Request("open", DEV), ada, "va-prize", 2)
        assert all(draw["sha256"] for draw in real["draws"])
        assert tried == {**real, "draws": [{**draw, "sha256": None} for draw in real["draws"]]}


def test_a_slip_worth_more_than_the_caps_leave_pays_what_is_left_and_the_opening_says_so(migrated_url: str) -> None:
    with clinic(migrated_url, ONLY_JUMBO, program=PROGRAM.replace("599.00", "130.00")) as riverside:
        ada = earned(riverside, 3)
        three = open_draws(riverside.engine, riverside.request(), ada, "va-prize", 3)
        assert (three["largest"], three["pays_at_most"]) == ("100.00", "100.00")
        paid = []
        for draw in three["draws"]:
            asked = Request("tried", DEV, dry_run=True)
            most = pick(riverside.engine, asked, ada, draw["draw"], 1)["pays_at_most"]
            answer = pick(riverside.engine, riverside.request(), ada, draw["draw"], 1)
            assert faults(parse_receipt("receipt", json.dumps(answer))) == []
            paid.append((most, answer["value"], answer["paid"]))
        assert paid == [("100.00", "100.00", "100.00"), ("30.00", "100.00", "30.00"), ("0.00", "100.00", "0.00")]
        assert riverside.standing(ada).has(ledger.WON, ledger.SLIPS, "jumbo") == 1
        assert riverside.held(ada) == 30_00
        assert riverside.standing(ada).paid_in(2026) == 130_00
        riverside.record(ada)
        assert open_draws(riverside.engine, riverside.request(), ada, "va-prize")["pays_at_most"] == "0.00"
        assert verify(riverside.engine).is_clean


def test_under_a_cap_that_denies_a_slip_that_does_not_fit_pays_nothing(migrated_url: str) -> None:
    caps = PROGRAM.replace(
        'amount = "599.00", per = "calendar-year"', 'amount = "130.00", per = "month", mode = "deny"'
    )
    with clinic(migrated_url, ONLY_JUMBO, program=caps) as riverside:
        ada = earned(riverside, 3)
        for _ in range(2):
            draw_by_hand(riverside.engine, riverside.request(), ada, "va-prize", "jumbo")
        assert riverside.standing(ada).has(ledger.WON, ledger.SLIPS, "jumbo") == 1
        assert riverside.held(ada) == 0
        assert riverside.standing(ada).paid_in(2026) == 100_00


def test_what_was_drawn_from_a_real_bowl_is_recorded_by_its_label(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        ada = earned(riverside, 2)
        answer = draw_by_hand(riverside.engine, riverside.request(), ada, "va-prize", "small")
        assert answer["won"] == [f"won:small@{ada}"]
        assert draw_by_hand(riverside.engine, riverside.request(), ada, "va-prize", "good job")["won"] == []
        riverside.record(ada)
        with riverside.refuses("no slip says"):
            draw_by_hand(riverside.engine, riverside.request(), ada, "va-prize", "tiny")
        assert riverside.standing(ada).has(ledger.USED, ledger.DRAWS) == 2
        assert verify(riverside.engine).is_clean


def test_open_draws_are_sealed_anew_where_a_copy_may_be_about(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        ada = earned(riverside, 2)
        two = open_draws(riverside.engine, riverside.request(), ada, "va-prize", 2)["draws"]
        assert reseal(riverside.engine, riverside.request(), ada)["resealed"] == 2
        now = {draw: sealed.sha256 for draw, sealed in riverside.standing(ada).draws.items()}
        assert now.keys() == {draw["draw"] for draw in two}
        assert not set(now.values()) & {draw["sha256"] for draw in two}
        answer = pick(riverside.engine, riverside.request(), ada, two[0]["draw"], 1)
        assert answer["sha256"] == now[two[0]["draw"]]
        assert verify(riverside.engine).is_clean


def another_bowl() -> Policy[Any]:
    return parse_policy("story", policy_text(ONLY_JUMBO).replace("jumbo", "gigantic"))


def test_a_new_bowl_is_drawn_from_on_its_day_and_not_before(migrated_url: str) -> None:
    with clinic(migrated_url, ONLY_JUMBO) as riverside:
        ada = earned(riverside, 3)
        tomorrow = riverside.today + timedelta(days=1)
        answer = publish(riverside.engine, riverside.request(), riverside.program, another_bowl(), tomorrow)
        take_version(riverside.engine, riverside.request(), ada, "va-prize", answer["version"], tomorrow)
        early = opened(riverside, ada)["draw"]
        riverside.clock.go_on(days=1)
        late = opened(riverside, ada)["draw"]
        labels = [pick(riverside.engine, riverside.request(), ada, draw, 1)["label"] for draw in (early, late)]
        assert labels == ["jumbo", "gigantic"]
        riverside.record(ada)
        with riverside.refuses("no slip says"):
            draw_by_hand(riverside.engine, riverside.request(), ada, "va-prize", "jumbo")
        assert verify(riverside.engine).is_clean
