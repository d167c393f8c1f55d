"""Side by side: what people got, and what they would have got under drafts, added up by person, policy, month and cap.

Money's worth is money itself, points by their worth, and draws by what their bowl gives on average; tickets have none. So a draw counts
alike on both sides, whatever its slip was. Amounts are in the unit's smallest step, values in cents.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any, Generic, NamedTuple, TypeVar

from cm_engine.caps import Cap
from cm_engine.explain import sentence
from cm_engine.periods import month_of
from cm_engine.policies.contract import Policy
from cm_engine.replay import Line
from cm_engine.what_if import Told

Of = TypeVar("Of")

# How much more somebody would have got: in cents of money's worth, then in what has none.
Gain = tuple[Fraction, int]
NO_GAIN: Gain = (Fraction(), 0)


class Both(NamedTuple, Generic[Of]):
    """The same as it was, and as it would have been."""

    before: Of
    after: Of


class Got(NamedTuple):
    """What was got: amounts by unit, and their worth in money where they have one."""

    amounts: Mapping[str, int]
    value: Fraction

    @property
    def without_worth(self) -> int:
        """Tickets and the like, by their number."""
        return sum(amount for unit, amount in self.amounts.items() if unit == "tickets")


class Share(NamedTuple):
    """What one participant got."""

    participant: str
    got: Both[Got]

    @property
    def gain(self) -> Gain:
        """How much more they would have got; less, where it is below nothing."""
        before, after = self.got
        return after.value - before.value, after.without_worth - before.without_worth


class HeldBack(NamedTuple):
    """What one cap held back of one participant's awards: how often, how much by unit, and its worth in money."""

    times: int
    got: Got


class Which(NamedTuple):
    """A cap, and whose it is: a payer's, or a policy's."""

    source: str
    cap: Cap


class Step(NamedTuple):
    """One event that would have earned something else: what it earned under a policy, each with its explanation."""

    event: str
    on: date
    policy: str
    unit: Both[str]
    amount: Both[int]
    why: Both[str]


# By which policy (as it was at the time), and in which month.
Paid = dict[tuple[int, int], int]


@dataclass
class Side:
    """One of the two tellings, added up over people."""

    paid: Paid = field(default_factory=lambda: defaultdict(int))
    held_back: dict[Which, dict[str, HeldBack]] = field(default_factory=lambda: defaultdict(dict))
    policies: dict[int, Policy[Any]] = field(default_factory=dict)

    def add(self, participant: str, lines: Iterable[Line]) -> Got:
        """Add one participant's lines; give what they got."""
        own: Paid = defaultdict(int)
        capped: list[Line] = []
        for line in lines:
            if line.amount:
                on = line.posted_on
                own[id(line.policy), on.year * 12 + on.month] += line.amount
                self.policies[id(line.policy)] = line.policy
            if line.capped:
                capped.append(line)
        for key, amount in own.items():
            self.paid[key] += amount
        self._hold_back(participant, capped)
        return self._got(own)

    def _hold_back(self, participant: str, capped: Sequence[Line]) -> None:
        by_cap: dict[Which, list[Line]] = defaultdict(list)
        for line in capped:
            if line.capped_by:
                by_cap[Which(line.capped_source or line.policy.name, line.capped_by)].append(line)
        for which, lines in by_cap.items():
            amounts = [(line.policy, line.capped) for line in lines]
            self.held_back[which][participant] = HeldBack(len(lines), _sum(amounts))

    def _got(self, paid: Mapping[tuple[int, int], int]) -> Got:
        return _sum([(self.policies[key], amount) for (key, _), amount in paid.items()])

    def total(self) -> Got:
        """Tell all that was paid."""
        return self._got(self.paid)

    def by_policy(self) -> dict[str, Got]:
        """Tell what was paid under each policy, by its name."""
        names = {key: policy.name for key, policy in self.policies.items()}
        return self._grouped({key: names[key[0]] for key in self.paid})

    def by_month(self) -> dict[str, Got]:
        """Tell what was paid in each month, such as 2026-03, by the date on which it was posted."""
        return self._grouped({key: month_of(date((key[1] - 1) // 12, (key[1] - 1) % 12 + 1, 1)) for key in self.paid})

    def by_size(self) -> dict[str, Fraction]:
        """Prizes that draws bring on average, by their size; slips that bring none are left out."""
        sizes: defaultdict[str, Fraction] = defaultdict(Fraction)
        for (key, _), amount in self.paid.items():
            if bowl := self.policies[key].bowl:
                for slip in bowl.slips:
                    sizes[slip.label] += Fraction(amount * slip.count * bool(slip.value), bowl.size)
        return {size: number for size, number in sizes.items() if number}

    def _grouped(self, names: Mapping[tuple[int, int], str]) -> dict[str, Got]:
        parts: defaultdict[str, Paid] = defaultdict(dict)
        for key, amount in self.paid.items():
            parts[names[key]][key] = amount
        return {name: self._got(part) for name, part in sorted(parts.items())}


@dataclass
class SideBySide:
    """Both tellings, and what each participant got in either."""

    sides: Both[Side] = field(default_factory=lambda: Both(Side(), Side()))
    shares: list[Share] = field(default_factory=list)

    def add(self, participant: str, told: Iterable[Told]) -> None:
        """Add one participant's events."""
        before: list[Line] = []
        after: list[Line] = []
        for event in told:
            before += event.before
            after += event.after
        if before or after:
            got = Both(self.sides.before.add(participant, before), self.sides.after.add(participant, after))
            self.shares.append(Share(participant, got))

    def winners(self, most: int) -> list[Share]:
        """Give who would have got the most more, the largest gain first."""
        return [
            share for share in sorted(self.shares, key=lambda s: s.gain, reverse=True)[:most] if share.gain > NO_GAIN
        ]

    def losers(self, most: int) -> list[Share]:
        """Give who would have got the most less, the largest loss first."""
        return [share for share in sorted(self.shares, key=lambda s: s.gain)[:most] if share.gain < NO_GAIN]


def steps(told: Iterable[Told]) -> Iterator[Step]:
    """Give the events of one participant whose award, or its explanation, would have been another."""
    for event in told:
        lines = [{line.policy.name: line for line in side} for side in (event.before, event.after)]
        for policy in dict.fromkeys([*lines[0], *lines[1]]):
            step = _step(event, policy, lines[0].get(policy), lines[1].get(policy))
            if step.amount.before != step.amount.after or step.why.before != step.why.after:
                yield step


def _step(event: Told, policy: str, before: Line | None, after: Line | None) -> Step:
    sides = (before, after)
    return Step(
        event.event,
        event.visit_on,
        policy,
        Both(*(line.policy.pays.code if line else "" for line in sides)),
        Both(*(line.amount if line else 0 for line in sides)),
        Both(*(sentence(line) if line else "" for line in sides)),
    )


def value_of(policy: Policy[Any], amount: int) -> Fraction:
    """Tell the worth in cents of an amount that a policy pays; nothing where it has none."""
    if policy.bowl:
        return amount * policy.bowl.mean
    return Fraction(amount if policy.pays.is_money else amount * (policy.worth or 0))


def _sum(amounts: Iterable[tuple[Policy[Any], int]]) -> Got:
    by_unit: defaultdict[str, int] = defaultdict(int)
    value = Fraction()
    for policy, amount in amounts:
        by_unit[policy.pays.code] += amount
        value += value_of(policy, amount)
    return Got(dict(by_unit), value)
