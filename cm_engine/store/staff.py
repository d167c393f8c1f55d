"""Staff: who works here, what they are at which site, and by what they sign in.

A name is one person's: letters in another case, or more spaces, are the same name.
"""

import unicodedata
from collections import defaultdict
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, delete, exists, func, insert, or_, select, text, update

from cm_engine.store.database import Transaction
from cm_engine.store.tables import recovery_codes, roles, second_factors, sites, staff

ADMIN = "admin"


class Person(NamedTuple):
    """Somebody of the staff, and by what they sign in."""

    id: str
    name: str
    code_digest: bytes | None
    code_until: str | None
    password: str | None
    ended_at: str | None

    def code_at(self, now: str) -> bytes | None:
        """Give the digest of the one-time code that is worth something at a moment."""
        return self.code_digest if self.code_until is None or now < self.code_until else None


_UNUSED = select(func.count()).where(recovery_codes.c.staff_id == staff.c.id, recovery_codes.c.used_at.is_(None))
_LISTED = select(
    staff.c.id,
    staff.c.name,
    staff.c.made_at,
    staff.c.ended_at,
    staff.c.password.is_not(None),
    staff.c.code_until,
    staff.c.code_digest.is_not(None),
    exists().where(second_factors.c.staff_id == staff.c.id),
    _UNUSED.scalar_subquery(),
).order_by(staff.c.name, staff.c.id)
_PERSON = (
    staff.c.id,
    staff.c.name,
    staff.c.code_digest,
    staff.c.code_until,
    staff.c.password,
    staff.c.ended_at,
)


class Listed(NamedTuple):
    """Somebody of the staff in a list: what they are at which site, and by what they can sign in."""

    id: str
    name: str
    made_at: str
    ended_at: str | None
    has_password: bool
    code_until: str | None
    has_code: bool
    has_factor: bool
    codes_left: int
    roles: dict[str, frozenset[str]]


def listed(tx: Transaction) -> list[Listed]:
    """List everybody who works here, or did, by name."""
    held: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for key, site, role in tx.ask(select(roles.c.staff_id, roles.c.site_id, roles.c.role)):
        held[key][site].add(role)
    rows = tx.ask(_LISTED)
    return [
        Listed._make([*row, {site: frozenset(some) for site, some in sorted(held[row[0]].items())}]) for row in rows
    ]


def hold_staff(tx: Transaction) -> None:
    """Let nobody else change people and roles until the transaction ends, so that what was looked at stays so."""
    if tx.kind == "postgresql":
        tx.do(text("LOCK TABLE staff, roles IN SHARE ROW EXCLUSIVE MODE"))


def person_by_id(tx: Transaction, staff_id: str) -> Person | None:
    """Give somebody by their id; None for nobody."""
    return next((_person(row) for row in tx.ask(select(*_PERSON).where(staff.c.id == staff_id))), None)


def person_by_name(tx: Transaction, name: str) -> Person | None:
    """Give somebody by their name, however it is typed; None for nobody."""
    wanted = folded(name)
    found = [key for key, called in tx.ask(select(staff.c.id, staff.c.name)) if folded(called) == wanted]
    return person_by_id(tx, found[0]) if found else None


def folded(name: str) -> str:
    """Give what makes a name the same as another."""
    return " ".join(unicodedata.normalize("NFKC", name).split()).casefold()


def add_person(tx: Transaction, staff_id: str, name: str, made_at: str) -> None:
    """Add somebody, who has no way to sign in yet."""
    tx.do(insert(staff).values(id=staff_id, name=name, made_at=made_at))


def change_person(tx: Transaction, staff_id: str, **columns: str | bytes | None) -> None:
    """Change some columns of somebody's row."""
    tx.do(update(staff).where(staff.c.id == staff_id).values(**columns))


def site_ids(tx: Transaction) -> frozenset[str]:
    """Give all sites."""
    return frozenset(site for (site,) in tx.ask(select(sites.c.id)))


def roles_of(tx: Transaction, staff_id: str) -> dict[str, frozenset[str]]:
    """Give what somebody is, by site."""
    rows = tx.ask(select(roles.c.site_id, roles.c.role).where(roles.c.staff_id == staff_id))
    return {site: frozenset(role for at, role in rows if at == site) for site, _ in rows}


def give_role(tx: Transaction, staff_id: str, site: str, role: str) -> None:
    """Give somebody a role that they have not got."""
    tx.do(insert(roles).values(staff_id=staff_id, site_id=site, role=role))


def take_role(tx: Transaction, staff_id: str, site: str, role: str) -> None:
    """Take a role from somebody."""
    tx.do(delete(roles).where(_held(staff_id, site, role)))


def sites_without_admin(tx: Transaction, now: str) -> frozenset[str]:
    """Name the sites at which no admin can sign in."""
    code_lasts = and_(staff.c.code_digest.is_not(None), or_(staff.c.code_until.is_(None), staff.c.code_until > now))
    can_sign_in = and_(staff.c.ended_at.is_(None), or_(staff.c.password.is_not(None), code_lasts))
    has_one = exists().where(
        roles.c.site_id == sites.c.id, roles.c.role == ADMIN, roles.c.staff_id == staff.c.id, can_sign_in
    )
    return frozenset(site for (site,) in tx.ask(select(sites.c.id).where(~has_one)))


def _held(staff_id: str, site: str, role: str) -> ColumnElement[bool]:
    return and_(roles.c.staff_id == staff_id, roles.c.site_id == site, roles.c.role == role)


def _person(row: tuple[str, str, bytes | None, str | None, str | None, str | None]) -> Person:
    staff_id, name, digest, *others = row
    return Person(staff_id, name, None if digest is None else bytes(digest), *others)
