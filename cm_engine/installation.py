"""An installation: its settings, its database and its keys; where they are found, and how they are opened.

What a command is told goes before the environment, that before the configuration, and that before what lies in the folder:
the files `clinic.db` and `clinic.key`, which `init` makes.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import URL

from cm_engine.engine import Engine
from cm_engine.errors import InputError
from cm_engine.exchange.key_file import VARIABLE, read_keys, too_open
from cm_engine.settings import Settings, read_settings
from cm_engine.store.database import Database, StoreError, address
from cm_engine.store.proof import refuse_other_keys
from cm_engine.store.schema import refuse_other_revision
from cm_engine.vault import Keys, Vault, VaultError

DATABASE_VARIABLE = "CM_DATABASE_URL"
DEFAULT_DATABASE = "clinic.db"


@dataclass(frozen=True)
class Installation:
    """Where an installation has what, and who said so."""

    settings: Settings
    url: URL
    told_by: str
    environment_key: str | None = field(default=None, repr=False)

    @property
    def key_file(self) -> Path | None:
        """The file of the keys; None where the environment holds them."""
        return None if self.environment_key else self.settings.path(self.settings.key_file)

    def database(self) -> Database:
        """Give the database, which nobody has connected to yet. Raises StoreError for one in memory."""
        database = Database(self.url)
        if database.is_sqlite and database.file is None:
            raise StoreError('a database in memory is gone when the command ends; name a file: "sqlite:///clinic.db"')
        return database

    def keys(self) -> Keys:
        """Read the keys. Raises InputError or VaultError where there are none."""
        return read_keys(self.key_file, self.environment_key)

    def keys_at_hand(self) -> Keys | None:
        """Read the keys; None where there are none that can be read."""
        try:
            return self.keys()
        except (InputError, VaultError):
            return None

    def key_is_too_open(self) -> bool:
        """Tell whether others than its owner may read the key file."""
        with suppress(OSError):
            return self.key_file is not None and too_open(self.key_file)
        return False


def find_installation(config: Path | None, database: str | None, environment: Mapping[str, str]) -> Installation:
    """Find an installation: by its configuration file, and the database's address where it is told.

    Raises InputError with every mistake of the configuration, and StoreError for an address that is none.
    """
    settings = read_settings(config)
    url, told_by = _database(settings, database, environment)
    return Installation(settings, url, told_by, environment.get(VARIABLE, "").strip() or None)


def open_installation(installation: Installation, warn: Callable[[str], None] = lambda _: None) -> Engine:
    """Open the engine of an installation.

    Raises StoreError where there is no database, or one of another version; VaultError or InputError where the keys are
    missing, or are not those of the database.
    """
    database = installation.database()
    try:
        refuse_missing(database)
        refuse_other_revision(database)
        vault = Vault(installation.keys())
        with database.reading() as tx:
            refuse_other_keys(tx, vault)
    except BaseException:
        database.close()
        raise
    if installation.key_is_too_open():
        warn(f"others than its owner may read the key file {installation.key_file}; close it: chmod 600")
    return _engine(installation, database, vault)


def open_again(installation: Installation) -> Engine:
    """Open the engine of an installation that this program has opened before, and ask its database nothing.

    So a process that takes another's place begins also while the database is away, or was migrated for the next version meanwhile.
    """
    database = installation.database()
    refuse_missing(database)
    return _engine(installation, database, Vault(installation.keys()))


def _engine(installation: Installation, database: Database, vault: Vault) -> Engine:
    settings = installation.settings
    return Engine(
        database,
        vault,
        analytes=settings.known_analytes,
        one_person_sites=settings.one_person_sites,
        policy_approval=settings.policy_approval,
    )


def open_anew(installation: Installation, keys: Keys) -> Engine:
    """Open the engine with other keys than the database's own, which are lost. Raises StoreError like `open_installation`."""
    database = installation.database()
    try:
        refuse_missing(database)
        refuse_other_revision(database)
    except BaseException:
        database.close()
        raise
    return Engine(database, Vault(keys), analytes=installation.settings.known_analytes)


def refuse_missing(database: Database) -> None:
    """Raise StoreError where a SQLite file is not there: opening it would make an empty one."""
    if database.file and not database.file.exists():
        raise StoreError(
            f"there is no database {database.file}; run cm-engine init to make it, or name the one you mean: "
            f'--database "sqlite:///clinic.db", {DATABASE_VARIABLE}, or database in the configuration'
        )


def _database(settings: Settings, told: str | None, environment: Mapping[str, str]) -> tuple[URL, str]:
    if told is not None:
        return address(told), "--database"
    if DATABASE_VARIABLE in environment and environment[DATABASE_VARIABLE].strip():
        return address(environment[DATABASE_VARIABLE]), DATABASE_VARIABLE
    if settings.database is not None:
        return _in_folder(settings, address(settings.database)), "the configuration"
    return URL.create("sqlite", database=str(settings.path(DEFAULT_DATABASE))), "the folder"


def _in_folder(settings: Settings, url: URL) -> URL:
    """Take a SQLite file's path from the configuration's folder."""
    if url.get_backend_name() != "sqlite" or url.database in {None, "", ":memory:"}:
        return url
    return url.set(database=str(settings.path(str(url.database))))
