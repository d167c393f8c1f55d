"""The engine: what actions are handed. The only place that wires database, clock, dice and keys together."""

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from cm_engine.clock import Clock, system_clock
from cm_engine.dice import Dice, SystemDice
from cm_engine.events import ANALYTES
from cm_engine.passwords import Passwords
from cm_engine.store.database import Database, Transaction
from cm_engine.store.published import Published, read_published
from cm_engine.store.remembered import Remembered
from cm_engine.store.stamp import stamp_of
from cm_engine.vault import Vault

if TYPE_CHECKING:
    from datetime import date


class Engine:
    """A database with a clock, dice, a vault, and what makes digests of passwords."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        *,
        clock: Clock = system_clock,
        dice: Dice | None = None,
        analytes: Collection[str] = ANALYTES,
        passwords: Passwords | None = None,
        one_person_sites: Collection[str] = (),
        policy_approval: bool = False,
    ) -> None:
        self.database = database
        self.vault = vault
        self.clock = clock
        self.dice = dice or SystemDice()
        self.analytes = frozenset(analytes)
        self.passwords = passwords or Passwords()
        self.one_person_sites = frozenset(one_person_sites)
        self.policy_approval = policy_approval
        self.remembered = Remembered()
        self._published: tuple[tuple[date, ...], Published] | None = None

    def published(self, tx: Transaction) -> Published:
        """Give what is published; read anew at each site's midnight, since what is set holds from a later day on."""
        now, kept = self.clock(), self._published
        if kept is None or kept[0] != kept[1].dates(now):
            published = read_published(tx, self.analytes)
            kept = self._published = (published.dates(now), published)
        return kept[1]

    def refresh(self, tx: Transaction) -> None:
        """Forget what is published where another process has published something since."""
        if self._published is not None and self._published[1].stamp != stamp_of(tx):
            self.forget()

    def forget(self) -> None:
        """Read anew what is published when it is next asked for."""
        self._published = None

    def close(self) -> None:
        """Close the database's connections."""
        self.database.close()


def open_engine(url: str, vault: Vault, **options: Any) -> Engine:
    """Open the engine on a database by its address. `options` are the engine's."""
    return Engine(Database(url), vault, **options)
