"""The batch form: a sheet that was written by hand is recorded later with its times, all of it or nothing."""

from datetime import datetime, timedelta

import pytest

from cm_engine.actions.batch import BatchError, Line, record_batch
from cm_engine.actions.enrol import discharge
from cm_engine.actions.record import Happening
from cm_engine.actions.requests import Answer
from cm_engine.actions.verify import verify
from cm_engine.events import Kind, Result
from tests.clinic import Clinic, clinic
from tests.counting import counted


def line(riverside: Clinic, participant: str, outcome: str, at: str, kind: Kind = "test", session: str = "") -> Line:
    moment = datetime.fromisoformat(f"{riverside.today.isoformat()}T{at}").replace(tzinfo=riverside.zone)
    return Line(participant, Happening(moment, kind, Result(outcome), session))


def record(riverside: Clinic, *lines: Line) -> Answer:
    return record_batch(riverside.engine, riverside.request(), riverside.program, lines)


def events(riverside: Clinic) -> int:
    found: int = riverside.ask("SELECT count(*) FROM log WHERE fact = 'event-recorded'")[0][0]
    return found


def test_a_sheet_is_recorded_with_the_times_on_it(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        ada, ben = riverside.enrol("Ada"), riverside.enrol("Ben")
        riverside.clock.go_on(hours=5)
        answer = record(
            riverside,
            line(riverside, ben, "negative", "09:05"),
            line(riverside, ada, "negative", "09:10"),
            line(riverside, ada, "attended", "10:00", "attendance", "early-recovery-group"),
        )
        assert [told["participant"] for told in answer["lines"]] == [ben, ada, ada]
        assert riverside.held(ada, "draws", "va-prize") == 1
        assert [event.at.isoformat() for event in riverside.standing(ada).events()] == [
            "2026-03-02T17:10:00+00:00",
            "2026-03-02T18:00:00+00:00",
        ]
        assert verify(riverside.engine).is_clean


def test_one_wrong_line_and_nothing_is_recorded_while_each_wrong_one_is_named(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        ada, ben, gus = (riverside.enrol(code) for code in ("Ada", "Ben", "Gus"))
        discharge(riverside.engine, riverside.request(), gus, riverside.today - timedelta(days=0))
        riverside.clock.go_on(days=1)
        lines = [
            line(riverside, ada, "negative", "09:05"),
            line(riverside, ben, "nagative", "09:05"),
            line(riverside, gus, "negative", "09:05"),
            line(riverside, "nobody", "negative", "09:05"),
        ]
        before = riverside.rows()
        with pytest.raises(BatchError, match=r"line 2: .*did you mean") as refused:
            record(riverside, *lines)
        assert sorted(refused.value.lines) == [1, 2, 3]
        assert "was not in the program" in refused.value.lines[2]
        assert "there is no participant" in refused.value.lines[3]
        assert riverside.rows() == before


def test_the_same_line_again_is_not_recorded_twice(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        ada = riverside.enrol("Ada")
        riverside.clock.go_on(hours=5)
        written = line(riverside, ada, "negative", "09:05")
        first = record(riverside, written)["lines"][0]
        again = record(riverside, written, written)["lines"]
        assert [(told["event"], told["already_there"]) for told in again] == [(first["event"], True)] * 2
        assert events(riverside) == 1
        assert riverside.held(ada, "draws", "va-prize") == 1


def test_what_somebody_has_recorded_otherwise_meanwhile_is_left_as_it_is(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        ada, ben = riverside.enrol("Ada"), riverside.enrol("Ben")
        riverside.record(ada, "positive")
        riverside.clock.go_on(hours=5)
        with riverside.refuses('line 1: "positive" is recorded already; correct that', BatchError):
            record(riverside, line(riverside, ada, "negative", "09:05"), line(riverside, ben, "negative", "09:05"))


def test_nobody_has_two_results_of_a_slot_on_one_sheet(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        ada = riverside.enrol("Ada")
        riverside.clock.go_on(hours=5)
        with riverside.refuses("line 2: .negative. is recorded already", BatchError):
            record(riverside, line(riverside, ada, "negative", "09:05"), line(riverside, ada, "positive", "09:35"))


def test_what_has_not_happened_yet_is_not_recorded(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        ada = riverside.enrol("Ada")
        tomorrow = Happening(riverside.today + timedelta(days=1), "test", Result("negative"))
        with riverside.refuses("has not come yet", BatchError):
            record(riverside, Line(ada, tomorrow))


def test_a_long_sheet_takes_as_many_queries_a_line_as_a_short_one(migrated_sqlite_url: str) -> None:
    with clinic(migrated_sqlite_url) as riverside:
        people = [riverside.enrol(f"P-{number}") for number in range(6)]
        riverside.clock.go_on(hours=5)
        number = []
        for some in (people[:1], people[1:3], people[3:6]):
            with counted() as asked:
                record(riverside, *(line(riverside, who, "negative", "09:05") for who in some))
            number.append(len(asked))
        assert number[1] - number[0] == number[2] - number[1] <= 8
