"""The day on one page: who is expected, who came and what it earned, who has something to collect, which days wait."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from cm_engine.actions.close_out import days_that_wait, reopen_day
from cm_engine.actions.correct import void
from cm_engine.actions.day import day
from cm_engine.actions.draw import open_draws, pick
from cm_engine.actions.enrol import discharge
from cm_engine.actions.record import Happening, record
from cm_engine.actions.redeem import choose
from cm_engine.events import Result
from cm_engine.standing import RefusedError
from tests.counting import counted
from tests.weeks import FRIDAY, GROUPS, MONDAY, THURSDAY, TUESDAY, Weeks, weeks

GROUP = "early-recovery-group"


def told(riverside: Weeks, on: Any = MONDAY) -> dict[str, Any]:
    return day(riverside.engine, riverside.program, on)


def rows(riverside: Weeks, on: Any = MONDAY) -> dict[tuple[str, str], tuple[Any, ...]]:
    """Give the visits of a day by code and kind: outcome, how it is seen, what it earned, and whether it was expected."""
    return {
        (v["code"], v["kind"]): (
            v["outcome"],
            v["seen"],
            [(e["amount"], e["unit"]) for e in v["earned"]],
            v["is_expected"],
        )
        for v in told(riverside, on)["visits"]
    }


def test_the_day_tells_who_is_expected_who_came_and_what_it_earned(migrated_url: str) -> None:
    with weeks(migrated_url, GROUPS, "va-prize", "iop-attendance") as riverside:
        ada, ben = riverside.enrol("Ada"), riverside.enrol("Ben")
        riverside.plan()
        riverside.record(ada)
        riverside.record(ada, "late", kind="attendance", session=GROUP)
        riverside.record(ben, "missed")
        assert rows(riverside) == {
            ("Ada", "test"): ("negative", "success", [("1", "draws")], True),
            ("Ada", "attendance"): ("late", "success", [("1", "draws")], True),
            ("Ben", "test"): ("missed", "failure", [], True),
            ("Ben", "attendance"): (None, None, [], True),
        }
        whole = told(riverside)
        assert whole["missing"] == 1
        assert whole["sessions"] == [{"session": GROUP, "at": "10:00", "expected": 2, "recorded": 1}]
        assert [v["kind"] for v in whole["visits"]][:2] == ["attendance", "attendance"]  # at ten; tests are at any time


def test_who_came_though_not_expected_is_there_too_and_what_was_voided_is_not(migrated_url: str) -> None:
    with weeks(migrated_url) as riverside:
        ada = riverside.enrol("Ada")
        riverside.plan()
        riverside.it_is(TUESDAY)
        assert rows(riverside, TUESDAY) == {}
        event = riverside.record(ada)["event"]
        assert rows(riverside, TUESDAY) == {("Ada", "test"): ("negative", "success", [("1", "draws")], False)}
        assert told(riverside, TUESDAY)["missing"] == 0
        void(riverside.engine, riverside.request(), ada, event)
        assert rows(riverside, TUESDAY) == {}


def test_who_was_discharged_is_expected_no_more(migrated_url: str) -> None:
    with weeks(migrated_url) as riverside:
        ada = riverside.enrol("Ada")
        riverside.plan()
        discharge(riverside.engine, riverside.request(), ada, TUESDAY)
        assert rows(riverside, THURSDAY) == {}
        assert rows(riverside)


def test_a_positive_shows_by_its_analytes(migrated_url: str) -> None:
    with weeks(migrated_url) as riverside:
        ada = riverside.enrol("Ada")
        riverside.plan()
        found = Result("", (("amphetamine", "negative"), ("cocaine", "positive"), ("methamphetamine", "negative")))
        record(riverside.engine, riverside.request(), ada, Happening(riverside.clock.now, "test", found))
        assert rows(riverside)["Ada", "test"][:2] == ("positive", "failure")


def test_what_waits_for_somebody_is_told_until_it_is_handed_over(migrated_url: str) -> None:
    with weeks(migrated_url) as riverside:
        ada = riverside.enrol("Ada")
        riverside.enrol("Ben")
        riverside.plan()
        assert told(riverside)["collect"] == {}
        riverside.record(ada)
        assert told(riverside)["collect"] == {ada: {"to_open": 1, "open": 0, "won": {}, "reserved": 0}}
        riverside.it_is(TUESDAY)
        for _ in range(40):
            riverside.record(ada)
            riverside.clock.go_on(days=1)
        riverside.it_is(MONDAY + timedelta(weeks=6))
        riverside.plan()
        opened = open_draws(riverside.engine, riverside.request(), ada, "va-prize", 60)["draws"]
        for one in opened[1:]:
            pick(riverside.engine, riverside.request(), ada, one["draw"], 7)
        waits = told(riverside, riverside.today)["collect"][ada]
        assert (waits["open"], waits["reserved"]) == (1, 0)
        assert waits["won"]["small"] > 1
        choose(riverside.engine, riverside.request(), ada, riverside.prize("Coffee card"))
        again = told(riverside, riverside.today)["collect"][ada]
        assert (again["reserved"], again["won"]["small"]) == (1, waits["won"]["small"] - 1)


def test_a_day_asks_the_database_as_often_for_thirty_people_as_for_three(migrated_url: str) -> None:
    with weeks(migrated_url) as riverside:
        asked: list[int] = []
        for many in (3, 30):
            for number in range(many):
                one = riverside.enrol(f"{many}-{number}")
                riverside.plan()
                if number % 2:
                    riverside.record(one)
            riverside.confirm(MONDAY)
            told(riverside)
            with counted() as statements:
                assert len(told(riverside)["visits"]) == (66 if many == 30 else 6)
            asked.append(len(statements))
        assert asked[0] == asked[1] <= 8


def test_the_list_that_is_closed_out_asks_no_more_often_for_more_people(migrated_url: str) -> None:
    with weeks(migrated_url) as riverside:
        asked: list[int] = []
        for many in (3, 30):
            for number in range(many):
                riverside.enrol(f"{many}-{number}")
            riverside.plan()
            riverside.day_list(MONDAY)
            with counted() as statements:
                riverside.day_list(MONDAY)
            asked.append(len(statements))
        assert asked[0] == asked[1]


def test_what_was_said_of_a_day_is_told_with_who_said_it(migrated_url: str) -> None:
    with weeks(migrated_url) as riverside:
        riverside.enrol()
        riverside.plan()
        assert told(riverside)["states"] == {}
        riverside.confirm(MONDAY)
        assert list(told(riverside)["states"]) == ["confirmed"]
        riverside.close_day(THURSDAY, "holiday")
        assert list(told(riverside, THURSDAY)["states"]) == ["closed"]
        reopen_day(riverside.engine, riverside.request(), riverside.program, THURSDAY)
        assert told(riverside, THURSDAY)["states"] == {}


def test_an_earlier_day_waits_until_its_list_is_confirmed_or_it_is_closed(migrated_url: str) -> None:
    with weeks(migrated_url) as riverside:
        riverside.enrol()
        riverside.plan()
        assert days_that_wait(riverside.engine, riverside.program) == {}
        riverside.it_is(FRIDAY)
        why = "nobody has confirmed the day's list"
        wednesday = MONDAY + timedelta(days=2)
        assert days_that_wait(riverside.engine, riverside.program) == dict.fromkeys((MONDAY, wednesday, THURSDAY), why)
        riverside.close_day(MONDAY)
        riverside.confirm(THURSDAY)
        assert days_that_wait(riverside.engine, riverside.program) == {wednesday: why}
        riverside.confirm(wednesday)
        waits = days_that_wait(riverside.engine, riverside.program)
        assert list(waits) == [wednesday]
        assert "nobody signed in or recorded anything" in waits[wednesday]


def test_the_same_slot_is_recorded_once_at_the_desk(migrated_url: str) -> None:
    with weeks(migrated_url) as riverside:
        ada = riverside.enrol()
        at = datetime.combine(MONDAY, datetime.min.time(), riverside.zone)

        def come(outcome: str, session: str = GROUP) -> str:
            happening = Happening(at, "attendance", Result(outcome), session)
            answer = record(riverside.engine, riverside.request(), ada, happening, at_the_desk=True)
            event: str = answer["event"]
            return event

        first = come("missed")
        with riverside.refuses('"missed" is recorded already for 2026-03-02; correct that'):
            come("attended")
        come("attended", "relapse-prevention-group")
        void(riverside.engine, riverside.request(), ada, first)
        come("attended")


def test_there_is_no_such_program(migrated_url: str) -> None:
    with weeks(migrated_url) as riverside, pytest.raises(RefusedError, match="there is no program"):
        day(riverside.engine, "nothing", MONDAY)
