"""Reachable states: everything that can become of somebody under a policy, visit by visit, by the policy's own `step`.

As staff would say it: try every way in which each visit can come out, one after another, and write down what each pays and where it
leads. The caps are tried on every award as they are when people are paid. What was spent of a cap is told apart only where the cap can
still be reached.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple

from cm_engine.caps import Cap, Limit, Spent, When, allow, period
from cm_engine.policies.contract import Policy, SeenAs, Visit

State = Any
# What was spent of each cap in its present period.
Meters = tuple[int, ...]
Node = tuple[State, Meters]

START = -1


class Way(NamedTuple):
    """One way in which a visit can come out: how the policy sees it, and which further analytes are negative too."""

    seen_as: SeenAs
    clean: frozenset[str] = frozenset()


class Counted(NamedTuple):
    """A cap, and how much of its unit one unit of an award stands for."""

    cap: Cap
    worth: int


@dataclass
class Layer:
    """The nodes before one visit: how each was first reached, what each way pays there, and to which node of the next layer it leads."""

    nodes: dict[Node, int] = field(default_factory=dict)
    reached: list[tuple[int, int]] = field(default_factory=list)
    paid: list[list[int]] = field(default_factory=list)
    leads: list[list[int]] = field(default_factory=list)

    def place(self, node: Node, parent: int, way: int) -> int:
        """Give the place of a node; one that is new is reached by this parent and way."""
        known = self.nodes.get(node)
        if known is None:
            known = self.nodes[node] = len(self.nodes)
            self.reached.append((parent, way))
        return known


@dataclass(frozen=True, eq=False)
class Walk:
    """All nodes before each visit, and behind the last. `is_cut` tells that there were more than are looked at.

    `later[v][n]` is what a perfect run pays from node n before visit v on, `most[v][n]` the most that anything pays.
    """

    visits: tuple[When, ...]
    ways: tuple[Way, ...]
    layers: list[Layer]
    is_cut: bool
    later: list[list[int]]
    most: list[list[int]]

    @property
    def states(self) -> int:
        """Tell how many nodes there are."""
        return sum(len(layer.nodes) for layer in self.layers)

    def route(self, visit: int, place: int) -> Iterator[tuple[int, int, int]]:
        """Give a shortest way to a node before a visit: for each visit its number (from 0), the place it was made at, and its way."""
        steps = []
        for number in range(visit, 0, -1):
            place, way = self.layers[number].reached[place]
            steps.append((number - 1, place, way))
        return reversed(steps)


def walk(
    policy: Policy[Any], visits: Sequence[When], ways: Sequence[Way], caps: Sequence[Counted], most_states: int
) -> Walk:
    """Walk everything that some visits can lead to; the first of the ways makes a perfect run.

    Where there are more states than `most_states`, the last visits are left out.
    """
    free = _Walker(policy, visits, ways, (), most_states).walk()
    can_bind = [counted for counted in caps if _can_bind(counted, free)]
    if not can_bind:
        return free
    still = [
        dict(zip([state for state, _ in layer.nodes], most, strict=True))
        for layer, most in zip(free.layers, free.most, strict=True)
    ]
    return _Walker(policy, free.visits, ways, can_bind, most_states, still).walk()


def _can_bind(counted: Counted, free: Walk) -> bool:
    """Tell whether a cap can hold anything back: within one award, or over all visits."""
    if counted.cap.per == "event":
        return any(max(paid) * counted.worth > counted.cap.amount for layer in free.layers for paid in layer.paid)
    return free.most[0][0] * counted.worth > counted.cap.amount


class _Walker:
    """A walk being made. `still` tells the most that a state can still be paid before each visit, without caps."""

    def __init__(
        self,
        policy: Policy[Any],
        visits: Sequence[When],
        ways: Sequence[Way],
        caps: Sequence[Counted],
        most_states: int,
        still: Sequence[Mapping[State, int]] = (),
    ) -> None:
        self._policy = policy
        self._visits = visits
        self._ways = tuple(ways)
        self._caps = caps
        self._left = most_states
        self._still = still
        self._goes_on = [[_goes_on(counted.cap, *pair) for counted in caps] for pair in pairwise(visits)]

    def walk(self) -> Walk:
        """Walk from the beginning to the last visit, or as far as there is room."""
        layers = [Layer({(self._policy.begin(), (0,) * len(self._caps)): 0}, [(START, START)])]
        for number in range(len(self._visits)):
            ahead = self._step(layers[-1], number)
            if ahead is None:
                layers[-1].paid, layers[-1].leads = [], []
                break
            layers.append(ahead)
        visits = tuple(self._visits[: len(layers) - 1])
        later = _backward(layers, lambda paid, leads, ahead: paid[0] + ahead[leads[0]])
        most = _backward(
            layers, lambda paid, leads, ahead: max([p + ahead[to] for p, to in zip(paid, leads, strict=True)])
        )
        return Walk(visits, self._ways, layers, len(visits) < len(self._visits), later, most)

    def _step(self, layer: Layer, number: int) -> Layer | None:
        """Make one visit from every node; None where that leads to more nodes than are looked at."""
        ahead = Layer()
        visits = [Visit(way.seen_as, self._visits[number].week, way.clean) for way in self._ways]
        next_week = self._visits[min(number + 1, len(self._visits) - 1)].week
        for place, (state, meters) in enumerate(layer.nodes):
            paid, leads = [], []
            for way, visit in enumerate(visits):
                after, due = self._due(state, visit, next_week)
                allowed = self._allowed(meters, due, number) if due and self._caps else due
                node = (after, self._spent(meters, allowed, number, after) if self._caps else ())
                paid.append(allowed)
                leads.append(ahead.place(node, place, way))
            layer.paid.append(paid)
            layer.leads.append(leads)
            if len(ahead.nodes) > self._left:
                return None
        self._left -= len(ahead.nodes)
        return ahead

    def _due(self, state: State, visit: Visit, next_week: int) -> tuple[State, int]:
        """Give what of the state after a visit still makes a difference, and what the visit is due before caps."""
        after, parts = (state, ()) if visit.seen_as == "ignore" else self._policy.step(state, visit)
        return self._policy.essential(after, next_week), sum([part.amount for part in parts])

    def _allowed(self, meters: Meters, due: int, number: int) -> int:
        """Try an award on every cap, each with what was spent of it in the period."""
        when = self._visits[number]
        pairs = zip(self._caps, meters, strict=True)
        return min([due, *(_allows(counted, due, spent, when) for counted, spent in pairs)])

    def _spent(self, meters: Meters, paid: int, number: int, after: State) -> Meters:
        """Tell what is spent of each cap before the next visit; nothing where another period begins, or it cannot be reached."""
        if number + 1 >= len(self._visits):
            return (0,) * len(meters)
        to_come = self._still[number + 1][after]
        return tuple(
            [
                spent
                if goes_on and (spent := before + paid * counted.worth) + to_come * counted.worth > counted.cap.amount
                else 0
                for counted, before, goes_on in zip(self._caps, meters, self._goes_on[number], strict=True)
            ]
        )


@lru_cache(maxsize=262_144)
def _allows(counted: Counted, due: int, before: int, when: When) -> int:
    spent = Spent([counted.cap.span])
    spent.post(before, when)
    return allow((Limit((counted.cap,), counted.worth, spent),), due, when).allowed


def _goes_on(cap: Cap, earlier: When, later: When) -> bool:
    """Tell whether two visits fall into one period of a cap."""
    match cap.per:
        case "event":
            return False
        case "day":
            return earlier.on == later.on
        case "rolling-year":
            return True  # within a year it is; over more, this counts more than is to be counted
        case _:
            return period(cap.span, earlier) == period(cap.span, later)


Worth = Callable[[list[int], list[int], list[int]], int]


def _backward(layers: Sequence[Layer], worth: Worth) -> list[list[int]]:
    """Tell what each node is worth, from the last layer, where nothing is to come, back to the first."""
    values = [[0] * len(layers[-1].nodes)]
    for layer in reversed(layers[:-1]):
        ahead = values[0]
        values.insert(0, [worth(paid, leads, ahead) for paid, leads in zip(layer.paid, layer.leads, strict=True)])
    return values
