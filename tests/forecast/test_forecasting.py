"""Forecasts: cohorts, people who start on different days, what is asked wrongly, and what cannot be held exactly."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, ClassVar

import numpy as np
import pytest

from cm_engine.awards import Part, Told
from cm_engine.behaviour import After, Behaviour, Moves, Pattern
from cm_engine.caps import Cap
from cm_engine.exchange.behaviour_file import parse_behaviour
from cm_engine.exchange.policy_file import load_policy
from cm_engine.forecast import crowd, routes
from cm_engine.forecast.distribution import TAIL, Distribution, distribution, sum_of
from cm_engine.forecast.forecasting import ForecastError, Question, forecast
from cm_engine.forecast.person import setting
from cm_engine.forecast.simulation import simulate
from cm_engine.money import MONEY
from cm_engine.policies.contract import Policy, Visit
from cm_engine.timetable import read_schedule
from tests.brute_force import convolved
from tests.files import BEHAVIOUR

SAMPLE = parse_behaviour("behaviour.toml", BEHAVIOUR)
ALWAYS = Moves(success=1.0)
PERFECT = Behaviour(patterns=(Pattern(first=ALWAYS, after=After(success=ALWAYS)),))


def asked(name: str, schedule: str = "1-2:2", **more: Any) -> Question:
    question = Question(policies=(load_policy(name),), schedule=read_schedule(schedule), behaviour=SAMPLE)
    return replace(question, **more)


def as_chances(told: Distribution) -> dict[int, float]:
    return dict(zip(told.amounts.tolist(), told.chances.tolist(), strict=True))


def test_a_perfect_run_of_the_prize_bowl_draws_164_times_for_sure() -> None:
    [cost] = forecast(asked("va-prize", "1-12:2", behaviour=PERFECT)).costs
    assert as_chances(cost.per_participant) == {164: 1.0}
    assert cost.value
    assert cost.value.mean == pytest.approx(164 * 221.8)
    assert cost.value.maximum == 164 * 100_00
    assert 0 < cost.value.folded <= TAIL


def test_a_perfect_run_of_californias_benefit_reaches_the_yearly_cap_and_no_further() -> None:
    question = asked("recovery-incentives-ca", "1-12:2,13-24:1", behaviour=PERFECT, start=date(2026, 1, 5))
    [cost] = forecast(question).costs
    assert as_chances(cost.per_participant) == {599_00: 1.0}
    assert cost.reached == ()


def test_the_weeks_tell_who_is_there_still_and_what_is_paid() -> None:
    [cost] = forecast(asked("higgins-voucher", "1:1,3:1")).costs
    first, third = cost.weeks
    there = 0.7 * 0.995 + 0.3 * 0.97
    success = 0.7 * 0.995 * 0.90 + 0.3 * 0.97 * 0.40
    assert (first.week, first.retained) == (1, 1.0)
    assert (first.success, first.mean) == pytest.approx((0.7, 0.7 * 250))
    paid = 0.7 * 0.995 * 0.90 * 375 + 0.3 * 0.97 * 0.40 * 250
    assert tuple(third) == pytest.approx((3, there, success / there, paid))


@pytest.mark.parametrize("name", ["higgins-voucher", "va-prize", "treatment-goals", "name-in-the-hat"])
def test_a_cohort_costs_what_adding_up_its_people_one_by_one_tells(name: str) -> None:
    [one] = forecast(asked(name)).costs
    [five] = forecast(asked(name, participants=5)).costs
    added = as_chances(one.value or one.per_participant)
    for _ in range(4):
        added = convolved(added, as_chances(one.value or one.per_participant))
    for amount, chance in as_chances(five.cohort).items():
        assert chance == pytest.approx(added.get(amount, 0.0), abs=1e-11)
    assert five.cohort.mean == pytest.approx(5 * (one.value or one.per_participant).mean)
    assert five.cohort.folded <= TAIL


def test_what_is_folded_of_a_large_cohort_is_named_and_tiny() -> None:
    [cost] = forecast(asked("va-prize", "1-12:2", participants=10_000)).costs
    assert 0 < cost.cohort.folded <= TAIL
    assert cost.cohort.quantile(0.05) < cost.cohort.mean < cost.cohort.quantile(0.95)
    apart = cost.cohort.quantile(0.95) - cost.cohort.quantile(0.05)
    assert apart == pytest.approx(2 * 1.6449 * cost.cohort.sd, rel=0.01)


def test_a_sum_of_unlike_people_is_their_convolution() -> None:
    coin = distribution(np.array([0, 3]), np.array([0.25, 0.75]))
    die = distribution(np.array([1, 7, 2]), np.array([0.5, 0.3, 0.2]))
    added = convolved(convolved(as_chances(coin), as_chances(coin)), as_chances(die))
    assert as_chances(sum_of([coin, die], [2, 1])) == pytest.approx(
        {amount: added.get(amount, 0.0) for amount in range(1, 14)}, abs=1e-14
    )


def test_people_who_start_later_have_less_of_the_year_before_its_cap_begins_anew() -> None:
    capped = replace(load_policy("higgins-voucher"), caps=(Cap(amount=600, per="calendar-year"),))
    start = date(2025, 12, 15)
    alone = [
        forecast(asked("higgins-voucher", "1-3:1", policies=(capped,), start=start + timedelta(weeks=week))).costs[0]
        for week in range(2)
    ]
    [both] = forecast(
        asked("higgins-voucher", "1-3:1", policies=(capped,), start=start, spread=2, participants=3)
    ).costs
    first, second = (as_chances(cost.per_participant) for cost in alone)
    assert alone[0].per_participant.mean < alone[1].per_participant.mean
    assert both.per_participant.mean == pytest.approx(
        (2 * alone[0].per_participant.mean + alone[1].per_participant.mean) / 3
    )
    expected = convolved(convolved(first, first), second)
    assert {amount: chance for amount, chance in as_chances(both.cohort).items() if chance > 1e-12} == pytest.approx(
        {amount: chance for amount, chance in expected.items() if chance > 1e-12}
    )


def test_the_chance_that_a_cap_holds_something_back_is_told() -> None:
    capped = replace(load_policy("higgins-voucher"), caps=(Cap(amount=300, per="episode"),))
    [cost] = forecast(asked("higgins-voucher", "1:2", policies=(capped,))).costs
    assert dict(cost.reached) == pytest.approx({capped.caps[0]: 0.7 * 0.995 * 0.9})
    assert cost.per_participant.maximum == 300


def test_draws_are_held_to_their_own_cap_and_their_prizes_to_the_payers() -> None:
    capped = replace(load_policy("va-prize"), caps=(Cap(amount=2, per="episode"),))
    question = asked(
        "va-prize", "1:2", policies=(capped,), behaviour=PERFECT, shared=(Cap(amount=21_00, per="episode"),)
    )
    [cost] = forecast(question).costs
    assert as_chances(cost.per_participant) == {2: 1.0}
    assert cost.value
    none, small, large = 0.5, 0.418, 0.08
    most = (large + 0.002) ** 2 + 2 * (0.002 * none + large * small + 0.002 * small)
    assert as_chances(cost.value) == pytest.approx(
        {0: none**2, 1_00: 2 * none * small, 2_00: small**2, 20_00: 2 * none * large, 21_00: most}
    )


def test_points_are_held_to_their_own_cap_and_to_the_payers_in_money() -> None:
    for own, shared, points in ((7_00, 9_00, 28), (9_00, 5_10, 20), (20_00, 20_00, 60)):
        capped = replace(load_policy("treatment-goals"), caps=(Cap(amount=own, per="episode"),))
        payer = (Cap(amount=shared, per="episode"),)
        question = asked("treatment-goals", "1:3", policies=(capped,), behaviour=PERFECT, shared=payer)
        [cost] = forecast(question).costs
        assert cost.value
        assert (as_chances(cost.per_participant), as_chances(cost.value)) == ({points: 1.0}, {points * 25: 1.0})


def test_who_fails_the_test_but_came_succeeds_at_attending() -> None:
    came = replace(SAMPLE.patterns[0], attended=0.5)
    policies = (load_policy("va-prize"), load_policy("iop-attendance"))
    question = asked("va-prize", "1:1", policies=policies, behaviour=Behaviour(patterns=(came,)))
    tests, attendance = forecast(question).costs
    assert tests.per_participant.mean == pytest.approx(0.7)
    assert attendance.per_participant.mean == pytest.approx(0.7 + 0.3 * 0.5)


@pytest.mark.parametrize(
    ("question", "words"),
    [
        (asked("recovery-incentives-ca"), ["calendar year", "--start"]),
        (asked("va-prize", shared=(Cap(amount=1, per="month"),)), ["month", "--start"]),
        (asked("miedar-prize"), ["opioid", "[extra]", "opioid = 0.6"]),
        (asked("va-prize", participants=0), ["1 to 10,000"]),
        (asked("va-prize", participants=10_001), ["1 to 10,000"]),
        (asked("va-prize", "1-3:0"), ["0 visits", "1,000"]),
        (asked("va-prize", "1-1000:2"), ["2,000 visits", "1,000"]),
    ],
)
def test_what_is_missing_to_tell_it_by_is_named(question: Question, words: list[str]) -> None:
    with pytest.raises(ForecastError) as told:
        forecast(question)
    assert all(word in str(told.value) for word in words), told.value


@dataclass(frozen=True, kw_only=True)
class Remembering(Policy[tuple[str, ...]]):
    """A policy that forgets nothing, so that no two histories lead to the same state."""

    kind: ClassVar[str] = "remembering"

    def begin(self) -> tuple[str, ...]:
        return ()

    def follow(self, state: tuple[str, ...], visit: Visit) -> tuple[tuple[str, ...], tuple[Part, ...]]:
        paid = (Part(100 * state.count("success"), Told("so often")),) if visit.seen_as == "success" else ()
        return (*state, visit.seen_as), paid


FORGETS_NOTHING = Remembering(name="all", title="All", pays=MONEY, on="test")


def test_where_there_is_too_much_to_hold_people_are_made_up_and_the_noise_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    question = asked("va-prize", "1-3:2", policies=(FORGETS_NOTHING,))
    [exact] = forecast(question).costs
    monkeypatch.setattr(routes, "MOST_STATES", 50)
    [made_up] = forecast(question).costs
    assert (exact.method, made_up.method) == ("exact", "simulated")
    assert "more than 50 states" in made_up.why
    assert exact.standard_error is None
    assert made_up.standard_error
    assert made_up.per_participant.mean == pytest.approx(exact.per_participant.mean, abs=4 * made_up.standard_error)
    assert [week.retained for week in made_up.weeks] == pytest.approx([week.retained for week in exact.weeks], abs=0.02)
    assert forecast(question).costs[0].per_participant.mean == made_up.per_participant.mean


def test_what_is_told_together_is_made_up_alone_where_it_alone_is_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    policies = (load_policy("va-prize"), load_policy("iop-attendance"))
    question = asked("va-prize", "1-2:2", policies=policies, shared=(Cap(amount=20_00, per="episode"),))
    exact = forecast(question)
    monkeypatch.setattr(crowd, "MOST_STANDPOINTS", 80)
    answer = forecast(question)
    assert exact.together
    assert answer.together
    assert [cost.method for cost in (*answer.costs, answer.together)] == ["exact", "exact", "simulated"]
    assert answer.together.standard_error
    off_by = 4 * answer.together.standard_error
    assert answer.together.per_participant.mean == pytest.approx(exact.together.per_participant.mean, abs=off_by)
    assert answer.together.reached[0][1] == pytest.approx(exact.together.reached[0][1], abs=0.02)


def test_made_up_people_are_the_same_for_the_same_seed() -> None:
    question = asked("va-prize", "1-3:2")
    one = setting(question.policies, question.schedule, SAMPLE, None, ())
    first, again, other = (simulate(one, people=50, seed=seed).paid.tolist() for seed in (3, 3, 4))
    assert first == again != other
