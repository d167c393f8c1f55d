"""A program in a test: it comes with a token, makes a key for each thing that it asks for, and reads JSON."""

from dataclasses import dataclass
from itertools import count
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from cm_engine.actions.issue_token import Wished, issue
from cm_engine.actions.requests import Request
from tests.web.rooms import Rooms
from web.access import SCOPES, Permission, scope_of

V1 = "/api/v1"
EVERY_SCOPE = frozenset(map(scope_of, SCOPES))
_keys = count()


@dataclass
class Caller:
    """A program with a token."""

    client: FlaskClient
    token: str
    says: str

    def post(self, address: str, sent: Any = None, *, key: str = "", **more: Any) -> TestResponse:
        """Ask for something to be done."""
        headers = {**self.headers, "Idempotency-Key": key or f"key-{next(_keys)}", **more.pop("headers", {})}
        body = {} if sent is None else {"json": sent}
        return self.client.post(f"{V1}{address}", headers=headers, **body, **more)

    def get(self, address: str, **more: Any) -> TestResponse:
        """Ask for something."""
        return self.client.get(f"{V1}{address}", headers={**self.headers, **more.pop("headers", {})}, **more)

    def done(self, address: str, sent: Any = None, **more: Any) -> Any:
        """Ask for something to be done that can be done, and give the answer."""
        answer = self.post(address, sent, **more)
        assert answer.status_code in {200, 201}, answer.text
        return answer.json

    def told(self, address: str, **more: Any) -> Any:
        """Ask for something that is there, and give it."""
        answer = self.get(address, **more)
        assert answer.status_code == 200, answer.text
        return answer.json

    @property
    def headers(self) -> dict[str, str]:
        """What every request bears."""
        return {"Authorization": f"Bearer {self.says}"}


def caller(rooms: Rooms, *scopes: Permission, site: str = "main", title: str = "Records") -> Caller:
    """Give a program whose token may do these things at a site; everything, where none is named."""
    names = frozenset(map(scope_of, scopes)) or EVERY_SCOPE
    wished = Wished(title, names, frozenset({site_id(rooms, site)}), 30)
    made = issue(rooms.clinic.engine, Request(f"token {next(_keys)}", "amir"), wished)
    return Caller(rooms.nobody(), made.token, made.says)


def site_id(rooms: Rooms, name: str = "main") -> str:
    """Give a site's id by its name."""
    found: str = rooms.clinic.ask(f"SELECT id FROM sites WHERE name = '{name}'")[0][0]
    return found


def wrong(answer: TestResponse) -> dict[str, str]:
    """Give what is said of each field of a request that is not right."""
    told = problem(answer, 422, "not-valid")
    return {one.get("pointer") or one["parameter"]: one["detail"] for one in told["errors"]}


def problem(answer: TestResponse, status: int, kind: str) -> Any:
    """Give the problem that an answer tells, which must be of some kind."""
    told: Any = answer.json
    assert answer.mimetype == "application/problem+json", answer.text
    assert (answer.status_code, told["status"], told["type"]) == (status, status, f"{V1}/docs#{kind}"), told
    return told
