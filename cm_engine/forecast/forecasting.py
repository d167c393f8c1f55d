"""Forecasting: what policies will cost, for one person and for a cohort, exactly where that can be held.

Policies that are forecast together count at the same visits. Draws are opened at once: when somebody opens them bears on
nothing but the period of a shared cap that a prize falls into.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import sqrt
from typing import Any, Literal, TypeVar

from cm_engine.behaviour import Behaviour
from cm_engine.caps import Cap
from cm_engine.errors import CmError
from cm_engine.forecast.distribution import MOST_PEOPLE, Distribution, mixture, sum_of
from cm_engine.forecast.exact import each_exactly, together_exactly
from cm_engine.forecast.person import Person, Setting, Week, setting
from cm_engine.forecast.routes import TooManyError
from cm_engine.forecast.simulation import each_sampled, together_sampled
from cm_engine.forecast.visits import extra_analytes
from cm_engine.money import MONEY, Unit
from cm_engine.policies.contract import Policy
from cm_engine.timetable import Schedule

# The periods of caps that depend on the day on which somebody starts.
DATED = frozenset({"month", "calendar-year", "fiscal-year"})

MOST_VISITS = 1_000


class ForecastError(CmError):
    """A question that cannot be answered as it is asked; the message says what would be right."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked: the cost of policies that count at the same visits, for people who behave so.

    `shared` are caps in money on all that is paid to one person, as a payer's are; where there are several policies, they hold for
    what those come to together, and each policy by itself is told without them. The participants start over
    `spread` weeks, as many in each as can be.
    """

    policies: tuple[Policy[Any], ...]
    schedule: Schedule
    behaviour: Behaviour
    participants: int = 1
    start: date | None = None
    spread: int = 1
    shared: tuple[Cap, ...] = ()


@dataclass(frozen=True, eq=False)
class Cost:
    """What is paid to one person (in its unit, and in money where it stands for some) and to the cohort.

    `reached` has, for each cap that can be reached, the chance that it holds something back from one person. Where the cost is told
    by made-up people, `people` is how many, and `why` says why it is not exact.
    """

    unit: Unit
    per_participant: Distribution
    value: Distribution | None
    cohort: Distribution
    weeks: tuple[Week, ...]
    reached: tuple[tuple[Cap, float], ...]
    people: int | None = None
    why: str = ""

    @property
    def method(self) -> Literal["exact", "simulated"]:
        """How it was found out."""
        return "simulated" if self.why else "exact"

    @property
    def cohort_unit(self) -> Unit:
        """What the cohort's cost is told in: money where there is some."""
        return MONEY if self.value else self.unit

    @property
    def standard_error(self) -> float | None:
        """How far the mean of made-up people may be off, typically; None where it is exact."""
        return self.per_participant.sd / sqrt(self.people) if self.people else None


@dataclass(frozen=True, eq=False)
class Forecast:
    """The answer: what each policy costs by itself, and what all that come to money cost together."""

    question: Question
    costs: tuple[Cost, ...]
    together: Cost | None = None


def forecast(question: Question) -> Forecast:
    """Tell what policies will cost. Raises ForecastError where something is missing to tell it by."""
    _refuse(question)
    settings = [_setting(question, start) for start in _starts(question)]
    by_start, why = _told(settings, each_exactly, each_sampled)
    costs = tuple(
        _cost(question, policy.pays, [people[place] for people in by_start], why)
        for place, policy in enumerate(question.policies)
    )
    unit = _money_of(settings[0])
    together = _cost(question, unit, *_told(settings, together_exactly, together_sampled)) if unit else None
    return Forecast(question, costs, together)


Told = TypeVar("Told")


def _told(
    settings: Sequence[Setting], exactly: Callable[[Setting], Told], sampled: Callable[[Setting], Told]
) -> tuple[list[Told], str]:
    """Tell it exactly; or where that is too much, by made-up people, and why."""
    try:
        return [exactly(one) for one in settings], ""
    except TooManyError as error:
        return [sampled(one) for one in settings], str(error)


