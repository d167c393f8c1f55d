"""Second factors: six digits that an app makes anew every half minute (TOTP, RFC 6238), and recovery codes for when it is lost.

A code of the app counts once: no earlier one and not the same one again. A recovery code is 80 random bits and counts once.
"""

import base64
import hashlib
import hmac
from datetime import datetime

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from cm_engine.one_time_code import code_from, plain

DIGITS = 6
SECONDS = 30
SECRET_BYTES = 20
ISSUER = "cm-engine"
RECOVERY_CODES = 10

# How many steps an app's clock may be before or behind ours.
_ASTRAY = 1


def new_secret(random: bytes) -> bytes:
    """Make an app's secret of random bytes."""
    return random[:SECRET_BYTES]


def in_letters(secret: bytes) -> str:
    """Write a secret for somebody who types it into their app: letters and digits in groups of four."""
    letters = base64.b32encode(secret).decode("ascii").rstrip("=")
    return " ".join(letters[start : start + 4] for start in range(0, len(letters), 4))


def address(secret: bytes, name: str) -> str:
    """Give what the picture that an app scans says."""
    return _totp(secret).get_provisioning_uri(name, ISSUER)


def code_at(secret: bytes, now: datetime) -> str:
    """Give the code that an app shows."""
    return _totp(secret).generate(now.timestamp()).decode("ascii")


def step_of(code: str, secret: bytes, now: datetime, after: int = -1) -> int | None:
    """Give the step of time whose code this is, near to now and later than the step `after`; None where it is none of these."""
    present = int(now.timestamp()) // SECONDS
    digits = "".join(filter(str.isdigit, code)).encode()
    near = range(present - _ASTRAY, present + _ASTRAY + 1)
    fitting = [step for step in near if hmac.compare_digest(_totp(secret).generate(step * SECONDS), digits)]
    return next((step for step in fitting if step > after), None)


def recovery_code(random: bytes) -> str:
    """Write random bytes as a recovery code."""
    return code_from(random)


def recovery_digest(staff: str, code: str) -> bytes:
    """Give what is kept of somebody's recovery code. Nobody guesses 80 random bits, so that a quick digest is enough."""
    return hashlib.sha256(f"cm-engine recovery code 1\n{staff}\n{plain(code)}".encode()).digest()


def _totp(secret: bytes) -> TOTP:
    return TOTP(secret, DIGITS, SHA1(), SECONDS)  # noqa: S303 - what RFC 6238 and every app go by
