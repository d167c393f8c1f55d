"""Proof: whether the keys at hand are the ones of this database, told before anything is sealed or looked up by them."""

import hmac

from sqlalchemy import delete, insert, select

from cm_engine.store.database import Transaction
from cm_engine.store.tables import settings
from cm_engine.vault import Vault, VaultError

_TEXT = "cm-engine"
_INDEX = "index key"
_SEALING = "sealing key"

_REMEDY = (
    "name the key file that `cm-engine init` made with this database, or `cm-engine key replace-lost` after a loss "
    "(key_file in the configuration), or set CM_KEY"
)


def has_proof(tx: Transaction) -> bool:
    """Tell whether the database has been made with a key: whether `init` came to its end."""
    return _INDEX in _kept(tx)


def keep_proof(tx: Transaction, vault: Vault) -> None:
    """Keep what shows again later that the keys are the same; what was kept before is replaced."""
    tx.do(delete(settings).where(settings.c.name.in_((_INDEX, _SEALING))))
    tx.do(insert(settings).values(name=_INDEX, value=_index_of(vault)))
    tx.do(insert(settings).values(name=_SEALING, value=vault.seal(_TEXT).decode("ascii")))


def refuse_other_keys(tx: Transaction, vault: Vault) -> None:
    """Raise VaultError, with the remedy, where the keys are not those of the database."""
    kept = _kept(tx)
    if _INDEX not in kept:
        raise VaultError("this database was made, but not made ready; run cm-engine init")
    if not hmac.compare_digest(kept[_INDEX], _index_of(vault)):
        raise VaultError(f"the key at hand belongs to another database, or was replaced as lost; {_REMEDY}")
    try:
        vault.open(kept[_SEALING].encode("ascii"))
    except VaultError as error:
        what = "the index key is that of this database, but no other key at hand opens what is sealed in it"
        raise VaultError(f"{what}; put back the key file as it was after the last `cm-engine key rotate`") from error


def _kept(tx: Transaction) -> dict[str, str]:
    return dict(tx.ask(select(settings.c.name, settings.c.value).where(settings.c.name.in_((_INDEX, _SEALING)))))


def _index_of(vault: Vault) -> str:
    return vault.index(_TEXT).hex()
