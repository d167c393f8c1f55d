"""Origins: from which events what somebody spends came.

As staff would say it: what was earned first is spent first. A draw comes from the award that earned it, a won prize from its
draw, a traded one from all that was given for it. What a correction takes back comes from the event itself, as far as that
is not spent.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from cm_engine import ledger
from cm_engine.facts import (
    DrawOpened,
    DrawResealed,
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


class Lot(NamedTuple):
    """An amount that came from the same events."""

    events: frozenset[str]
    amount: int


class Origins:
    """What one participant has, in lots, the earliest first; and from which lots each draw and each redemption was taken."""

    def __init__(self, participant: str) -> None:
        self._participant = participant
        self._held: dict[tuple[str, str], deque[Lot]] = {}
        self._taken: dict[str, list[Lot]] = {}

    def come_from(self, of: str) -> frozenset[str]:
        """Give the events that a draw came from, or what was given in a redemption."""
        return _events(self._taken.get(of, []))

    def share(self, of: str, event: str) -> int:
        """Tell how much of what was given in a redemption came from an event."""
        return sum(lot.amount for lot in self._taken.get(of, []) if event in lot.events)

    def left(self, event: str) -> Iterator[tuple[str, str, int]]:
        """Give what is not spent of what came from an event: in which account, of which unit, how much."""
        for (account, unit), lots in self._held.items():
            if left := sum(lot.amount for lot in lots if event in lot.events):
                yield account, unit, left

    def take(self, fact: ParticipantFact, entries: Sequence[Entry]) -> frozenset[str]:
        """Take the next fact, with what it posted; give the events whose awards it bears on."""
        match fact:
            case EventRecorded(id=event) | ResultCorrected(event=event):
                for entry in entries:
                    self._settle(entry)
                return frozenset({event})
            case DrawOpened(id=draw) | SlipDrawnByHand(id=draw):
                self._draw(draw, fact.policy)
                self._win(draw, entries)
                return self.come_from(draw)
            case SlipPicked(draw=draw) | DrawResealed(draw=draw):
                self._win(draw, entries)
                return self.come_from(draw)
            case PrizeChosen():
                self._taken[fact.id] = list(self._spend(self._price(fact), fact.unit, fact.amount))
                return self.come_from(fact.id)
            case PrizeHandedOver(redemption=redemption) | RedemptionCancelled(redemption=redemption):
                self._give_back(redemption, entries)
                return self.come_from(redemption)
            case PrizesTraded():
                return self._trade(fact)
        return frozenset()

    def _settle(self, entry: Entry) -> None:
        """Add what an event earned, or take back what a correction takes."""
        if ledger.owner(entry.credit) == self._participant:
            self._add(entry.credit, entry.unit, Lot(frozenset({entry.event}), entry.amount))
        elif ledger.owner(entry.debit) == self._participant:
            self._take_back(entry)

    def _take_back(self, entry: Entry) -> None:
        """Take from what the event itself earned, as far as it is not spent; then from the earliest of the rest."""
        lots, left = list(self._lots(entry.debit, entry.unit)), entry.amount
        for own in (True, False):
            kept = []
            for lot in lots:
                taken = min(left, lot.amount) if (entry.event in lot.events) is own else 0
                left -= taken
                if taken < lot.amount:
                    kept.append(lot._replace(amount=lot.amount - taken))
            lots = kept
        self._held[entry.debit, entry.unit] = deque(lots)

    def _draw(self, draw: str, policy: str) -> None:
        held = ledger.account(ledger.HELD, self._participant, policy)
        self._taken[draw] = list(self._spend(held, ledger.DRAWS, 1))

    def _trade(self, fact: PrizesTraded) -> frozenset[str]:
        came_from = _events(list(self._spend(self._won(fact.give), ledger.SLIPS, fact.number)))
        self._add(self._won(fact.get), ledger.SLIPS, Lot(came_from, 1))
        return came_from

    def _win(self, draw: str, entries: Sequence[Entry]) -> None:
        """Add what a slip won, to what the draw came from."""
        for entry in entries:
            if ledger.owner(entry.debit) != self._participant:
                self._add(entry.credit, entry.unit, Lot(self.come_from(draw), entry.amount))

    def _give_back(self, redemption: str, entries: Sequence[Entry]) -> None:
        """Put what was given for a prize back to where it was, before all else."""
        for entry in entries:
            if entry.debit == ledger.account(ledger.REDEEMED, self._participant):
                self._lots(entry.credit, entry.unit).extendleft(reversed(self._taken[redemption]))

    def _price(self, fact: PrizeChosen) -> str:
        return self._won(fact.size) if fact.size else ledger.account(ledger.HELD, self._participant)

    def _won(self, size: str) -> str:
        return ledger.account(ledger.WON, self._participant, size)

    def _lots(self, account: str, unit: str) -> deque[Lot]:
        return self._held.setdefault((account, unit), deque())

    def _add(self, account: str, unit: str, lot: Lot) -> None:
        self._lots(account, unit).append(lot)

    def _spend(self, account: str, unit: str, amount: int) -> Iterator[Lot]:
        """Take the earliest lots of an account that make up an amount."""
        lots = self._lots(account, unit)
        while amount and lots:
            lot = lots.popleft()
            taken = min(amount, lot.amount)
            amount -= taken
            if taken < lot.amount:
                lots.appendleft(lot._replace(amount=lot.amount - taken))
            yield lot._replace(amount=taken)


def _events(lots: Sequence[Lot]) -> frozenset[str]:
    return frozenset(event for lot in lots for event in lot.events)
