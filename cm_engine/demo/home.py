"""The home of the demo: a folder with its database, its key and its configuration; made where there is none, or an earlier day's.

The files have names of their own, so that a clinic's are never taken for them. A database appears there whole, or not at all.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import URL, event

from cm_engine.clock import system_clock
from cm_engine.demo.fill import Reached, fill
from cm_engine.errors import CmError
from cm_engine.exchange.key_file import write_key_file
from cm_engine.installation import Installation, find_installation, open_installation
from cm_engine.scheduler import zone_of
from cm_engine.store.database import Database, make_file
from cm_engine.store.demo_mark import demo_made_on
from cm_engine.store.schema import upgrade
from cm_engine.vault import Keys, Vault

DATABASE, KEY, CONFIGURATION = "demo.db", "demo.key", "demo.toml"

_CONFIGURATION = f"""# The demo: made-up people, on this machine alone. Made anew each day by cm-engine demo.
database = "sqlite:///{DATABASE}"
key_file = "{KEY}"
"""

# What SQLite keeps beside its file.
_BESIDE = ("", "-wal", "-shm")

Say = Callable[[str], None]


class DemoError(CmError):
    """A folder in which the demo cannot be made."""


def demo_in(folder: Path, zone: ZoneInfo, say: Say, reached: Reached, *, keep: bool = False) -> Installation:
    """Give the demo of a folder; made first where there is none, or where it is of an earlier day (unless it is to be kept).

    `say` is told why it is made, and `reached` how far that is, from 0 to 1.
    """
    installation = find_installation(_configured(folder), None, {})
    why = _why_to_make(folder, installation, keep=keep)
    if why:
        say(f"{why}: filling a demo database in {folder} ...")
        make_demo(folder, system_clock(), zone, reached)
    return installation


def make_demo(folder: Path, now: datetime, zone: ZoneInfo, reached: Reached) -> None:
    """Fill a demo database beside the one there is, and put it in its place."""
    new = {name: folder / f"{name}.new" for name in (DATABASE, KEY)}
    for file in new.values():
        _remove(file)
    keys = Keys.new()
    write_key_file(new[KEY], keys)
    database = hurried(new[DATABASE])
    try:
        upgrade(database)
        fill(database, Vault(keys), now, zone, reached)
    finally:
        database.close()
    _remove(folder / DATABASE)
    for name, file in reversed(new.items()):
        file.replace(folder / name)


def hurried(file: Path) -> Database:
    """Open a SQLite file to be filled without waiting for the disk at every step: what was cut short is made anew."""
    database = Database(URL.create("sqlite", database=str(file.absolute())))
    make_file(database)
    event.listen(database.engine, "connect", lambda opened, _: opened.execute("PRAGMA synchronous = OFF"))
    return database


def _configured(folder: Path) -> Path:
    """Make the folder with its configuration; give the file. Raises DemoError where that cannot be."""
    file = folder / CONFIGURATION
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not file.exists():
            file.write_text(_CONFIGURATION, encoding="utf-8")
    except OSError as error:
        raise DemoError(
            f"no demo can be made in {folder} ({error.strerror}); name another folder with --folder"
        ) from error
    return file


def _why_to_make(folder: Path, installation: Installation, *, keep: bool) -> str:
    """Tell why the demo is to be made; empty where it is there. Raises DemoError where a database is there that is no demo."""
    if not (folder / DATABASE).exists():
        return "there is none yet"
    if not (folder / KEY).exists():
        raise _no_demo(folder)
    try:
        engine = open_installation(installation)
    except CmError:  # it is of another version, or damaged
        return "the one there cannot be opened by this version"
    try:
        with engine.database.reading() as tx:
            made_on = demo_made_on(tx)
        today = engine.clock().astimezone(zone_of(engine)).date()
    finally:
        engine.close()
    if made_on is None:
        raise _no_demo(folder)
    is_old = made_on < today and not keep
    return f"the one there is of {made_on}, and today is to be in the middle of it (--keep keeps it)" if is_old else ""


def _no_demo(folder: Path) -> DemoError:
    return DemoError(f"{folder / DATABASE} is no demo, and stays as it is; name another folder with --folder")


def _remove(file: Path) -> None:
    for beside in _BESIDE:
        with suppress(FileNotFoundError):
            file.with_name(file.name + beside).unlink()
