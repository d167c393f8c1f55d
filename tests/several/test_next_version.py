"""A migration beside the version that runs: it goes on, also where one of its processes is replaced; started anew, it is refused."""

import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

from cm_engine.actions.verify import verify
from cm_engine.installation import find_installation, open_again
from tests.databases import PostgresServer
from tests.installations import command
from tests.servers import PATIENCE
from tests.several.crowd import crowd, live_together
from tests.several.house import House, house
from tests.several.next_version import migrate_to_next


def test_the_version_that_runs_goes_on_while_the_next_one_migrates(postgres: PostgresServer, tmp_path: Path) -> None:
    (tmp_path / "clinic").mkdir()
    with postgres.fresh() as url, house(tmp_path / "clinic", url, people=8) as clinic:
        clients = crowd(clinic, 3)
        live_together(clients, lambda: migrated(clinic, url, tmp_path / "next"))
        told = [each for client in clients for each in client.told]
        assert {each.status for each in told} <= {200, 201, 422}
        assert started_anew(clinic) == (2, True)
        with closing(open_again(find_installation(clinic.config, None, {}))) as engine:
            assert verify(engine).faults == []


def migrated(clinic: House, url: str, folder: Path) -> None:
    """Migrate in the middle of the work, and replace a process afterwards."""
    [server] = clinic.servers
    time.sleep(1)
    migrate_to_next(url, folder)
    time.sleep(1)
    server.kill_worker()
    time.sleep(2)


def started_anew(clinic: House) -> tuple[int, bool]:
    """Start the older version once more; give how it ends, and whether it says what to do."""
    again = [sys.executable, *command("serve", "--port", "0", "--config", "config.toml")]
    ended = subprocess.run(again, cwd=clinic.folder, capture_output=True, text=True, timeout=PATIENCE, check=False)
    return ended.returncode, "was made by a newer version of cm-engine" in ended.stderr
