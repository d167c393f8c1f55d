"""Punch cards: a stamp for each success, and a full card pays.

As staff would say it: every visit kept puts a stamp on the card. A missed visit puts none, and takes none away. When the
card is full it pays, and the next visit starts a new one.
"""

from dataclasses import dataclass
from typing import ClassVar

from cm_engine.awards import Part, Told
from cm_engine.forms import Amount, Whole
from cm_engine.policies.contract import Policy, Visit
from cm_engine.terms import term


@dataclass(frozen=True, kw_only=True)
class PunchCard(Policy[int]):
    """A card of so many stamps. The state is the number of stamps on the present card."""

    kind: ClassVar[str] = "punch-card"

    stamps: int = term(Whole(), "how many stamps fill a card")
    amount: int = term(Amount(), "what a full card pays")

    def begin(self) -> int:
        """Hand out an empty card."""
        return 0

    def follow(self, state: int, visit: Visit) -> tuple[int, tuple[Part, ...]]:
        """Stamp the card for a success, and pay it when it is full."""
        if visit.seen_as != "success":
            return state, ()
        if state + 1 < self.stamps:
            return state + 1, (Part(0, Told(f"stamp {state + 1} of {self.stamps}")),)
        return 0, (Part(self.amount, Told(f"card full: {self.stamps} stamps")),)
