"""Sealing: what names a patient is kept under a key, and opened again only with one.

The first key seals, every key opens; so keys are changed without a pause: put a new one first, seal everything again, take the old
one away. One more key, the index key, is never changed: what is looked up by an exact match is found by it, and would not be found
under another.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Self

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from cm_engine.errors import CmError

_KEY = re.compile(rb"[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]=")
_INDEX_USE = b"cm-engine index 1"
OPENED_KEPT = 4096


class VaultError(CmError):
    """Something sealed that cannot be opened, or keys that cannot be used."""


@dataclass(frozen=True)
class Keys:
    """Keys of a vault: those that seal, newest first, and the one that things are found by. Neither is ever shown."""

    sealing: tuple[bytes, ...]
    index: bytes

    def __post_init__(self) -> None:
        if not self.sealing:
            raise VaultError("a vault needs at least one key that seals")
        if not all(map(is_key, (*self.sealing, self.index))):
            raise VaultError("a key is 44 characters, the last of them =; make one with `cm_engine.vault.make_key`")

    def __repr__(self) -> str:
        return f"<{len(self.sealing)} sealing keys and an index key>"

    @classmethod
    def listed(cls, sealing: Sequence[bytes], index: bytes | None = None) -> Self:
        """Take keys as somebody lists them, newest first; without an index key, things are found by the last, the oldest."""
        return cls(tuple(sealing), index or b"".join(sealing[-1:]))

    @classmethod
    def new(cls) -> Self:
        """Make the keys of a new installation."""
        return cls((make_key().encode(),), make_key().encode())

    def with_new(self) -> Self:
        """Put a new key in front: it seals from now on, and the others still open what they sealed."""
        return replace(self, sealing=(make_key().encode(), *self.sealing))


class Vault:
    """Seals texts and bytes, opens them, and tells under which index a text is found."""

    def __init__(self, keys: Keys) -> None:
        self._fernet = MultiFernet([Fernet(key) for key in keys.sealing])
        self._index_source = keys.index
        self._index_key = self._derived(_INDEX_USE)
        self._opened = lru_cache(OPENED_KEPT)(self.open)

    def seal(self, text: str) -> bytes:
        """Seal a text under the first key; the same text never gives the same bytes twice."""
        return self.seal_bytes(text.encode())

    def open(self, token: bytes) -> str:
        """Open a sealed text. Raises VaultError where no key fits, or where it is damaged."""
        try:
            return self.open_bytes(token).decode()
        except UnicodeDecodeError as error:
            raise VaultError("what was sealed here is no text") from error

    def seal_bytes(self, content: bytes) -> bytes:
        """Seal bytes under the first key."""
        return self._fernet.encrypt(content)

    def open_again(self, token: bytes) -> str:
        """Open a text that lists show again and again, such as a name; the latest are kept in memory, opened."""
        return self._opened(token)

    def open_bytes(self, token: bytes) -> bytes:
        """Open sealed bytes. Raises VaultError where no key fits, or where they are damaged."""
        try:
            return self._fernet.decrypt(token)
        except InvalidToken as error:
            raise _closed() from error

    def rotate(self, token: bytes) -> bytes:
        """Seal again, under the first key, what any key opens. Raises VaultError like `open`."""
        try:
            return self._fernet.rotate(token)
        except InvalidToken as error:
            raise _closed() from error

    def index(self, text: str) -> bytes:
        """Give 32 bytes by which exactly this text is found again: always the same, whichever key seals.

        Without the index key nobody can tell which text it was, nor try texts until one matches.
        """
        return hmac.digest(self._index_key, text.encode(), hashlib.sha256)

    def secret_for(self, use: str) -> str:
        """Give the secret of a use: always the same, whichever key seals, and nothing to be told from it about another use."""
        return self._derived(b"cm-engine secret for " + use.encode()).hex()

    def _derived(self, use: bytes) -> bytes:
        derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=use)
        return derived.derive(base64.urlsafe_b64decode(self._index_source))


def make_key() -> str:
    """Make a random key, as it is written in a key file."""
    return Fernet.generate_key().decode("ascii")


def is_key(written: bytes) -> bool:
    """Tell whether this is a key: 32 bytes, written in the URL-safe alphabet of base64."""
    return _KEY.fullmatch(written) is not None


def _closed() -> VaultError:
    return VaultError(
        "this cannot be opened: either none of the keys at hand sealed it, or it was damaged since; "
        "look whether the key file, or CM_KEY, is the one that belongs to this database"
    )
