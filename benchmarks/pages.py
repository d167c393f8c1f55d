"""Pages: what each costs among 100,000 people and five million events, beside an empty page of the same application.

Both are asked for over one connection to the server that the application is run by.
"""

import re
import socket
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from gzip import compress
from http import HTTPStatus
from http.client import HTTPConnection
from multiprocessing import get_context
from pathlib import Path
from secrets import token_hex
from typing import Any, NamedTuple
from urllib.parse import urlencode

from flask import Flask, render_template
from flask.testing import FlaskClient
from gunicorn.app.base import BaseApplication
from sqlalchemy import insert, select
from werkzeug.routing import Rule

from benchmarks import many
from benchmarks.clinic import SetClock
from benchmarks.costs import machine
from cm_engine.actions.drafts import Begun, begin_draft
from cm_engine.actions.place_kiosk import register
from cm_engine.actions.requests import Request
from cm_engine.actions.reset_pin import issue_code
from cm_engine.catalogue import preset_text
from cm_engine.clock import written
from cm_engine.engine import Engine
from cm_engine.store.database import Database, Statement, Transaction
from cm_engine.store.factors import keep_factor, seal_secret
from cm_engine.store.sessions import PASSWORD, begin_session
from cm_engine.store.tables import log, participants, prizes, programs, roles, staff
from cm_engine.vault import Vault
from web.access import Role
from web.app import create_app
from web.doors import open_to_staff
from web.options import Options
from web.viewer import TOKEN, WHO

ROUNDS = 15
GOAL, LARGEST = 5, 150
SOMEBODY = token_hex(12)  # who has all roles
PIN = "482913"
EMPTY = "empty"
DOCS = "/api/v1/docs"
POLICY = "va-prize"  # of the program that is shipped

_FILE = re.compile(rb'(?:src|href)="(/(?:static|pictures)/[^"]+)"')

# What some pages are asked for beside what their address names.
ASKED_FOR = {"at": "10:00", "kind": "attendance", "what": "cap:near:usd:599.00:State Medicaid"}


class Page(NamedTuple):
    """What a page took, in seconds, how many statements it asked of the database, and what its first load weighs.

    That is the page with all its files, in bytes: as it is sent, and compressed.
    """

    seconds: float
    statements: int
    weight: int
    compressed: int


def measure() -> None:
    """Measure, and print a table for docs/measurements.md: the empty page, then the others, the dearest first."""
    with tempfile.TemporaryDirectory() as folder, _rooms(Path(folder)) as (app, addresses, engine, there):
        found = _measured(app, addresses, engine, there)
    empty = found.pop(EMPTY)
    print(f"\n{machine()}, {many.PEOPLE:,} people, {many.SITES} sites; medians of {ROUNDS}, taking turns\n")
    print("| page | took | of an empty page | statements | first load | compressed |\n|---|---|---|---|---|---|")
    print(_row("an empty page", empty, empty))
    for name, page in sorted(found.items(), key=lambda pair: -pair[1].seconds):
        print(_row(name, page, empty))
    print(f"\ngoals: at most {GOAL} times an empty page; at most {LARGEST} KB compressed")


def _row(name: str, page: Page, empty: Page) -> str:
    took = f"{page.seconds * 1000:.1f} ms | {page.seconds / empty.seconds:.1f}"
    return f"| {name} | {took} | {page.statements} | {page.weight / 1000:.0f} KB | {page.compressed / 1000:.0f} KB |"


@contextmanager
def _rooms(folder: Path) -> Iterator[tuple[Flask, dict[str, str], Engine, many.Many]]:
    url = f"sqlite:///{folder / 'many.db'}"
    there = many.fill(url)
    clock = SetClock()
    clock.now = many.NOW
    engine = Engine(Database(url), Vault(there.keys), clock=clock)
    try:
        _employ(engine, there.program)
        draft = _draft(engine, there.program)
        long = timedelta(days=1)
        app = create_app(engine, Options(secret=token_hex(), is_throttled=False, idle=long, longest=long))
        app.config["WTF_CSRF_ENABLED"] = False
        app.add_url_rule("/empty", EMPTY, open_to_staff(lambda: render_template("page.html")))
        yield app, _addresses(app, engine, there, draft), engine, there
    finally:
        engine.close()


