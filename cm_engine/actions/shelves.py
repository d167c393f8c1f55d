"""Shelves: what is in a program's cabinet, what is running low, and what was put in and counted. Reads, and writes nothing."""

from typing import Any

from cm_engine.actions.look import reading_it
from cm_engine.actions.offers import cost
from cm_engine.actions.requests import SYSTEM, Answer, Doing, Request
from cm_engine.engine import Engine
from cm_engine.facts import PrizeRestocked, StockCounted
from cm_engine.money import MONEY
from cm_engine.prizes import Prize
from cm_engine.store.cabinet import Shelved, shelf, shelf_history, shelf_names
from cm_engine.store.database import Transaction
from cm_engine.store.history import Noted, staff_names
from cm_engine.store.pictures import pictures_of
from cm_engine.store.reservations import waiting_by_prize

# How many restocks and counts are told.
MOST = 50


def shelves(engine: Engine, program: str) -> Answer:
    """Tell of every prize what it takes, how many there are, how many wait to be handed over, and whether it is running low."""

    def read(tx: Transaction) -> Answer:
        doing = Doing(engine, tx, Request("", SYSTEM))
        running = doing.program(program)
        terms = running.on(doing.today(running.zone))
        shelved = shelf(tx, running, {prize.name: prize for prize in terms.prizes})
        waits, pictures = waiting_by_prize(tx, program), pictures_of(tx, program)
        noted = shelf_history(tx, program, MOST)
        return {
            "program": program,
            "prizes": [_told(one, waits.get(one.id, 0), pictures.get(one.id)) for one in shelved],
            "history": _history(tx, program, noted),
        }

    return reading_it(engine, read)


def is_low(prize: Prize, on_hand: int) -> bool:
    """Tell whether more of a prize is to be bought."""
    return prize.reorder_at is not None and on_hand <= prize.reorder_at


def _told(shelved: Shelved, waits: int, picture: str | None) -> dict[str, Any]:
    prize = shelved.prize
    return {
        "prize": shelved.id,
        "name": prize.name,
        "class": prize.class_,
        "value": MONEY.text(prize.value),
        "takes": cost(prize),
        "on_hand": shelved.on_hand,
        "reorder_at": prize.reorder_at,
        "waiting": waits,
        "is_low": is_low(prize, shelved.on_hand),
        "picture": picture,
    }


def _history(tx: Transaction, program: str, noted: list[Noted]) -> list[dict[str, Any]]:
    who, names = staff_names(tx, sorted({one.actor for one in noted})), shelf_names(tx, program)
    told = []
    for one in noted:
        row: dict[str, Any] = {"at": one.recorded_at, "by": who.get(one.actor, "")}
        if isinstance(one.fact, PrizeRestocked):
            told.append({**row, "name": names.get(one.fact.prize, ""), "did": "restocked", "number": one.fact.number})
        elif isinstance(one.fact, StockCounted):
            found = {"number": one.fact.found, "expected": one.fact.expected}
            told.append({**row, "name": names.get(one.fact.prize, ""), "did": "counted", **found})
    return told
