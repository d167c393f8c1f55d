"""A clinic that is served, to be measured: the application under its server, with people, tablets and a token, on a database.

Beside its own addresses it has one more, whose POST commits one row and does nothing else: the least that a request that writes costs.
"""

import os
import socket
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from http import HTTPStatus
from http.client import HTTPConnection
from http.cookiejar import CookieJar
from multiprocessing import get_context
from pathlib import Path
from secrets import token_hex
from typing import Any
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPCookieProcessor, build_opener

from flask import Flask
from flask.typing import ResponseReturnValue
from gunicorn.app.base import BaseApplication
from sqlalchemy import text

from benchmarks.clinic import SHIPPED
from cm_engine.actions.enrol import enrol
from cm_engine.actions.issue_token import Wished, issue
from cm_engine.actions.place_kiosk import register
from cm_engine.actions.requests import Request
from cm_engine.actions.reset_pin import issue_code
from cm_engine.actions.revise import set_up
from cm_engine.engine import Engine
from cm_engine.exchange.policy_file import load_policy
from cm_engine.exchange.program_file import parse_terms
from cm_engine.process_log import write_process_log
from cm_engine.settings import Settings
from cm_engine.store.database import Database
from cm_engine.store.schema import upgrade
from cm_engine.vault import Keys, Vault
from web.access import SCOPES, scope_of
from web.app import create_app
from web.doors import open_to_all
from web.options import Options
from web.request_log import RequestLog
from web.serving import THREADS

HERE = "127.0.0.1"
PROCESSES = 2
PIN = "482913"
FLOOR = "/floor"
SOMEBODY = "somebody"

# So long ago everybody was enrolled: each has as many days to come.
DAYS = 28


@dataclass
class Served:
    """Where a clinic is served, by which processes, and what its clients need: people, a token, a tablet each."""

    port: int
    arbiter: int
    people: list[str]
    token: str
    tablets: "list[Tablet]"

    def memory(self) -> int:
        """Give what the processes that answer hold in memory, in bytes."""
        return sum(_resident(child / "status") for child in self._children())

    def busy(self) -> float:
        """Give for how many seconds the processes that answer have kept a core busy."""
        return sum(_busy(child / "stat") for child in self._children())

    def _children(self) -> list[Path]:
        children = Path(f"/proc/{self.arbiter}/task/{self.arbiter}/children").read_text().split()
        return [Path("/proc") / child for child in children]


def _resident(status: Path) -> int:
    [line] = [line for line in status.read_text().splitlines() if line.startswith("VmRSS")]
    return int(line.split()[1]) * 1024


def _busy(stat: Path) -> float:
    fields = stat.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def first_day() -> date:
    """Give the day from which on everybody takes part."""
    return datetime.now(UTC).date() - timedelta(days=DAYS + 1)


@contextmanager
def served(url: str, folder: Path, people: int, tablets: int) -> Iterator[Served]:
    """Make a clinic in an empty database, and serve it the way that it is run."""
    server = _Server(url, Keys.new(), folder)
    engine = server.engine()
    upgrade(engine.database)
    with engine.database.writing() as tx:
        tx.do(text("CREATE TABLE floor_rows (id TEXT PRIMARY KEY)"))
    ids, token = _people(engine, people)
    engine.close()  # before the process is forked off
    process = get_context("fork").Process(target=server.run_quietly)
    process.start()
    try:
        _wait_for(server.port)
        with closing(server.engine()) as engine:
            paired = [_tablet(engine, server.port, ids[number], number) for number in range(tablets)]
        yield Served(server.port, process.pid or 0, ids, token, paired)
    finally:
        process.terminate()
        process.join()


def _people(engine: Engine, number: int) -> tuple[list[str], str]:
    terms = parse_terms("program", SHIPPED.read_text(encoding="utf-8"))
    program = set_up(engine, Request("set up", "system"), terms, [load_policy(name) for name in terms.policies])[
        "program"
    ]
    with engine.database.reading() as tx:
        site = engine.published(tx).programs[program].site
    ids = [
        enrol(engine, Request(f"enrol {each}", SOMEBODY), program, f"P-{each:05}", first_day())["participant"]
        for each in range(number)
    ]
    wished = Wished("Records", frozenset(map(scope_of, SCOPES)), frozenset({site}), 30)
    return ids, issue(engine, Request("token", SOMEBODY), wished).says


