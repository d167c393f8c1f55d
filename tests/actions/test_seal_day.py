"""The head of a day: it stays true, whatever the clock does, and whoever is recording while it is made."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest

from cm_engine.actions.seal_day import seal_day
from cm_engine.actions.verify import HEAD, verify
from cm_engine.engine import Engine
from cm_engine.facts import Fact
from cm_engine.store.chains import Chain
from cm_engine.store.database import Database, StoreError
from tests.clinic import Clinic, clinic

MONDAY = date(2026, 3, 2)


@pytest.mark.parametrize("back", [timedelta(hours=1), timedelta(days=1)])
def test_a_clock_that_is_put_back_behind_a_head_does_not_make_the_head_wrong(
    migrated_url: str, back: timedelta
) -> None:
    with clinic(migrated_url) as riverside:
        ada = riverside.enrol("Ada", date(2026, 2, 28))
        riverside.clock.now = datetime(2026, 3, 3, 0, 15, tzinfo=UTC)
        riverside.record(ada)
        in_the_scheduler(riverside)
        riverside.clock.now -= back
        riverside.record(ada, "attended", kind="attendance")
        riverside.clock.now += back
        latest = riverside.ask("SELECT max(recorded_at) FROM log")[0][0]
        assert latest == "2026-03-03T00:15:00.000000Z"
        assert ("2026-03-03T00:00:00.000000Z",) in riverside.ask("SELECT recorded_at FROM log")
        assert verify(riverside.engine).faults == []


def in_the_scheduler(riverside: Clinic) -> None:
    """Seal Monday in another process, of which this one hears only by the database."""
    scheduler = Engine(Database(riverside.engine.database.url), riverside.engine.vault, clock=riverside.clock)
    seal_day(scheduler, MONDAY)
    scheduler.close()


def test_whoever_began_to_record_before_midnight_is_waited_for(
    migrated_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An import holds its chains from its start; the head waits for it, or is refused and made later."""
    with clinic(migrated_url) as riverside, ThreadPoolExecutor(1) as others:
        ada = riverside.enrol()
        riverside.clock.now = datetime(2026, 3, 2, 23, 59, tzinfo=UTC)
        add = Chain.add
        sealed = []

        def slowly(chain: Chain, fact: Fact, *posted: object) -> int:
            riverside.clock.go_on(minutes=20)
            sealed.append(others.submit(in_the_scheduler, riverside))
            with pytest.raises(TimeoutError):
                sealed[0].result(timeout=0.5)
            return add(chain, fact, *posted)  # type: ignore[arg-type]

        with monkeypatch.context() as patched:
            patched.setattr(Chain, "add", slowly)
            riverside.record(ada, at=MONDAY)
        sealed[0].result(timeout=20)
        kept = riverside.ask("SELECT facts FROM heads")[0][0]
        assert kept == riverside.ask("SELECT count(*) FROM log")[0][0]
        assert verify(riverside.engine).faults == []


def test_a_head_does_not_hold_up_the_clinic_for_long(migrated_postgres_url: str) -> None:
    with clinic(migrated_postgres_url) as riverside:
        riverside.enrol()
        riverside.clock.go_on(days=1)
        with riverside.engine.database.engine.begin() as long_import:
            long_import.exec_driver_sql("SELECT * FROM standings FOR UPDATE")
            with pytest.raises(StoreError, match="busy"):
                seal_day(riverside.engine, MONDAY)
        assert seal_day(riverside.engine, MONDAY)["chains"] == 2


def test_the_oldest_of_many_heads_is_verified_too(migrated_sqlite_url: str) -> None:
    with clinic(migrated_sqlite_url) as riverside:
        people = [riverside.enrol(code) for code in ("Ada", "Ben")]
        for day in range(40):
            riverside.record(people[day % 2])
            riverside.clock.go_on(days=1)
            seal_day(riverside.engine, MONDAY + timedelta(days=day))
        found = verify(riverside.engine)
        assert found.is_clean
        assert found.counts[HEAD] == 40
        with riverside.engine.database.engine.begin() as connection:
            [(guard,)] = connection.exec_driver_sql("SELECT sql FROM sqlite_schema WHERE name = 'heads_no_update'")
            connection.exec_driver_sql("DROP TRIGGER heads_no_update")
            connection.exec_driver_sql(f"UPDATE heads SET digest = zeroblob(32) WHERE on_day = '{MONDAY}'")
            connection.exec_driver_sql(guard)
        assert [fault.what for fault in verify(riverside.engine).faults] == [
            "head of 2026-03-02: the chains of that day give another one"
        ]
