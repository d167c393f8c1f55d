"""Escalating rewards: each success in a row is worth a little more.

As staff would say it: the first negative sample earns the starting amount, and every further one in a row one step more.
A positive or missed sample earns nothing and sends the amount back to the start. After a setback, enough successes in a
row bring the lost place back.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import inf
from typing import Any, ClassVar, Literal, NamedTuple

from cm_engine.awards import AlsoNegative, EachSuccess, FlatWeeks, InARow, LadderPlace, Part
from cm_engine.forms import Amount, Analyte, Choice, Flag, Path, Several, Whole, WholeOr
from cm_engine.policies.contract import Policy, SeenAs, Visit
from cm_engine.terms import Table, Terms, term


@dataclass(frozen=True, kw_only=True)
class Ladder(Terms):
    """The values of the places, by a start and a step or one by one, and how the ladder rises."""

    start: int | None = term(Amount(), "what the first place pays", default=None)
    step: int | None = term(Amount(), "how much more each further place pays", default=None)
    top: int | None = term(Amount(), "the most that a place pays", default=None)
    advance: int | Literal["week"] = term(
        WholeOr(Whole(), Choice(("week",))),
        "the ladder rises after every so many successes, or at the first success of each program week",
        default=1,
    )
    values: tuple[int, ...] = term(
        Several(Amount()),
        "what each place pays, instead of start, step and top; the last repeats",
        default=(),
    )

    @classmethod
    def clashes(cls, given: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
        """Refuse a ladder told twice, or not at all."""
        if "values" in given:
            for key in ("start", "step", "top"):
                if key in given:
                    yield (key,), f"values already tell every place; leave out either values or {key}"
        elif "start" not in given:
            yield ("start",), 'a ladder needs "start" (with "step" and "top" if you like), or "values"'

    @property
    def is_flat(self) -> bool:
        """Tell whether every place pays the same, so that one place will do."""
        return not self.values and not self.step

    @cached_property
    def last(self) -> int | None:
        """The last place, from 0: the first that pays the top, or the last of the values; None where there is no end."""
        if self.values:
            return len(self.values) - 1
        if self.is_flat:
            return 0
        if self.top is None:
            return None
        return max(0, -(-(self.top - (self.start or 0)) // (self.step or 1)))

    def bound(self, place: int) -> int:
        """Keep a place on the ladder."""
        return place if self.last is None else min(place, self.last)

    def value(self, place: int) -> int:
        """Tell what a place (from 0) pays."""
        if self.values:
            return self.values[min(place, len(self.values) - 1)]
        value = (self.start or 0) + place * (self.step or 0)
        return value if self.top is None else min(value, self.top)


@dataclass(frozen=True, kw_only=True)
class Phase(Terms):
    """Program weeks in which a success pays one flat amount, and nothing else happens."""

    from_week: int = term(Whole(), "the first program week of the phase")
    to_week: int | None = term(Whole(), "the last program week of the phase; absent: to the end", default=None)
    amount: int = term(Amount(), "what a success pays in these weeks")

    def holds(self, week: float) -> bool:
        """Tell whether a program week lies in the phase."""
        return self.from_week <= week and (self.to_week is None or week <= self.to_week)

    @classmethod
    def clashes(cls, given: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
        """Refuse a phase that ends before it begins."""
        first, last = given.get("from_week"), given.get("to_week")
        if isinstance(first, int) and isinstance(last, int) and last < first:
            yield ("to_week",), f"the phase would end in week {last}, before it begins in week {first}"


@dataclass(frozen=True, kw_only=True)
class Bonus(Terms):
    """An amount on top of every so-many-th success in a row."""

    every: int = term(Whole(), "each so-many-th consecutive success pays the amount")
    amount: int = term(Amount(), "what is paid on top")


@dataclass(frozen=True, kw_only=True)
class Extra(Terms):
    """An amount added to a success when further analytes are all negative too."""

    analytes: tuple[str, ...] = term(Several(Analyte(), unique=True), "the analytes that must be negative too")
    amount: int = term(Amount(), "what is added")


@dataclass(frozen=True, kw_only=True)
class Reset(Terms):
    """Where a failure sends the ladder."""

    to: int | Literal["start", "never"] = term(
        WholeOr(Whole(), Choice(("start", "never"))),
        "back to the start, so many places down, or never",
        default="start",
    )


@dataclass(frozen=True, kw_only=True)
class Restore(Terms):
    """How a place that a reset took comes back."""

    after: int = term(Whole(), "consecutive successes since the reset")
    to: Literal["paid", "due"] = term(
        Choice(("paid", "due")), "the place last paid before the reset, or the one that was next due", default="paid"
    )
    pays: Literal["after", "on"] = term(
        Choice(("after", "on")),
        "whether the success after that one is paid there first, or already that one",
        default="after",
    )


@dataclass(frozen=True, kw_only=True)
class Excused(Terms):
    """What an excused absence does."""

    holds: bool = term(Flag(), "whether it leaves the ladder alone; if not, it counts as a failure", default=True)
    breaks_bonus: bool = term(Flag(), "whether it ends the run that the bonus counts", default=False)


NOTHING = -1


class Climb(NamedTuple):
    """Where a participant stands on the ladder, and the place a setback took. Places count from 0.

    `place` is where the next success is paid; on a ladder that rises by the week, where this week's are. `counted` are
    the successes since the place was reached, `week` the program week last paid there (0: none yet). `in_a_row` is the
    run that the bonus counts; `since_reset` the restore count, kept while a place is `lost`. `paid` is the place of the
    last award.
    """

    place: int = 0
    counted: int = 0
    week: int = 0
    in_a_row: int = 0
    since_reset: int = 0
    paid: int = NOTHING
    lost: int = NOTHING


@dataclass(frozen=True, kw_only=True)
class Escalating(Policy[Climb]):
    """A ladder of amounts, with phases, bonuses, extras, resets and restoration."""

    kind: ClassVar[str] = "escalating"

    ladder: Ladder = term(Table(Ladder), "what each success in a row pays")
    phases: tuple[Phase, ...] = term(Several(Table(Phase)), "weeks that pay one flat amount", default=())
    bonus: Bonus | None = term(Table(Bonus), "an amount on top of every so-many-th success in a row", default=None)
    extra: tuple[Extra, ...] = term(
        Several(Table(Extra)), "amounts for further analytes that are negative too", default=()
    )
    reset: Reset = term(Table(Reset), "what a failure does to the ladder", default=Reset())
    restore: Restore | None = term(Table(Restore), "how a lost place comes back", default=None)
    excused: Excused = term(Table(Excused), "what an excused absence does", default=Excused())

    @classmethod
    def clashes(cls, given: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
        """Refuse extras where nothing is tested, and phases that overlap or outlast the program."""
        yield from super().clashes(given)
        if "extra" in given and given.get("on") in {"attendance", "activity"}:
            yield ("extra",), f"extra is for tests, and this policy is on {given['on']}"
        listed = given.get("phases")
        if isinstance(listed, tuple):
            phases = [(place, phase) for place, phase in enumerate(listed) if isinstance(phase, Phase)]
            yield from _overlaps(phases)
            yield from _beyond(phases, given.get("weeks"))

    def begin(self) -> Climb:
        """Start at the foot of the ladder."""
        return Climb()

    @cached_property
    def counting(self) -> frozenset[SeenAs]:
        """Let an excused absence count for its date where it counts as a failure."""
        usual: frozenset[SeenAs] = frozenset({"success", "failure"})
        return usual if self.excused.holds else usual | {"excused"}

    @property
    def extra_analytes(self) -> frozenset[str]:
        """Tell the analytes of all extras."""
        return frozenset(analyte for extra in self.extra for analyte in extra.analytes)

    def essential(self, state: Climb, week: int) -> Climb:
        """Leave out a run that no bonus counts, what no restore comes back to, and all where phases have overtaken the ladder."""
        if week > self._last_climbing_week:
            return self.begin()
        return state._replace(
            week=min(state.week, 1) if state.week < week else state.week,
            in_a_row=state.in_a_row % self.bonus.every if self.bonus else 0,
            paid=state.paid if self.restore and self.restore.to == "paid" else NOTHING,
        )

    @cached_property
    def _last_climbing_week(self) -> float:
        """The last program week in which the ladder pays."""
        endless = [phase.from_week - 1 for phase in self.phases if phase.to_week is None]
        last = min([self.weeks or inf, *endless])
        while any(phase.holds(last) for phase in self.phases if phase.to_week is not None):
            last -= 1
        return last

    def follow(self, state: Climb, visit: Visit) -> tuple[Climb, tuple[Part, ...]]:
        """Pay a success, let a failure fall, hold an excused absence; a phase pays flat and changes nothing."""
        for phase in self.phases:
            if phase.holds(visit.week):
                flat = Part(phase.amount, FlatWeeks(phase.from_week, phase.to_week or self.weeks))
                return state, (flat,) if visit.seen_as == "success" else ()
        if visit.seen_as == "success":
            return self._pay(self._arrive(state, visit.week), visit)
        if visit.seen_as == "excused" and self.excused.holds:
            return (state._replace(in_a_row=0) if self.excused.breaks_bonus else state), ()
        return self._fall(state, visit.week), ()

    def _arrive(self, climb: Climb, week: int) -> Climb:
        """Stand where a success of this week would be paid: after the week's rise, and a restore that falls on it."""
        if self.ladder.advance == "week" and 0 < climb.week < week:
            climb = climb._replace(place=self.ladder.bound(climb.place + 1))
        if self._restores("on", climb.since_reset + 1, climb.lost, climb.place):
            climb = climb._replace(place=climb.lost, counted=0, week=0)
        return climb

    def _restores(self, pays: str, since_reset: int, lost: int, place: int) -> bool:
        restore = self.restore
        return restore is not None and restore.pays == pays and since_reset == restore.after and lost > place

    def _pay(self, climb: Climb, visit: Visit) -> tuple[Climb, tuple[Part, ...]]:
        in_a_row = climb.in_a_row + 1
        reason = EachSuccess(in_a_row) if self.ladder.is_flat else LadderPlace(climb.place + 1, in_a_row)
        parts = [Part(self.ladder.value(climb.place), reason)]
        parts += [Part(e.amount, AlsoNegative(e.analytes)) for e in self.extra if visit.clean.issuperset(e.analytes)]
        if self.bonus and in_a_row % self.bonus.every == 0:
            parts.append(Part(self.bonus.amount, InARow(in_a_row, self.bonus.every)))
        return self._rise(climb, in_a_row, visit.week), tuple(parts)

    def _rise(self, climb: Climb, in_a_row: int, week: int) -> Climb:
        place, counted, paid_week, lost = climb.place, climb.counted, 0, climb.lost
        paid = place if self.restore else NOTHING
        if place >= lost:
            lost = NOTHING
        if self.ladder.advance == "week":
            paid_week = week
        elif counted + 1 == self.ladder.advance:
            place, counted = self.ladder.bound(place + 1), 0
        else:
            counted += 1
        since_reset = climb.since_reset + 1 if lost != NOTHING else 0
        if self._restores("after", since_reset, lost, place):
            place, counted, paid_week = lost, 0, 0
        return Climb(place, counted, paid_week, in_a_row, since_reset, paid, lost)

    def _fall(self, climb: Climb, week: int) -> Climb:
        down = self.reset.to
        if down == "never":
            return climb._replace(in_a_row=0)
        due = self._arrive(climb, week).place
        lost = NOTHING
        if self.restore:
            lost = max(climb.lost, climb.paid if self.restore.to == "paid" else due)
        place = 0 if down == "start" else max(0, due - down)
        return Climb(place=place, paid=climb.paid, lost=lost)


def _overlaps(phases: Sequence[tuple[int, Phase]]) -> Iterator[tuple[Path, str]]:
    for count, (place, phase) in enumerate(phases):
        for _, earlier in phases[:count]:
            first, second = sorted((earlier, phase), key=lambda p: p.from_week)
            if first.to_week is None or first.to_week >= second.from_week:
                what = f"the phase from week {phase.from_week} overlaps the one from week {earlier.from_week}"
                yield ("phases", place), what


def _beyond(phases: Sequence[tuple[int, Phase]], weeks: object) -> Iterator[tuple[Path, str]]:
    for place, phase in phases:
        for key, week in (("from_week", phase.from_week), ("to_week", phase.to_week)):
            if isinstance(weeks, int) and week is not None and week > weeks:
                yield ("phases", place, key), f"week {week} lies beyond the program's {weeks} weeks"