@dataclass
class Tablet:
    """A tablet that is paired with a kiosk of its own; one of the people comes to it."""

    port: int
    code: str
    cookies: CookieJar = field(default_factory=CookieJar)

    def send(self, address: str, **typed: str) -> str:
        """Send a form; give the address that it leads to."""
        form = urlencode({"key": token_hex(12), **typed}).encode()
        with build_opener(HTTPCookieProcessor(self.cookies)).open(f"http://{HERE}:{self.port}{address}", form) as page:
            return str(urlsplit(page.url).path)

    def signed_in(self) -> str:
        """Let them sign in by their PIN; give the cookie that shows it."""
        self.send("/kiosk", card=self.code)
        assert self.send("/kiosk/pin", pin=PIN) == "/kiosk/home"  # noqa: S101 - the page is measured
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.cookies)


def _tablet(engine: Engine, port: int, participant: str, number: int) -> Tablet:
    """Pair a tablet, and let somebody choose a PIN at it."""
    with engine.database.reading() as tx:
        [running] = engine.published(tx).programs.values()
    paired = register(engine, Request(f"register {number}", SOMEBODY), running.site, f"Tablet {number}").code
    given = issue_code(engine, Request(f"code {number}", SOMEBODY), participant).code
    tablet = Tablet(port, f"P-{number:05}")
    tablet.send("/kiosk/pair", code=paired)
    tablet.send("/kiosk", card=tablet.code)
    tablet.send("/kiosk/new-pin", code=given, pin=PIN, again=PIN)
    tablet.send("/kiosk/leave")
    return tablet


class _Server(BaseApplication):
    """The application under its server, each process with an engine of its own."""

    def __init__(self, url: str, keys: Keys, folder: Path) -> None:
        self._url, self._keys, self._log = url, keys, folder / "server.jsonl"
        self._secret = token_hex()
        self.port = _free_port()
        super().__init__()

    def load_config(self) -> None:
        """Set it as it is served."""
        told = {
            "bind": f"{HERE}:{self.port}",
            "workers": PROCESSES,
            "worker_class": "gthread",
            "threads": THREADS,
            "logger_class": RequestLog,
            "control_socket_disable": True,
        }
        for name, value in told.items():
            self.cfg.set(name, value)

    def engine(self) -> Engine:
        """Open the engine."""
        return Engine(Database(self._url), Vault(self._keys))

    def application(self, engine: Engine) -> Flask:
        """Put the application together, with the address that does next to nothing."""
        long = timedelta(days=1)
        settings = Settings(calls_per_minute=1_000_000)
        app = create_app(
            engine, Options(secret=self._secret, settings=settings, is_throttled=False, idle=long, longest=long)
        )
        app.config["WTF_CSRF_ENABLED"] = False
        app.add_url_rule(FLOOR, "floor", open_to_all(lambda: _commit_one(engine)), methods=["POST"])
        return app

    def load(self) -> Any:
        """Give the application to a process that answers."""
        return self.application(self.engine())

    def run_quietly(self) -> None:
        """Serve; what is told goes into a file, as it would on a machine of its own."""
        os.dup2(os.open(self._log, os.O_WRONLY | os.O_CREAT | os.O_APPEND), 2)
        write_process_log()
        self.run()


def _commit_one(engine: Engine) -> ResponseReturnValue:
    with engine.database.writing() as tx:
        tx.do(text("INSERT INTO floor_rows VALUES (:id)").bindparams(id=token_hex(12)))
    return {}, HTTPStatus.CREATED


def _free_port() -> int:
    with socket.create_server((HERE, 0)) as free:
        port: int = free.getsockname()[1]
    return port


def _wait_for(port: int) -> None:
    for _ in range(400):
        connection = HTTPConnection(HERE, port, timeout=5)
        try:
            connection.request("GET", "/readyz")
            if connection.getresponse().status == HTTPStatus.OK:
                return
        except OSError:
            time.sleep(0.05)
        finally:
            connection.close()
    raise TimeoutError("the server does not begin")
