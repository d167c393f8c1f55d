"""What every test may ask for: a fresh database, of the kind it names or of each kind in turn."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import PostgresServer, migrate, postgres_server, sqlite_url
from tests.demos import demo, demo_file
from tests.heard import heard
from tests.installations import Installed

__all__ = ["demo", "demo_file", "heard"]

# Where files lie in memory, and how much room there must be for the tests to lie there too.
MEMORY = Path("/dev/shm")  # noqa: S108
ENOUGH = 4_000_000_000


def pytest_configure() -> None:
    """Let the databases of the tests lie in memory, where there is room: thousands of them come and go, and no test cuts the power."""
    if "TMPDIR" not in os.environ and MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= ENOUGH:
        os.environ["TMPDIR"] = str(MEMORY)  # for the processes that tests start too
        tempfile.tempdir = None


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server that is quick, and would lose data in a power cut."""
    with postgres_server() as server:
        yield server


@pytest.fixture(scope="session")
def durable_postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server that writes to disk the way a clinic's does, for tests that kill it."""
    with postgres_server(durable=True) as server:
        yield server


@pytest.fixture
def postgres_url(postgres: PostgresServer) -> Iterator[str]:
    """The URL of a fresh, empty PostgreSQL database."""
    with postgres.fresh() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a fresh, empty database: the test runs once with each kind."""
    if request.param == "sqlite":
        return sqlite_url(tmp_path)
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with all tables, to copy."""
    folder = tmp_path_factory.mktemp("migrated")
    migrate(sqlite_url(folder))
    return next(folder.iterdir())


@pytest.fixture
def migrated_sqlite_url(migrated_sqlite: Path, tmp_path: Path) -> str:
    """The URL of a fresh SQLite file with all tables, and nothing in them."""
    url = sqlite_url(tmp_path)
    shutil.copyfile(migrated_sqlite, tmp_path / migrated_sqlite.name)
    return url


@pytest.fixture
def migrated_postgres_url(postgres: PostgresServer) -> Iterator[str]:
    """The URL of a fresh PostgreSQL database with all tables, and nothing in them."""
    with postgres.fresh(postgres.template("migrated", migrate)) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def migrated_url(request: pytest.FixtureRequest) -> str:
    """The URL of a fresh database with all tables, and nothing in them: the test runs once with each kind."""
    kind = "sqlite" if request.param == "sqlite" else "postgres"
    url: str = request.getfixturevalue(f"migrated_{kind}_url")
    return url


@pytest.fixture
def clinic_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Installed:
    """An empty folder in which commands are typed; they find, or make, a SQLite database there."""
    folder = tmp_path / "clinic"
    folder.mkdir()
    monkeypatch.chdir(folder)
    for variable in ("CM_DATABASE_URL", "CM_KEY"):
        monkeypatch.delenv(variable, raising=False)
    return Installed(folder, capsys)


@pytest.fixture(params=["sqlite", "postgresql"])
def installed(request: pytest.FixtureRequest, clinic_folder: Installed) -> Installed:
    """An empty folder in which commands are typed, once with a SQLite database there, and once with a PostgreSQL database."""
    if request.param == "postgresql":
        clinic_folder.url = request.getfixturevalue("postgres_url")
    return clinic_folder
