"""Settlement: what the books lack compared with the log, slot by slot.

A slot is a date (for attendance and activity: a date and session), since one success or failure counts for each. For
every slot the award now due before caps is compared with what was settled for it before caps. Where it is higher, the
difference is credited, through the caps, and settled; what a cap refuses is never carried over. Where it is lower, what
was paid is left and still counts as settled, unless it is taken back. Settling twice adds nothing.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple, TypeVar

from cm_engine.caps import Cap, Limit, When, allow

Slot = tuple[date, str]

Key = TypeVar("Key")


# The caps that what is taken back for a slot was counted against.
Back = Callable[[Slot], Sequence[Limit]]

NO_DEBITS: Mapping[Slot, int] = {}


@dataclass(slots=True)
class Settled:
    """What was settled for a slot before caps, and what of it was paid."""

    due: int = 0
    paid: int = 0


class Settlement(NamedTuple):
    """What one event or correction posts: differences due by slot, what the caps held back, and what is taken back.

    `credited` is after caps; `debits` are what is to be taken back, and `uncollected` what of them was spent already.
    """

    credits: dict[Slot, int]
    credited: int
    capped: int = 0
    capped_by: Cap | None = None
    capped_source: str = ""
    debits: Mapping[Slot, int] = NO_DEBITS
    debited: int = 0
    uncollected: int = 0


def _all_unspent() -> int | None:
    return None


class Books:
    """What was settled and paid for one participant under one policy.

    `unspent` tells how much can be taken back before this settlement; None where nothing is ever spent.
    """

    def __init__(self, unspent: Callable[[], int | None] = _all_unspent) -> None:
        self._unspent = unspent
        self.slots: dict[Slot, Settled] = {}
        self.balance = 0

    def settle(
        self, dues: Mapping[Slot, int], when: When, limits: Sequence[Limit], back: Back | None = None
    ) -> Settlement:
        """Settle slots, in their order, as one award.

        `dues` are the awards now due before caps. With `back`, a slot that it leaves out is due nothing, and what is taken
        back for a slot is taken off the caps that `back` gives for it.
        """
        slots = self.slots
        owed: dict[Slot, int] = {}
        for slot, due in dues.items():
            settled = slots.get(slot)
            credit = due if settled is None else due - settled.due
            if credit > 0:
                owed[slot] = credit
        total = sum(owed.values())
        verdict = allow(limits, total, when)
        left = credited = verdict.allowed
        for slot, credit in owed.items():
            paid = min(credit, left)
            left -= paid
            settled = slots.get(slot)
            if settled is None:
                slots[slot] = Settled(credit, paid)
            else:
                settled.due += credit
                settled.paid += paid
        self._post(credited, when, limits)
        capped = total - credited
        if back is None:
            return Settlement(owed, credited, capped, verdict.by, verdict.source)
        debits = self._take_back(dues)
        debit = sum(debits.values())
        uncollected = self._uncollected(debit, credited)
        for slot, taken in collected(debits, debit - uncollected):
            self._post(-taken, when, back(slot))
        return Settlement(owed, credited, capped, verdict.by, verdict.source, debits, debit - uncollected, uncollected)

    def kept(self, dues: Mapping[Slot, int]) -> int:
        """Tell what was paid beyond what is now due, and left."""
        return sum(max(0, settled.paid - dues.get(slot, 0)) for slot, settled in self.slots.items())

    def _take_back(self, dues: Mapping[Slot, int]) -> dict[Slot, int]:
        debits: dict[Slot, int] = {}
        for slot, settled in self.slots.items():
            due = dues.get(slot, 0)
            if settled.due > due:
                if settled.paid > due:
                    debits[slot] = settled.paid - due
                    settled.paid = due
                settled.due = due
        return debits

    def _uncollected(self, debit: int, credited: int) -> int:
        """Tell what of a debit was spent already; what is credited beside it can be taken."""
        unspent = self._unspent() if debit else None
        return 0 if unspent is None else max(0, debit - unspent - credited)

    def _post(self, amount: int, when: When, limits: Sequence[Limit]) -> None:
        if amount:
            self.balance += amount
            for limit in limits:
                limit.spent.post(amount * limit.worth, when)


def collected(debits: Mapping[Key, int], unspent: int) -> Iterator[tuple[Key, int]]:
    """Tell what of each debit is taken, in their order, where only so much is unspent."""
    for key, debit in debits.items():
        taken = min(debit, unspent)
        unspent -= taken
        yield key, taken
