"""What a policy is: a frozen value made of its terms, that says what a visit pays and what it changes.

A policy touches nothing: no clock, dice, file or database. Everything that needs a rule asks the same `step`: paying
today's visit, replaying a file, rebuilding after a correction, telling what the next visit is worth, forecasting.

A kind of policy is a subclass of `Policy`: a frozen dataclass whose further fields are terms, with `begin` and `follow`.
Other packages add kinds through the entry point group `cm_engine.policies`; `cm_engine.testing` holds the laws to keep.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cached_property, lru_cache
from typing import Any, ClassVar, Generic, Literal, NamedTuple, TypeVar, cast

from cm_engine.awards import Part
from cm_engine.bowl import Bowl
from cm_engine.caps import Cap
from cm_engine.errors import nearest, quoted
from cm_engine.events import KINDS, OUTCOMES, STANDING, Kind, Result
from cm_engine.forms import (
    WRONG,
    Analyte,
    Choice,
    Flag,
    Form,
    Path,
    Reader,
    Several,
    Text,
    UnitName,
    Whole,
    Worth,
    Wrong,
    one_of,
)
from cm_engine.money import MONEY, Unit
from cm_engine.terms import Table, Terms, term

SeenAs = Literal["success", "failure", "excused", "ignore"]
SEEN_AS: tuple[SeenAs, ...] = ("success", "failure", "excused", "ignore")

# How an outcome is seen unless a policy says otherwise.
USUALLY: dict[str, SeenAs] = {
    **dict.fromkeys(("negative", "attended", "late", "completed"), "success"),
    **dict.fromkeys(
        ("positive", "refused", "invalid", "insufficient", "missed", "left-early", "incomplete"), "failure"
    ),
    "excused": "excused",
    **dict.fromkeys(("pending", "cancelled"), "ignore"),
}


class Seen(NamedTuple):
    """What a policy makes of an event: what it came out as, and how that is seen.

    `outcome` is empty where the event says nothing to this policy. `clean` are the analytes found negative or
    explained. `unreported` are the targets that a test which counts by its analytes does not report.
    """

    outcome: str
    seen_as: SeenAs
    clean: frozenset[str] = frozenset()
    unreported: tuple[str, ...] = ()


class Visit(NamedTuple):
    """What `step` is told of an event that counts: how it is seen, and in which program week it falls (from 1)."""

    seen_as: SeenAs
    week: int
    clean: frozenset[str] = frozenset()


class OutcomeClasses(Form):
    """A table from outcomes of the policy's kind of event to how they are seen."""

    allowed = "a table from outcomes to success, failure, excused or ignore"

    def read(self, written: object, at: Path, reader: Reader) -> tuple[tuple[str, SeenAs], ...] | Wrong:
        """Read every override; an outcome that the kind of event does not have is a mistake."""
        if not isinstance(written, dict):
            return self.refuse(written, at, reader)
        known = OUTCOMES[reader.on] if reader.on else tuple(USUALLY)
        for outcome in written:
            if outcome not in known:
                what = f"{quoted(outcome)} is not an outcome of {reader.on or 'any event'}{nearest(outcome, known)}"
                reader.wrong((*at, outcome), f"{what} ({one_of(known)})")
        classes = {key: Choice(SEEN_AS).read(value, (*at, key), reader) for key, value in written.items()}
        if WRONG in classes.values() or not set(classes) <= set(known):
            return WRONG
        return tuple(sorted(cast("dict[str, SeenAs]", classes).items()))

    def write(self, value: tuple[tuple[str, SeenAs], ...], reader: Reader) -> object:
        """Write the overrides as a table."""
        return dict(value)


@dataclass(frozen=True, kw_only=True)
class Corrections(Terms):
    """What a correction does that lowers an award."""

    clawback: bool = term(Flag(), "whether a correction that lowers an award takes back what was paid", default=False)


# What a policy keeps of somebody between visits. Steps are remembered by it, so 1 and True are the same state.
State = TypeVar("State", bound=Hashable)


