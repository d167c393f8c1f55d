"""Examine: what an installation looks like, for a request for support: versions, counts and ages; no names, no codes.

Whatever cannot be told is named as something to look at, and the rest is told all the same.
"""

import platform
import shutil
import sqlite3
from contextlib import suppress
from datetime import datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any
from zoneinfo import TZPATH, ZoneInfo, available_timezones

import sqlalchemy
from sqlalchemy import Table, func, select, text

from cm_engine.actions.back_up import latest_backup
from cm_engine.clock import Clock, system_clock, written
from cm_engine.engine import Engine
from cm_engine.errors import CmError, InputError
from cm_engine.installation import DATABASE_VARIABLE, Installation
from cm_engine.settings import Settings
from cm_engine.store.database import DamagedError, Database, NoTablesError, StoreError, Transaction
from cm_engine.store.proof import refuse_other_keys
from cm_engine.store.schema import REVISIONS, head, revision
from cm_engine.store.tables import enrolments, heads, job_runs, leases, log, participants, programs, sites
from cm_engine.store.triggers import triggers_missing
from cm_engine.vault import Vault, VaultError

Report = dict[str, Any]

LITTLE_SPACE = 500 * 1024 * 1024
OLD_BACKUP = timedelta(days=2)
# A clock that tells an earlier moment than this was never set.
BUILT = datetime.fromisoformat("2026-01-01T00:00:00+00:00")
COMMAND_TELLS = "cm-engine verify, run where the installation is, tells more"
DATABASE, KEYS = "database", "keys"
# What to do, by what was looked at and the kind of error; the first that fits.
REMEDIES: tuple[tuple[str, type[CmError], str], ...] = (
    (
        DATABASE,
        DamagedError,
        "it is not a database file, or a damaged one; put it back from a backup: cm-engine restore",
    ),
    (DATABASE, NoTablesError, "it has no tables yet, or lacks some; run cm-engine init"),
    (
        DATABASE,
        StoreError,
        "it cannot be reached or read; look whether its server runs, and whether its address is right",
    ),
    (KEYS, InputError, "there is no such key file, or it cannot be read; put it back from the copy that was kept"),
    (KEYS, VaultError, "the keys at hand are missing, or not those of this database; put back its own key file"),
)
COUNTED: dict[str, Table] = {
    "sites": sites,
    "programs": programs,
    "participants": participants,
    "enrolments": enrolments,
    "facts": log,
}


def examine(installation: Installation, clock: Clock = system_clock) -> Report:
    """Tell what an installation looks like; `look_at` says what is not as it should be."""
    now = clock()
    report: Report = {"look_at": [], "versions": _versions(), "now": written(now)}
    with _Noting(report, DATABASE):
        database = installation.database()
        try:
            report["database"] = {
                "kind": "sqlite" if database.is_sqlite else "postgresql",
                "told_by": installation.told_by,
            }
            report["disk"] = _disk(installation.settings.backups_folder, database, report)
            report["keys"] = _keys(installation, report)
            _look_inside(installation, database, report, now)
        finally:
            database.close()
    report["backup"] = _backup(installation.settings.backups_folder, report, now)
    report["time_zones"] = _time_zones()
    if now < BUILT:
        report["look_at"].append(f"the machine's clock says {now:%Y-%m-%d}: it is wrong")
    return report


def examine_running(engine: Engine, settings: Settings) -> Report:
    """Tell how a running installation does, in as little time as a page may take: what `examine` tells, without counts."""
    now = engine.clock()
    report: Report = {"look_at": [], "versions": _versions(), "now": written(now)}
    report["database"] = {"kind": "sqlite" if engine.database.is_sqlite else "postgresql", "known_revision": head()}
    report["database"]["revision"] = revision(engine.database)
    report["disk"] = _disk(settings.backups_folder, engine.database, report)
    with engine.database.reading() as tx:
        report["database"]["version"] = _server_version(tx)
        _look_at_rows(tx, report, now)
        report["heads"] = _heads(tx)
    report["backup"] = _backup(settings.backups_folder, report, now)
    return report


class _Noting:
    """Notes an error as something to look at, and goes on: in our own words, never in those that came with it.

    Messages name files and hosts, and a driver says what it likes.
    """

    def __init__(self, report: Report, part: str) -> None:
        self._report = report
        self._part = part

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> bool:
        if isinstance(error, CmError):
            self._report["look_at"].append(f"{self._part}: {type(error).__name__}: {_remedy(self._part, error)}")
            return True
        return False


def _remedy(part: str, error: CmError) -> str:
    """Say what to do about an error, by its kind alone."""
    return next((remedy for of, kind, remedy in REMEDIES if of == part and isinstance(error, kind)), COMMAND_TELLS)


def _versions() -> dict[str, str]:
    told = {
        name: _version(name) for name in ("cm-engine", "alembic", "cryptography", "apscheduler", "psycopg", "tzdata")
    }
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return {
        **told,
        "python": python,
        "sqlalchemy": sqlalchemy.__version__,
        "sqlite": sqlite3.sqlite_version,
        "system": platform.platform(terse=True),
    }


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def _disk(backups: Path, database: Database, report: Report) -> dict[str, int]:
    """Tell the free space, in bytes, where the database and the backups are."""
    places = {"backups": backups}
    if database.file:
        places["database"] = database.file.parent
    free = {name: _free(path) for name, path in places.items()}
    for name, left in free.items():
        if left < LITTLE_SPACE:
            report["look_at"].append(f"only {left // 1024**2} MB are free on the disk of the {name}")
    return free


