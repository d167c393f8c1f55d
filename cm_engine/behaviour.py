"""Behaviour: how patients move from visit to visit between success, failure and an excused absence, and when they leave.

As staff would say it: who came through the last visit well most often comes through the next one well too, some stay away
for good after a setback, and no two people are alike. A behaviour is a mixture of patterns, since one average patient is
nobody: some are always negative, some never, some leave early.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import fsum, isclose, isfinite
from typing import Any, Literal

from cm_engine.errors import nearest
from cm_engine.events import ANALYTES
from cm_engine.forms import WRONG, Form, Path, Reader, Several, Wrong, shown
from cm_engine.terms import Table, Terms, read_terms, term, write_terms

Outcome = Literal["success", "failure", "excused"]
OUTCOMES: tuple[Outcome, ...] = ("success", "failure", "excused")

# How far chances that exclude each other may be from one: whoever writes 0.333 three times means a third.
ROUNDING = 2e-3

Mistakes = list[tuple[Path, str]]


class Chance(Form):
    """A chance, from 0 to 1."""

    allowed = "a chance from 0 to 1, such as 0.25"

    def read(self, written: object, at: Path, reader: Reader) -> float | Wrong:
        """Take a number from 0 to 1."""
        if isinstance(written, int | float | Decimal) and not isinstance(written, bool) and _is_chance(written):
            return float(written)
        hint = ", without quotes" if isinstance(written, str) else ""
        return self.refuse(written, at, reader, hint)


class ExtraChances(Form):
    """For each analyte of a policy's extras, the chance that it is negative too."""

    allowed = "a table from analytes to chances"

    def read(self, written: object, at: Path, reader: Reader) -> tuple[tuple[str, float], ...] | Wrong:
        """Read the chance of every analyte."""
        if not isinstance(written, dict):
            return self.refuse(written, at, reader)
        chances: dict[str, Any] = {}
        for analyte, chance in written.items():
            if analyte not in reader.analytes:
                reader.wrong(
                    (*at, analyte), f"{shown(analyte)} is not a known analyte{nearest(analyte, reader.analytes)}"
                )
            chances[analyte] = Chance().read(chance, (*at, analyte), reader)
        return tuple(sorted(chances.items()))

    def write(self, value: tuple[tuple[str, float], ...], reader: Reader) -> object:
        """Write the chances as a table."""
        return dict(value)


