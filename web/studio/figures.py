"""Figures: what a policy would pay and cost, told for a page: the perfect run, the weeks, a person, a budget, caps, and the bowl's odds.

All of it comes from the policy's own steps: the perfect run by replay, the rest by the exact forecast. What stands beside another policy
(the version in force, or another draft) is told with the difference.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from flask_babel import format_currency, format_decimal, format_percent

from cm_engine.caps import Cap
from cm_engine.explain import CAPS
from cm_engine.forecast.distribution import Distribution
from cm_engine.forecast.forecasting import Cost, Forecast, Question, forecast
from cm_engine.ladder import Rung, rungs_of
from cm_engine.money import MONEY, Unit
from cm_engine.perfect_run import perfect_run
from cm_engine.policies.contract import Policy
from cm_engine.program import Payer
from cm_engine.replay import Line
from web.charts import Chart, Series, Told
from web.filters import amount, counted, percent
from web.studio.behaviours import with_extras
from web.studio.odds import odds
from web.studio.plan import Plan

LOW, HIGH = 0.05, 0.95

# The periods of payers' caps that a person's total is held against.
LONG = frozenset({"calendar-year", "fiscal-year", "rolling-year", "episode"})

# Below this, a chance is what adding up chances leaves over.
NEVER = 1e-9

# Below this, a share of what it was is no difference that anybody would speak of.
SAME = 0.0005

NONE = "Nothing: no visit is rewarded."


class Stat(NamedTuple):
    """A figure: what it is, the value, what stands below, and how it differs from what it is held against."""

    name: str
    value: str
    note: str = ""
    change: str = ""


@dataclass(frozen=True)
class Figures:
    """All figures of one policy under a plan, in words and charts."""

    summary: str
    stats: tuple[Stat, ...]
    charts: tuple[Told, ...]
    caps: tuple[str, ...]
    odds: tuple[str, ...]
    notes: tuple[str, ...]


class _Costs(NamedTuple):
    """What a policy costs under a plan: the forecast, and the lines of a perfect run."""

    policy: Policy[Any]
    told: Forecast
    run: tuple[Line, ...]

    @property
    def cost(self) -> Cost:
        return self.told.costs[0]

    @property
    def most(self) -> int:
        return self.run[-1].balance if self.run else 0


# As many places of a ladder as are shown.
MOST_RUNGS = 16


def figures(policy: Policy[Any], plan: Plan, against: Policy[Any] | None = None, called: str = "") -> Figures:
    """Tell a policy's figures; `against` is what they are held against, and how that is called. Raises ForecastError."""
    costs = _costs(policy, plan)
    other = _costs(against, plan) if against and _same_units(policy, against) else None
    rungs = rungs_of(policy, max((span.visits for span in plan.schedule.spans), default=1))
    stats = tuple(_stats(costs, plan, other, called))
    return Figures(
        summary=_summary(costs, plan, stats[0].change),
        stats=stats,
        charts=(_ladder_chart(policy, rungs), _weekly(costs)),
        caps=(*_caps(costs), *_payers_caps(costs, plan.payers)),
        odds=tuple(_bowl(costs)),
        notes=tuple(_notes(costs)),
    )


def cohort_of(policy: Policy[Any], plan: Plan) -> Distribution | None:
    """Give what the people of a plan cost together, in cents; None where that is no money. Raises ForecastError."""
    cost = _costs(policy, plan).cost
    return cost.cohort if cost.cohort_unit.is_money else None


def _same_units(one: Policy[Any], other: Policy[Any]) -> bool:
    return (one.pays, one.bowl is None, one.worth is None) == (other.pays, other.bowl is None, other.worth is None)


@lru_cache(maxsize=64)
def _costs(policy: Policy[Any], plan: Plan) -> _Costs:
    """Forecast a policy; remembered, since what figures are held against stays the same while a draft changes."""
    behaviour = with_extras(plan.behaviour, policy.extra_analytes)
    question = Question(
        policies=(policy,),
        schedule=plan.schedule,
        behaviour=behaviour,
        participants=plan.people,
        start=plan.start,
        spread=plan.spread,
    )
    return _Costs(policy, forecast(question), tuple(perfect_run(policy, plan.schedule, plan.start)))


