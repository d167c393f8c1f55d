"""The prize bowl: labelled slips, each with a prize value; a slip goes back after each draw."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from cm_engine.errors import quoted
from cm_engine.forms import WRONG, Amount, Path, Several, Text, Whole
from cm_engine.terms import Table, Terms, term


@dataclass(frozen=True, kw_only=True)
class Slip(Terms):
    """One label of slips in the bowl: how many there are, and the prize value of each in cents."""

    label: str = term(Text(), "what the slip says")
    count: int = term(Whole(0), "how many such slips the bowl holds")
    value: int = term(Amount("money"), "what a prize of this label is worth in money")


@dataclass(frozen=True, kw_only=True)
class Bowl(Terms):
    """The slips that a draw is made from. Draws are independent, since every slip goes back."""

    slips: tuple[Slip, ...] = term(Several(Table(Slip)), "the slips, by label")

    @classmethod
    def clashes(cls, given: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
        """Refuse a bowl that nothing can be drawn from, and labels that cannot be told apart."""
        slips = given.get("slips", WRONG)
        if slips is WRONG or WRONG in slips:
            return
        if not sum(slip.count for slip in slips):
            yield ("slips",), "the bowl has no slips; at least one must be there to draw"
        labels: set[str] = set()
        for place, slip in enumerate(slips):
            if slip.label in labels:
                yield ("slips", place), f"{quoted(slip.label)} stands there twice; add the counts up"
            labels.add(slip.label)

    @property
    def size(self) -> int:
        """How many slips the bowl holds."""
        return sum(slip.count for slip in self.slips)

    @property
    def total(self) -> int:
        """The value of all slips together, in cents: what drawing each of them once would pay."""
        return sum(slip.count * slip.value for slip in self.slips)

    @property
    def mean(self) -> Fraction:
        """The expected prize value of a draw, in cents, exactly."""
        return Fraction(self.total, self.size)

    @property
    def variance(self) -> Fraction:
        """The variance of a draw's prize value, in cents squared, exactly."""
        squares = Fraction(sum(slip.count * slip.value**2 for slip in self.slips), self.size)
        return squares - self.mean**2

    def chance_of(self, label: str, draws: int) -> Fraction:
        """Tell the chance of at least one slip of a label in so many draws, exactly."""
        others = self.size - sum(slip.count for slip in self.slips if slip.label == label)
        return 1 - Fraction(others, self.size) ** draws
