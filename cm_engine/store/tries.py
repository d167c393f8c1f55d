"""Tries to sign in that failed, by the index of the name that was typed, whether anybody has it or not.

After five, each further one makes the name wait: a minute, then twice as long every time, up to an hour. They are forgotten once
somebody signs in, and a day after the last one.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Text, bindparam, delete, insert, select, update

from cm_engine.clock import written
from cm_engine.store.database import Statement, Transaction
from cm_engine.store.staff import folded
from cm_engine.store.tables import tries
from cm_engine.vault import Vault

FREE = 5
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)
FORGOTTEN_AFTER = timedelta(days=1)

FAILED = Statement(
    select(tries.c.failed, tries.c.locked_until).where(tries.c.name_index == bindparam("of")).with_for_update()
)


LOCKED = Statement(
    select(tries.c.name_index, tries.c.locked_until).where(tries.c.locked_until > bindparam("now", type_=Text))
)


class Failed(NamedTuple):
    """How often a name was tried in vain, and until when it waits; empty where it does not."""

    times: int = 0
    locked_until: str = ""

    def waits(self, now: str) -> bool:
        """Tell whether the name waits at a moment."""
        return now < self.locked_until


def failed(tx: Transaction, name_index: bytes) -> Failed:
    """Tell how often a name was tried in vain; its row is held until the transaction ends."""
    row = tx.row(FAILED, {"of": name_index})
    return Failed(row[0], row[1] or "") if row else Failed()


def locked_now(tx: Transaction, now: str) -> dict[bytes, str]:
    """Give which names wait at a moment, and until when."""
    return {bytes(name_index): until for name_index, until in tx.rows(LOCKED, {"now": now})}


def name_index(vault: Vault, name: str) -> bytes:
    """Give by what a name is found among those that were tried: what somebody typed there by mistake is not kept."""
    return vault.index(f"cm-engine sign-in name 1\n{folded(name)}")


def count_try(tx: Transaction, name_index: bytes, now: datetime) -> Failed:
    """Count one more."""
    times = failed(tx, name_index).times + 1
    _keep(tx, name_index, Failed(times, _locked_until(times, now)), now)
    return Failed(times, _locked_until(times, now))


def give_back(tx: Transaction, name_index: bytes, now: datetime) -> None:
    """Take back the latest one, which did not fail."""
    times = max(0, failed(tx, name_index).times - 1)
    _keep(tx, name_index, Failed(times), now)


def forget_tries(tx: Transaction, name_index: bytes) -> None:
    """Forget what failed before."""
    tx.do(delete(tries).where(tries.c.name_index == name_index))


def forget_old_tries(tx: Transaction, now: datetime) -> None:
    """Forget what failed more than a day ago."""
    tx.do(delete(tries).where(tries.c.last_at < written(now - FORGOTTEN_AFTER)))


def wait(times: int) -> timedelta:
    """Tell how long a name waits that was tried so often in vain."""
    if times < FREE:
        return timedelta()
    return min(FIRST_WAIT * (1 << min(times - FREE, 10)), LONGEST_WAIT)


def _locked_until(times: int, now: datetime) -> str:
    return written(now + wait(times)) if times >= FREE else ""


def _keep(tx: Transaction, name_index: bytes, held: Failed, now: datetime) -> None:
    values = {"failed": held.times, "locked_until": held.locked_until or None, "last_at": written(now)}
    if not tx.do(update(tries).where(tries.c.name_index == name_index).values(**values)):
        tx.do(insert(tries).values(name_index=name_index, **values))
