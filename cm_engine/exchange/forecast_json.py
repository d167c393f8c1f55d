"""Forecasts as JSON: one object for each policy; several with what they cost together."""

from typing import Any

from cm_engine.caps import Cap
from cm_engine.forecast.distribution import Distribution, distance, observed
from cm_engine.forecast.forecasting import Cost, Forecast
from cm_engine.forecast.person import Week
from cm_engine.learning import Learned
from cm_engine.money import MONEY, Unit

SHARES = ("0.05", "0.5", "0.95")


def forecast_record(answer: Forecast) -> dict[str, Any]:
    """Give a forecast as the record that programs read; amounts are numbers in their unit."""
    records = [
        {"policy": policy.name} | _cost_record(answer, cost)
        for policy, cost in zip(answer.question.policies, answer.costs, strict=True)
    ]
    if len(records) == 1:
        return records[0]
    record: dict[str, Any] = {"policies": records}
    if answer.together:
        record["together"] = _cost_record(answer, answer.together)
    return record


def learned_record(learned: Learned, answer: Forecast, paid: list[list[int]]) -> dict[str, Any]:
    """Give what was learned from a history, and for each policy how near its forecast is to what the history would have paid."""
    fits = [
        {"policy": policy.name} | _fit_record(policy.pays, cost, observed(amounts))
        for policy, cost, amounts in zip(answer.question.policies, answer.costs, paid, strict=True)
    ]
    return {
        "participants": learned.people,
        "without_visits": learned.without_visits,
        "visits": learned.visits,
        "patterns": len(learned.behaviour.patterns),
        "tried": [{"patterns": each.patterns, "log_likelihood": each.foresight} for each in learned.trials],
        "fit": fits,
    }


def cap_unit(cap: Cap, answer: Forecast) -> Unit:
    """Tell what a cap counts in: money where it is shared, else what its policy's caps count in."""
    own = [policy.cap_unit for policy in answer.question.policies if cap in policy.caps]
    return MONEY if cap in answer.question.shared else own[0]


def _fit_record(unit: Unit, cost: Cost, history: Distribution) -> dict[str, Any]:
    return {
        "history_mean": _mean(unit, history.mean),
        "mean": _mean(unit, cost.per_participant.mean),
        "distance": distance(history, cost.per_participant),
    }


def _cost_record(answer: Forecast, cost: Cost) -> dict[str, Any]:
    question = answer.question
    record: dict[str, Any] = {
        "unit": cost.unit.code,
        "start": question.start.isoformat() if question.start else None,
        "participants": question.participants,
        "method": cost.method,
        "per_participant": _spread(cost.unit, cost.per_participant)
        | {"maximum": _number(cost.unit, cost.per_participant.maximum)},
    }
    money = cost.cohort_unit
    if cost.value:
        most = {"maximum": _number(money, cost.value.maximum)}
        record["value"] = {"currency": money.code} | _spread(money, cost.value) | most
    record["cohort"] = {"unit": money.code} | _spread(money, cost.cohort)
    record["by_week"] = [_week_record(cost.unit, week) for week in cost.weeks]
    if cost.reached:
        record["caps"] = [
            {"amount": _number(cap_unit(cap, answer), cap.amount), "per": cap.per, "chance": chance}
            for cap, chance in cost.reached
        ]
    if cost.standard_error is not None:
        record |= {"standard_error": cost.standard_error / _parts(cost.unit), "people": cost.people, "why": cost.why}
    return record


def _spread(unit: Unit, told: Distribution) -> dict[str, Any]:
    record: dict[str, Any] = {
        "mean": _mean(unit, told.mean),
        "sd": told.sd / _parts(unit),
        "quantiles": {share: _number(unit, told.quantile(float(share))) for share in SHARES},
    }
    if told.folded:
        record["folded"] = told.folded
    return record


def _week_record(unit: Unit, week: Week) -> dict[str, Any]:
    return {
        "week": week.week,
        "retained": week.retained,
        "success": week.success,
        "mean": _mean(unit, week.mean),
    }


def _parts(unit: Unit) -> int:
    """How many of the smallest steps make one: a hundred cents."""
    return int(10**unit.places)


def _mean(unit: Unit, mean: float) -> float:
    return mean / _parts(unit)


def _number(unit: Unit, amount: int) -> int | float:
    """Give an amount as a number; whole where it is."""
    whole, rest = divmod(amount, _parts(unit))
    return amount / _parts(unit) if rest else whole
