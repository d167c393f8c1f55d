"""The plan that figures are told for: how many people, which visits, how patients behave, and from when; each mistake at its field."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from math import exp
from typing import Any, NamedTuple

from cm_engine.behaviour import Behaviour, read_behaviour
from cm_engine.errors import CmError, InputError
from cm_engine.exchange import toml_file
from cm_engine.forecast.distribution import MOST_PEOPLE
from cm_engine.ladder import visits_a_week
from cm_engine.learning import Learned
from cm_engine.policies.contract import Policy
from cm_engine.program import Payer, Program
from cm_engine.timetable import MOST_A_WEEK, Schedule, ScheduleError, Span, read_schedule
from web.filters import sentence
from web.studio.behaviours import KNOWN, known
from web.studio.words import visits

# Names of the fields, and behind them what stands there at first.
PEOPLE, VISITS, BEHAVIOUR, FILE, SPREAD = "plan-people", "plan-visits", "plan-behaviour", "plan-file", "plan-spread"
FIELDS = (PEOPLE, VISITS, BEHAVIOUR, FILE, SPREAD)

# A behaviour of one's own: what the program's people did, or a file.
HISTORY, OWN = "history", "own"

BEHAVIOURS = {
    **{name: one.title for name, one in KNOWN.items()},
    HISTORY: "As our own people did",
    OWN: "As a behaviour file says",
}

USUAL_PEOPLE, USUAL_WEEKS, USUAL_VISITS = 100, 12, 2
LONGEST_SPREAD = 52

# Of fewer people, what was learned is told with a warning.
ENOUGH_PEOPLE = 30

MOST_WEEKS = 104


class Plan(NamedTuple):
    """What figures are told for. `spread` is over how many weeks the people start; `payers` are who pays."""

    people: int
    schedule: Schedule
    behaviour: Behaviour
    start: date
    spread: int = 1
    payers: tuple[Payer, ...] = ()


@dataclass
class Planned:
    """A plan as it was typed, the mistakes by field, and the plan, where there are none."""

    typed: dict[str, str]
    mistakes: dict[str, str] = field(default_factory=dict)
    plan: Plan | None = None
    learned: str = ""

    @property
    def whom(self) -> str:
        """Say for whom figures are told."""
        behaviour = BEHAVIOURS.get(self.typed[BEHAVIOUR], "")
        return f"{self.typed[PEOPLE]} people, {visits(self.typed[VISITS])}, {behaviour[:1].lower()}{behaviour[1:]}"


# Gives what the program's own people do at the visits of a schedule.
LearnedFrom = Callable[[Schedule], Learned]


def usual_visits(policy: Policy[Any] | None, program: Program) -> Schedule:
    """Give the visits that a program expects and a policy rewards, week by week; two a week where it expects none."""
    weeks = min((policy and policy.weeks) or program.weeks or USUAL_WEEKS, MOST_WEEKS)
    counts = [min(visits_a_week(policy, program, week), MOST_A_WEEK) if policy else 0 for week in range(1, weeks + 1)]
    if not any(counts):
        return Schedule((Span(1, weeks, USUAL_VISITS),))
    spans, first = [], 1
    for number, same in groupby(counts):
        last = first + len(list(same)) - 1
        spans += [Span(first, last, number)] if number else []
        first = last + 1
    return Schedule(tuple(spans))


def at_first(policy: Policy[Any] | None, program: Program, kept: Mapping[str, str]) -> dict[str, str]:
    """Give what stands in the fields before anybody typed: what was used last, or what is usual.

    A behaviour file is not kept from page to page; where it is not there any more, how people do is as usual again.
    """
    usual = {
        PEOPLE: str(USUAL_PEOPLE),
        VISITS: str(usual_visits(policy, program)),
        BEHAVIOUR: next(iter(KNOWN)),
        FILE: "",
        SPREAD: "1",
    }
    if kept.get(BEHAVIOUR) == OWN and FILE not in kept:
        kept = {name: text for name, text in kept.items() if name != BEHAVIOUR}
    return {name: kept.get(name, at_first_) for name, at_first_ in usual.items()}


def read_plan(typed: Mapping[str, str], start: date, learned: LearnedFrom, payers: tuple[Payer, ...] = ()) -> Planned:
    """Read a plan; `learned` gives what the program's own people do at the visits of a schedule, and may refuse to."""
    planned = Planned({name: typed.get(name, "") for name in FIELDS})
    people = _whole(planned, PEOPLE, MOST_PEOPLE)
    spread = _whole(planned, SPREAD, LONGEST_SPREAD)
    schedule = _visits(planned)
    behaviour = _behaviour(planned, schedule, learned) if schedule else None
    if people and spread and schedule and behaviour:
        planned.plan = Plan(people, schedule, behaviour, start, spread, payers)
    return planned


def _whole(planned: Planned, name: str, most: int) -> int | None:
    text = planned.typed[name].strip().replace(",", "")
    if text.isascii() and text.isdecimal() and len(text) <= len(str(most)) and 1 <= int(text) <= most:
        return int(text)
    planned.mistakes[name] = f"Write a whole number from 1 to {most:,}."
    return None


def _visits(planned: Planned) -> Schedule | None:
    try:
        return read_schedule(planned.typed[VISITS])
    except ScheduleError as error:
        planned.mistakes[VISITS] = f"{error}."
        return None


def _behaviour(planned: Planned, schedule: Schedule, learned: LearnedFrom) -> Behaviour | None:
    chosen = planned.typed[BEHAVIOUR]
    if chosen in KNOWN:
        return known(chosen)
    if chosen == OWN:
        return _own(planned)
    if chosen == HISTORY:
        return _history(planned, schedule, learned)
    planned.mistakes[BEHAVIOUR] = "Choose how patients behave."
    return None


def _history(planned: Planned, schedule: Schedule, learned: LearnedFrom) -> Behaviour | None:
    try:
        found = learned(schedule)
    except CmError as error:
        planned.mistakes[BEHAVIOUR] = sentence(f"{error}.")
        return None
    planned.learned = f"{_of_whom(found, schedule)} {_how_well(found)}"
    return found.behaviour


def _of_whom(found: Learned, schedule: Schedule) -> str:
    """Say of whom it was learned, and that they are too few, where they are."""
    one = found.people == 1
    told = (
        f"Learned from {found.people:,} {'person' if one else 'people'} whose {schedule.last_week} weeks are over, "
        f"with {found.visits:,} visits; {found.without_visits:,} never came."
    )
    few = "These are too few to go by: the figures tell of them, and hardly of anybody who comes next."
    return told if found.people >= ENOUGH_PEOPLE else f"{told} {few}"


def _how_well(found: Learned) -> str:
    """Say into how many groups they fall, and how much better that foretells people whom the learning had not seen."""
    patterns, foresight = len(found.behaviour.patterns), dict(found.trials)
    if patterns == 1:
        return "They are taken as one group: to tell several apart foretells no more."
    better = exp(max(foresight.values()) - foresight[1])
    return (
        f"They fall into {patterns} groups by how they do; that makes what others of them did {better:,.1f} times as likely as one "
        "group for all would."
    )


def _own(planned: Planned) -> Behaviour | None:
    text = planned.typed[FILE].replace("\r\n", "\n")
    try:
        behaviour, mistakes = read_behaviour(toml_file.parse("behaviour", text))
        if behaviour is None:
            raise toml_file.refuse("behaviour", text, mistakes)
    except InputError as error:
        planned.mistakes[FILE] = "; ".join(
            f"line {one.line}: {one.what}" if one.line else one.what for one in error.mistakes
        )
        return None
    return behaviour
