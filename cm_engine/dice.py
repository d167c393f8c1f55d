"""The dice: what is random. Everything that asks is handed some, so that tests can load them."""

import secrets
from typing import Protocol

ID_BYTES = 12
SECRET_BYTES = 32


class Dice(Protocol):
    """What random things are made by."""

    def new_id(self) -> str:
        """Make an id that nobody has seen before."""

    def secret(self) -> bytes:
        """Make the bytes of a draw."""

    def below(self, number: int) -> int:
        """Give a whole number from 0 to below a number, each as likely."""


class SystemDice:
    """Randomness from the operating system, fit for secrets."""

    def new_id(self) -> str:
        """Make an id of 96 random bits."""
        return secrets.token_hex(ID_BYTES)

    def secret(self) -> bytes:
        """Make 32 random bytes."""
        return secrets.token_bytes(SECRET_BYTES)

    def below(self, number: int) -> int:
        """Draw a number without bias."""
        return secrets.randbelow(number)
