"""A PostgreSQL server goes away and comes back: a clear error meanwhile, nothing lost, and then all goes on by itself."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from threading import Barrier, Thread

import pytest
from sqlalchemy import make_url, text

from cm_engine.actions.verify import verify
from cm_engine.engine import Engine
from cm_engine.store.database import Database, PassingError, StoreError, Transaction
from tests.clinic import Clinic, clinic
from tests.databases import PostgresServer, migrate


@pytest.fixture
def house(durable_postgres: PostgresServer) -> Iterator[Clinic]:
    with durable_postgres.fresh(durable_postgres.template("migrated", migrate)) as url, clinic(url) as riverside:
        yield riverside


@contextmanager
def gone(server: PostgresServer) -> Iterator[None]:
    """Stop the server for a while."""
    server.stop()
    try:
        yield
    finally:
        server.start()


def several_connections(engine: Engine) -> None:
    """Leave several connections waiting to be used again."""
    with ExitStack() as stack:
        for _ in range(3):
            stack.enter_context(engine.database.reading())


def test_what_was_acknowledged_outlives_a_crash_and_the_next_request_goes_on(
    house: Clinic, durable_postgres: PostgresServer
) -> None:
    ada = house.enrol()
    assert house.record(ada)["awards"][0]["amount"] == "1"
    several_connections(house.engine)
    with gone(durable_postgres), pytest.raises(StoreError, match="cannot be reached; see that it runs"):
        house.record(ada)
    house.clock.go_on(days=1)
    assert house.record(ada)["awards"][0]["amount"] == "2"
    assert verify(house.engine).faults == []


def test_a_restart_between_two_requests_goes_unnoticed(house: Clinic, durable_postgres: PostgresServer) -> None:
    ada = house.enrol()
    several_connections(house.engine)
    with gone(durable_postgres):
        pass
    assert house.record(ada)["event"]
    several_connections(house.engine)
    with gone(durable_postgres):
        pass
    assert verify(house.engine).faults == []


def test_a_crash_in_the_middle_of_a_transaction_leaves_nothing_of_it(
    house: Clinic, durable_postgres: PostgresServer
) -> None:
    with pytest.raises(PassingError, match=r"cannot be reached.*nothing was changed"):
        _crash_in_the_middle(house, durable_postgres)
    assert house.ask("SELECT name FROM sites") == [("riverside",)]
    assert house.enrol()


def _crash_in_the_middle(house: Clinic, server: PostgresServer) -> None:
    with house.engine.database.writing() as tx:
        tx.do(text("INSERT INTO sites (id, name, timezone) VALUES ('s', 'nowhere', 'UTC')"))
        with gone(server):
            tx.do(text("UPDATE sites SET name = 'somewhere'"))


def test_a_server_that_says_nothing_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        url = f"postgresql://clinic@127.0.0.1:{port}/clinic?connect_timeout=2"
        with (
            closing(Database(url)) as database,
            pytest.raises(StoreError, match="cannot be reached"),
            database.reading(),
        ):
            pytest.fail("it was not given up")


def test_several_servers_may_be_named_of_which_one_is_written_to(migrated_postgres_url: str) -> None:
    there = make_url(migrated_postgres_url)
    named = {"host": ("127.0.0.1:1", str(there.query["host"])), "target_session_attrs": "read-write"}
    with closing(Database(there.set(query=named))) as database, database.writing() as tx:
        assert tx.ask(text("SELECT pg_is_in_recovery()")) == [(False,)]


def test_two_that_wait_for_each_other_are_parted_and_may_try_again(migrated_postgres_url: str) -> None:
    met = Barrier(2)
    ended: list[StoreError | None] = []

    def wait_for_each_other(database: Database, mine: int, theirs: int) -> None:
        try:
            with database.writing() as tx:
                _lock(tx, mine)
                met.wait(30)
                _lock(tx, theirs)
        except StoreError as error:
            ended.append(error)
        else:
            ended.append(None)

    with closing(Database(migrated_postgres_url)) as database:
        threads = [Thread(target=wait_for_each_other, args=(database, *locks)) for locks in ((1, 2), (2, 1))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    parted, went_on = sorted(ended, key=lambda error: error is None)
    assert went_on is None
    assert isinstance(parted, PassingError)
    assert "waited for each other; try again" in str(parted)


def _lock(tx: Transaction, number: int) -> None:
    tx.ask(text(f"SELECT pg_advisory_xact_lock({number})"))


def test_nobody_waits_for_a_hung_program_for_ever(migrated_postgres_url: str) -> None:
    with clinic(migrated_postgres_url) as riverside:
        ada = riverside.enrol()
        with closing(Database(migrated_postgres_url)) as other, other.writing() as hung:
            hung.ask(text("SELECT * FROM standings FOR UPDATE"))
            with riverside.engine.database.reading() as tx:
                assert tx.ask(text("SHOW lock_timeout")) == [("30s",)]
            _less_patient(riverside)
            with pytest.raises(StoreError, match="busy with another program for too long; try again"):
                riverside.record(ada)
        assert riverside.record(ada)["event"]


def _less_patient(riverside: Clinic) -> None:
    """Make the one connection that waits give up after a tenth of a second."""
    with riverside.engine.database.writing() as tx:
        tx.ask(text("SELECT set_config('lock_timeout', '100ms', false)"))