def _employ(engine: Engine, program: str) -> None:
    """Let somebody have all roles at the site of a program."""
    now = written(engine.clock())
    with engine.database.writing() as tx:
        site = _one(tx, select(programs.c.site_id).where(programs.c.id == program))
        tx.do(insert(staff).values(id=SOMEBODY, name=f"Somebody {SOMEBODY}", made_at=now))
        for role in Role:
            tx.do(insert(roles).values(staff_id=SOMEBODY, site_id=site, role=role))
        keep_factor(tx, SOMEBODY, seal_secret(engine.vault, SOMEBODY, bytes(20)), 0, now)


def _measured(app: Flask, addresses: dict[str, str], engine: Engine, there: many.Many) -> dict[str, Page]:
    """Open every page in turn, again and again."""
    clients = {"": _desk(app, engine), "/kiosk": _tablet(app, engine, there)}
    of = {name: clients["/kiosk" if address.startswith("/kiosk") else ""] for name, address in addresses.items()}
    counts, weights = {}, {}
    for name, address in addresses.items():
        of[name].get(address)  # what is read once is read now
        with _counted() as asked:
            answer = of[name].get(address)
        assert answer.status_code == HTTPStatus.OK, (address, answer.status_code)  # noqa: S101 - the page is measured
        counts[name], weights[name] = len(asked), _weight(of[name], answer.data)
    took = _served(app, {name: (address, of[name]) for name, address in addresses.items()})
    return {name: Page(statistics.median(took[name]), counts[name], *weights[name]) for name in addresses}


def _weight(client: FlaskClient, page: bytes) -> tuple[int, int]:
    """Weigh a page with all the files that it names: as it is sent, and compressed."""
    files = {file.split(b"#")[0] for file in _FILE.findall(page)}
    parts = [page, *(client.get(file.decode()).data for file in sorted(files))]
    return sum(map(len, parts)), sum(len(compress(part)) for part in parts)


def _served(app: Flask, asked: dict[str, tuple[str, FlaskClient]]) -> dict[str, list[float]]:
    """Ask the server for every page in turn, again and again, over one connection; give the seconds of each."""
    took: defaultdict[str, list[float]] = defaultdict(list)
    with _serving(app) as port:
        connection = HTTPConnection("127.0.0.1", port)
        for round_ in range(ROUNDS + 1):
            for name, (address, client) in asked.items():
                begun = time.perf_counter()
                connection.request("GET", address, headers={"Cookie": _cookies(client)})
                answer = connection.getresponse()
                answer.read()
                assert answer.status == HTTPStatus.OK, (address, answer.status)  # noqa: S101 - the page is measured
                if round_:  # the first one warms the process up
                    took[name].append(time.perf_counter() - begun)
        connection.close()
    return took


def _cookies(client: FlaskClient) -> str:
    return "; ".join(f"{cookie.key}={cookie.value}" for cookie in (client._cookies or {}).values())


class _Server(BaseApplication):
    """The application under the server that it is run by, with one process."""

    def __init__(self, app: Flask, port: int) -> None:
        self._app, self._port = app, port
        super().__init__()

    def load_config(self) -> None:
        """Set where it listens; the rest as it is served."""
        told = {"bind": f"127.0.0.1:{self._port}", "worker_class": "gthread", "threads": 8, "loglevel": "error"}
        for name, value in told.items():
            self.cfg.set(name, value)
        self.cfg.set("control_socket_disable", True)  # noqa: FBT003 - its way

    def load(self) -> Any:
        """Give the application."""
        return self._app


@contextmanager
def _serving(app: Flask) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    server = get_context("fork").Process(target=_Server(app, port).run)
    server.start()
    try:
        _wait_for(port)
        yield port
    finally:
        server.terminate()
        server.join()


