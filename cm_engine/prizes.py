"""Prizes: what stands in a program's cabinet, and what never may.

As staff would say it: a prize is drawn by its size, bought with points, or else bought from a money balance at its value. No
prize is alcohol, tobacco, cannabis, a weapon or gambling.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from cm_engine.errors import nearest, quoted
from cm_engine.forms import Amount, Choice, Form, Path, Reader, Text, Whole, Wrong
from cm_engine.terms import Terms, term

_WORD = re.compile(r"[^\W_]+")

PrizeClass = Literal["cash-equivalent", "limited-use-card", "in-kind"]
CLASSES: tuple[PrizeClass, ...] = ("cash-equivalent", "limited-use-card", "in-kind")

# Words that say what a prize is. A word that more often says something else, such as gin or pot, is not among them.
NEVER: Mapping[str, tuple[str, ...]] = {
    "alcohol": (
        *("alcohol", "beer", "beers", "wine", "wines", "liquor", "whiskey", "whisky", "vodka", "rum", "tequila"),
        *("champagne", "brandy", "bourbon"),
    ),
    "tobacco": ("tobacco", "cigarette", "cigarettes", "cigar", "cigars", "vape", "vapes", "hookah", "snus"),
    "cannabis": ("cannabis", "marijuana", "marihuana", "hashish", "thc", "cbd"),
    "a weapon": (
        *("weapon", "weapons", "gun", "guns", "firearm", "firearms", "rifle", "pistol", "handgun", "shotgun"),
        *("ammunition", "ammo", "dagger", "switchblade", "hunting knife", "pocket knife"),
    ),
    "gambling": ("gambling", "lottery", "lotto", "casino", "betting", "scratch card", "scratch ticket", "sportsbook"),
}

# Phrases that have such a word in them, and say something harmless.
HARMLESS = (
    *("alcohol free", "root beer", "ginger beer", "birch beer", "rum raisin"),
    *("glue gun", "water gun", "heat gun", "massage gun", "nail gun"),
)


class Size(Form):
    """A size of prize: the label of a slip in a bowl."""

    allowed = "the label of a slip"

    def read(self, written: object, at: Path, reader: Reader) -> str | Wrong:
        """Take a label that some bowl of the program's policies has."""
        if not isinstance(written, str) or not written:
            return self.refuse(written, at, reader)
        if reader.labels is None or written in reader.labels:
            return written
        if not reader.labels:
            return reader.wrong(at, f"{quoted(written)} is never drawn: none of the program's policies has a bowl")
        labels = ", ".join(map(quoted, reader.labels))
        hint = nearest(written, reader.labels) or "."
        return reader.wrong(at, f"{quoted(written)} is not the label of a slip{hint} The labels are {labels}")


@dataclass(frozen=True, kw_only=True)
class Prize(Terms):
    """One prize of the cabinet. `value` is in cents."""

    name: str = term(Text(), "what the prize is")
    size: str | None = term(Size(), "drawn: the label of the slip that brings it", default=None)
    points: int | None = term(Whole(), "bought with points: how many it costs", default=None)
    class_: PrizeClass = term(Choice(CLASSES), "what it is in law")
    value: int = term(Amount("money"), "what it is worth in money, and costs where it has neither size nor points")
    stock: int | None = term(Whole(0), "how many are there at first; absent: none", default=None)
    reorder_at: int | None = term(Whole(0), "the stock at which more is to be bought", default=None)

    @classmethod
    def clashes(cls, given: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
        """Refuse what is never a prize, and two ways of paying for one."""
        name = given.get("name")
        if isinstance(name, str) and (what := never(name)):
            reason = f"{quoted(name)} names {what}; no prize is alcohol, tobacco, cannabis, a weapon or gambling"
            yield ("name",), f"{reason}. Please choose another prize"
        if "size" in given and "points" in given:
            yield ("points",), "a prize is drawn by its size or bought with points; leave out one of them"


@dataclass(frozen=True, kw_only=True)
class Trade(Terms):
    """So many prizes of one size may be traded for one of another."""

    give: str = term(Size(), "the size that is handed in")
    count: int = term(Whole(), "how many of them")
    get: str = term(Size(), "the size from which one prize is chosen instead")

    @classmethod
    def clashes(cls, given: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
        """Refuse to trade a size for itself."""
        if isinstance(given.get("give"), str) and given.get("give") == given.get("get"):
            yield ("get",), f"{quoted(given['get'])} would be traded for itself; name a better size"


def never(name: str) -> str:
    """Tell what a prize's name says that no prize may be, by whole words; empty where it says nothing of the kind."""
    said = f" {' '.join(_WORD.findall(name.casefold()))} "
    for phrase in HARMLESS:
        said = said.replace(f" {phrase} ", "  ")
    return next((what for what, words in NEVER.items() if any(f" {word} " in said for word in words)), "")