@dataclass(frozen=True, kw_only=True)
class Policy(Terms, ABC, Generic[State]):
    """The terms that every kind of policy has, and what they mean."""

    kind: ClassVar[str]

    name: str = term(Text(), "the name that commands and records use")
    title: str = term(Text(), "what people call it")
    pays: Unit = term(UnitName(), "what it pays in")
    worth: int | None = term(
        Worth(),
        "money that a point stands for, for caps and reports",
        default=None,
        applies=lambda r: r.pays.code == "points",
    )
    on: Kind = term(Choice(KINDS), "the kind of event that it rewards")
    weeks: int | None = term(Whole(), "program length in weeks; later events pay nothing", default=None)
    targets: tuple[str, ...] = term(
        Several(Analyte(), unique=True), "the analytes that decide; none: the event's own outcome", default=()
    )
    sessions: tuple[str, ...] = term(Several(Text(), unique=True), "the sessions that count; none: all", default=())
    outcomes: tuple[tuple[str, SeenAs], ...] = term(
        OutcomeClasses(), "outcomes that are seen otherwise than usual", default=()
    )
    caps: tuple[Cap, ...] = term(Several(Table(Cap)), "limits on what is paid; the tightest wins", default=())
    corrections: Corrections = term(Table(Corrections), "what a later correction does", default=Corrections())
    bowl: Bowl | None = term(
        Table(Bowl), "the slips that its draws are made from", default=None, applies=lambda r: r.pays.code == "draws"
    )

    @classmethod
    def clashes(cls, given: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
        """Refuse what belongs to another kind of event. A kind of policy may add clashes of its own."""
        if "targets" in given and given.get("on") in {"attendance", "activity"}:
            yield ("targets",), f"targets are for tests, and this policy is on {given['on']}"
        if "sessions" in given and given.get("on") == "test":
            yield ("sessions",), "sessions are for attendance and activity, and this policy is on test"

    @abstractmethod
    def begin(self) -> State:
        """Give the state of somebody who has just started."""

    @abstractmethod
    def follow(self, state: State, visit: Visit) -> tuple[State, tuple[Part, ...]]:
        """Give the state after a visit within the program's weeks, and the parts of its award before caps."""

    def keep(self, state: State) -> object:
        """Give a state as lists, texts and numbers, to be kept; a kind whose state is neither gives it its own way."""
        return list(state) if isinstance(state, tuple) else state

    def recall(self, kept: Any) -> State:
        """Make the state again that `keep` gave."""
        begun = self.begin()
        if not isinstance(begun, tuple):
            return cast("State", kept)
        make = getattr(type(begun), "_make", type(begun))
        return cast("State", make(kept))

    def essential(self, state: State, week: int) -> State:
        """Give what of a state can still make a difference from a program week on, as a state that pays the same.

        A forecast looks through all states that can be reached. The fewer it has to tell apart, the quicker it is.
        """
        return state

    @cached_property
    def step(self) -> Callable[[State, Visit], tuple[State, tuple[Part, ...]]]:
        """Give the state after a visit and what it pays before caps; beyond the program's length, nothing.

        Steps are remembered: one depends on nothing else, and people climb the same ladder from the same places.
        """
        return lru_cache(maxsize=16_384)(self._step)

    def _step(self, state: State, visit: Visit) -> tuple[State, tuple[Part, ...]]:
        if self.weeks is not None and visit.week > self.weeks:
            return state, ()
        return self.follow(state, visit)

    @cached_property
    def counting(self) -> frozenset[SeenAs]:
        """Tell how an event is seen that counts for its date (and session), so that no other does."""
        return frozenset({"success", "failure"})

    @property
    def extra_analytes(self) -> frozenset[str]:
        """Tell the analytes, beside the targets, that add to a success when they are negative too."""
        return frozenset()

    @cached_property
    def see(self) -> Callable[[Result, str], Seen]:
        """Tell how an event of the policy's kind is seen, by its result and session.

        The answers are remembered: a history repeats a few results thousands of times.
        """
        return lru_cache(maxsize=4096)(self._see)

    def _see(self, result: Result, session: str) -> Seen:
        if self.sessions and session not in self.sessions:
            return Seen("", "ignore")
        outcome = self._outcome(result)
        findings = dict(result.analytes)
        clean = frozenset(name for name, finding in result.analytes if finding != "positive")
        unreported: tuple[str, ...] = ()
        if self.targets and findings and outcome and outcome not in STANDING:
            unreported = tuple(target for target in self.targets if target not in findings)
        return Seen(outcome, self._classes.get(outcome, "ignore"), clean, unreported)

    def _outcome(self, result: Result) -> str:
        if not result.analytes or result.outcome in STANDING:
            return result.outcome
        findings = dict(result.analytes)
        if self.targets:
            reported = [findings[target] for target in self.targets if target in findings]
            if not reported:
                return ""
            return "positive" if "positive" in reported else "negative"
        return result.outcome or ("positive" if "positive" in findings.values() else "negative")

    @cached_property
    def _classes(self) -> dict[str, SeenAs]:
        return {outcome: USUALLY[outcome] for outcome in OUTCOMES[self.on]} | dict(self.outcomes)

    def __getstate__(self) -> dict[str, object]:
        """Leave out what is only remembered, so that a policy can be sent to another process."""
        return {f.name: getattr(self, f.name) for f in fields(self)}

    @property
    def cap_unit(self) -> Unit:
        """What the caps count in: money where a point has a worth, else the unit that is paid."""
        return MONEY if self.worth else self.pays

    @property
    def cap_worth(self) -> int:
        """How much of the caps' unit one unit of an award stands for."""
        return self.worth or 1

    def reader(self) -> Reader:
        """Give what reading and writing this policy's terms depends on."""
        return Reader(self.pays, self.cap_unit, self.on)
