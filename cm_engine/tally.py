"""Tallies: what a replay comes to, for each policy and each participant under it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from cm_engine.outcomes import Measures, measure
from cm_engine.policies.contract import Policy
from cm_engine.replay import Account


class Share(NamedTuple):
    """What one participant got under one policy; measures only where the policy is on tests."""

    awarded: int
    measures: Measures | None


@dataclass
class Tally:
    """The totals of one policy over all participants. Amounts are in the unit's smallest step.

    `awards` are those of the participants with at least one event of the policy's kind. `partial` counts the tests that
    report some, but not all, of the targets; `unreported` are the targets that they leave out.
    """

    policy: Policy[Any]
    events: int = 0
    capped: int = 0
    partial: int = 0
    unreported: set[str] = field(default_factory=set)
    awards: list[int] = field(default_factory=list)
    shares: dict[str, Share] = field(default_factory=dict)

    def add(self, participant: str, account: Account) -> None:
        """Count one participant, whose account has taken all events."""
        self.events += account.events
        self.capped += account.capped
        if account.events:
            self.awards.append(account.balance)
        for unreported in [seen.unreported for seen in account.seen if seen.unreported]:
            self.partial += 1
            self.unreported.update(unreported)
        measures = measure([seen.outcome for seen in account.seen]) if self.policy.on == "test" else None
        self.shares[participant] = Share(account.balance, measures)

    @property
    def awarded(self) -> int:
        """All that was awarded."""
        return sum(self.awards)

    @property
    def maximum(self) -> int:
        """The highest award of one participant; 0 where there is nobody."""
        return max(self.awards, default=0)

    def percentile(self, percent: int) -> int:
        """Give the award at a percentile of the participants, by nearest rank; 0 where there is nobody."""
        return nearest_rank(sorted(self.awards), percent)


def nearest_rank(ordered: Sequence[int], percent: int) -> int:
    """Give the smallest value that at least so many percent of the values do not exceed; 0 of none."""
    return ordered[-(-percent * len(ordered) // 100) - 1] if ordered else 0


def rank_in(counts: Mapping[int, int], percent: int) -> int | None:
    """Give the smallest value that at least so many percent do not exceed, of values with how often each is; None of none."""
    needed = -(-percent * sum(counts.values()) // 100)
    for value in sorted(counts):
        needed -= counts[value]
        if needed <= 0 and counts[value]:
            return value
    return None
