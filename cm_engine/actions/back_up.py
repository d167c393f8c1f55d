"""Back up: all rows, as they were at one moment, into one encrypted file, while others go on recording."""

from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from cm_engine.clock import written
from cm_engine.errors import InputError, Mistake
from cm_engine.exchange.sealed_file import write_sealed
from cm_engine.store.copying import copy_out
from cm_engine.store.database import Database, StoreError
from cm_engine.store.schema import revision
from cm_engine.vault import Vault

ENDING = ".cmbackup"
FORMAT = 1


class BackedUp(NamedTuple):
    """A backup that was written, and how large it is."""

    path: Path
    bytes: int


def back_up(database: Database, vault: Vault, path: Path, now: datetime) -> BackedUp:
    """Write a backup that gets its name once all of it is on disk; of an older revision too.

    Raises StoreError where the database cannot be read, InputError where the file cannot be written or is there.
    """
    of = revision(database)
    if of is None:
        raise StoreError(f"the database {database.name} has no tables yet, so there is nothing to back up")
    engine, moment = version("cm-engine"), written(now)
    header = {"format": FORMAT, "revision": of, "engine": engine, "made_at": moment, "kind": _kind(database)}
    with write_sealed(path, vault, header) as backup:
        copy_out(database, backup.write_line)
    return BackedUp(path, path.stat().st_size)


def new_backup(folder: Path, now: datetime) -> Path:
    """Give the name of a new backup in a folder, by date and time; the folder is made where it is not there."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        what = f"the folder of backups cannot be made: {error.strerror or error}"
        raise InputError(str(folder), [Mistake(0, "", what)]) from error
    return folder / f"cm-engine-{now.astimezone(UTC):%Y-%m-%dT%H-%M-%S.%fZ}{ENDING}"


def latest_backup(folder: Path) -> Path | None:
    """Give the latest backup of a folder, by its name; None where there is none."""
    try:
        return max(folder.glob(f"cm-engine-*{ENDING}"), default=None)
    except OSError:
        return None


def _kind(database: Database) -> str:
    return "sqlite" if database.is_sqlite else "postgresql"
