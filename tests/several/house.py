"""A clinic that several processes serve: web servers and a scheduler, each the command that a clinic types, on one database.

Each can be told to end, killed, and started again at the same port, as on machines of their own.
"""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

from cm_engine.actions.enrol import enrol
from cm_engine.actions.issue_token import Wished, issue
from cm_engine.actions.requests import Request
from cm_engine.engine import Engine
from cm_engine.installation import find_installation, open_installation
from cm_engine.store.tables import prizes
from tests.installations import ROOT, command
from tests.servers import PATIENCE, wait_until
from web.access import SCOPES, scope_of

HERE = "127.0.0.1"
PROGRAM = "intensive-outpatient"
OFTEN = 1_000_000

# How many days ago everybody was enrolled: so many days' visits can be recorded.
DAYS = 28


@dataclass
class Process:
    """A command that goes on until it is told to end, in a session of its own, so that all of it can be killed."""

    folder: Path
    args: tuple[str, ...]
    port: int = 0
    running: "subprocess.Popen[bytes] | None" = None

    @property
    def log(self) -> Path:
        """What it tells on stderr, over all its lives."""
        return self.folder / f"{self.args[0]}-{self.port}.jsonl"

    def start(self) -> None:
        """Start it, and wait until it can be sent requests, where it is a server."""
        self.launch()
        self.wait()

    def wait(self) -> None:
        """Wait until a server can be sent requests."""
        if self.port:
            wait_until(self.is_ready)

    def launch(self) -> None:
        """Start it."""
        with self.log.open("ab") as log:
            self.running = subprocess.Popen(
                [sys.executable, *command(*self.args)],
                cwd=self.folder,
                stdout=subprocess.DEVNULL,
                stderr=log,
                env=os.environ | {"PYTHONPATH": str(ROOT)},
                start_new_session=True,
            )

    def stop(self) -> None:
        """Tell it to end, and wait until it has, as it should."""
        if self.running:
            self.running.terminate()
            assert self.running.wait(PATIENCE) == 0, self.log.read_text()
            self.running = None

    def kill(self) -> None:
        """Kill all of it at once, as when its machine fails."""
        if self.running:
            os.killpg(self.running.pid, signal.SIGKILL)
            self.running.wait(PATIENCE)
            self.running = None

    def kill_worker(self) -> None:
        """Kill the first of the processes that answer; the one that looks after them starts another."""
        if self.running:
            children = Path(f"/proc/{self.running.pid}/task/{self.running.pid}/children").read_text().split()
            os.kill(int(children[0]), signal.SIGKILL)

    def is_ready(self) -> bool:
        """Tell whether it may be sent requests."""
        assert self.running is None or self.running.poll() is None, self.log.read_text()
        connection = HTTPConnection(HERE, self.port, timeout=5)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()


@dataclass
class House:
    """The processes of a clinic, its people and prizes, and tokens: of who records, and of who hands over."""

    folder: Path
    servers: list[Process]
    scheduler: Process
    program: str = ""
    people: list[str] = field(default_factory=list)
    prizes: list[str] = field(default_factory=list)
    recorder: str = ""
    counter: str = ""

    @property
    def config(self) -> Path:
        """Its configuration."""
        return self.folder / "config.toml"

    def engine(self) -> Engine:
        """Open the engine on its database, as another process would."""
        return open_installation(find_installation(self.config, None, {}))

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        """Ask its database."""
        engine = self.engine()
        try:
            with engine.database.engine.connect() as connection:
                return [tuple(row) for row in connection.exec_driver_sql(sql)]
        finally:
            engine.close()


@contextmanager
def house(folder: Path, url: str, people: int, servers: int = 1, processes: int = 1) -> Iterator[House]:
    """Make a clinic in an empty database, and serve it; all of its processes end with it."""
    made = House(folder, [_server(folder, port) for port in free_ports(servers)], _scheduler(folder))
    made.config.write_text(
        f'database = "{url}"\nweb_processes = {processes}\ncalls_per_minute = {OFTEN}\n', encoding="utf-8"
    )
    init = command("init", "--program", PROGRAM, "--config", "config.toml")
    subprocess.run([sys.executable, *init], cwd=folder, check=True, capture_output=True)
    engine = made.engine()
    try:
        _fill(made, engine, people)
    finally:
        engine.close()
    with ExitStack() as stack:
        for process in (*made.servers, made.scheduler):
            stack.callback(process.kill)
            process.launch()
        for process in made.servers:
            process.wait()
        yield made


def _server(folder: Path, port: int) -> Process:
    return Process(folder, ("serve", "--port", str(port), "--config", "config.toml"), port)


def _scheduler(folder: Path) -> Process:
    return Process(folder, ("scheduler", "--config", "config.toml"))


def free_ports(number: int) -> list[int]:
    """Give ports at which nobody listens."""
    with ExitStack() as stack:
        listening = [stack.enter_context(socket.create_server((HERE, 0))) for _ in range(number)]
        return [each.getsockname()[1] for each in listening]


def first_day() -> date:
    """Give the day from which on everybody takes part."""
    return datetime.now(UTC).date() - timedelta(days=DAYS + 1)


def _fill(made: House, engine: Engine, people: int) -> None:
    with engine.database.reading() as tx:
        [running] = engine.published(tx).programs.values()
        made.prizes = [id_ for (id_,) in tx.ask(prizes.select().with_only_columns(prizes.c.id).order_by(prizes.c.name))]
    made.program = running.id
    for number in range(people):
        request = Request(f"enrol {number}", "somebody")
        made.people.append(enrol(engine, request, running.id, f"P-{number:05}", first_day())["participant"])
    made.recorder, made.counter = (_token(engine, running.site, title) for title in ("Records", "Counter"))


def _token(engine: Engine, site: str, title: str) -> str:
    wished = Wished(title, frozenset(map(scope_of, SCOPES)), frozenset({site}), 30)
    return issue(engine, Request(f"token {title}", "somebody"), wished).says
