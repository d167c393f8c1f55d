"""Origins: what was earned first is spent first, and nothing is lost on the way."""

from datetime import UTC, date, datetime

from cm_engine.events import Result
from cm_engine.facts import (
    DrawOpened,
    EventRecorded,
    PrizeChosen,
    PrizeHandedOver,
    PrizesTraded,
    RedemptionCancelled,
    ResultCorrected,
    SlipDrawnByHand,
    SlipPicked,
)
from cm_engine.ledger import Entry
from cm_engine.origins import Origins

ON = date(2026, 3, 2)
AT = datetime(2026, 3, 2, 17, tzinfo=UTC)
HELD, WON, MONEY = "held:va-prize@ada", "won:small@ada", "held@ada"


def ada() -> Origins:
    return Origins("ada")


def earn(origins: Origins, event: str, amount: int, account: str = HELD, unit: str = "draws") -> None:
    fact = EventRecorded(event, AT, ON, "test", Result("negative"), "", ON)
    origins.take(fact, [Entry("fund@payer", account, unit, amount, ON, event)])


def take_back(origins: Origins, event: str, amount: int) -> None:
    fact = ResultCorrected(event, AT, ON, Result("void"))
    origins.take(fact, [Entry(HELD, "fund@payer", "draws", amount, ON, event)])


def draw(origins: Origins, name: str) -> None:
    opened = DrawOpened(name, "va-prize", "v1", "", ON)
    origins.take(opened, [Entry(HELD, "opened@ada", "draws", 1, ON, name)])


def pick(origins: Origins, name: str, won: str = WON) -> frozenset[str]:
    posted = [Entry("opened@ada", "used@ada", "draws", 1, ON, name), Entry("fund@payer", won, "slips", 1, ON, name)]
    return origins.take(SlipPicked(name, 7, "", 7, ON), posted)


def choose(origins: Origins, name: str, amount: int = 1, size: str = "small", unit: str = "slips") -> frozenset[str]:
    fact = PrizeChosen(name, "card", size, unit, amount, ON)
    price = f"won:{size}@ada" if size else MONEY
    entries = [Entry(price, "redeemed@ada", unit, amount, ON, name)]
    return origins.take(fact, [*entries, Entry("stock@card", "reserved:card@ada", "prizes", 1, ON, name)])


def cancel(origins: Origins, name: str) -> None:
    posted = [
        Entry("reserved:card@ada", "stock@card", "prizes", 1, ON, name),
        Entry("redeemed@ada", WON, "slips", 1, ON, name),
    ]
    origins.take(RedemptionCancelled(name, ON), posted)


def only(event: str) -> frozenset[str]:
    return frozenset({event})


def test_draws_are_taken_from_the_earliest_award_first_whichever_is_picked_first() -> None:
    origins = ada()
    earn(origins, "mon", 1)
    earn(origins, "wed", 2)
    for name in ("first", "second", "third"):
        draw(origins, name)
    assert [pick(origins, name) for name in ("third", "first", "second")] == [only("wed"), only("mon"), only("wed")]
    assert list(origins.left("wed")) == [(WON, "slips", 2)]


def test_a_slip_from_a_real_bowl_comes_from_the_earliest_award() -> None:
    origins = ada()
    earn(origins, "mon", 1)
    earn(origins, "wed", 1)
    fact = SlipDrawnByHand("by-hand", "va-prize", "v1", "small", ON)
    posted = [
        Entry(HELD, "used@ada", "draws", 1, ON, "by-hand"),
        Entry("fund@payer", WON, "slips", 1, ON, "by-hand"),
    ]
    assert origins.take(fact, posted) == only("mon")
    assert choose(origins, "prize") == only("mon")
    assert list(origins.left("mon")) == []
    assert list(origins.left("wed")) == [(HELD, "draws", 1)]


def test_a_cancelled_prize_goes_back_to_where_it_came_from() -> None:
    origins = ada()
    for event in ("mon", "wed"):
        earn(origins, event, 1)
        draw(origins, f"draw of {event}")
        pick(origins, f"draw of {event}")
    assert choose(origins, "one") == only("mon")
    cancel(origins, "one")
    assert choose(origins, "again") == only("mon")
    assert origins.take(PrizeHandedOver("again", ON), []) == only("mon")


def test_a_traded_prize_comes_from_all_that_was_given_for_it() -> None:
    origins = ada()
    for event in ("mon", "wed", "fri"):
        earn(origins, event, 1)
        draw(origins, event)
        pick(origins, event)
    assert origins.take(PrizesTraded("small", 2, "large", 0, ON), []) == {"mon", "wed"}
    assert choose(origins, "headphones", size="large") == {"mon", "wed"}
    assert choose(origins, "card") == only("fri")


def test_what_is_taken_back_comes_from_the_event_itself_first_then_from_the_earliest() -> None:
    origins = ada()
    earn(origins, "mon", 2)
    earn(origins, "wed", 3)
    earn(origins, "fri", 4)
    draw(origins, "one")  # of Monday
    take_back(origins, "wed", 3)
    assert list(origins.left("wed")) == []
    assert list(origins.left("fri")) == [(HELD, "draws", 4)]
    take_back(origins, "wed", 2)  # nothing of it is left: Monday's other draw, and one of Friday's
    assert list(origins.left("mon")) == []
    assert list(origins.left("fri")) == [(HELD, "draws", 3)]


def test_money_is_shared_between_prizes_to_the_cent() -> None:
    origins = ada()
    earn(origins, "mon", 250, MONEY, "usd")
    earn(origins, "wed", 375, MONEY, "usd")
    assert choose(origins, "lunch", 400, size="", unit="usd") == {"mon", "wed"}
    assert (origins.share("lunch", "mon"), origins.share("lunch", "wed")) == (250, 150)
    assert list(origins.left("wed")) == [(MONEY, "usd", 225)]