def _cost(question: Question, unit: Unit, people: Sequence[Person], why: str) -> Cost:
    """Tell the cost for those who start on different days, a person for each day."""
    counts = _counts(question.participants, len(people))
    shares = [count / question.participants for count in counts]
    values = [person.value for person in people if person.value]
    return Cost(
        unit=unit,
        per_participant=mixture([person.paid for person in people], shares),
        value=mixture(values, shares) if values else None,
        cohort=sum_of(values or [person.paid for person in people], counts),
        weeks=_mixed_weeks([person.weeks for person in people], shares),
        reached=_mixed_caps([person.reached for person in people], shares),
        people=people[0].people,
        why=why,
    )


def _mixed_weeks(weeks: Sequence[tuple[Week, ...]], shares: Sequence[float]) -> tuple[Week, ...]:
    """Mix the weeks of those who start on different days: only what is paid can differ."""
    return tuple(
        same[0]._replace(mean=sum(week.mean * share for week, share in zip(same, shares, strict=True)))
        for same in zip(*weeks, strict=True)
    )


def _mixed_caps(
    reached: Sequence[tuple[tuple[Cap, float], ...]], shares: Sequence[float]
) -> tuple[tuple[Cap, float], ...]:
    chances: dict[Cap, float] = {}
    for caps, share in zip(reached, shares, strict=True):
        for cap, chance in dict(caps).items():
            chances[cap] = chances.get(cap, 0.0) + chance * share
    return tuple(chances.items())


def _setting(question: Question, start: date | None) -> Setting:
    return setting(question.policies, question.schedule, question.behaviour, start, question.shared)


def _starts(question: Question) -> list[date | None]:
    """Give the days on which people start; where no cap looks at the calendar, one stands for all."""
    if question.start is None or not _dated(question):
        return [question.start]
    weeks = min(question.spread, question.participants)
    return [question.start + timedelta(weeks=week) for week in range(weeks)]


def _counts(participants: int, starts: int) -> list[int]:
    """Divide participants over the days on which they start, as evenly as can be."""
    return [(participants + starts - 1 - place) // starts for place in range(starts)]


def _money_of(setting: Setting) -> Unit | None:
    """Tell in which money several policies can be told together; None for a single one, and where the monies differ."""
    units = {p.pays if p.pays.is_money else MONEY for p in (setting.policies[place] for place in setting.in_money)}
    return units.pop() if len(setting.in_money) > 1 and len(units) == 1 else None


def _dated(question: Question) -> list[Cap]:
    caps = [*question.shared, *(cap for policy in question.policies for cap in policy.caps)]
    return [cap for cap in caps if cap.per in DATED]


def _refuse(question: Question) -> None:
    if question.start is None and (dated := _dated(question)):
        raise ForecastError(
            f"a cap counts by the {dated[0].per.replace('-', ' ')}; say when people start (--start DATE)"
        )
    missing = [
        analyte
        for analyte in extra_analytes(question.policies)
        if not all(analyte in dict(pattern.extra) for pattern in question.behaviour.patterns)
    ]
    if missing:
        told = "\n".join(f"{analyte} = 0.6" for analyte in missing)
        raise ForecastError(
            f"the policy adds to a success where {' and '.join(missing)} is negative too, and the behaviour does not say how"
            f" often that is; give it, such as:\n\n[extra]\n{told}"
        )
    if not 1 <= question.participants <= MOST_PEOPLE:
        raise ForecastError(f"a cohort has from 1 to {MOST_PEOPLE:,} participants")
    if not 1 <= question.schedule.visits <= MOST_VISITS:
        has = f"the schedule has {question.schedule.visits:,} visits"
        raise ForecastError(f"{has}; a forecast takes from 1 to {MOST_VISITS:,}")