def _free(path: Path) -> int:
    while not path.exists() and path != path.parent:
        path = path.parent
    return shutil.disk_usage(path).free


def _keys(installation: Installation, report: Report) -> Report:
    told: Report = {"in": "environment" if installation.environment_key else "file"}
    file = installation.key_file
    if file is not None:
        with suppress(OSError):
            told["mode"] = f"{file.stat().st_mode & 0o777:04o}"
        if installation.key_is_too_open():
            report["look_at"].append("others than its owner may read the key file; close it: chmod 600")
    with _Noting(report, KEYS):
        told["found"] = False
        told["sealing"] = len(installation.keys().sealing)
        told["found"] = True
    return told


def _look_inside(installation: Installation, database: Database, report: Report, now: datetime) -> None:
    if database.file and not database.file.exists():
        report["look_at"].append(
            f"there is no database; run cm-engine init, or name the one you mean: {DATABASE_VARIABLE}"
        )
        return
    inside = report["database"]
    found = revision(database)
    inside |= {"revision": found, "known_revision": head()}
    with database.reading() as tx:
        inside["version"] = _server_version(tx)
    if found != head():
        report["look_at"].append(_of_another_version(found))
        return
    with database.reading() as tx:
        report["counts"] = {
            name: tx.ask(select(func.count()).select_from(table))[0][0] for name, table in COUNTED.items()
        }
        _look_at_rows(tx, report, now)
        if report["keys"]["found"]:
            with _Noting(report, KEYS):
                report["keys"]["fits"] = False
                refuse_other_keys(tx, Vault(installation.keys()))
                report["keys"]["fits"] = True


def _look_at_rows(tx: Transaction, report: Report, now: datetime) -> None:
    """Look at what the database keeps beside the books: its triggers, jobs, lease, clock and time zones."""
    missing = triggers_missing(tx)
    report["database"]["triggers"] = "missing" if missing else "all there"
    report["look_at"] += [f"the trigger {name} is missing, so rows could be changed unseen" for name in missing]
    report["jobs"] = _jobs(tx)
    report["lease"] = _lease(tx, now)
    report["clock"] = _clock(tx, report, now)
    _check_zones(tx, report)


def _heads(tx: Transaction) -> Report | None:
    """Tell the latest head: its day, and how many chains and facts it seals; None before the first."""
    rows = tx.ask(select(heads.c.on_day, heads.c.chains, heads.c.facts).order_by(heads.c.on_day.desc()).limit(1))
    return dict(zip(("on_day", "chains", "facts"), rows[0], strict=True)) if rows else None


def _of_another_version(found: str | None) -> str:
    if found is None:
        return "the database has no tables yet; run cm-engine init"
    if found in REVISIONS:
        return "the database was made by an older version of cm-engine; run cm-engine init to migrate it"
    return "the database was made by a newer version of cm-engine; update cm-engine"


def _server_version(tx: Transaction) -> str:
    query = "SELECT sqlite_version()" if tx.kind == "sqlite" else "SHOW server_version"
    return str(tx.ask(text(query))[0][0])


def _jobs(tx: Transaction) -> list[Report]:
    """Give the last run of each job: when it was due, when it ended, and how often it had failed."""
    latest = select(job_runs.c.job, func.max(job_runs.c.due).label("due")).group_by(job_runs.c.job).subquery()
    both = (job_runs.c.job == latest.c.job) & (job_runs.c.due == latest.c.due)
    columns = (job_runs.c.job, job_runs.c.due, job_runs.c.ended_at, job_runs.c.failed)
    rows = tx.ask(select(*columns).join_from(job_runs, latest, both).order_by(job_runs.c.job))
    return [dict(zip(("job", "due", "ended_at", "failed"), row, strict=True)) for row in rows]


def _lease(tx: Transaction, now: datetime) -> list[Report]:
    """Tell when the scheduler last showed itself, and whether it holds the lease now; not who it is."""
    rows = tx.ask(select(leases.c.name, leases.c.until, leases.c.beat_at))
    return [{"name": name, "beat_at": beat, "held": until > written(now)} for name, until, beat in rows]


def _clock(tx: Transaction, report: Report, now: datetime) -> Report:
    latest = tx.ask(select(func.max(log.c.recorded_at)))[0][0]
    if latest and latest > written(now):
        report["look_at"].append(f"the latest fact was recorded at {latest}, which is yet to come: the clock went back")
    return {"latest_fact": latest}


def _check_zones(tx: Transaction, report: Report) -> None:
    unknown = sum(not _is_zone(zone) for (zone,) in tx.ask(select(sites.c.timezone)))
    if unknown:
        report["look_at"].append(f"the time zone of {unknown} sites is not known to this machine; install tzdata")


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return False
    return True


def _backup(folder: Path, report: Report, now: datetime) -> Report:
    latest = latest_backup(folder)
    if latest is None:
        report["look_at"].append("there is no backup in the folder of backups; run cm-engine backup")
        return {"latest": None}
    made_at = datetime.fromtimestamp(latest.stat().st_mtime, now.tzinfo)
    age = now - made_at
    if age > OLD_BACKUP:
        report["look_at"].append(f"the latest backup is {age.days} days old")
    return {"latest": written(made_at), "age_hours": round(age / timedelta(hours=1), 1), "bytes": latest.stat().st_size}


def _time_zones() -> Report:
    return {"known": len(available_timezones()), "from_system": any(Path(path).is_dir() for path in TZPATH)}