def _summary(costs: _Costs, plan: Plan, change: str) -> str:
    cost = costs.cost
    person = cost.value or cost.per_participant
    return (
        f"{_said(cost.cohort_unit, person.mean)} a person on average; "
        f"{_round(cost.cohort_unit, cost.cohort.mean)} for {format_decimal(plan.people)}{f': {change}' if change else ''}."
    )


def _stats(costs: _Costs, plan: Plan, other: _Costs | None, called: str) -> list[Stat]:
    cost, unit = costs.cost, costs.cost.cohort_unit
    person = cost.value or cost.per_participant
    before = (other.cost.value or other.cost.per_participant) if other else None
    people = format_decimal(plan.people)
    stats = [
        Stat(
            "A person costs, on average",
            _said(unit, person.mean),
            f"9 in 10 people: {_said(unit, person.quantile(LOW))} to {_said(unit, person.quantile(HIGH))}",
            _change(person.mean, before.mean if before else None, called),
        ),
        Stat(
            f"Budget for {people} {'person' if plan.people == 1 else 'people'}",
            _round(unit, cost.cohort.mean),
            f"with 95% certainty at most {_round(unit, cost.cohort.quantile(HIGH))}",
            _change(cost.cohort.mean, other.cost.cohort.mean if other else None, called),
        ),
        Stat(
            "Whoever never fails gets",
            _short(costs.policy.pays, costs.most),
            _worth(costs),
            _change(costs.most, other.most if other else None, called),
        ),
    ]
    if cost.value:
        earned = cost.per_participant
        stats.append(
            Stat(
                f"{costs.policy.pays.code.capitalize()} a person, on average",
                _said(cost.unit, earned.mean),
                f"9 in 10 people: {earned.quantile(LOW):,} to {earned.quantile(HIGH):,}",
                _change(earned.mean, other.cost.per_participant.mean if other else None, called),
            )
        )
    return stats


def _change(now: float, before: float | None, called: str) -> str:
    """Say how a figure differs from what it is held against, in percent."""
    if before is None:
        return ""
    if not before:
        return f"{called}: nothing" if now else f"the same as {called}"
    share = now / before - 1
    if abs(share) < SAME:
        return f"the same as {called}"
    return f"{format_percent(abs(share), '#,##0.#%')} {'more' if share > 0 else 'less'} than {called}"


def _worth(costs: _Costs) -> str:
    """Say what the awards of a perfect run come to in money, where they are none themselves."""
    policy = costs.policy
    if policy.bowl:
        return f"worth {_said(MONEY, float(policy.bowl.mean * costs.most))} on average"
    return f"worth {_said(MONEY, policy.worth * costs.most)}" if policy.worth else ""


def _ladder_chart(policy: Policy[Any], rungs: Sequence[Rung]) -> Told:
    """Draw what each place of the ladder pays."""
    unit, shown = policy.pays, rungs[:MOST_RUNGS]
    labels = tuple(str(rung.place) for rung in shown)
    values = tuple(_scaled(unit, rung.amount) for rung in shown)
    chart = Chart("bars", "The ladder", "Place", _named(unit), labels, (Series(_named(unit), values),))
    rows = tuple((str(rung.place), _short(unit, rung.amount)) for rung in shown)
    means = "What each success in a row pays, as far up as somebody comes who never fails."
    return Told(chart, means, ("Place", "Pays"), rows, "Every success pays the same: there is no ladder to climb.")


def _weekly(costs: _Costs) -> Told:
    """Draw what is paid in each program week: to whoever never fails, and on average."""
    unit, paid = costs.policy.pays, Counter[int]()
    for line in costs.run:
        paid[line.week] += line.amount
    weeks = costs.cost.weeks
    labels = tuple(str(week.week) for week in weeks)
    perfect = tuple(_scaled(unit, paid[week.week]) for week in weeks)
    mean = tuple(round(_scaled(unit, week.mean), 2) for week in weeks)
    series = (Series("On average", mean), Series("Never fails", perfect))
    chart = Chart("lines", "Week by week", "Program week", _named(unit), labels, series)
    rows = tuple(
        (
            str(week.week),
            _said(unit, week.mean),
            _short(unit, paid[week.week]),
            percent(100 * week.retained),
            percent(None if week.success is None else 100 * week.success),
        )
        for week in weeks
    )
    heads = ("Week", "On average", "Never fails", "Still there", "Visits that succeed")
    return Told(chart, "What one person is paid in each program week.", heads, rows, NONE)


