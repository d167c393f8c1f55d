"""Exact answers: chances carried over everything that can happen, for each policy alone and for all together."""

from collections.abc import Sequence
from dataclasses import replace

from cm_engine.caps import Cap
from cm_engine.forecast.carrying import Carried, carry
from cm_engine.forecast.distribution import prizes, times
from cm_engine.forecast.meters import Meter, meter
from cm_engine.forecast.paying import Payment, Posting, Till
from cm_engine.forecast.person import Person, Setting, cents, most_cents
from cm_engine.forecast.routes import Routes, routes
from cm_engine.forecast.visits import Way


def each_exactly(setting: Setting) -> tuple[Person, ...]:
    """Tell what each policy comes to. Raises TooManyError."""
    return tuple(_person(setting, place) for place in range(len(setting.policies)))


def together_exactly(setting: Setting) -> Person:
    """Tell what all policies whose awards come to money come to together. Raises TooManyError."""
    carried = _in_money(setting, setting.in_money)
    return Person(carried.total, None, carried.weeks, carried.reached)


def _person(setting: Setting, place: int) -> Person:
    policy = setting.policies[place]
    if not setting.shared or most_cents(policy) is None:
        return _alone(setting, place)
    in_money = _in_money(setting, (place,))
    if policy.bowl:
        return replace(_alone(setting, place), value=in_money.total)
    if policy.worth:
        in_points = _in_money(setting, (place,), counted_in=policy.worth)
        return Person(in_points.total, in_money.total, in_points.weeks, in_points.reached)
    return Person(in_money.total, None, in_money.weeks, in_money.reached)


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


def _in_money(setting: Setting, counted: Sequence[int], counted_in: int = 1) -> Carried:
    """Carry all policies whose awards come to money, and count those in the total whose places are named.

    `counted_in` is how many cents the total is counted in.
    """
    places = setting.in_money
    found = _routes(setting, places)
    metered: list[Meter] = []
    own: list[range] = []
    for number, place in enumerate(places):
        policy = setting.policies[place]
        worths = [policy.cap_worth if other == number else 0 for other in range(len(places))]
        before = len(metered)
        metered += _metered(policy.caps, setting, found, worths)
        own.append(range(before, len(metered)))
    most = [most_cents(setting.policies[place]) or 0 for place in places]
    before = len(metered)
    metered += _metered(setting.shared, setting, found, most)
    shared = range(before, len(metered))
    payments = [
        _payment(setting, place, own[number], shared, int(place in counted), counted_in)
        for number, place in enumerate(places)
    ]
    return carry(found, setting.visits, _ways(setting, places), setting.behaving, Till(payments, metered))


def _payment(
    setting: Setting, place: int, own: Sequence[int], shared: Sequence[int], counts: int, counted_in: int
) -> Payment:
    policy = setting.policies[place]
    of_own = tuple((number, policy.cap_worth) for number in own)
    if policy.bowl:
        prize = Posting(counts, tuple((number, 1) for number in shared))
        return Payment(Posting(0, of_own), policy.bowl, prize)
    worth = cents(policy) or 0
    return Payment(Posting(counts * worth // counted_in, of_own + tuple((number, worth) for number in shared)))


def _metered(caps: Sequence[Cap], setting: Setting, found: Routes, worths: Sequence[int]) -> list[Meter]:
    meters = [meter(cap, setting.visits, found, worths) for cap in caps]
    return [each for each in meters if each is not None]


def _ways(setting: Setting, places: Sequence[int]) -> list[Way]:
    return [way._replace(seen=tuple(way.seen[place] for place in places)) for way in setting.ways]


def _routes(setting: Setting, places: Sequence[int]) -> Routes:
    told = _ways(setting, places)
    policies = [setting.policies[place] for place in places]
    return routes(policies, [[way.visits(when.week) for way in told] for when in setting.visits])
