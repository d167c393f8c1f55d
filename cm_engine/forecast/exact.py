"""Exact answers: chances carried over everything that can happen, for each policy alone and for all together."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from cm_engine.caps import Cap
from cm_engine.forecast.carrying import Carried, carry
from cm_engine.forecast.distribution import prizes, times
from cm_engine.forecast.meters import Meter, meter
from cm_engine.forecast.paying import Payment, Posting, Till
from cm_engine.forecast.person import Person, Setting, cents, most_cents
from cm_engine.forecast.routes import Routes, routes
from cm_engine.forecast.visits import Way
from cm_engine.policies.contract import Policy


def each_exactly(setting: Setting) -> tuple[Person, ...]:
    """Tell what each policy comes to by itself. Raises TooManyError."""
    if len(setting.policies) == 1 and setting.shared and setting.in_money:
        return (_under_shared_caps(setting),)
    return tuple(_alone(setting, place) for place in range(len(setting.policies)))


def together_exactly(setting: Setting) -> Person:
    """Tell what all policies whose awards come to money come to together, under the shared caps. Raises TooManyError."""
    carried = _in_money(setting)
    return Person(carried.total, None, carried.weeks, carried.reached)


def _under_shared_caps(setting: Setting) -> Person:
    """Tell what a single policy comes to. Caps that are shared hold for prizes, not for the draws that they are drawn by."""
    [policy] = setting.policies
    if policy.bowl:
        carried, draws = _in_money(setting), _alone(setting, 0)
        return replace(draws, value=carried.total, reached=carried.reached)
    carried = _in_money(setting, counted_in=policy.cap_worth)
    value = times(carried.total, policy.worth) if policy.worth else None
    return Person(carried.total, value, carried.weeks, carried.reached)


def _alone(setting: Setting, place: int) -> Person:
    """Carry one policy by itself, in its own unit and under its own caps."""
    policy = setting.policies[place]
    found = _routes(setting, (place,))
    metered = _metered(policy.caps, setting, found, [policy.cap_worth])
    posting = Posting(1, tuple((number, policy.cap_worth) for number in range(len(metered))))
    carried = carry(
        found, setting.visits, _ways(setting, (place,)), setting.behaving, Till([Payment(posting)], metered)
    )
    value = None
    if policy.bowl:
        value = prizes(carried.total, policy.bowl)
    elif policy.worth:
        value = times(carried.total, policy.worth)
    return Person(carried.total, value, carried.weeks, carried.reached)


def _in_money(setting: Setting, counted_in: int = 1) -> Carried:
    """Carry all policies whose awards come to money. `counted_in` is how many cents the total is counted in."""
    places = setting.in_money
    found = _routes(setting, places)
    most = [most_cents(setting.policies[place]) or 0 for place in places]
    shared = _metered(setting.shared, setting, found, most)
    metered, payments = list(shared), []
    for place in places:
        policy = setting.policies[place]
        own = _metered(policy.caps, setting, found, [policy.cap_worth if place == other else 0 for other in places])
        metered += own
        payments.append(_payment(policy, range(len(shared)), range(len(metered) - len(own), len(metered)), counted_in))
    return carry(found, setting.visits, _ways(setting, places), setting.behaving, Till(payments, metered))


def _payment(policy: Policy[Any], shared: Sequence[int], own: Sequence[int], counted_in: int) -> Payment:
    of_own = tuple((number, policy.cap_worth) for number in own)
    if policy.bowl:
        return Payment(Posting(0, of_own), policy.bowl, Posting(1, tuple((number, 1) for number in shared)))
    worth = cents(policy) or 0
    return Payment(Posting(worth // counted_in, of_own + tuple((number, worth) for number in shared)))


def _metered(caps: Sequence[Cap], setting: Setting, found: Routes, worths: Sequence[int]) -> list[Meter]:
    meters = [meter(cap, setting.visits, found, worths) for cap in caps]
    return [each for each in meters if each is not None]


def _ways(setting: Setting, places: Sequence[int]) -> list[Way]:
    return [way._replace(seen=tuple(way.seen[place] for place in places)) for way in setting.ways]


def _routes(setting: Setting, places: Sequence[int]) -> Routes:
    told = _ways(setting, places)
    policies = [setting.policies[place] for place in places]
    return routes(policies, [[way.visits(when.week) for way in told] for when in setting.visits])
