"""`cm-engine serve` at the other end of bad lines: who sends slowly, and who hangs up in the middle."""

import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from time import sleep
from urllib.parse import urlsplit

import pytest

from cm_engine.actions.enrol import enrol
from cm_engine.actions.issue_token import Wished, issue
from cm_engine.actions.requests import Request
from tests.installations import Installed
from tests.servers import served
from web.access import Permission, scope_of
from web.serving import SILENCE, THREADS


@dataclass
class Line:
    """A server with one person in it, and a token that may record."""

    clinic: Installed
    address: str
    token: str
    sent: str

    def opened(self) -> socket.socket:
        """Connect to the server."""
        to = urlsplit(self.address)
        return socket.create_connection((str(to.hostname), int(to.port or 80)), timeout=4 * SILENCE)

    def request(self, key: str) -> bytes:
        """Write a request that records, as it goes over the line."""
        head = [
            "POST /api/v1/events HTTP/1.1",
            "Host: 127.0.0.1",
            f"Authorization: Bearer {self.token}",
            f"Idempotency-Key: {key}",
            "Content-Type: application/json",
            f"Content-Length: {len(self.sent)}",
            "Connection: close",
        ]
        return ("\r\n".join(head) + "\r\n\r\n" + self.sent).encode()

    def recorded(self) -> int:
        """Count what is recorded."""
        [(count,)] = self.clinic.ask("SELECT count(*) FROM log WHERE fact = 'event-recorded'")
        return int(count)


@pytest.fixture
def line(clinic_folder: Installed) -> Iterator[Line]:
    """A server that runs as a clinic's does."""
    clinic_folder.well("init", "--program", "intensive-outpatient")
    [(program, site)] = clinic_folder.ask("SELECT id, site_id FROM programs")
    engine = clinic_folder.engine()
    try:
        today = engine.clock().date()
        somebody = enrol(engine, Request("enrol", "somebody"), program, "K1001", today)["participant"]
        visit = {"participant": somebody, "at": engine.clock().isoformat(), "kind": "test", "outcome": "negative"}
        wished = Wished("Records", frozenset({scope_of(Permission.RECORD)}), frozenset({site}), 1)
        token = issue(engine, Request("token", "somebody"), wished).says
    finally:
        engine.close()
    with served(clinic_folder.folder, "serve", "--port", "0") as server:
        yield Line(clinic_folder, server.address, token, json.dumps(visit))
        assert server.end()[0] == 0


def test_who_hangs_up_in_the_middle_leaves_nothing_half_done(line: Line) -> None:
    with line.opened() as client:
        client.sendall(line.request("hung-up")[:-10])
    sleep(0.3)
    assert line.recorded() == 0
    with line.opened() as again:
        again.sendall(line.request("hung-up"))
        assert b" 201 " in again.recv(64)
    assert line.recorded() == 1


def test_who_sends_slowly_gets_an_answer(line: Line) -> None:
    whole = line.request("slow")
    with line.opened() as slow:
        for place in range(0, len(whole), 40):
            slow.sendall(whole[place : place + 40])
            sleep(0.05)
        assert b" 201 " in slow.recv(64)


def test_many_who_fall_silent_hold_nobody_up_for_long(line: Line) -> None:
    silent = [line.opened() for _ in range(THREADS)]
    for one in silent:
        one.sendall(line.request("silent")[:-10])
    with line.opened() as quick:
        quick.sendall(line.request("quick"))
        assert b" 201 " in quick.recv(64)
    assert b" 400 " in silent[0].recv(64)
    assert line.recorded() == 1
    for one in silent:
        one.close()
