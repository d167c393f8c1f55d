"""Redeem: choose a prize, hand it over, or cancel; trade small ones for a better one."""

from cm_engine import ledger
from cm_engine.actions.activity import note_in
from cm_engine.actions.requests import Answer, Doing, Request, answer_participant
from cm_engine.engine import Engine
from cm_engine.errors import quoted
from cm_engine.facts import PrizeChosen, PrizeHandedOver, PrizesTraded, RedemptionCancelled
from cm_engine.money import MONEY
from cm_engine.prizes import Prize
from cm_engine.standing import RefusedError, Standing
from cm_engine.store.activity import Deed
from cm_engine.store.cabinet import hold_prize, move_stock
from cm_engine.store.chains import Participant
from cm_engine.store.duties import hands_off, is_one_person_site
from cm_engine.store.published import Running
from cm_engine.store.reservations import Waiting, note_lone, release, reserve


def choose(engine: Engine, request: Request, participant: str, prize: str) -> Answer:
    """Reserve a prize, for a won slip of its size, its points, or its value in money.

    Raises RefusedError where none is left, or too little is there to give for it.
    """

    def act(doing: Doing, person: Participant) -> Answer:
        running = doing.program_of(person)
        today = doing.today(running.zone)
        name, program, _ = hold_prize(doing.tx, prize)
        if doing.program(program).site != running.site:
            raise RefusedError(f"there is no prize {prize}")
        terms = _terms(doing.program(program), name, doing)
        redemption = doing.new_id()
        size, unit, amount = price(terms)
        person.take(PrizeChosen(redemption, prize, size, unit, amount, today))
        move_stock(doing.tx, prize, -1, name)
        reserve(doing.tx, program, Waiting(redemption, person.id, prize, name, doing.recorded_at))
        return {"participant": person.id, "redemption": redemption, "prize": prize, "name": name, "state": "reserved"}

    return answer_participant(engine, request, participant, ("choose", {"prize": prize}), act)


def hand_over(engine: Engine, request: Request, participant: str, redemption: str) -> Answer:
    """Hand a reserved prize over.

    Raises RefusedError for who recorded a result of the participant on this day, or gave them a code: a colleague does it. At a one-person site
    they may; it is noted, and the answer says so.
    """

    def act(doing: Doing, person: Participant) -> Answer:
        running = doing.program_of(person)
        today = doing.today(running.zone)
        prize = _reserved(person, redemption)
        is_alone = request.actor in hands_off(doing.tx, person.id, today, running.zone)
        if is_alone and not is_one_person_site(doing.tx, engine.one_person_sites, running.site):
            raise RefusedError(
                "whoever recorded a result of this participant today, or gave them a code, does not hand over to them today; "
                "ask a colleague"
            )
        person.take(PrizeHandedOver(redemption, today))
        release(doing.tx, redemption)
        if is_alone:
            name, program, _ = hold_prize(doing.tx, prize)
            given = Waiting(redemption, person.id, prize, name, "")
            note_lone(doing.tx, program, given, today, request.actor, doing.recorded_at)
            note_in(doing, Deed.DUTIES_NOT_SEPARATED, site=running.site, participant=person.id, about=redemption)
        done = {"participant": person.id, "redemption": redemption, "prize": prize, "state": "handed over"}
        return {**done, "alone": is_alone}

    return answer_participant(engine, request, participant, ("hand over", {"redemption": redemption}), act)


def cancel(engine: Engine, request: Request, participant: str, redemption: str) -> Answer:
    """Put a reserved prize back into the cabinet, and give back what was given for it."""

    def act(doing: Doing, person: Participant) -> Answer:
        prize = _reserved(person, redemption)
        name, _, _ = hold_prize(doing.tx, prize)
        person.take(RedemptionCancelled(redemption, doing.today(doing.program_of(person).zone)))
        move_stock(doing.tx, prize, 1, name)
        release(doing.tx, redemption)
        return {"participant": person.id, "redemption": redemption, "prize": prize, "state": "cancelled"}

    return answer_participant(engine, request, participant, ("cancel", {"redemption": redemption}), act)


def trade_up(engine: Engine, request: Request, participant: str, give: str, get: str) -> Answer:
    """Trade won prizes of one size for one of a better size, as the program's terms allow.

    What the better one is worth more counts against the caps. Raises RefusedError where the terms name no such trade.
    """

    def act(doing: Doing, person: Participant) -> Answer:
        running = doing.program_of(person)
        today = doing.today(running.zone)
        trades = [trade for trade in running.on(today).trades if (trade.give, trade.get) == (give, get)]
        if not trades:
            raise RefusedError(f"the program has no trade of {quoted(give)} for {quoted(get)}")
        values = _values(person)
        missing = {give, get} - values.keys()
        if missing:
            raise RefusedError(f"no bowl has a slip that says {', '.join(sorted(missing))}")
        number = trades[0].count
        more = max(0, values[get] - number * values[give])
        person.take(PrizesTraded(give, number, get, more, today))
        left = person.standing.has(ledger.WON, ledger.SLIPS, give)
        return {
            "participant": person.id,
            "gave": number,
            "of": give,
            "got": get,
            "more": MONEY.text(more),
            "left": left,
        }

    return answer_participant(engine, request, participant, ("trade up", {"give": give, "get": get}), act)


def _reserved(person: Participant, redemption: str) -> str:
    reserved = person.standing.reserved.get(redemption)
    if reserved is None:
        raise RefusedError(f"no prize is reserved as {redemption}; it may be handed over or cancelled already")
    return reserved.prize


def _terms(running: Running, name: str, doing: Doing) -> Prize:
    """Give a prize's terms as they hold today. Raises RefusedError where the program has it no more."""
    for prize in running.on(doing.today(running.zone)).prizes:
        if prize.name == name:
            return prize
    raise RefusedError(f"{name} is not in the cabinet any more; choose another prize")


def price(prize: Prize) -> tuple[str, str, int]:
    """Tell what a prize takes: of which size, of which unit, how much."""
    if prize.size is not None:
        return prize.size, ledger.SLIPS, 1
    if prize.points is not None:
        return "", "points", prize.points
    return "", MONEY.code, prize.value


def spendable(standing: Standing, size: str, unit: str) -> int:
    """Tell how much somebody has of what a prize takes."""
    return standing.has(ledger.WON, unit, size) if size else standing.has(ledger.HELD, unit)


def _values(person: Participant) -> dict[str, int]:
    """Give the value of each label in the bowls of the participant's policies, the latest last."""
    return {
        slip.label: slip.value
        for _, _, account in person.standing.accounts()
        if account.policy.bowl
        for slip in account.policy.bowl.slips
    }
