"""Spending in the demo: draws are made, prizes are chosen and handed over, and the cabinet is filled again."""

from collections import Counter
from datetime import timedelta
from functools import partial
from typing import Any

from cm_engine.actions.draw import open_draws, pick
from cm_engine.actions.look import look
from cm_engine.actions.redeem import choose, hand_over, trade_up
from cm_engine.actions.stock import count_stock, restock
from cm_engine.demo.clinic import Clinic
from cm_engine.demo.people import MadeUp
from cm_engine.store.cabinet import Shelved

FAVOURITES = (7, 3, 13, 42, 77, 100, 111, 250, 333, 500)

# Who saves draws opens some once so many are there, and leaves two of them for the next time.
ENOUGH, OPENED, LEFT_OPEN = 14, 10, 2
SAVERS_CHOOSE = 0.6

A_PICK_TAKES = timedelta(seconds=8)
TO_THE_DESK = timedelta(minutes=6)

# What of a kind is spent at once: slips of a size, and points.
EAGER = {"small": 0.55, "large": 0.8, "jumbo": 1.0, "points": 0.4}
TAKEN_AT_ONCE, TAKEN_NEXT_TIME = 0.6, 0.85
TRADED = 0.35


def come_to_kiosk(clinic: Clinic, person: MadeUp) -> None:
    """Draw what was earned and choose prizes; those of an earlier visit are handed over first."""
    _hand_over_all(clinic, person)
    has = _has(clinic, person)
    for (what, policy, unit), number in has.items():
        if (what, unit) == ("held", "draws") and number and not (person.course.saves and number < ENOUGH):
            _draw(clinic, person, policy, number)
    if not person.course.saves or clinic.chance.happens(
        SAVERS_CHOOSE, "chooses", person.code, clinic.nth(person, "visit")
    ):
        _choose(clinic, person)


def fill_cabinet(clinic: Clinic) -> None:
    """Fill up every prize that has become few."""
    for kept in clinic.shelf():
        if kept.on_hand <= (kept.prize.reorder_at or 0):
            number = (kept.prize.stock or 0) - kept.on_hand
            restock(clinic.engine, clinic.request(clinic.staff.priya), clinic.program, kept.id, number)


def count_cabinet(clinic: Clinic, missing: str) -> None:
    """Count every prize, and find one less of one of them."""
    for kept in clinic.shelf():
        found = kept.on_hand - (kept.prize.name == missing)
        count_stock(clinic.engine, clinic.request(clinic.staff.dev), clinic.program, kept.id, found)


def _has(clinic: Clinic, person: MadeUp) -> Counter[tuple[str, str, str]]:
    told: list[dict[str, Any]] = look(clinic.engine, clinic.ids[person.code])["has"]
    counted = {"draws", "slips", "points"}
    return Counter(
        {(one["what"], one["of"], one["unit"]): int(one["balance"]) for one in told if one["unit"] in counted}
    )


def _draw(clinic: Clinic, person: MadeUp, policy: str, number: int) -> None:
    """Open draws and pick a slip of each, one after the other."""
    id_, saves = clinic.ids[person.code], person.course.saves
    left_open = list(look(clinic.engine, id_)["open_draws"]) if saves else []
    opened = open_draws(clinic.engine, clinic.request(id_), id_, policy, OPENED if saves else number)
    draws = left_open + [draw["draw"] for draw in opened["draws"]]
    for place, draw in enumerate(draws[: -LEFT_OPEN if saves else None]):
        turn = clinic.nth(person, "pick")
        any_slip = clinic.chance.number(opened["slips"], "pick", person.code, turn) + 1
        chosen = clinic.chance.one_of((*FAVOURITES, any_slip, any_slip), "favourite", person.code, turn)
        clinic.agenda.clock.now += A_PICK_TAKES * (place > 0)
        pick(clinic.engine, clinic.request(id_), id_, draw, chosen)


def _choose(clinic: Clinic, person: MadeUp) -> None:
    has, turn = _has(clinic, person), clinic.nth(person, "choice")
    if has["won", "small", "slips"] >= 5 and clinic.chance.happens(TRADED, "trade", person.code, turn):
        id_ = clinic.ids[person.code]
        trade_up(clinic.engine, clinic.request(id_), id_, "small", "large")
        has = _has(clinic, person)
    for size in ("jumbo", "large", "small"):
        for place in range(has["won", size, "slips"]):
            if clinic.chance.happens(EAGER[size], "eager", size, person.code, turn, place):
                _take(clinic, person, [kept for kept in clinic.shelf() if kept.prize.size == size])
    points = has["held", "", "points"]
    if clinic.chance.happens(EAGER["points"], "eager", "points", person.code, turn):
        _take(clinic, person, [kept for kept in clinic.shelf() if 0 < (kept.prize.points or 0) <= points])


def _take(clinic: Clinic, person: MadeUp, fitting: list[Shelved]) -> None:
    """Reserve one of the prizes that fit and are there; some are handed over a little later."""
    there = sorted((kept for kept in fitting if kept.on_hand), key=lambda kept: kept.prize.name)
    if not there:
        return
    id_, turn = clinic.ids[person.code], clinic.nth(person, "prize")
    prize = clinic.chance.one_of(there, "prize", person.code, turn)
    redemption = choose(clinic.engine, clinic.request(id_), id_, prize.id)["redemption"]
    clinic.waiting[person.code].append(redemption)
    if clinic.chance.happens(TAKEN_AT_ONCE, "at once", person.code, turn):
        clinic.agenda.at(clinic.agenda.clock.now + TO_THE_DESK, partial(_hand_over, clinic, person, redemption))


def _hand_over_all(clinic: Clinic, person: MadeUp) -> None:
    for redemption in list(clinic.waiting[person.code]):
        if clinic.chance.happens(TAKEN_NEXT_TIME, "next time", person.code, clinic.nth(person, "waiting")):
            _hand_over(clinic, person, redemption)


def _hand_over(clinic: Clinic, person: MadeUp, redemption: str) -> None:
    if redemption not in clinic.waiting[person.code]:
        return
    on = clinic.agenda.clock.now.astimezone(clinic.zone).date()
    hand_over(clinic.engine, clinic.request(clinic.at_cabinet(on)), clinic.ids[person.code], redemption)
    clinic.waiting[person.code].remove(redemption)
