"""Awards: what an event earned, in parts, each with its reason.

Reasons are values; `explain` has the words. They are compared by their class as well: three in a row is not place three.
"""

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple


@dataclass(frozen=True)
class LadderPlace:
    """Paid for a place on a ladder (from 1), reached with so many successes in a row."""

    place: int
    in_a_row: int


@dataclass(frozen=True)
class EachSuccess:
    """Paid for a success where each pays the same, with so many in a row."""

    in_a_row: int


@dataclass(frozen=True)
class InARow:
    """Paid because the run of successes reached a multiple of `every`."""

    in_a_row: int
    every: int


@dataclass(frozen=True)
class AlsoNegative:
    """Paid because further analytes were negative too."""

    analytes: tuple[str, ...]


@dataclass(frozen=True)
class FlatWeeks:
    """Paid flat, because the program week lies in a phase; `last` is None where the phase has no end."""

    first: int
    last: int | None


@dataclass(frozen=True)
class Told:
    """Paid for a reason of a policy kind's own, in a few words such as "card full"."""

    words: str


@dataclass(frozen=True)
class AlreadyPaid:
    """Not paid again: this much was settled for the same date (and session) before a correction."""


@dataclass(frozen=True)
class Corrected:
    """Credited or taken back by a correction, for the visit of this date (and session) whose award changed."""

    on: date
    session: str


Reason = LadderPlace | EachSuccess | InARow | AlsoNegative | FlatWeeks | Told | AlreadyPaid | Corrected


class Part(NamedTuple):
    """One part of an award, in the unit's smallest step, and its reason."""

    amount: int
    reason: Reason
