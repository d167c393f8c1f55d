"""Brute force: every sequence of outcomes that can happen, one by one, each paid as a person would be paid.

It knows nothing of stages, standpoints or transforms. It is slow, and plainly right.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import product
from math import sqrt
from typing import Any, NamedTuple

from cm_engine.behaviour import OUTCOMES, Behaviour, Outcome, Pattern
from cm_engine.bowl import Bowl
from cm_engine.caps import Cap, Limit, Spent, When
from cm_engine.forecast.distribution import Distribution
from cm_engine.policies.contract import Policy, SeenAs, Visit
from cm_engine.settlement import Books

Chances = dict[int, float]


class Lived(NamedTuple):
    """One person's visits as they came out, with what each policy sees, and the chance of just that."""

    outcomes: tuple[Outcome, ...]
    seen: tuple[tuple[tuple[SeenAs, frozenset[str]], ...], ...]
    chance: float


def lives(policies: Sequence[Policy[Any]], behaviour: Behaviour, visits: int) -> Iterator[Lived]:
    """Give everything that can happen to one person."""
    for pattern in behaviour.patterns:
        for outcomes, chance in _sequences(pattern, visits):
            for seen, of_it in _seen(policies, pattern, outcomes):
                if chance * of_it:
                    yield Lived(outcomes, seen, pattern.share * chance * of_it)


def _sequences(pattern: Pattern, visits: int) -> Iterator[tuple[tuple[Outcome, ...], float]]:
    for made in range(visits + 1):
        for outcomes in product(OUTCOMES, repeat=made):
            chance = 1.0
            for visit, outcome in enumerate(outcomes):
                chance *= _stays(pattern, visit, outcomes) * _comes_out(pattern, visit, outcomes, outcome)
            if made < visits:
                chance *= 1 - _stays(pattern, made, outcomes)
            yield outcomes, chance


def _stays(pattern: Pattern, visit: int, outcomes: Sequence[Outcome]) -> float:
    lasting = 1.0
    if pattern.visits:
        at_least = [sum(pattern.visits[number:]) for number in (visit, visit + 1)]
        lasting = at_least[1] / at_least[0] if at_least[0] > 0 else 0.0
    return lasting * (1 - getattr(pattern.dropout, outcomes[visit - 1])) if visit else lasting


def _comes_out(pattern: Pattern, visit: int, outcomes: Sequence[Outcome], outcome: Outcome) -> float:
    moves = getattr(pattern.after, outcomes[visit - 1]) if visit else pattern.first
    return float(getattr(moves, outcome)) if moves else 0.0


def _seen(
    policies: Sequence[Policy[Any]], pattern: Pattern, outcomes: Sequence[Outcome]
) -> Iterator[tuple[tuple[tuple[tuple[SeenAs, frozenset[str]], ...], ...], float]]:
    each = [list(_ways(policies, pattern, outcome)) for outcome in outcomes]
    for taken in product(*each):
        chance = 1.0
        for _, of_it in taken:
            chance *= of_it
        yield tuple(seen for seen, _ in taken), chance


def _ways(
    policies: Sequence[Policy[Any]], pattern: Pattern, outcome: Outcome
) -> Iterator[tuple[tuple[tuple[SeenAs, frozenset[str]], ...], float]]:
    if outcome == "success":
        analytes = sorted({analyte for policy in policies for analyte in policy.extra_analytes - {*policy.targets}})
        for negative in product((True, False), repeat=len(analytes)):
            chance = 1.0
            for analyte, is_so in zip(analytes, negative, strict=True):
                chance *= dict(pattern.extra)[analyte] if is_so else 1 - dict(pattern.extra)[analyte]
            clean = {analyte for analyte, is_so in zip(analytes, negative, strict=True) if is_so}
            yield tuple(("success", frozenset(clean | {*policy.targets})) for policy in policies), chance
        return
    kinds = {policy.on for policy in policies}
    if outcome == "failure" and pattern.attended is not None and kinds >= {"test", "attendance"}:
        came = tuple[tuple[SeenAs, frozenset[str]], ...](
            ("success" if policy.on == "attendance" else "failure", frozenset()) for policy in policies
        )
        yield came, pattern.attended
        yield ((outcome, frozenset()),) * len(policies), 1 - pattern.attended
        return
    yield ((outcome, frozenset()),) * len(policies), 1.0


def awards(policy: Policy[Any], place: int, lived: Lived, visits: Sequence[When]) -> list[int]:
    """Step one person through their visits under one policy: what each is due before caps."""
    state, due = policy.begin(), []
    for when, seen in zip(visits, lived.seen, strict=False):
        state, parts = policy.step(state, Visit(seen[place][0], when.week, seen[place][1]))
        due.append(sum(part.amount for part in parts))
    return due


def paid(policy: Policy[Any], place: int, lived: Lived, visits: Sequence[When]) -> list[int]:
    """Settle one person's visits under one policy and its own caps."""
    books, limits = Books(), [Limit(policy.caps, policy.cap_worth, Spent(cap.span for cap in policy.caps))]
    due = awards(policy, place, lived, visits)
    return [
        books.settle({(when.on, ""): amount}, when, limits).credited for when, amount in zip(visits, due, strict=False)
    ]


def per_person(policies: Sequence[Policy[Any]], place: int, behaviour: Behaviour, visits: Sequence[When]) -> Chances:
    """Give the chance of each amount that one of the policies can pay one person in all, by itself."""
    chances: Chances = defaultdict(float)
    for lived in lives(policies, behaviour, len(visits)):
        chances[sum(paid(policies[place], place, lived, visits))] += lived.chance
    return chances


