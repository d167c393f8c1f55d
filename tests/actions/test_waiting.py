"""What waits to be handed over, what somebody may choose, and what is in the cabinet: told in a bounded number of queries."""

from datetime import timedelta

import pytest

from cm_engine.actions import waiting
from cm_engine.actions.draw import draw_by_hand
from cm_engine.actions.offers import offers
from cm_engine.actions.redeem import choose, hand_over
from cm_engine.actions.requests import Answer
from cm_engine.actions.shelves import shelves
from cm_engine.actions.stock import count_stock, restock
from cm_engine.exchange.policy_file import load_policy
from tests.clinic import DEV, Clinic, clinic
from tests.counting import counted

POLICIES = tuple(map(load_policy, ("va-prize", "higgins-voucher", "treatment-goals")))


def winner(riverside: Clinic, code: str = "Ada") -> str:
    """Enrol somebody who has one small slip and one more draw, recorded yesterday."""
    participant = riverside.enrol(code)
    riverside.tests(participant, "NN")
    draw_by_hand(riverside.engine, riverside.request(), participant, "va-prize", "small")
    return participant


def take(riverside: Clinic, participant: str, name: str = "Coffee card") -> str:
    answer = choose(riverside.engine, riverside.request(), participant, riverside.prize(name))
    redemption: str = answer["redemption"]
    return redemption


def told_waiting(riverside: Clinic, asker: str) -> Answer:
    return waiting.waiting(riverside.engine, riverside.program, asker)


def test_the_oldest_comes_first_and_who_recorded_today_leaves_it_to_a_colleague(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        ben, ada = winner(riverside, "Ben"), winner(riverside)
        first = take(riverside, ben)
        riverside.clock.go_on(minutes=5)
        second = take(riverside, ada)
        riverside.record(ada)
        told = told_waiting(riverside, DEV)
        assert [(one["redemption"], one["participant"], one["name"], one["is_own"]) for one in told["waiting"]] == [
            (first, ben, "Coffee card", False),
            (second, ada, "Coffee card", True),
        ]
        assert not any(one["is_own"] for one in told_waiting(riverside, "femi")["waiting"])
        assert (told["alone"], told["more"]) == (False, False)


def test_a_long_list_ends_and_says_so(migrated_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "MOST", 1)
    with clinic(migrated_url) as riverside:
        first = take(riverside, winner(riverside, "Ben"))
        take(riverside, winner(riverside))
        told = told_waiting(riverside, DEV)
        assert ([one["redemption"] for one in told["waiting"]], told["more"]) == ([first], True)


def test_what_one_person_handed_over_alone_is_listed_by_name(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        riverside.engine.one_person_sites = frozenset({"riverside"})
        with riverside.engine.database.engine.begin() as connection:
            connection.exec_driver_sql(f"INSERT INTO staff (id, name, made_at) VALUES ('{DEV}', 'Dev Patel', '2026')")
        ada = winner(riverside)
        redemption = take(riverside, ada)
        riverside.record(ada)
        assert told_waiting(riverside, DEV)["alone"]
        hand_over(riverside.engine, riverside.request(), ada, redemption)
        today = riverside.today
        listed = waiting.handed_over_alone(riverside.engine, riverside.program, today - timedelta(days=30), today)
        assert [(one["by"], one["name"], one["on"]) for one in listed["handovers"]] == [
            ("Dev Patel", "Coffee card", today.isoformat())
        ]


def test_somebody_may_choose_what_they_have_enough_for(migrated_url: str) -> None:
    with clinic(migrated_url, *POLICIES) as riverside:
        ada = winner(riverside)
        told = offers(riverside.engine, ada, DEV)
        assert {one["name"]: (one["can"], one["why"]) for one in told["prizes"]} == {
            "Coffee card": (True, ""),
            "Bus pass": (False, "20 points more are needed"),
            "Grocery card": (False, "3.75 usd more are needed"),
            "Headphones": (False, "takes a won slip of size large"),
        }
        [draws] = told["draws"]
        assert (draws["policy"], draws["left"]) == ("va-prize", 2)
        assert [slip["label"] for slip in draws["labels"]] == ["good job", "small", "large", "jumbo"]
        assert told["trades"] == [{"give": "small", "count": 5, "get": "large", "has": 1, "can": False}]
        redemption = take(riverside, ada)
        told = offers(riverside.engine, ada, DEV)
        assert [one["redemption"] for one in told["reserved"]] == [redemption]
        assert not any(one["can"] for one in told["prizes"])


def test_the_cabinet_says_what_is_low_what_waits_and_what_was_put_in_and_counted(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        coffee = riverside.prize("Coffee card")
        take(riverside, winner(riverside))
        count_stock(riverside.engine, riverside.request(), riverside.program, coffee, 12)
        told = shelves(riverside.engine, riverside.program)
        card = next(one for one in told["prizes"] if one["prize"] == coffee)
        assert (card["on_hand"], card["reorder_at"], card["is_low"], card["waiting"]) == (12, 15, True, 1)
        restock(riverside.engine, riverside.request(), riverside.program, coffee, 30)
        told = shelves(riverside.engine, riverside.program)
        assert not next(one for one in told["prizes"] if one["prize"] == coffee)["is_low"]
        latest, before = told["history"][:2]
        assert (latest["did"], latest["name"], latest["number"]) == ("restocked", "Coffee card", 30)
        assert (before["did"], before["number"], before["expected"]) == ("counted", 12, 59)


def test_more_people_take_no_more_queries(migrated_sqlite_url: str) -> None:
    with clinic(migrated_sqlite_url, *POLICIES) as riverside:
        number = []
        for code in ("Ada", "Ben", "Cleo", "Gus"):
            take(riverside, winner(riverside, code))
            with counted() as asked:
                told_waiting(riverside, DEV)
                shelves(riverside.engine, riverside.program)
                offers(riverside.engine, told_waiting(riverside, DEV)["waiting"][0]["participant"])
            number.append(len(asked))
        assert number[1:] == number[:-1]
        assert number[0] <= 20
