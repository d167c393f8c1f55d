"""Forecasts as tables for people to read in a terminal."""

from collections.abc import Iterator

from cm_engine.caps import Cap
from cm_engine.exchange.forecast_json import cap_unit
from cm_engine.exchange.tables import table
from cm_engine.explain import CAPS
from cm_engine.forecast.distribution import Distribution, distance, observed
from cm_engine.forecast.forecasting import Cost, Forecast
from cm_engine.learning import Learned
from cm_engine.money import Unit

SHARES = (0.05, 0.5, 0.95)
COLUMNS = ("", "mean", "sd", "5 % get at most", "half get at most", "95 % get at most", "most")

# How far two distributions lie apart by chance alone, at most, nineteen times in twenty: so much over the root of the people.
BY_CHANCE = 1.36


def forecast_tables(answer: Forecast) -> str:
    """Lay out what each policy costs, week by week, and what all cost together."""
    named = [(policy.name, cost) for policy, cost in zip(answer.question.policies, answer.costs, strict=True)]
    if answer.together:
        named.append(("together", answer.together))
    return "\n\n".join(_told(name, cost, answer) for name, cost in named)


def learned_table(learned: Learned, answer: Forecast, paid: list[list[int]]) -> str:
    """Lay out what was learned, and how near each forecast is to what the history would have paid."""
    people = f"{learned.people:,} people with {learned.visits:,} visits"
    head = f"Learned from {people}: {len(learned.behaviour.patterns)} patterns of behaviour"
    rows = [
        [policy.name, _mean(policy.pays, history.mean), _mean(policy.pays, cost.per_participant.mean), f"{apart:.3f}"]
        for policy, cost, amounts in zip(answer.question.policies, answer.costs, paid, strict=True)
        for history in [observed(amounts)]
        for apart in [distance(history, cost.per_participant)]
    ]
    columns = ("policy", "history's mean", "forecast's mean", "distance")
    chance = f"By chance alone, the distance is below {BY_CHANCE / learned.people**0.5:.3f} nineteen times in twenty."
    return f"{head}\n{table(columns, rows, right=columns[1:])}\n\n{chance}"


def _told(name: str, cost: Cost, answer: Forecast) -> str:
    question = answer.question
    start = f" from {question.start}" if question.start else ""
    head = f"{name} in {cost.unit.code}, visits a week {question.schedule}{start} ({cost.method})"
    parts = [f"{head}\n{table(COLUMNS, _rows(cost, question.participants), right=COLUMNS[1:])}", _weeks(cost)]
    parts += [_reached(cap, chance, answer) for cap, chance in cost.reached]
    if cost.standard_error is not None:
        parts.append(
            f"Told by {cost.people:,} made-up people; the mean may be off by {_mean(cost.unit, cost.standard_error)}."
        )
    return "\n\n".join(parts)


def _rows(cost: Cost, participants: int) -> Iterator[list[str]]:
    yield _row(f"one person, {cost.unit.code}", cost.unit, cost.per_participant)
    if cost.value:
        yield _row(f"one person, {cost.cohort_unit.code}", cost.cohort_unit, cost.value)
    if participants > 1:
        yield _row(f"{participants:,} people, {cost.cohort_unit.code}", cost.cohort_unit, cost.cohort)


def _row(what: str, unit: Unit, told: Distribution) -> list[str]:
    amounts = [unit.text(told.quantile(share)) for share in SHARES]
    return [what, _mean(unit, told.mean), _mean(unit, told.sd), *amounts, unit.text(told.maximum)]


def _weeks(cost: Cost) -> str:
    columns = ("week", "still there", "visits that succeed", f"paid on average, {cost.unit.code}")
    rows = [
        [week.week, _percent(week.retained), _percent(week.success), _mean(cost.unit, week.mean)] for week in cost.weeks
    ]
    return table(columns, rows, right=columns)


def _reached(cap: Cap, chance: float, answer: Forecast) -> str:
    named = f"{CAPS[cap.per]} ({cap_unit(cap, answer).said(cap.amount)})"
    return f"{named[0].upper()}{named[1:]} holds something back from {_percent(chance)} of people."


def _mean(unit: Unit, mean: float) -> str:
    return f"{mean / 10**unit.places:.2f}"


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.1f} %"
