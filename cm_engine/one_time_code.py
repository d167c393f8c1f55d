"""One-time codes: what lets somebody in first. Shown once; kept only as a digest, by which it can be checked, not read.

A code is 80 random bits in letters and digits that are not mistaken for one another; case, spaces and hyphens do not matter. So many
cannot be tried through however quick the digest is; what people think out themselves (passwords, PINs) is kept by slow ones.
"""

import hmac

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no I, L, O or U
_LENGTH = 16
_GROUP = 4
_SALT = 16
_ALIKE = str.maketrans("OIL", "011", " -")


def code_from(secret: bytes) -> str:
    """Write random bytes, at least ten, as a code for people: four groups of four."""
    number = int.from_bytes(secret, "big")
    digits = "".join(_ALPHABET[number >> 5 * place & 31] for place in range(_LENGTH))
    return "-".join(digits[start : start + _GROUP] for start in range(0, _LENGTH, _GROUP))


def digest_of(code: str, salt: bytes) -> bytes:
    """Give what is kept of a code: the salt, 16 bytes of it, and the digest."""
    salt = salt[:_SALT]
    return salt + hmac.digest(salt, plain(code).encode(), "sha256")


def fits(code: str, kept: bytes) -> bool:
    """Tell whether a code is the one whose digest was kept."""
    return hmac.compare_digest(digest_of(code, kept[:_SALT]), kept)


def plain(code: str) -> str:
    """Give a code as it counts, however it was typed."""
    return code.upper().translate(_ALIKE)
