"""The document is one, and the page made of it tells of every call; its commands do what they say, when somebody types them."""

import json
import re
import subprocess
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from cm_engine.actions.draw import draw_by_hand
from cm_engine.actions.enrol import discharge
from cm_engine.settings import Settings
from tests.journeys.live import live
from tests.web.api.caller import V1, caller
from tests.web.rooms import Rooms
from web.access import SCOPES, scope_of
from web.headers import POLICY
from web.problems import KINDS

API_PAGE = Path(__file__).parents[3] / "docs" / "api.md"


@pytest.fixture
def document(rooms: Rooms) -> Any:
    return rooms.nobody().get(f"{V1}/openapi.json").json


def page_of(rooms: Rooms) -> str:
    answer = rooms.nobody().get(f"{V1}/docs")
    assert answer.status_code == 200
    return answer.text


def operations(document: Any) -> dict[str, Any]:
    return {
        operation["operationId"]: operation
        for methods in document["paths"].values()
        for method, operation in methods.items()
        if method != "parameters"
    }


def commands(page: str) -> dict[str, str]:
    """Give the command of every call that the page tells of, by its name."""
    articles = re.findall(r'<article[^>]*aria-labelledby="(\w+)".*?<pre><code>(.*?)</code></pre>', page, re.DOTALL)
    return {name: unescape(command) for name, command in articles}


def test_the_document_is_one_of_openapi_3_1_and_open_to_all(document: Any) -> None:
    assert document["openapi"] == "3.1.0"
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []


def test_every_call_says_what_it_needs_and_what_may_go_wrong(document: Any) -> None:
    for name, operation in operations(document).items():
        [[scope]] = [security["token"] or [None] for security in operation["security"]]
        assert scope in {None, *map(scope_of, SCOPES)}, name
        assert {"400", "401", "422", "429", "500", "503"} <= operation["responses"].keys(), name
        assert ("403" in operation["responses"]) == (scope is not None), name
        assert operation["summary"], name


def test_every_call_and_every_field_is_described(document: Any) -> None:
    for name, schema in document["components"]["schemas"].items():
        for field, one in schema["properties"].items():
            assert one.get("description") or name == "Mistake", f"{name}.{field}"


