"""The process log of what is served: a line a request, found again by its id, and nobody's data in it, whatever goes wrong."""

import json
import re
import socket
from datetime import datetime, timedelta
from http.client import HTTPConnection
from urllib.parse import quote, urlsplit

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from cm_engine.clock import Clock
from tests.heard import Heard
from tests.installations import Installed
from tests.servers import served
from tests.web.kiosk.tablet import PIN, tablet_at, with_pin
from tests.web.rooms import Rooms, open_rooms
from tests.web.staff.desk import log, sent

NAME, CODE, NOTE, PASSWORD, TOKEN = (
    "Zora Quist",
    "ZQ-7351",
    "spoke of her landlord",
    "nine umbrellas sang",
    "tok-5e1f00d",
)
MARKED = (NAME, "Quist", CODE, NOTE, "landlord", PASSWORD, "umbrellas", TOKEN, PIN)
MADE = re.compile(r"[0-9a-f]{16}")


class Broken:
    """A clock that works until it is told to break, with words that nobody should read."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.is_broken = False

    def __call__(self) -> datetime:
        if self.is_broken:
            raise RuntimeError(f"{NAME} {CODE} {PIN}")
        return self.clock()


def a_day_at_the_desk(rooms: Rooms, desk: FlaskClient) -> None:
    """Type everything that is anybody's own, where it belongs and where it does not."""
    desk.post(f"/programs/{rooms.program}/enrol", data=sent(name=NAME, code=CODE, note=NOTE))
    log(rooms, desk, rooms.enrol(CODE, NAME), note=NOTE, reason=NOTE)
    assert looked_for(rooms, desk).status_code == 303
    desk.get(f"/people/{quote(NAME)}?code={CODE}", headers={"X-Request-ID": NAME, "Authorization": f"Bearer {TOKEN}"})
    rooms.nobody().post("/sign-in", data={"name": NAME, "password": PASSWORD})
    rooms.nobody().post(f"/{CODE}", data=b'{"name": "' + NAME.encode(), content_type="application/json")


def looked_for(rooms: Rooms, desk: FlaskClient) -> TestResponse:
    return desk.post(f"/programs/{rooms.program}/people", data={"typed": NAME})


def a_turn_at_the_kiosk(rooms: Rooms) -> None:
    tablet = tablet_at(rooms)
    with_pin(rooms, tablet)
    tablet.signs_in()
    tablet.sends("/note", text=NOTE)
    tablet.get(f"/{NAME}")


def test_nothing_that_anybody_typed_is_in_any_log_whatever_goes_wrong(
    migrated_sqlite_url: str, heard: Heard, capfd: pytest.CaptureFixture[str]
) -> None:
    with open_rooms(migrated_sqlite_url, idle=timedelta(hours=1)) as rooms:
        rooms.app.config.update(PROPAGATE_EXCEPTIONS=False, TESTING=False)
        desk = rooms.as_("dev")
        a_day_at_the_desk(rooms, desk)
        a_turn_at_the_kiosk(rooms)
        broken = rooms.clinic.engine.clock = Broken(rooms.clinic.engine.clock)
        broken.is_broken = True
        answer = looked_for(rooms, desk)
        assert answer.status_code == 500
        assert answer.headers["X-Request-ID"] in answer.text
        broken.is_broken = False
        with rooms.clinic.engine.database.writing() as tx:
            tx.do(text("DROP TABLE name_index"))
        missing = looked_for(rooms, desk)
        assert missing.status_code == 500
    failed = heard.lines("failed")
    assert [line["error"] for line in failed] == ["RuntimeError", "NoTablesError"]
    assert [line["request"] for line in failed] == [each.headers["X-Request-ID"] for each in (answer, missing)]
    assert failed[1]["route"] == "/programs/<program>/people"
    out = "".join(capfd.readouterr())
    assert [mark for mark in MARKED if mark in heard.getvalue() + out] == []


def raw(port: int, *lines: str) -> bytes:
    """Send what no browser would, and give the answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        client.sendall("\r\n".join([*lines, "Connection: close", "", ""]).encode())
        client.settimeout(10)
        return b"".join(iter(lambda: client.recv(4096), b""))


def test_what_is_served_tells_a_line_a_request_by_the_pattern_of_its_address(clinic_folder: Installed) -> None:
    clinic_folder.well("init", "--program", "intensive-outpatient", "--admin", NAME)
    with served(clinic_folder.folder, "serve", "--port", "0") as server:
        connection = HTTPConnection(urlsplit(server.address).netloc, timeout=10)
        port = urlsplit(server.address).port or 0
        given = "0F-" * 8
        ids = [
            _asked(connection, "GET", "/sign-in", given),
            _asked(connection, "GET", f"/nobody/{quote(NAME)}?code={CODE}", NAME),
            _asked(connection, "POST", "/sign-in", "", body=f"name={quote(NAME)}&password={quote(PASSWORD)}"),
            _asked(connection, "GET", "/healthz", ""),
        ]
        connection.close()
        raw(port, f"{CODE} / HTTP/1.1", "Host: x")
        raw(port, f"GET /{CODE} {NAME}", "Host: x")
        raw(port, "GET / HTTP/1.1", f"{NAME}: x")
        code, said = server.end()
    assert (code, ids[0]) == (0, given)
    assert all(MADE.fullmatch(made) for made in ids[1:])
    lines = [json.loads(line) for line in said.splitlines()]
    asked = [(line.get("method"), line.get("route"), line["status"]) for line in lines if line["event"] == "request"]
    assert asked[:4] == [
        ("GET", "/sign-in", 200),
        ("GET", None, 404),
        ("POST", "/sign-in", 400),
        (None, None, 405),
    ]
    assert [line["request"] for line in lines if "request" in line][:3] == ids[:3]
    assert all(line["ms"] >= 0 and line["process"] > 1 for line in lines if line["event"] == "request")
    assert [mark for mark in MARKED if mark in said] == []


def _asked(connection: HTTPConnection, method: str, path: str, given: str, body: str | None = None) -> str:
    headers = {"X-Request-ID": given, "Content-Type": "application/x-www-form-urlencoded"}
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    answer.read()
    return str(answer.headers["X-Request-ID"])
