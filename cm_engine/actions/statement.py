"""Statement: all that happened to a participant that they may want to know where it comes from, as values, the latest first.

Each row holds the fact, what it earned under each policy with the reason of each part, and what a slip brought. Words are made by
whoever shows it, in the reader's language. Reads, and writes nothing.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

from cm_engine import ledger
from cm_engine.actions.look import reading_it
from cm_engine.drawing import Receipt
from cm_engine.engine import Engine
from cm_engine.events import Event
from cm_engine.facts import (
    EventRecorded,
    ParticipantFact,
    PrizeChosen,
    PrizeHandedOver,
    PrizesTraded,
    RedemptionCancelled,
    ResultCorrected,
    SlipDrawnByHand,
    SlipPicked,
)
from cm_engine.ledger import Entry
from cm_engine.replay import Line
from cm_engine.standing import RefusedError, Standing
from cm_engine.store.cabinet import prize_names
from cm_engine.store.chains import facts_of
from cm_engine.store.database import Transaction

Told = (
    EventRecorded
    | ResultCorrected
    | SlipPicked
    | SlipDrawnByHand
    | PrizeChosen
    | PrizeHandedOver
    | RedemptionCancelled
    | PrizesTraded
)


class Slip(NamedTuple):
    """What a slip said and brought: a prize of its size, or else so much money (in cents), where caps left less."""

    label: str
    wins: bool
    paid: int
    receipt: Receipt | None


class Row(NamedTuple):
    """One thing that happened: on which date, the event that it was or that it corrected, lines, slip, the prize's name.

    `about` is the id by which somebody can remark on it, `number` the fact's number in the chain.
    """

    on: date
    fact: Told
    about: str
    event: Event | None = None
    lines: Sequence[Line] = ()
    slip: Slip | None = None
    prize: str = ""
    number: int = 0


def statement(engine: Engine, participant: str) -> list[Row]:
    """Tell what happened to somebody, the latest first. Raises RefusedError where there is nobody."""
    return reading_it(engine, lambda tx: statement_in(engine, tx, participant))


def statement_in(engine: Engine, tx: Transaction, participant: str) -> list[Row]:
    """Tell what happened to somebody, the latest first, as a transaction sees it."""
    rulebook = engine.published(tx).rulebook
    facts = list(facts_of(tx, participant))
    chosen = {fact.id: fact.prize for fact in facts if isinstance(fact, PrizeChosen)}
    names = prize_names(tx, list(chosen.values())) if chosen else {}
    called = {redemption: names[prize] for redemption, prize in chosen.items()}
    rows = list(_rows(Standing(participant, rulebook), facts, called))
    return rows[::-1]


def receipt_of(engine: Engine, participant: str, draw: str) -> Receipt:
    """Give the receipt of a draw that somebody picked. Raises RefusedError where they picked none such."""
    for row in statement(engine, participant):
        if isinstance(row.fact, SlipPicked) and row.fact.draw == draw and row.slip and row.slip.receipt:
            return row.slip.receipt
    raise RefusedError("there is no slip of this draw")


def _rows(standing: Standing, facts: Sequence[ParticipantFact], called: dict[str, str]) -> Iterator[Row]:
    for number, fact in enumerate(facts, 1):
        for row in _told(standing, fact, called):
            yield row._replace(number=number)


def _told(standing: Standing, fact: ParticipantFact, called: dict[str, str]) -> Iterator[Row]:
    """Take a fact; give its row, where somebody may want to know where it comes from."""
    receipt = _receipt(standing, fact) if isinstance(fact, SlipPicked) else None
    posted = standing.take(fact)
    match fact:
        case EventRecorded():
            yield Row(fact.on, fact, fact.id, standing.event(fact.id), posted.lines)
        case ResultCorrected():
            yield Row(fact.on, fact, fact.event, standing.event(fact.event), posted.lines)
        case SlipPicked():
            yield Row(fact.on, fact, fact.draw, slip=_slip(standing, posted.entries, _label(receipt), receipt))
        case SlipDrawnByHand():
            yield Row(fact.on, fact, fact.id, slip=_slip(standing, posted.entries, fact.label, None))
        case PrizeChosen():
            yield Row(fact.on, fact, fact.id, prize=called[fact.id])
        case PrizeHandedOver() | RedemptionCancelled():
            yield Row(fact.on, fact, fact.redemption, prize=called[fact.redemption])
        case PrizesTraded():
            yield Row(fact.on, fact, "")


def _receipt(standing: Standing, fact: SlipPicked) -> Receipt:
    return standing.receipt(fact.draw, fact.pick, bytes.fromhex(fact.secret), fact.on)


def _label(receipt: Receipt | None) -> str:
    return receipt.label if receipt else ""


def _slip(standing: Standing, entries: Sequence[Entry], label: str, receipt: Receipt | None) -> Slip:
    own = {ledger.account(ledger.WON, standing.participant, label), ledger.account(ledger.HELD, standing.participant)}
    brought = [entry for entry in entries if entry.credit in own]
    wins = any(entry.unit == ledger.SLIPS for entry in brought)
    return Slip(label, wins, 0 if wins else sum(entry.amount for entry in brought), receipt)
