"""Restore: the rows of a backup into an empty database, or in place of what is there, checked before they count.

All of it is one transaction: the tables are made, filled and migrated, everything is verified, and every open draw is sealed
anew, because a copy of its bytes may be about. Whoever reads meanwhile sees what was there before.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from cm_engine.actions.back_up import FORMAT, BackedUp, back_up
from cm_engine.actions.draw import reseal_all
from cm_engine.actions.requests import Doing, Request
from cm_engine.actions.verify import Found, verify_in
from cm_engine.engine import Engine
from cm_engine.errors import CmError, InputError, Mistake, quoted
from cm_engine.exchange.sealed_file import read_sealed
from cm_engine.store.copying import copy_in
from cm_engine.store.database import DamagedError, Database, StoreError, Transaction, make_file
from cm_engine.store.people import index_names
from cm_engine.store.proof import refuse_other_keys
from cm_engine.store.schema import is_empty, revision
from cm_engine.store.sessions import end_all_sessions

BESIDE = ("", "-wal", "-shm", "-journal")


class Restored(NamedTuple):
    """What was restored: when the backup was made, what was checked, and how many open draws were sealed anew."""

    made_at: str
    found: Found
    resealed: int


class FaultyBackupError(CmError):
    """A backup whose books do not hold; nothing was changed."""

    def __init__(self, found: Found) -> None:
        self.found = found
        lines = [f"{fault.check}: {fault.what}" for fault in found.faults]
        remedy = "nothing was changed; take an earlier backup, or restore it all the same: --despite-faults"
        super().__init__("\n".join([*lines, f"the backup has {len(lines)} faults of its own; {remedy}"]))


def restore(engine: Engine, request: Request, backup: Path, *, replace: bool = False, faults: bool = False) -> Restored:
    """Restore a backup into the engine's database; nothing is changed where anything fails.

    `replace` lets it take the place of what is there, `faults` lets the books of the backup be faulty. Raises InputError
    for a file that is damaged, cut off, or of another key; StoreError where the database is not empty; FaultyBackupError.
    """
    database = engine.database
    if not replace and not is_empty(database):
        raise StoreError(
            f"the database {database.name} is not empty; restore into a new place, or give --replace: "
            "what is there is backed up first, and then replaced"
        )
    told: list[Restored] = []
    with read_sealed(backup, engine.vault) as reader:
        of = _revision(backup, reader.header)

        def finish(tx: Transaction) -> None:
            refuse_other_keys(tx, engine.vault)
            found = verify_in(engine, tx)
            if not found.is_clean and not faults:
                raise FaultyBackupError(found)
            index_names(tx, engine.vault)
            end_all_sessions(tx)  # who was signed in when the backup was made may have been signed out since
            told.append(
                Restored(str(reader.header["made_at"]), found, reseal_all(Doing(engine, tx, request), found.drawing))
            )

        with _no_file_left(database):
            copy_in(database, of, reader.lines(), finish, replace=replace)
    engine.forget()
    return told[0]


@contextmanager
def kept_before(engine: Engine, path: Path, now: datetime) -> Iterator[Path | None]:
    """Back up what a restore is about to replace; give where it is kept, None where there is nothing.

    A SQLite file that cannot be read is put aside as it is, and comes back where the restore fails. Raises StoreError where
    the tables are somebody else's.
    """
    try:
        backed_up = back_up_before(engine, path, now)
    except DamagedError:
        aside = _put_aside(engine.database, now)
        try:
            yield aside
        except BaseException:
            engine.close()
            _rename(aside, _file(engine.database))
            raise
    else:
        yield backed_up.path if backed_up else None


def back_up_before(engine: Engine, path: Path, now: datetime) -> BackedUp | None:
    """Back up what a restore is about to replace; None where there is nothing. Raises StoreError where it is not ours."""
    if is_empty(engine.database):
        return None
    if revision(engine.database) is None:
        raise StoreError(
            f"the database {engine.database.name} holds tables of something else, which are never replaced; name another"
        )
    return back_up(engine.database, engine.vault, path, now)


def _put_aside(database: Database, now: datetime) -> Path:
    """Give a SQLite file that cannot be read, and what belongs to it, another name."""
    database.close()
    file = _file(database)
    aside = file.with_name(f"{file.name}.unreadable-{now:%Y-%m-%dT%H-%M-%S.%fZ}")
    _rename(file, aside)
    return aside


def _rename(file: Path, to: Path) -> None:
    for ending in reversed(BESIDE):
        with suppress(FileNotFoundError):
            file.with_name(f"{file.name}{ending}").rename(to.with_name(f"{to.name}{ending}"))


def _file(database: Database) -> Path:
    if database.file is None:
        raise StoreError(f"the database {database.name} is damaged; restore into a new one")
    return database.file


class _no_file_left:  # noqa: N801 - reads as a word, like `suppress`
    """Leave no empty SQLite file, and no stale one beside, where there was none before and nothing came of it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._was_there = database.file is None or database.file.exists()

    def __enter__(self) -> None:
        if not self._was_there and (stale := self._beside("-wal", "-journal")):
            names = ", ".join(path.name for path in stale)
            raise StoreError(
                f"there is no database {self._database.file}, but {names} of an earlier one: they may hold what it recorded "
                "last; put its file back, or move them away"
            )
        make_file(self._database)

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None and not self._was_there:
            self._database.close()
            for path in self._beside(*BESIDE):
                path.unlink(missing_ok=True)

    def _beside(self, *endings: str) -> list[Path]:
        file = self._database.file
        named = [file.with_name(f"{file.name}{ending}") for ending in endings] if file else []
        return [path for path in named if path.exists()]


def _revision(backup: Path, header: Mapping[str, Any]) -> str:
    if header.get("format") != FORMAT or not isinstance(header.get("revision"), str):
        what = f"was made by another version of cm-engine ({quoted(header.get('engine'))}); restore it with that one"
        raise InputError(str(backup), [Mistake(0, "", what)])
    return str(header["revision"])