def drawn(draws: Chances, bowl: Bowl) -> Chances:
    """Give the chance of each prize value of so many draws, slip by slip."""
    chances: Chances = defaultdict(float)
    value: Chances = {0: 1.0}
    for count in range(max(draws) + 1):
        for worth, chance in value.items():
            chances[worth] += draws.get(count, 0.0) * chance
        value = convolved(value, _of_a_draw(bowl))
    return chances


def _of_a_draw(bowl: Bowl) -> Chances:
    chances: Chances = defaultdict(float)
    for slip in bowl.slips:
        chances[slip.value] += slip.count / bowl.size
    return chances


def convolved(first: Chances, second: Chances) -> Chances:
    """Add two independent amounts."""
    chances: Chances = defaultdict(float)
    for one, chance in first.items():
        for other, of_it in second.items():
            chances[one + other] += chance * of_it
    return chances


class Ask(NamedTuple):
    """An award to be paid next, or so many draws to be opened."""

    place: int
    amount: int
    when: When
    opening: bool = False


class Paid(NamedTuple):
    """Something that was paid: so much of the policy's unit, which comes to so many cents."""

    place: int
    amount: int
    cents: int
    when: When


def in_money(
    policies: Sequence[Policy[Any]], shared: Sequence[Cap], behaviour: Behaviour, visits: Sequence[When]
) -> Chances:
    """Give the chance of each amount in cents that all policies come to together, under shared caps."""
    chances: Chances = defaultdict(float)
    for lived in lives(policies, behaviour, len(visits)):
        due = [awards(policy, place, lived, visits) for place, policy in enumerate(policies)]
        asked = [Ask(place, each[n], visits[n]) for n in range(len(lived.seen)) for place, each in enumerate(due)]
        for paid_in_all, chance in _paid(policies, shared, asked, ()):
            chances[sum(each.cents for each in paid_in_all)] += lived.chance * chance
    return chances


def _paid(
    policies: Sequence[Policy[Any]], shared: Sequence[Cap], asked: Sequence[Ask], before: tuple[Paid, ...]
) -> Iterator[tuple[tuple[Paid, ...], float]]:
    """Pay one award after the other, and open every draw, each slip in turn."""
    if not asked:
        yield before, 1.0
        return
    ask, later = asked[0], asked[1:]
    policy = policies[ask.place]
    if not ask.opening:
        worth = 0 if policy.bowl else policy.worth or 1
        limits = [_own(policy, ask.place, before), _shared(shared, before, worth)][: 1 if policy.bowl else 2]
        amount = Books().settle({(ask.when.on, ""): ask.amount}, ask.when, limits).credited
        opening = [ask._replace(amount=amount, opening=True)] if policy.bowl else []
        now = (*before, Paid(ask.place, amount, amount * worth, ask.when))
        yield from _paid(policies, shared, [*opening, *later], now)
    elif not ask.amount or policy.bowl is None:
        yield from _paid(policies, shared, later, before)
    else:
        rest = [ask._replace(amount=ask.amount - 1), *later]
        for slip in policy.bowl.slips:
            won = Books().settle({(ask.when.on, ""): slip.value}, ask.when, [_shared(shared, before, 1)]).credited
            for paid_in_all, chance in _paid(policies, shared, rest, (*before, Paid(ask.place, 0, won, ask.when))):
                yield paid_in_all, chance * slip.count / policy.bowl.size


def _own(policy: Policy[Any], place: int, before: Sequence[Paid]) -> Limit:
    spent = Spent(cap.span for cap in policy.caps)
    for each in before:
        if each.place == place:
            spent.post(each.amount * policy.cap_worth, each.when)
    return Limit(policy.caps, policy.cap_worth, spent)


def _shared(shared: Sequence[Cap], before: Sequence[Paid], worth: int) -> Limit:
    spent = Spent(cap.span for cap in shared)
    for each in before:
        spent.post(each.cents, each.when)
    return Limit(tuple(shared), worth, spent)


def agree(told: Distribution, chances: Chances, within: float = 1e-9) -> None:
    """Compare a distribution with the chance of each amount."""
    likely = {amount: chance for amount, chance in chances.items() if chance > 1e-13}
    found = {int(amount): float(chance) for amount, chance in zip(told.amounts, told.chances, strict=True)}
    for amount in likely.keys() | {amount for amount, chance in found.items() if chance > 1e-13}:
        assert abs(found.get(amount, 0.0) - likely.get(amount, 0.0)) <= within, amount
    mean = sum(amount * chance for amount, chance in chances.items())
    variance = sum((amount - mean) ** 2 * chance for amount, chance in chances.items())
    assert abs(told.mean - mean) <= within * max(1.0, mean)
    assert abs(told.sd - sqrt(variance)) <= 1e-6 * max(1.0, mean)
    assert told.maximum == max((amount for amount, chance in chances.items() if chance > 0), default=0)
    for share in (0.05, 0.5, 0.95):
        assert told.quantile(share) == quantile(chances, share)


def quantile(chances: Chances, share: float) -> int:
    """Give the least amount that at least this share does not exceed."""
    reached = 0.0
    for amount in sorted(chances):
        reached += chances[amount]
        if reached >= share - 1e-11:
            return amount
    raise AssertionError(reached)
