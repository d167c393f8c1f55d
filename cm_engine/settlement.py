"""Settlement: what the books lack compared with the log, slot by slot.

A slot is a date (for attendance and activity: a date and session), since one success or failure counts for each. For
every slot the award now due before caps is compared with what was settled for it before caps. Where it is higher, the
difference is credited, through the caps, and settled; what a cap refuses is never carried over. Where it is lower, what
was paid is left and still counts as settled, unless it is taken back. Settling twice adds nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from cm_engine.caps import Cap, Spent, Verdict, allow
from cm_engine.policies.contract import Policy

Slot = tuple[date, str]


@dataclass(slots=True)
class Settled:
    """What was settled for a slot before caps, and what of it was paid."""

    due: int = 0
    paid: int = 0


class Settlement(NamedTuple):
    """What one event or correction posts: differences due by slot, what the caps held back, and what is taken back."""

    credits: dict[Slot, int]
    capped: int
    capped_by: Cap | None
    debits: dict[Slot, int]

    @property
    def posted(self) -> int:
        """The net that is posted."""
        return sum(self.credits.values()) - self.capped - sum(self.debits.values())


class Books:
    """What was settled and paid for one participant under one policy."""

    def __init__(self, policy: Policy[Any]) -> None:
        self._policy = policy
        self._slots: dict[Slot, Settled] = {}
        self._spent = Spent()
        self.balance = 0

    def try_caps(self, amount: int, on: date, week: int) -> Verdict:
        """Tell what the caps would leave of an award on a date of a program week; post nothing."""
        policy = self._policy
        if not policy.caps or not amount:
            return Verdict(amount, None)
        return allow(policy.caps, policy.cap_worth, self._spent, amount, on, week)

    def settle(self, dues: Mapping[Slot, int], on: date, week: int, *, takes_back: bool = False) -> Settlement:
        """Settle slots, in their order, as one award on a date of a program week.

        `dues` are the awards now due before caps; with `takes_back`, a slot that it leaves out is due nothing.
        """
        owed = {slot: due - settled for slot, due in dues.items() if due > (settled := self._due(slot))}
        total = sum(owed.values())
        verdict = self.try_caps(total, on, week)
        left = verdict.allowed
        for slot, credit in owed.items():
            settled_slot = self._slots.setdefault(slot, Settled())
            settled_slot.due += credit
            paid = min(credit, left)
            settled_slot.paid += paid
            left -= paid
        self._post(verdict.allowed, on, week)
        debits = self._take_back(dues) if takes_back else {}
        self._post(-sum(debits.values()), on, week)
        return Settlement(owed, total - verdict.allowed, verdict.by, debits)

    def kept(self, dues: Mapping[Slot, int]) -> int:
        """Tell what was paid beyond what is now due, and left."""
        return sum(max(0, settled.paid - dues.get(slot, 0)) for slot, settled in self._slots.items())

    def _due(self, slot: Slot) -> int:
        settled = self._slots.get(slot)
        return settled.due if settled else 0

    def _take_back(self, dues: Mapping[Slot, int]) -> dict[Slot, int]:
        debits: dict[Slot, int] = {}
        for slot, settled in self._slots.items():
            due = dues.get(slot, 0)
            if settled.due > due:
                if settled.paid > due:
                    debits[slot] = settled.paid - due
                    settled.paid = due
                settled.due = due
        return debits

    def _post(self, amount: int, on: date, week: int) -> None:
        if amount:
            self.balance += amount
            if self._policy.caps:
                self._spent.post(amount, on, week)