def test_the_page_tells_of_every_call_scope_and_problem(rooms: Rooms, document: Any) -> None:
    page = page_of(rooms)
    assert commands(page).keys() == operations(document).keys()
    ids = re.findall(r'id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert KINDS.keys() <= set(ids)
    for permission in SCOPES:
        assert f"<code>{scope_of(permission)}</code>" in page
    for schema in document["components"]["schemas"].values():
        assert all(f"<code>{field}</code>" in page for field in schema["properties"])
    assert "as <code>GET /programs</code> gives it" in page
    assert "`" not in page


def test_the_page_holds_nothing_that_the_strict_policy_forbids(rooms: Rooms) -> None:
    answer = rooms.nobody().get(f"{V1}/docs")
    assert answer.headers["Content-Security-Policy"] == POLICY
    for forbidden in ("<style", "style=", "onclick", "<script>", "//cdn", "javascript:"):
        assert forbidden not in answer.text
    assert set(re.findall(r'(?:src|href)="(https?:[^"]*)"', answer.text)) == set()


class Shell:
    """A shell in which a newcomer types what the page says, and puts of each answer what the next command needs."""

    def __init__(self, address: str, token: str, zone: str) -> None:
        self._known = {"CM_URL": address, "CM_TOKEN": token, "TZ": zone, "PATH": "/usr/local/bin:/usr/bin:/bin"}

    def types(self, command: str) -> Any:
        """Type a command, and give the answer."""
        with_status = command.replace("curl ", "curl --silent --show-error --write-out '\n%{http_code}' ", 1)
        done = subprocess.run(
            ["/bin/bash", "-c", with_status], env=self._known, capture_output=True, text=True, timeout=30, check=False
        )
        answer, _, status = done.stdout.rpartition("\n")
        assert status in {"200", "201"}, f"{command}\n{answer}{done.stderr}"
        return json.loads(answer)

    def keeps(self, **known: str) -> None:
        """Put something into a variable."""
        self._known |= known


def at_present(rooms: Rooms) -> None:
    """Let the clinic's clock tell what the machine's does: the commands ask that one."""
    rooms.clinic.clock.now = datetime.now(UTC)


def test_a_newcomer_records_an_event_by_what_the_page_says(rooms: Rooms) -> None:
    at_present(rooms)
    page = page_of(rooms)
    steps = [
        unescape(one)
        for one in re.findall(r"<pre><code>(.*?)</code></pre>", page.partition('id="rules"')[0], re.DOTALL)
    ]
    assert steps[0] == "export CM_URL=http://localhost\nexport CM_TOKEN=cme_…"
    assert steps[3] == "PARTICIPANT=…"
    with live(rooms.app) as address:
        shell = Shell(address, caller(rooms).says, "America/New_York")
        assert [one["program"] for one in shell.types(steps[1])["programs"]] == ["intensive-outpatient"]
        shell.keeps(PARTICIPANT=shell.types(steps[2])["participant"])
        setting = "KEY=key-of-mine\nAT=$(date -Iseconds)\n"
        assert steps[4].splitlines()[1] == "AT=$(date -Iseconds)"
        once = shell.types(setting + steps[5])
        [award] = once["awards"]
        attendance = json.loads(steps[6])
    assert (award["policy"], award["amount"]) == ("va-prize", "1")
    assert attendance["session"] == "early-recovery-group"


def test_every_command_of_the_page_works(rooms: Rooms) -> None:
    at_present(rooms)
    command = commands(page_of(rooms))
    with live(rooms.app) as address:
        shell = Shell(address, caller(rooms).says, "America/New_York")
        tried = {"enrol_participant"}
        shell.keeps(PARTICIPANT=(ada := shell.types(command["enrol_participant"])["participant"]))
        shell.keeps(EVENT=shell.types(command["record_event"])["event"])
        shell.keeps(DRAW=shell.types(command["open_draws"])["draws"][0]["draw"])
        tried |= {"record_event", "open_draws"}
        for name in (
            "list_programs",
            "find_participants",
            "get_participant",
            "get_account",
            "pick_slip",
            "correct_event",
        ):
            shell.types(command[name])
            tried.add(name)
        win_a_slip(rooms, ada)
        prizes = shell.types(command["list_prizes"])["prizes"]
        shell.keeps(PRIZE=next(one["prize"] for one in prizes if one["takes"]["size"] == "small"))
        shell.keeps(REDEMPTION=shell.types(command["choose_prize"])["redemption"])
        assert shell.types(command["cancel_redemption"])["state"] == "cancelled"
        chosen = shell.types(command["choose_prize"])["redemption"]
        tried |= {"list_prizes", "choose_prize", "cancel_redemption"}
        desk = Shell(address, caller(rooms).says, "America/New_York")
        desk.keeps(REDEMPTION=chosen)
        assert desk.types(command["hand_prize_over"])["state"] == "handed over"
        shell.keeps(PARTICIPANT=somebody_who_left(rooms))
        assert shell.types(command["enrol_again"])["enrolment"]
        tried |= {"hand_prize_over", "enrol_again"}
    assert tried == command.keys()


def test_the_page_for_programmers_says_what_the_server_says(document: Any) -> None:
    text = API_PAGE.read_text(encoding="utf-8")
    calls = re.findall(r"^\| `(GET|POST) ([^`]+)` \| `?([a-z-]+)`? \|", text, re.MULTILINE)
    assert set(calls) == {
        (method.upper(), path, next(iter(operation["security"][0]["token"]), "any"))
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if method != "parameters"
    }
    kinds = re.findall(r"^\| (\d+) \| `([a-z-]+)` \|", text, re.MULTILINE)
    assert kinds == [(str(kind.status), name) for name, kind in KINDS.items()]
    assert f"{Settings().calls_per_minute:,}" in text


def test_the_commands_of_the_page_for_programmers_work(rooms: Rooms) -> None:
    at_present(rooms)
    text = API_PAGE.read_text(encoding="utf-8")
    _, programs, enrol, record = (dedent(one) for one in re.findall(r"```sh\n(.*?)```", text, re.DOTALL))
    with live(rooms.app) as address:
        shell = Shell(address, caller(rooms).says, "America/New_York")
        assert shell.types(programs)["programs"]
        shell.keeps(PARTICIPANT=shell.types(enrol)["participant"])
        assert shell.types(record)["awards"][0]["amount"] == "1"


def win_a_slip(rooms: Rooms, participant: str) -> None:
    """Let somebody win a small prize, by a draw that they earned otherwise."""
    rooms.clinic.record(participant, "attended", kind="attendance", session="early-recovery-group")
    draw_by_hand(rooms.clinic.engine, rooms.clinic.request(), participant, "iop-attendance", "small")


def somebody_who_left(rooms: Rooms) -> str:
    """Give somebody whose enrolment ended yesterday."""
    clinic = rooms.clinic
    gus = clinic.enrol("Gus", clinic.today - timedelta(days=5))
    discharge(clinic.engine, clinic.request(), gus, clinic.today - timedelta(days=1))
    return gus
