"""The database goes away in the middle of a request: the page says so, nothing is half-done, and the same form sent again is done once."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from threading import Thread

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from cm_engine.actions.verify import verify
from cm_engine.store.database import Database
from tests.databases import PostgresServer, migrate
from tests.servers import wait_until
from tests.web.rooms import Rooms, open_rooms
from tests.web.staff.desk import MONDAY, sent

WAITING = "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
TRIES = 3


@pytest.fixture
def rooms(durable_postgres: PostgresServer) -> Iterator[Rooms]:
    """The rooms of a clinic on a server that can be stopped."""
    with durable_postgres.fresh(durable_postgres.template("migrated", migrate)) as url, open_rooms(url) as opened:
        yield opened


def form_of(rooms: Rooms) -> dict[str, str]:
    """What the desk sends to log a test of today."""
    return sent(program=rooms.program, on=MONDAY.isoformat(), do="all")


def sends(desk: FlaskClient, who: str, form: dict[str, str]) -> TestResponse:
    return desk.post(f"/people/{who}/test", data=form)


def recorded(rooms: Rooms) -> int:
    found: int = rooms.clinic.ask("SELECT count(*) FROM log WHERE fact = 'event-recorded'")[0][0]
    return found


@contextmanager
def held(database: Database) -> Iterator[None]:
    """Let everybody wait who would add to a chain."""
    with database.writing() as tx:
        tx.ask(text("SELECT * FROM standings FOR UPDATE"))
        yield


def cut_whoever_waits(database: Database, cut: set[int]) -> bool:
    """Cut the connection that waits for a lock, and was not cut before; tell whether there was one."""
    with database.reading() as tx:
        found = {pid for (pid,) in tx.ask(text(WAITING))} - cut
        for pid in found:
            tx.ask(text(f"SELECT pg_terminate_backend({pid})"))
    cut |= found
    return found != set()


@pytest.mark.parametrize("times", [1, TRIES])
def test_a_request_that_loses_its_connection_begins_anew_and_says_so_where_it_cannot(rooms: Rooms, times: int) -> None:
    desk, ada, form = rooms.as_("dev"), rooms.enrol("Ada"), form_of(rooms)
    answers: list[TestResponse] = []
    thread = Thread(target=lambda: answers.append(sends(desk, ada, form)))
    with closing(Database(rooms.clinic.engine.database.url)) as other, held(other):
        thread.start()
        cut: set[int] = set()
        for _ in range(times):
            wait_until(lambda: cut_whoever_waits(other, cut))
        if times == TRIES:
            thread.join()
            assert answers[0].status_code == 503
            assert int(answers[0].headers["Retry-After"]) > 0
            assert "a form that is sent twice is done once" in answers[0].text
            assert recorded(rooms) == 0
    thread.join()
    assert [sends(desk, ada, form).status_code for _ in range(2)] == [303, 303]
    assert recorded(rooms) == 1
    assert verify(rooms.clinic.engine).is_clean


def test_while_the_server_is_away_pages_say_so_and_then_all_goes_on(
    rooms: Rooms, durable_postgres: PostgresServer
) -> None:
    desk, ada, form = rooms.as_("dev"), rooms.enrol("Ada"), form_of(rooms)
    assert desk.get(f"/people/{ada}").status_code == 200
    durable_postgres.stop()
    try:
        answers = [sends(desk, ada, form), *(desk.get(path) for path in (f"/people/{ada}", "/kiosk", "/", "/readyz"))]
        assert {(each.status_code, "Retry-After" in each.headers) for each in answers} == {(503, True)}
        assert desk.get("/healthz").status_code == 200
    finally:
        durable_postgres.start()
    assert desk.get("/readyz").status_code == 200
    assert sends(desk, ada, form).status_code == 303
    assert recorded(rooms) == 1
