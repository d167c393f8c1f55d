"""A client that nobody here wrote, made from the document alone: it enrols, records, corrects, draws, picks, chooses and hands over."""

import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.web.api.caller import V1, Caller, caller
from tests.web.api.test_records import DAY
from tests.web.rooms import Rooms

# Who makes it formats nothing: nobody reads it.
CONFIG = "post_hooks: []\n"


@pytest.fixture
def made(rooms: Rooms, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Make a client from the document that the server gives, and the name of its package."""
    (tmp_path / "config.yml").write_text(CONFIG)
    (tmp_path / "openapi.json").write_bytes(rooms.nobody().get(f"{V1}/openapi.json").data)
    name = "made_client"
    command = ("generate", "--path", "openapi.json", "--config", "config.yml", "--meta", "none", "--output-path", name)
    done = subprocess.run(
        [sys.executable, "-m", "openapi_python_client", *command],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "WARNING" not in done.stdout.upper(), done.stdout
    monkeypatch.syspath_prepend(tmp_path)
    yield name
    for module in [one for one in sys.modules if one.partition(".")[0] == name]:
        del sys.modules[module]


class Made:
    """The client at work, for one program."""

    def __init__(self, name: str, rooms: Rooms, program: Caller) -> None:
        self._name = name
        self.models: Any = import_module(f"{name}.models")
        http = httpx.Client(
            base_url="http://rooms", headers=program.headers, transport=httpx.WSGITransport(app=rooms.app)
        )
        self._client = import_module(f"{name}.client").Client(base_url="http://rooms").set_httpx_client(http)

    def __call__(self, part: str, call: str, *ids: str, **more: Any) -> Any:
        """Make a call, and give its answer as the client reads it."""
        return import_module(f"{self._name}.api.{part}.{call}").sync(*ids, client=self._client, **more)


def test_a_client_made_from_the_document_does_all_of_it(rooms: Rooms, made: str) -> None:
    records, desk = (Made(made, rooms, caller(rooms)) for _ in range(2))
    models, key = records.models, "idempotency_key"
    assert [one.program for one in records("programs", "list_programs").programs] == ["intensive-outpatient"]

    to_enrol = models.ParticipantToEnrol.from_dict({"code": "K1042", "first_day": DAY})
    enrolled = records("participants", "enrol_participant", body=to_enrol, **{key: "enrol K1042".replace(" ", "-")})
    ada = enrolled.participant
    found = records("participants", "find_participants", body=models.Code(code="K1042"))
    assert [one.participant for one in found.participants] == [ada]

    sent = models.EventToRecord.from_dict({"participant": ada, "at": DAY, "kind": "test", "outcome": "positive"})
    tried = records("events", "record_event", body=sent, dry_run=True, **{key: "a"})
    recorded = records("events", "record_event", body=sent, **{key: "a"})
    assert recorded == tried
    corrected = records(
        "events",
        "correct_event",
        recorded.event,
        body=models.Correction.from_dict({"outcome": "negative"}),
        **{key: "b"},
    )
    assert [(award.policy, award.amount) for award in corrected.awards] == [("va-prize", "1")]
    goal = models.EventToRecord.from_dict(
        {"participant": ada, "at": DAY, "kind": "activity", "outcome": "completed", "session": "housing-plan"}
    )
    again = models.EventToRecord.from_dict({**goal.to_dict(), "session": "job-search"})
    for number, activity in enumerate((goal, again)):
        records("events", "record_event", body=activity, **{key: f"goal-{number}"})

    opened = records("draws", "open_draws", ada, body=models.DrawsToOpen(policy="va-prize"), **{key: "c"})
    receipt = records("draws", "pick_slip", opened.draws[0].draw, body=models.Pick(number=7), **{key: "d"})
    assert (receipt.pick, receipt.sha256) == (7, opened.draws[0].sha256)

    account = records("account", "get_account", ada)
    points = next(int(one.balance) for one in account.has if one.unit == "points")
    prize = next(
        one
        for one in records("prizes", "list_prizes").prizes
        if one.takes.unit == "points" and int(one.takes.amount) <= points
    )
    chosen = records("prizes", "choose_prize", body=models.Choice(participant=ada, prize=prize.prize), **{key: "e"})
    refused = records("prizes", "hand_prize_over", chosen.redemption, **{key: "f"})
    assert isinstance(refused, models.Problem)
    assert "does not hand over to them today" in refused.detail
    handed = desk("prizes", "hand_prize_over", chosen.redemption, **{key: "f"})
    assert (handed.state, handed.prize) == ("handed over", prize.prize)
