"""Second factors: the secret of somebody's app, sealed, and the digests of their recovery codes.

What is sealed says whose it is, so that it opens for nobody else when rows were exchanged by hand.
"""

import json
from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import and_, bindparam, delete, func, insert, select, update

from cm_engine.store.database import Statement, Transaction
from cm_engine.store.tables import recovery_codes, second_factors
from cm_engine.vault import Vault, VaultError

FACTOR = Statement(
    select(second_factors.c.sealed, second_factors.c.last_step)
    .where(second_factors.c.staff_id == bindparam("of"))
    .with_for_update()
)


class Factor(NamedTuple):
    """The secret of somebody's app, and the latest step of time whose code was used."""

    secret: bytes
    last_step: int


def factor_of(tx: Transaction, vault: Vault, staff_id: str) -> Factor | None:
    """Give somebody's second factor, held until the transaction ends; None where there is none.

    Raises VaultError for one of somebody else.
    """
    row = tx.row(FACTOR, {"of": staff_id})
    if row is None:
        return None
    return Factor(open_secret(vault, staff_id, bytes(row[0])), row[1])


def keep_factor(tx: Transaction, staff_id: str, sealed: bytes, step: int, now: str) -> None:
    """Keep somebody's second factor; what was kept before is replaced."""
    tx.do(delete(second_factors).where(second_factors.c.staff_id == staff_id))
    tx.do(insert(second_factors).values(staff_id=staff_id, sealed=sealed, last_step=step, made_at=now))


def use_step(tx: Transaction, staff_id: str, step: int) -> None:
    """Let the code of a step, and those before it, count no more."""
    tx.do(update(second_factors).where(second_factors.c.staff_id == staff_id).values(last_step=step))


def remove_factor(tx: Transaction, staff_id: str) -> int:
    """Remove somebody's second factor and recovery codes; tell whether there was one."""
    tx.do(delete(recovery_codes).where(recovery_codes.c.staff_id == staff_id))
    return tx.do(delete(second_factors).where(second_factors.c.staff_id == staff_id))


def remove_stray_codes(tx: Transaction) -> None:
    """Remove the recovery codes of whoever has no second factor any more."""
    tx.do(delete(recovery_codes).where(recovery_codes.c.staff_id.not_in(select(second_factors.c.staff_id))))


def keep_codes(tx: Transaction, staff_id: str, digests: Iterable[bytes]) -> None:
    """Keep recovery codes; those of before are worth nothing then."""
    tx.do(delete(recovery_codes).where(recovery_codes.c.staff_id == staff_id))
    for digest in digests:
        tx.do(insert(recovery_codes).values(staff_id=staff_id, digest=digest))


def use_code(tx: Transaction, staff_id: str, digest: bytes, now: str) -> bool:
    """Use a recovery code; tell whether it is one that was not used before."""
    unused = and_(recovery_codes.c.staff_id == staff_id, recovery_codes.c.digest == digest)
    statement = update(recovery_codes).where(unused, recovery_codes.c.used_at.is_(None)).values(used_at=now)
    return bool(tx.do(statement))


def codes_left(tx: Transaction, staff_id: str) -> int:
    """Tell how many recovery codes somebody has not used."""
    unused = and_(recovery_codes.c.staff_id == staff_id, recovery_codes.c.used_at.is_(None))
    left: int = tx.ask(select(func.count()).where(unused))[0][0]
    return left


def seal_secret(vault: Vault, staff_id: str, secret: bytes) -> bytes:
    """Seal the secret of somebody's app."""
    return vault.seal(json.dumps([staff_id, secret.hex()]))


def open_secret(vault: Vault, staff_id: str, sealed: bytes) -> bytes:
    """Open the secret of somebody's app. Raises VaultError for one of somebody else."""
    whose, secret = json.loads(vault.open(sealed))
    if whose != staff_id:
        raise VaultError("a second factor was sealed for somebody else; reset it: cm-engine admin reset NAME")
    return bytes.fromhex(secret)
