"""The desk in a test: pages as people read them, and forms as they send them."""

import re
from datetime import date
from html import unescape
from itertools import count
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from cm_engine.actions.plan import plan
from tests.web.rooms import Rooms

MONDAY = date(2026, 3, 2)
GROUP = "early-recovery-group"
PANEL = ("amphetamine", "methamphetamine", "cocaine", "opioid", "fentanyl")

_keys = count()


def sent(**fields: str) -> dict[str, str]:
    """Give what a form sends, with a key of its own."""
    return {"key": f"a-key-of-this-form-{next(_keys)}", **fields}


def read(answer: TestResponse) -> str:
    """Give what somebody reads on the page that they come to: its main part, without marks and blanks."""
    assert answer.status_code < 500, answer.text
    main = answer.text.partition("<main")[2].partition("</main>")[0]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).split())


def day_of(rooms: Rooms, on: date = MONDAY) -> str:
    """Give the address of a day."""
    return f"/programs/{rooms.program}/days/{on}"


def expected(rooms: Rooms, *names: str) -> list[str]:
    """Enrol people who are expected from today on; give their ids."""
    first = len(rooms.clinic.ask("SELECT id FROM participants")) + 1
    ids = [rooms.enrol(f"{name[0]}-{number}", name) for number, name in enumerate(names, first)]
    plan(rooms.clinic.engine, rooms.program)
    return ids


def tap(rooms: Rooms, desk: FlaskClient, who: str, outcome: str, **fields: str) -> TestResponse:
    """Tap that somebody came to the group of the morning, or what else there is to tap."""
    slot = {"kind": "attendance", "session": GROUP, "at": "10:00", "on": MONDAY.isoformat(), **fields}
    return desk.post(
        f"/people/{who}/visits", data=sent(program=rooms.program, outcome=outcome, **slot), follow_redirects=True
    )


def log(rooms: Rooms, desk: FlaskClient, who: str, do: str = "all", **fields: str) -> TestResponse:
    """Log a test of today."""
    form = {"program": rooms.program, "on": MONDAY.isoformat(), "do": do, **fields}
    return desk.post(f"/people/{who}/test", data=sent(**form), follow_redirects=True)


def found(**findings: str) -> dict[str, str]:
    """Give what a form sends of findings."""
    return {f"finding-{name}": finding for name, finding in findings.items()}


def events(rooms: Rooms, who: str) -> list[tuple[str, str, str, dict[str, Any]]]:
    """Give the events of somebody as they stand: kind, session, outcome, findings."""
    return [(e.kind, e.session, e.result.outcome, dict(e.result.analytes)) for e in rooms.clinic.standing(who).events()]


def event_of(answer: TestResponse) -> str:
    """Give the event that the page is of."""
    path = answer.request.path
    return path.split("/visits/")[1].split("/")[0] if "/visits/" in path else answer.request.args["done"]
