"""The cabinet: prizes, and how many of each there are."""

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import bindparam, or_, select, update

from cm_engine.prizes import Prize
from cm_engine.standing import RefusedError
from cm_engine.store.codec import read_fact
from cm_engine.store.database import Statement, Transaction
from cm_engine.store.history import Noted
from cm_engine.store.published import Running
from cm_engine.store.tables import log, prizes, stock

PRIZE = Statement(
    select(prizes.c.name, prizes.c.program_id, stock.c.on_hand)
    .join_from(prizes, stock)
    .where(prizes.c.id == bindparam("of"))
    .with_for_update(of=stock)
)
PRIZES = Statement(
    select(prizes.c.id, prizes.c.name, stock.c.on_hand)
    .join_from(prizes, stock)
    .where(prizes.c.program_id == bindparam("program"))
    .order_by(prizes.c.name)
)
MOVE = Statement(
    update(stock)
    .where(stock.c.prize_id == bindparam("of"), stock.c.on_hand + bindparam("change") >= 0)
    .values(on_hand=stock.c.on_hand + bindparam("change"))
)
HISTORY = Statement(
    select(log.c.seq, log.c.fact, log.c.key, log.c.recorded_at, log.c.actor, log.c.body)
    .where(log.c.chain == bindparam("of"), or_(log.c.fact == "prize-restocked", log.c.fact == "stock-counted"))
    .order_by(log.c.seq.desc())
    .limit(bindparam("most"))
)


class NoneLeftError(RefusedError):
    """A prize of which none is in the cabinet."""


class Shelved(NamedTuple):
    """A prize of the cabinet: its id and program, how many there are, and its terms."""

    id: str
    program: str
    on_hand: int
    prize: Prize


def hold_prize(tx: Transaction, prize_id: str) -> tuple[str, str, int]:
    """Hold a prize until the transaction ends; give its name, its program, and how many there are.

    Raises RefusedError where there is none.
    """
    row = tx.row(PRIZE, {"of": prize_id})
    if row is None:
        raise RefusedError(f"there is no prize {prize_id}")
    name, program, on_hand = row
    return name, program, on_hand


def move_stock(tx: Transaction, prize_id: str, change: int, name: str) -> None:
    """Put prizes into the cabinet, or take some out. Raises NoneLeftError where so many are not there."""
    if not tx.run(MOVE, {"of": prize_id, "change": change}):
        raise NoneLeftError(f"no {name} is left; choose another prize, or wait for the next delivery")


def prize_names(tx: Transaction, ids: Collection[str]) -> dict[str, str]:
    """Give the names of prizes by their ids."""
    rows = tx.ask(select(prizes.c.id, prizes.c.name).where(prizes.c.id.in_(sorted(set(ids)))))
    return {str(id_): str(name) for id_, name in rows}


def shelf(tx: Transaction, running: Running, terms_on: "dict[str, Prize]") -> list[Shelved]:
    """Give the prizes of a program that its terms name, with how many there are."""
    found = tx.rows(PRIZES, {"program": running.id})
    return [Shelved(id_, running.id, on_hand, terms_on[name]) for id_, name, on_hand in found if name in terms_on]


def shelf_names(tx: Transaction, program: str) -> dict[str, str]:
    """Give the names of a program's prizes, also of those that its terms name no more."""
    return {id_: name for id_, name, _ in tx.rows(PRIZES, {"program": program})}


def shelf_history(tx: Transaction, program: str, most: int) -> list[Noted]:
    """Give at most so many of a program's restocks and counts, the latest first."""
    rows = tx.rows(HISTORY, {"of": program, "most": most})
    return [Noted(seq, at, actor, read_fact(word, key, body)) for seq, word, key, at, actor, body in rows]
