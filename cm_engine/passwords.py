"""Passwords of the staff: kept only as slow digests (Argon2id), and refused where they would be guessed.

What is asked of one is what NIST asks (SP 800-63B): at least twelve characters, any characters, and not one that is widely used,
repeats itself or is the person's own name. Nobody has to mix in digits, or to change it every so often.
"""

import unicodedata
from collections.abc import Iterable
from functools import cached_property

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from zxcvbn import zxcvbn

from cm_engine.standing import RefusedError

SHORTEST = 12
LONGEST = 200
STRONG = 3  # of zxcvbn's 0 to 4: more than some hundred million guesses
JUDGED = 72  # so many characters are looked at; the more there are, the longer it takes

# What a password that is for nobody is checked against, so that it takes as long.
_NOBODYS = "nobody has this password"


class Passwords:
    """Makes digests of passwords, and tells whether one fits. Tests hand over a hasher that is quick; nobody else does."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self.hasher = hasher or PasswordHasher()

    @cached_property
    def _nobodys(self) -> str:
        return self.hasher.hash(_NOBODYS)

    def digest(self, password: str) -> str:
        """Give what is kept of a password."""
        return self.hasher.hash(_plain(password))

    def fits(self, password: str, kept: str | None) -> bool:
        """Tell whether a password is the one whose digest was kept; it takes as long where none was."""
        try:
            self.hasher.verify(kept or self._nobodys, _plain(password))
        except (VerificationError, InvalidHashError):
            return False
        return kept is not None

    def is_outdated(self, kept: str) -> bool:
        """Tell whether a digest was made in a weaker way than one would be now."""
        return self.hasher.check_needs_rehash(kept)


def refuse_weak(password: str, about: Iterable[str]) -> None:
    """Raise RefusedError, with the remedy, for a password that is too short or would be guessed; `about` the person: names."""
    plain = _plain(password)
    if len(plain) < SHORTEST:
        raise RefusedError(f"a password has at least {SHORTEST} characters; a short sentence is easy to remember")
    if len(plain) > LONGEST:
        raise RefusedError(f"a password has at most {LONGEST} characters")
    words = [word for text in about for word in (text, *text.split())]
    if any(len(word) > 3 and word.casefold() in plain.casefold() for word in words):
        raise RefusedError("this password holds your name; choose one that others would not try")
    if zxcvbn(plain[:JUDGED], user_inputs=words)["score"] < STRONG:
        raise RefusedError(
            "this password would be guessed: it is widely used, or repeats itself; add some words that nobody would expect"
        )


def _plain(password: str) -> str:
    """Let the same characters be the same password, however a keyboard composes them."""
    return unicodedata.normalize("NFKC", password)
