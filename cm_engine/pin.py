"""PINs: the six digits that let a participant in at a kiosk, and the one-time code by which they choose them.

As staff would say it: you choose six digits that nobody guesses first, so not 123456, 111111 or 121212. Staff never see them. They
can only give you a code of eight digits, good for an hour, by which you choose new ones yourself.

Both are kept as slow hashes that also need the index key: whoever has the database alone cannot try all PINs there are.
"""

from functools import cache
from itertools import pairwise

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from cm_engine.standing import RefusedError
from cm_engine.vault import Vault

DIGITS = 6
CODE_DIGITS = 8
SALT = 16


class WeakPinError(RefusedError):
    """A PIN that somebody would guess."""


class NoPinError(RefusedError):
    """What is no PIN at all."""


def refuse_weak(pin: str) -> None:
    """Refuse what is not six digits, and what somebody would try first. Raises NoPinError, WeakPinError."""
    if len(pin) != DIGITS or not (pin.isascii() and pin.isdigit()):
        raise NoPinError(f"a PIN is {DIGITS} digits")
    if _repeats(pin) or _counts(pin) or (_counts(pin[::2]) and pin[::2] == pin[1::2]):
        raise WeakPinError("somebody would guess this PIN first; choose digits that do not repeat or count up or down")


def code_from(secret: bytes) -> str:
    """Write random bytes as a one-time code that is typed on a pad: eight digits in two groups."""
    digits = f"{int.from_bytes(secret, 'big') % 10**CODE_DIGITS:0{CODE_DIGITS}}"
    return f"{digits[:4]} {digits[4:]}"


def hash_of(hasher: PasswordHasher, vault: Vault, participant: str, typed: str, salt: bytes) -> str:
    """Give what is kept of a PIN or code; it opens for this participant alone."""
    return hasher.hash(_kept(vault, participant, typed), salt=salt[:SALT])


def fits(hasher: PasswordHasher, vault: Vault, participant: str, typed: str, kept: str | None) -> bool:
    """Tell whether what was typed is what was kept; where nothing was, it takes as long to say no."""
    try:
        return hasher.verify(kept or _nobodys(hasher), _kept(vault, participant, typed))
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobodys(hasher: PasswordHasher) -> str:
    """Give what is compared where there is nothing to compare with, so that it takes as long: the hash of no PIN."""
    return hasher.hash(b"nobody", salt=bytes(SALT))


def _kept(vault: Vault, participant: str, typed: str) -> bytes:
    return vault.index(f"pin {participant} {''.join(typed.split())}")


def _repeats(pin: str) -> bool:
    """Tell whether a PIN is a part of it again and again: 111111, 121212, 123123."""
    return any(pin == pin[:length] * (len(pin) // length) for length in (1, 2, 3))


def _counts(digits: str) -> bool:
    """Tell whether digits count up or down, also past nine: 123456, 890123, 654321."""
    steps = {(int(later) - int(earlier)) % 10 for earlier, later in pairwise(digits)}
    return steps in ({1}, {9})