def _wait_for(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError("the server does not begin")


def _desk(app: Flask, engine: Engine) -> FlaskClient:
    """Give a browser in which somebody of the staff is signed in."""
    client, token, now = app.test_client(), token_hex(), written(engine.clock())
    with engine.database.writing() as tx:
        begin_session(tx, token, SOMEBODY, PASSWORD, now, factor_at=now)
    with client.session_transaction() as session:
        session[TOKEN], session[WHO] = token, SOMEBODY
    return client


def _tablet(app: Flask, engine: Engine, there: many.Many) -> FlaskClient:
    """Give a tablet at which somebody who takes part is signed in."""
    client = app.test_client()
    with engine.database.reading() as tx:
        site = _one(tx, select(programs.c.site_id).where(programs.c.id == there.program))
        code = _one(tx, select(participants.c.code).where(participants.c.id == there.participant))
    paired = register(engine, Request(f"register {SOMEBODY}", SOMEBODY), site, f"Waiting room {SOMEBODY}").code
    given = issue_code(engine, Request(f"issue a code {SOMEBODY}", SOMEBODY), there.participant).code
    forms: list[tuple[str, dict[str, str]]] = [
        ("/kiosk/pair", {"code": paired}),
        ("/kiosk", {"card": code}),
        ("/kiosk/new-pin", {"code": given, "pin": PIN, "again": PIN}),
    ]
    for number, (address, typed) in enumerate(forms):
        client.post(address, data={"key": f"a-key-of-this-form-{number}", **typed})
    return client


def _draft(engine: Engine, program: str) -> str:
    """Give the id of a draft."""
    begun = Begun(POLICY, "A draft", preset_text(POLICY))
    draft: str = begin_draft(engine, Request(f"begin a draft {SOMEBODY}", SOMEBODY), program, begun)["draft"]
    return draft


def _addresses(app: Flask, engine: Engine, there: many.Many, draft: str) -> dict[str, str]:
    """Give the address of every page that can be opened by ids that there are, by its view's name."""
    ids = _ids(engine, there) | {"draft": draft}
    asked_for = urlencode(ASKED_FOR | {name: ids[name] for name in ("program", "on", "session")})
    with app.test_request_context():
        adapter = app.url_map.bind("")
        return {
            rule.endpoint: f"{adapter.build(rule.endpoint, {name: ids[name] for name in rule.arguments})}?{asked_for}"
            for rule in app.url_map.iter_rules()
            if _is_a_page(rule) and rule.arguments <= ids.keys()
        }


def _is_a_page(rule: Rule) -> bool:
    left_out = (
        "sign_in.",
        "health.",
        "static",
        "front.start",
        "staff.today",
        "kiosk.pair",
        "kiosk.pin",
        "kiosk.new_pin",
        "kiosk.welcome",
        "kiosk.begin_again",
        "studio.what_if",  # it replays everybody, and shows how far it has come
    )
    is_call = rule.rule.startswith("/api/") and rule.rule != DOCS
    return "GET" in (rule.methods or ()) and not is_call and not rule.endpoint.startswith(left_out)


def _ids(engine: Engine, there: many.Many) -> dict[str, Any]:
    with engine.database.reading() as tx:
        event = select(log.c.key).where(log.c.chain == there.participant, log.c.fact == "event-recorded")
        return {
            "program": there.program,
            "participant": there.participant,
            "site": _one(tx, select(programs.c.site_id).where(programs.c.id == there.program)),
            "event": _one(tx, event.order_by(log.c.seq.desc()).limit(1)),
            "on": many.NOW.date().isoformat(),
            "session": "relapse-prevention-group",
            "staff": SOMEBODY,
            "prize": _one(tx, select(prizes.c.id).where(prizes.c.program_id == there.program).limit(1)),
        }


def _one(tx: Transaction, query: Any) -> str:
    found: str = tx.ask(query)[0][0]
    return found


@contextmanager
def _counted() -> Iterator[list[object]]:
    """Give what is asked of a database meanwhile."""
    asked: list[object] = []
    execute, seldom = Transaction._execute, Transaction._execute_seldom

    def note(self: Transaction, statement: Statement, values: Any) -> None:
        asked.append(statement)
        execute(self, statement, values)

    def note_seldom(self: Transaction, clause: Any) -> None:
        asked.append(clause)
        seldom(self, clause)

    Transaction._execute, Transaction._execute_seldom = note, note_seldom  # type: ignore[method-assign] # put back below
    try:
        yield asked
    finally:
        Transaction._execute, Transaction._execute_seldom = execute, seldom  # type: ignore[method-assign]
