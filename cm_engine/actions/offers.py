"""Offers: what somebody may draw, choose or trade now, and what of theirs waits to be handed over. Reads, and writes nothing."""

from typing import Any

from cm_engine import ledger
from cm_engine.actions.look import balances, reading_it
from cm_engine.actions.redeem import price, spendable
from cm_engine.actions.requests import SYSTEM, Answer, Doing, Request
from cm_engine.engine import Engine
from cm_engine.money import MONEY, Unit
from cm_engine.prizes import Prize
from cm_engine.standing import Standing
from cm_engine.store.cabinet import Shelved, shelf
from cm_engine.store.chains import standing_of
from cm_engine.store.database import Transaction
from cm_engine.store.duties import hands_off, is_one_person_site
from cm_engine.store.pictures import pictures_of
from cm_engine.store.published import Running
from cm_engine.store.reservations import waiting_of


def offers(engine: Engine, participant: str, asker: str = SYSTEM) -> Answer:
    """Tell what somebody has, and what each prize of their program's cabinet takes: whether they may choose it, and if not, why.

    `is_own` says that the asker recorded a result of theirs today, or gave them a code, and leaves the handover to a colleague.
    """

    def read(tx: Transaction) -> Answer:
        doing = Doing(engine, tx, Request("", SYSTEM))
        standing = standing_of(tx, participant, doing.published.rulebook)
        running = doing.program_in(standing)
        today = doing.today(running.zone)
        terms = running.on(today)
        shelved = shelf(tx, running, {prize.name: prize for prize in terms.prizes})
        pictures = pictures_of(tx, running.id)
        return {
            "participant": participant,
            "program": running.id,
            "has": balances(standing),
            "draws": _draws(standing),
            "open_draws": len(standing.draws),
            "prizes": [_offer(standing, one, pictures.get(one.id)) for one in sorted(shelved, key=_order)],
            "trades": _trades(standing, running, doing),
            "reserved": [one._asdict() for one in waiting_of(tx, participant)],
            "is_own": asker in hands_off(tx, participant, today, running.zone),
            "alone": is_one_person_site(tx, engine.one_person_sites, running.site),
        }

    return reading_it(engine, read)


def cost(prize: Prize) -> dict[str, str]:
    """Tell what a prize takes: a won slip of its size, its points, or its value in money."""
    size, unit, amount = price(prize)
    return {"size": size, "amount": str(amount) if size else Unit(unit).text(amount), "unit": unit}


def _draws(standing: Standing) -> list[dict[str, Any]]:
    """Tell which policies' draws are left, with the labels that a real bowl's slips bear."""
    found: dict[str, dict[str, Any]] = {}
    for _, _, account in standing.accounts():
        policy = account.policy
        left = standing.has(ledger.HELD, ledger.DRAWS, policy.name)
        if policy.bowl is not None and left:
            labels = [
                {"label": slip.label, "value": MONEY.text(slip.value)} for slip in policy.bowl.slips if slip.count
            ]
            found[policy.name] = {"policy": policy.name, "title": policy.title, "left": left, "labels": labels}
    return list(found.values())


def _offer(standing: Standing, shelved: Shelved, picture: str | None) -> dict[str, Any]:
    takes = cost(shelved.prize)
    why = _hindrance(standing, shelved)
    return {
        "prize": shelved.id,
        "name": shelved.prize.name,
        "class": shelved.prize.class_,
        "takes": takes,
        "on_hand": shelved.on_hand,
        "picture": picture,
        "can": not why,
        "why": why,
    }


def _hindrance(standing: Standing, shelved: Shelved) -> str:
    """Tell what keeps somebody from choosing a prize; empty where nothing does."""
    size, unit, takes = price(shelved.prize)
    lacks = takes - spendable(standing, size, unit)
    if not shelved.on_hand:
        return "none is left"
    if lacks <= 0:
        return ""
    return f"takes a won slip of size {size}" if size else f"{Unit(unit).text(lacks)} {unit} more are needed"


def _trades(standing: Standing, running: Running, doing: Doing) -> list[dict[str, Any]]:
    """Tell which trades the program's terms have, and which of them somebody has enough for."""
    return [
        {
            "give": trade.give,
            "count": trade.count,
            "get": trade.get,
            "has": (has := standing.has(ledger.WON, ledger.SLIPS, trade.give)),
            "can": has >= trade.count,
        }
        for trade in running.on(doing.today(running.zone)).trades
    ]


def _order(shelved: Shelved) -> tuple[int, str]:
    """Order prizes by what they are worth, then by name."""
    return shelved.prize.value, shelved.prize.name
