"""Chance: dice and choices that fall the same way each time, because all of them follow from a seed."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

Thing = TypeVar("Thing")

ID_DIGITS = 24


@dataclass
class SeededDice:
    """Dice that throw the same again: every id, secret and number follows from a seed and a count. Unfit for secrets."""

    seed: str
    thrown: int = 0

    def new_id(self) -> str:
        """Make an id that was not made before."""
        return self.secret().hex()[:ID_DIGITS]

    def secret(self) -> bytes:
        """Make the bytes of a draw."""
        self.thrown += 1
        return _bytes(self.seed, self.thrown)

    def below(self, number: int) -> int:
        """Give a whole number from 0 to below a number."""
        return int.from_bytes(self.secret(), "big") % number


@dataclass(frozen=True)
class Chance:
    """What happens by chance: the same to the same person on the same occasion, whatever happens to others."""

    seed: str

    def of(self, *occasion: object) -> float:
        """Give a number from 0 to below 1."""
        return int.from_bytes(_bytes(self.seed, *occasion)[:6], "big") / 2**48

    def happens(self, chance: float, *occasion: object) -> bool:
        """Tell whether something happens that has a chance from 0 to 1."""
        return self.of(*occasion) < chance

    def number(self, below: int, *occasion: object) -> int:
        """Give a whole number from 0 to below a number."""
        return int(self.of(*occasion) * below)

    def one_of(self, things: Sequence[Thing], *occasion: object) -> Thing:
        """Choose one of some things."""
        return things[self.number(len(things), *occasion)]


def _bytes(*of: object) -> bytes:
    return hashlib.sha256(" ".join(map(str, of)).encode()).digest()