def _caps(costs: _Costs) -> list[str]:
    """Say how likely each cap is to hold something back."""
    chances = dict(costs.cost.reached)
    return [f"{_cap(cap, costs.policy)}: {_chance(chances.get(cap, 0.0))}" for cap in costs.policy.caps]


def _cap(cap: Cap, policy: Policy[Any]) -> str:
    words = CAPS[cap.per]
    return f"{words[:1].upper()}{words[1:]} of {_short(policy.cap_unit, cap.amount)}"


def _chance(chance: float) -> str:
    return "nobody reaches it" if chance <= 0 else f"{_share(chance)} {'reaches' if _is_one(chance) else 'reach'} it"


def _is_one(chance: float) -> bool:
    return 0.001 <= chance < 0.01


def _share(chance: float) -> str:
    """Say which share of people has a chance."""
    if chance < 0.001:
        return "fewer than 1 in 1,000 people"
    if _is_one(chance):
        return f"about 1 in {round(1 / chance):,} people"
    return f"{format_percent(chance, '#0.#%')} of people"


def _payers_caps(costs: _Costs, payers: Sequence[Payer]) -> Iterator[str]:
    """Say how many come to more than a payer pays one person over a long time; the other figures leave payers' caps out."""
    cost = costs.cost
    if not cost.cohort_unit.is_money:
        return
    person = cost.value or cost.per_participant
    for payer in payers:
        for cap in payer.caps:
            if cap.per in LONG:
                chance = 1 - float(person.at_most([cap.amount])[0])
                named = f"{CAPS[cap.per]} of {payer.name}, {_short(cost.cohort_unit, cap.amount)}"
                yield f"{named[:1].upper()}{named[1:]}: {_more(chance)}"


def _more(chance: float) -> str:
    if chance < NEVER:
        return "nobody comes to more in these weeks"
    return f"{_share(chance)} {'comes' if _is_one(chance) else 'come'} to more in these weeks, and {'is' if _is_one(chance) else 'are'} not paid what goes beyond"


def _bowl(costs: _Costs) -> list[str]:
    bowl = costs.policy.bowl
    if bowl is None:
        return []
    average = f"A draw brings {_said(MONEY, float(bowl.mean))} on average"
    rarest = min((slip for slip in bowl.slips if slip.count), key=lambda slip: slip.count)
    chance = format_percent(float(bowl.chance_of(rarest.label, costs.most)), "#0%")
    best = f"Whoever never fails draws {format_decimal(costs.most)} times, and has a chance of {chance} to see “{rarest.label}” at least once"
    return [average, *odds(bowl), *([best] if costs.most else [])]


def _notes(costs: _Costs) -> list[str]:
    """Say where people had to be made up."""
    if costs.cost.method == "exact":
        return []
    error = costs.cost.standard_error or 0.0
    return [
        f"Too much can happen to carry every chance ({costs.cost.why}), so people were made up: the mean may be off by about "
        f"{_said(costs.cost.unit, error)}."
    ]


def _named(unit: Unit) -> str:
    return "Dollars" if unit == MONEY else unit.code.upper() if unit.is_money else unit.code.capitalize()


def _scaled(unit: Unit, number: float) -> float:
    return number / float(10**unit.places)


def _short(unit: Unit, number: int) -> str:
    return amount(unit.text(number), unit.code)


def _said(unit: Unit, number: float) -> str:
    """Write a mean, or an amount: money to the cent, what is counted to the tenth."""
    if unit.is_money:
        return amount(unit.text(round(number)), unit.code)
    rounded = round(number, 1)
    return f"{format_decimal(rounded)} {counted(unit.code, 1 if rounded == 1 else 2)}"


def _round(unit: Unit, number: float) -> str:
    """Write a budget: money in whole units."""
    if unit.is_money:
        return str(format_currency(round(number / 100), unit.code.upper(), format="¤#,##0", currency_digits=False))
    return f"{format_decimal(round(number))} {counted(unit.code, 2)}"
