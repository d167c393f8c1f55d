"""The made-up staff of the demo: who they are, what they do there, and the password that all of them have."""

from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple

from argon2 import PasswordHasher

from cm_engine.actions.appoint import add_staff, staff_by_name
from cm_engine.actions.requests import Request
from cm_engine.actions.secure import set_password
from cm_engine.actions.sign_in import Limits, sign_in, sign_out, who_is_here
from cm_engine.engine import Engine
from cm_engine.passwords import Passwords

PASSWORD = "paper boats on the river"  # noqa: S105 - of made-up people

_LIMITS = Limits(timedelta(hours=1), timedelta(hours=12))


class Staff(NamedTuple):
    """Who works in the clinic, by id: two at the front desk, two clinicians, a manager, an admin, an auditor."""

    amir: str
    dev: str
    priya: str
    elin: str
    marcus: str
    femi: str
    olga: str


# By how the stories call them: their name, and what they are.
NAMES = {
    "amir": ("Amir Said", "admin"),
    "dev": ("Dev Patel", "front-desk"),
    "priya": ("Priya Nair", "front-desk"),
    "elin": ("Elin Berg", "clinician"),
    "marcus": ("Marcus Bell", "clinician"),
    "femi": ("Femi Ade", "manager"),
    "olga": ("Olga Ruiz", "auditor"),
}
ADMIN = NAMES["amir"][0]


def signs_in() -> Iterator[tuple[str, str]]:
    """Give a name to sign in by, for each role."""
    told: set[str] = set()
    for name, role in NAMES.values():
        if role not in told:
            told.add(role)
            yield role, name


def quick_passwords() -> Passwords:
    """Give what makes digests that take no time. They are of a password that everybody knows, and made anew at the next sign-in."""
    return Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


def appoint(engine: Engine, site: str, admins_code: str) -> Staff:
    """Let the admin in, and have them add everybody else; all choose the same password."""
    amir = staff_by_name(engine, ADMIN)
    ids = {"amir": amir}
    _choose_password(engine, ADMIN, admins_code)
    for called, (name, role) in NAMES.items():
        if called not in ids:
            added = add_staff(engine, Request(f"demo add {called}", amir), name, site, [role])
            ids[called] = added["staff"]
            _choose_password(engine, name, added["code"])
    return Staff(**ids)


def come_and_go(engine: Engine, name: str) -> None:
    """Let somebody sign in, and out again."""
    here = who_is_here(engine, sign_in(engine, name, PASSWORD), _LIMITS)
    if here:
        sign_out(engine, here)


def _choose_password(engine: Engine, name: str, code: str) -> None:
    here = who_is_here(engine, sign_in(engine, name, code), _LIMITS)
    if here:
        set_password(engine, here, PASSWORD)
        sign_out(engine, here)
