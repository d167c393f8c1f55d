"""Bad input: each is told what is wrong, where, and what would be right; nothing is half done."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic, sleep
from typing import Any

import pytest
from werkzeug.test import TestResponse

from cm_engine.settings import Settings
from cm_engine.store.database import DamagedError, StoreError
from tests.journeys.live import live
from tests.web.api.caller import V1, Caller, caller, problem, wrong
from tests.web.api.test_records import DAY, a_test, enrolled
from tests.web.rooms import Rooms, open_rooms
from web.problems import LARGEST_BODY

Sent = dict[str, Any]


@pytest.fixture
def records(rooms: Rooms) -> Caller:
    return caller(rooms)


@contextmanager
def nothing_done(rooms: Rooms) -> Iterator[None]:
    """Expect that the books stay as they are."""
    before = rows(rooms)
    yield
    assert rows(rooms) == before


def rows(rooms: Rooms) -> list[Any]:
    tables = ("log", "entries", "requests", "notes", "received", "participants", "people")
    return [rooms.clinic.ask(f"SELECT * FROM {table} ORDER BY 1, 2") for table in tables]


def body(records: Caller, content: bytes | str, media_type: str = "application/json") -> TestResponse:
    """Send a body as it is."""
    return records.post("/events", data=content, content_type=media_type)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "the body is empty"),
        ("{", "Expecting property name enclosed in double quotes: line 1, column 2"),
        ('{"a": 1,}', "line 1, column"),
        ('{"a": 1} 2', "Extra data: line 1, column 10"),
        ('{"a": NaN}', "NaN is not a number in JSON"),
        ('{"a": -Infinity}', "-Infinity is not a number in JSON"),
        (b'{"a": "\xff"}', "the body is not UTF-8: look at byte 8"),
        ('{"a": "\\ud800"}', "an escape stands for half of a character"),
        ('{"\\udc00": 1}', "an escape stands for half of a character"),
        ('{"kind": "test", "kind": "activity"}', '"kind" stands in an object twice; leave one out'),
        ('{"a": ' + "9" * 5000 + "}", "a number is too long to be read"),
        ("[" * 30_000, "the brackets are nested too deeply to be read"),
        ('{"a":' * 10_000, "the brackets are nested too deeply to be read"),
    ],
)
def test_what_is_no_json_is_told_where_it_breaks(
    rooms: Rooms, records: Caller, content: bytes | str, said: str
) -> None:
    with nothing_done(rooms):
        assert said in problem(body(records, content), 400, "not-json")["detail"]


def test_another_media_type_is_named(rooms: Rooms, records: Caller) -> None:
    with nothing_done(rooms):
        for media_type in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""):
            told = problem(body(records, "a=1", media_type), 415, "other-media-type")
            assert "send application/json" in told["detail"]


FIELDS: list[tuple[Sent, dict[str, str]]] = [
    ({"outcom": "negative"}, {"#/outcom": 'there is no such field; did you mean "outcome"?'}),
    ({"balance": "100.00", "a/b": 1}, {"#/balance": "there is no such field", "#/a~1b": "there is no such field"}),
    ({"at": f"{DAY}T10:05:00"}, {"#/at": "has no offset from UTC"}),
    ({"at": "yesterday"}, {"#/at": "must be a date, such as 2026-03-02"}),
    ({"at": "2026-02-30"}, {"#/at": "must be a date, such as 2026-03-02"}),
    ({"at": "9026-03-02"}, {"#/at": "the year 9026 is not believable"}),
    ({"at": "0001-01-01T00:00:00+14:00"}, {"#/at": "the year 1 is not believable"}),
    ({"at": 1772445600}, {"#/at": "must be a date, such as 2026-03-02"}),
    ({"kind": "tset"}, {"#/kind": '"tset" is none of test attendance activity'}),
    ({"kind": None}, {"#/kind": "may not be null"}),
    ({"kind": ["test"]}, {"#/kind": "must be a text"}),
    ({"outcome": "Negative"}, {"#/outcome": '"Negative" is none of'}),
    ({"analytes": ["cocaine"]}, {"#/analytes": "must be"}),
    ({"analytes": {"cocaine": "pos"}}, {"#/analytes/cocaine": '"pos" is none of negative positive explained'}),
    ({"analytes": {"": "positive"}}, {"#/analytes/": "must have 1 to 64 characters"}),
    ({"participant": "Ada"}, {"#/participant": "found by their code under /participants/find"}),
    ({"participant": "g" * 24}, {"#/participant": "24 hexadecimal digits"}),
    ({"session": "a\x00b"}, {"#/session": "without control characters"}),
    ({"session": "x" * 65}, {"#/session": "must have 1 to 64 characters, and has 65"}),
    ({"id": "a\nb"}, {"#/id": "must be written on one line"}),
    ({"note": "x" * 2001}, {"#/note": "must have 1 to 2000 characters, and has 2001"}),
    ({"allow_partial_panel": "true"}, {"#/allow_partial_panel": "must be true or false"}),
    ({"allow_partial_panel": 1}, {"#/allow_partial_panel": "must be true or false"}),
]


@pytest.mark.parametrize(("changed", "said"), FIELDS, ids=lambda value: json.dumps(value)[:40])
def test_each_field_that_is_not_right_is_named(
    rooms: Rooms, records: Caller, changed: Sent, said: dict[str, str]
) -> None:
    sent = {**a_test(enrolled(records)), **changed}
    with nothing_done(rooms):
        told = wrong(records.post("/events", sent))
    assert told.keys() == said.keys()
    assert all(said[place] in told[place] for place in said), told


def test_all_mistakes_are_told_at_once(records: Caller) -> None:
    assert wrong(records.post("/events", {"participant": 1, "at": "now", "colour": "red"})).keys() == {
        "#/participant",
        "#/at",
        "#/kind",
        "#/colour",
    }


def test_what_stands_in_the_address_is_read_as_strictly(rooms: Rooms, records: Caller) -> None:
    ada = enrolled(records)
    with nothing_done(rooms):
        assert 'did you mean "dry_run"' in wrong(records.post("/events?dryrun=true", a_test(ada)))["dryrun"]
        assert wrong(records.post("/events?dry_run=yes", a_test(ada)))["dry_run"] == "must be true or false"
        for limit in ("0", "201", "-1", "1.5", "ten", "", "9" * 5000):
            assert "limit" in wrong(records.get(f"/participants/{ada}/account?limit={limit}"))
        assert "colour" in wrong(records.get(f"/participants/{ada}?colour=red"))
        problem(records.get("/programs?a=%00"), 400, "bad-request")
        problem(records.get("/participants/%00"), 404, "not-found")


def test_a_key_is_needed_and_has_a_form(rooms: Rooms, records: Caller) -> None:
    ada = enrolled(records)
    with nothing_done(rooms):
        for key, said in (
            (None, "the header Idempotency-Key is missing"),
            ("", "must have 1 to 128 characters, and has 0"),
            ("a b", "without blanks"),
            ("x" * 129, "must have 1 to 128 characters, and has 129"),
            ("clé", "visible characters of ASCII"),
        ):
            headers = {**records.headers, **({} if key is None else {"Idempotency-Key": key})}
            answer = records.client.post(f"{V1}/events", json=a_test(ada), headers=headers)
            assert said in problem(answer, 400, "no-key")["detail"]


def test_a_list_is_not_taken_nor_anything_but_an_object(rooms: Rooms, records: Caller) -> None:
    ada = enrolled(records)
    with nothing_done(rooms):
        for sent in ([a_test(ada)], "text", 7, True):
            assert wrong(records.post("/events", sent)) == {"#": "must be one JSON object"}
        assert wrong(records.post("/events", data="null", content_type="application/json")).keys() == {"#"}


def test_ten_thousand_events_in_one_call_are_too_large(rooms: Rooms, records: Caller) -> None:
    ada = enrolled(records)
    many = [a_test(ada)] * 10_000
    with nothing_done(rooms):
        told = problem(records.post("/events", many), 413, "too-large")
    assert "cm-engine import" in told["detail"]


def test_a_body_may_be_as_large_as_is_said_and_no_larger(rooms: Rooms, records: Caller) -> None:
    at_most = '{"a": "' + "x" * (LARGEST_BODY - 9) + '"}'
    assert len(at_most) == LARGEST_BODY
    with nothing_done(rooms):
        assert "#/a" in wrong(body(records, at_most))
        for media_type in ("application/json", "application/x-www-form-urlencoded"):
            problem(body(records, at_most + " ", media_type), 413, "too-large")


def test_what_is_not_there_and_what_is_not_taken_is_a_problem_too(records: Caller) -> None:
    problem(records.get("/nowhere"), 404, "not-found")
    problem(records.get("/participants/"), 404, "not-found")
    answer = records.get("/events")
    problem(answer, 405, "method-not-allowed")
    assert "POST" in answer.headers["Allow"]
    problem(records.client.delete(f"{V1}/participants/{'0' * 24}", headers=records.headers), 405, "method-not-allowed")
    problem(records.client.get("/api/v2/programs"), 404, "not-found")


def test_whoever_asks_too_often_is_told_how_long_to_wait(migrated_sqlite_url: str) -> None:
    settings = Settings(calls_per_minute=5)
    with open_rooms(migrated_sqlite_url, is_throttled=True, settings=settings) as rooms:
        busy, other = caller(rooms), caller(rooms)
        assert [busy.get("/programs").status_code for _ in range(5)] == [200] * 5
        answer = busy.get("/programs")
        problem(answer, 429, "too-many-requests")
        assert 1 <= int(answer.headers["Retry-After"]) <= 60
        assert other.get("/programs").status_code == 200


@pytest.mark.parametrize(
    ("error", "status", "kind"), [(StoreError("locked"), 503, "unavailable"), (DamagedError("broken"), 500, "fault")]
)
def test_a_database_that_is_away_is_told_and_nothing_of_it(
    rooms: Rooms, records: Caller, monkeypatch: pytest.MonkeyPatch, error: StoreError, status: int, kind: str
) -> None:
    def away() -> None:
        raise error

    monkeypatch.setattr(rooms.clinic.engine.database, "reading", away)
    answer = records.get("/programs")
    assert str(error) not in problem(answer, status, kind)["detail"]
    assert answer.headers.get("Retry-After") == ("5" if status == 503 else None)


def test_a_client_that_hangs_up_leaves_nothing_half_done(rooms: Rooms, records: Caller) -> None:
    ada = enrolled(records)
    sent = json.dumps(a_test(ada))
    with nothing_done(rooms), live(rooms.app) as address:
        with connected(address) as client:
            client.sendall(request_of(records, sent, "hung-up")[:-10])
        sleep(0.3)
    assert records.done("/events", a_test(ada), key="hung-up")["already_there"] is False


def test_a_slow_client_gets_its_answer_and_holds_nobody_up(rooms: Rooms, records: Caller) -> None:
    ada = enrolled(records)
    whole = request_of(records, json.dumps(a_test(ada)), "slow")
    with live(rooms.app) as address, connected(address) as slow:
        half = len(whole) // 2
        slow.sendall(whole[:half])
        begun = monotonic()
        with connected(address) as quick:
            quick.sendall(request_of(records, json.dumps(a_test(ada, note="quick")), "quick"))
            assert b" 201 " in quick.recv(64)
        assert monotonic() - begun < 5
        for place in range(half, len(whole), 40):
            slow.sendall(whole[place : place + 40])
            sleep(0.01)
        assert b" 201 " in slow.recv(64)


def connected(address: str) -> socket.socket:
    host, port = address.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=10)


def request_of(records: Caller, sent: str, key: str) -> bytes:
    """Write a request as it goes over the line."""
    head = [
        f"POST {V1}/events HTTP/1.1",
        "Host: localhost",
        f"Authorization: Bearer {records.says}",
        f"Idempotency-Key: {key}",
        "Content-Type: application/json",
        f"Content-Length: {len(sent)}",
        "Connection: close",
    ]
    return ("\r\n".join(head) + "\r\n\r\n" + sent).encode()
