"""Stock: put prizes into the cabinet, and count what is there."""

from cm_engine import ledger
from cm_engine.actions.requests import Answer, Doing, Request, answer_program
from cm_engine.engine import Engine
from cm_engine.facts import PrizeRestocked, StockCounted
from cm_engine.ledger import Entry
from cm_engine.money import LARGEST
from cm_engine.standing import RefusedError
from cm_engine.store.cabinet import hold_prize, move_stock
from cm_engine.store.chains import Chain


def restock(engine: Engine, request: Request, program: str, prize: str, number: int) -> Answer:
    """Put so many of a prize into the cabinet."""

    def act(doing: Doing, chain: Chain) -> Answer:
        if not 1 <= number <= LARGEST:
            raise RefusedError(f"put from 1 to {LARGEST} into the cabinet, not {number}")
        name, on_hand = _hold(doing, program, prize)
        if on_hand + number > LARGEST:
            what = f"{on_hand} of {name} are in the cabinet"
            raise RefusedError(f"{what}, and it holds {LARGEST} at most; put in {LARGEST - on_hand} or fewer")
        on = doing.today(doing.program(program).zone)
        supply, shelf = ledger.account(ledger.SUPPLY, prize), ledger.account(ledger.STOCK, prize)
        chain.add(PrizeRestocked(prize, number, on), [Entry(supply, shelf, ledger.PRIZES, number, on)])
        move_stock(doing.tx, prize, number, name)
        return {"prize": prize, "name": name, "on_hand": on_hand + number}

    return answer_program(engine, request, program, ("restock", {"prize": prize, "number": number}), act)


def count_stock(engine: Engine, request: Request, program: str, prize: str, found: int) -> Answer:
    """Take down how many of a prize a count found; what the books had otherwise is told, and put right."""

    def act(doing: Doing, chain: Chain) -> Answer:
        if not 0 <= found <= LARGEST:
            raise RefusedError(f"a count finds from 0 to {LARGEST}, not {found}")
        name, on_hand = _hold(doing, program, prize)
        on = doing.today(doing.program(program).zone)
        shelf, miscounted = ledger.account(ledger.STOCK, prize), ledger.account(ledger.MISCOUNTED, prize)
        sides = (miscounted, shelf) if found > on_hand else (shelf, miscounted)
        more = abs(found - on_hand)
        entries = [Entry(*sides, ledger.PRIZES, more, on)] if more else []
        chain.add(StockCounted(prize, found, on_hand, on), entries)
        move_stock(doing.tx, prize, found - on_hand, name)
        return {"prize": prize, "name": name, "on_hand": found, "expected": on_hand, "missing": on_hand - found}

    return answer_program(engine, request, program, ("count stock", {"prize": prize, "found": found}), act)


def _hold(doing: Doing, program: str, prize: str) -> tuple[str, int]:
    name, of_program, on_hand = hold_prize(doing.tx, prize)
    if of_program != program:
        raise RefusedError(f"there is no prize {prize} in this program")
    return name, on_hand
