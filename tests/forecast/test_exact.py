"""Exact forecasts agree with every sequence of outcomes taken one by one: presets, random policies, draws, shared caps."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cm_engine.behaviour import Behaviour
from cm_engine.bowl import Bowl, Slip
from cm_engine.caps import PERIODS, Cap
from cm_engine.catalogue import PRESETS
from cm_engine.exchange.policy_file import load_policy
from cm_engine.forecast.forecasting import Question, forecast
from cm_engine.forecast.person import most_cents
from cm_engine.forecast.visits import planned
from cm_engine.money import Unit
from cm_engine.policies.contract import Policy, Visit
from cm_engine.timetable import Schedule, read_schedule
from punch_card import PunchCard
from tests import brute_force
from tests.behaviours import behaviours
from tests.brute_force import agree
from tests.strategies import policies

# Five visits, four or three: what can happen grows with the analytes of extras, which are negative or not at each success.
SHORT = {
    0: ("1-2:2,4:1", "1-5:1", "1:5", "11:2,12-13:1,14:1"),
    1: ("1-2:2", "2:3"),
    2: ("1:1,3:2", "1:3"),
    3: ("1-3:1", "1:3"),
}

# The last days before a year, a month, a fiscal year and a leap day.
STARTS = (date(2025, 12, 20), date(2026, 1, 26), date(2026, 6, 22), date(2024, 2, 20))


@st.composite
def _plans(draw: st.DrawFn, policy: Policy[Any]) -> tuple[Schedule, date]:
    analytes = len(policy.extra_analytes - {*policy.targets})
    return read_schedule(draw(st.sampled_from(SHORT[analytes]))), draw(st.sampled_from(STARTS))


def _same(policy: Policy[Any], schedule: Schedule, start: date, behaviour: Behaviour) -> None:
    question = Question(policies=(policy,), schedule=schedule, behaviour=behaviour, start=start)
    answer = forecast(question)
    [cost] = answer.costs
    expected = brute_force.per_person([policy], 0, behaviour, planned(schedule, start))
    assert cost.method == "exact"
    agree(cost.per_participant, expected)
    assert sum(week.mean for week in cost.weeks) == pytest.approx(cost.per_participant.mean, abs=1e-9)
    if policy.bowl:
        assert cost.value is not None
        agree(cost.value, brute_force.drawn(expected, policy.bowl))


@pytest.mark.parametrize("name", list(PRESETS))
@settings(max_examples=4)
@given(data=st.data(), behaviour=behaviours())
def test_every_preset_is_forecast_as_every_sequence_tells(name: str, data: st.DataObject, behaviour: Behaviour) -> None:
    policy = load_policy(name)
    schedule, start = data.draw(_plans(policy))
    _same(policy, schedule, start, behaviour)


@settings(max_examples=200)
@given(policy=policies(), data=st.data(), behaviour=behaviours())
def test_random_policies_over_every_key_are_forecast_as_every_sequence_tells(
    policy: Policy[Any], data: st.DataObject, behaviour: Behaviour
) -> None:
    schedule, start = data.draw(_plans(policy))
    _same(policy, schedule, start, behaviour)


BOWL = Bowl(
    slips=(
        Slip(label="good job", count=2, value=0),
        Slip(label="small", count=1, value=150),
        Slip(label="none", count=0, value=999),
    )
)


def _shared_caps() -> st.SearchStrategy[tuple[Cap, ...]]:
    caps = st.builds(
        Cap,
        amount=st.integers(0, 900),
        per=st.sampled_from([per for per in PERIODS if per != "fiscal-year"]),
        mode=st.sampled_from(("truncate", "deny")),
    )
    return st.lists(caps, max_size=2).map(tuple)


def _small(policy: Policy[Any]) -> bool:
    """Tell whether prizes are few enough to be drawn one by one, and analytes to be found one by one."""
    return not policy.extra_analytes and (policy.pays.code != "draws" or sum(_perfect(policy)) <= 5)


def _perfect(policy: Policy[Any]) -> list[int]:
    state, due = policy.begin(), []
    for visit in (Visit("success", 1), Visit("success", 1), Visit("success", 2)):
        state, parts = policy.step(state, visit)
        due.append(sum(part.amount for part in parts))
    return due


def _payable() -> st.SearchStrategy[Policy[Any]]:
    """Make up policies whose awards come to money, draws by a bowl with several slips."""
    with_bowl = policies().map(lambda policy: replace(policy, bowl=BOWL) if policy.pays.code == "draws" else policy)
    return with_bowl.filter(lambda policy: most_cents(policy) is not None and _small(policy))


@settings(max_examples=60)
@given(
    first=_payable(), second=_payable(), shared=_shared_caps(), behaviour=behaviours(), start=st.sampled_from(STARTS)
)
def test_two_policies_under_one_cap_are_forecast_as_every_sequence_and_every_slip_tells(
    first: Policy[Any], second: Policy[Any], shared: tuple[Cap, ...], behaviour: Behaviour, start: date
) -> None:
    schedule = read_schedule("1:2,2:1")
    both = (first, replace(second, name="second"))
    answer = forecast(Question(policies=both, schedule=schedule, behaviour=behaviour, start=start, shared=shared))
    visits = planned(schedule, start)
    assert answer.together
    assert {answer.together.method, *(cost.method for cost in answer.costs)} == {"exact"}
    agree(answer.together.per_participant, brute_force.in_money(both, shared, behaviour, visits))
    for place, cost in enumerate(answer.costs):
        agree(cost.per_participant, brute_force.per_person(both, place, behaviour, visits))


@settings(max_examples=40)
@given(policy=_payable(), shared=_shared_caps(), behaviour=behaviours(), start=st.sampled_from(STARTS))
def test_a_policy_under_a_payers_cap_is_forecast_as_every_sequence_and_every_slip_tells(
    policy: Policy[Any], shared: tuple[Cap, ...], behaviour: Behaviour, start: date
) -> None:
    schedule = read_schedule("1:2,2:1")
    answer = forecast(Question(policies=(policy,), schedule=schedule, behaviour=behaviour, start=start, shared=shared))
    [cost] = answer.costs
    expected = brute_force.in_money([policy], shared, behaviour, planned(schedule, start))
    agree(cost.value or cost.per_participant, expected)
    if policy.worth:
        agree(cost.per_participant, {cents // policy.worth: chance for cents, chance in expected.items()})


@settings(max_examples=25)
@given(stamps=st.integers(1, 4), behaviour=behaviours())
def test_a_kind_of_policy_that_others_add_is_forecast_too(stamps: int, behaviour: Behaviour) -> None:
    card = PunchCard(name="card", title="Card", pays=Unit("tickets"), on="attendance", stamps=stamps, amount=3)
    _same(card, read_schedule("1-5:1"), date(2026, 1, 5), behaviour)