@dataclass(frozen=True, kw_only=True)
class Moves(Terms):
    """What a visit comes out as: chances that add up to one."""

    success: float = term(Chance(), "the chance of a success", default=0.0)
    failure: float = term(Chance(), "the chance of a failure", default=0.0)
    excused: float = term(Chance(), "the chance of an excused absence", default=0.0)

    @classmethod
    def clashes(cls, given: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
        """Refuse chances that do not add up to one."""
        chances = list(given.values())
        if WRONG not in chances and not _add_up(chances):
            yield (), f"the chances add up to {fsum(chances):g}; they must add up to 1"

    @property
    def chances(self) -> tuple[float, float, float]:
        """The chances of success, failure and excused, to the last digit one together."""
        whole = self.success + self.failure + self.excused
        return self.success / whole, self.failure / whole, self.excused / whole


@dataclass(frozen=True, kw_only=True)
class After(Terms):
    """What the next visit comes out as, given the last."""

    success: Moves | None = term(Table(Moves), "after a success", default=None)
    failure: Moves | None = term(Table(Moves), "after a failure", default=None)
    excused: Moves | None = term(Table(Moves), "after an excused absence", default=None)


@dataclass(frozen=True, kw_only=True)
class Dropout(Terms):
    """The chance of leaving for good before a visit, given the last."""

    success: float = term(Chance(), "after a success", default=0.0)
    failure: float = term(Chance(), "after a failure", default=0.0)
    excused: float = term(Chance(), "after an excused absence", default=0.0)


@dataclass(frozen=True, kw_only=True)
class Pattern(Terms):
    """How one sort of patient behaves. `visits` are the chances to make no visit, one, two, …; none: dropout alone tells."""

    share: float = term(Chance(), "the share of patients who behave so", default=1.0)
    visits: tuple[float, ...] = term(
        Several(Chance()), "the chances of making no visit, one, two and so on", default=()
    )
    attended: float | None = term(
        Chance(),
        "the chance that whoever has a failure came all the same, which is a success for attendance",
        default=None,
    )
    first: Moves = term(Table(Moves), "what the first visit comes out as")
    after: After = term(Table(After), "what a visit comes out as, given the last", default=After())
    dropout: Dropout = term(Table(Dropout), "the chance of leaving for good before a visit", default=Dropout())
    extra: tuple[tuple[str, float], ...] = term(
        ExtraChances(), "the chance, at each success, that an analyte of an extra is negative too", default=()
    )

    @classmethod
    def clashes(cls, given: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
        """Refuse visits that do not add up, and an outcome after which nothing is said to follow."""
        visits = given.get("visits", ())
        if visits and WRONG not in (visits, *visits) and not _add_up(visits):
            yield ("visits",), f"the chances add up to {fsum(visits):g}; they must add up to 1"
        yield from _dead_ends(given)


@dataclass(frozen=True, kw_only=True)
class Behaviour(Terms):
    """How patients behave: patterns, each with its share of the patients."""

    patterns: tuple[Pattern, ...] = term(Several(Table(Pattern)), "the patterns, each with its share")

    @classmethod
    def clashes(cls, given: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
        """Refuse shares that do not add up to one."""
        patterns = given.get("patterns", WRONG)
        if patterns is not WRONG and WRONG not in patterns:
            shares = [pattern.share for pattern in patterns]
            if not _add_up(shares):
                yield ("patterns",), f"the shares add up to {fsum(shares):g}; they must add up to 1"

    @property
    def longest(self) -> int | None:
        """The most visits that anybody makes; None where there is no most."""
        if not all(pattern.visits for pattern in self.patterns):
            return None
        return max(len(pattern.visits) for pattern in self.patterns) - 1


def read_behaviour(table: Mapping[str, Any], analytes: Collection[str] = ANALYTES) -> tuple[Behaviour | None, Mistakes]:
    """Read a behaviour from its table: one pattern, or a list of them. None, and all mistakes by key, where there are any."""
    reader = Reader(analytes=analytes)
    if "patterns" in table:
        mixture = read_terms(Behaviour, table, (), reader)
        return (None if isinstance(mixture, Wrong) else mixture), reader.mistakes
    pattern = read_terms(Pattern, table, (), reader)
    if isinstance(pattern, Wrong):
        return None, reader.mistakes
    if not _add_up([pattern.share]):
        reader.wrong(("share",), "a share is for one of several [[patterns]]; leave it out")
        return None, reader.mistakes
    return Behaviour(patterns=(pattern,)), []


def write_behaviour(behaviour: Behaviour) -> dict[str, Any]:
    """Write a behaviour as the table that reads back to an equal one."""
    return write_terms(behaviour, Reader())


def _dead_ends(given: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    first, after = given.get("first", WRONG), given.get("after", After())
    if first is WRONG or after is WRONG:
        return
    known: dict[Outcome, Moves | None] = {outcome: getattr(after, outcome) for outcome in OUTCOMES}
    come_from = [("first", first), *((f"after.{last}", moves) for last, moves in known.items() if moves)]
    for outcome in OUTCOMES:
        source = next((name for name, moves in come_from if getattr(moves, outcome)), None)
        if source and known[outcome] is None:
            what = f"{source} leads to {outcome}, and nothing says what follows; give [after.{outcome}]"
            yield ("after", outcome), what


def _add_up(chances: Iterable[float]) -> bool:
    return isclose(fsum(chances), 1, abs_tol=ROUNDING)


def _is_chance(written: float | Decimal) -> bool:
    return isfinite(written) and 0 <= written <= 1
