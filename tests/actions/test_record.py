"""Recording: what a visit earns, at once and with the reason; the same request once."""

from typing import Any

import pytest

from cm_engine.actions.record import Happening, record
from cm_engine.actions.requests import ConflictError, Request
from cm_engine.actions.verify import verify
from cm_engine.events import Finding, Result
from cm_engine.exchange.policy_file import parse_policy
from cm_engine.policies.contract import Policy
from cm_engine.standing import RefusedError
from tests.clinic import DEV, PROGRAM, clinic


def test_a_negative_sample_earns_a_draw_and_says_why(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        ada = riverside.enrol()
        award = riverside.record(ada)["awards"][0]
        assert (award["amount"], award["unit"], award["next"]) == ("1", "draws", "2")
        assert award["why"] == "first negative in a row: ladder place 1, 1 draw"
        assert verify(riverside.engine).is_clean


def test_the_same_request_is_answered_once_and_another_content_is_a_conflict(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        ada = riverside.enrol()
        request = Request("the key", DEV)
        negative = Happening(riverside.clock.now, "test", Result("negative"))
        first = record(riverside.engine, request, ada, negative)
        assert record(riverside.engine, request, ada, negative) == first
        with pytest.raises(ConflictError, match="used before"):
            record(riverside.engine, request, ada, negative._replace(result=Result("positive")))
        assert len(riverside.ask("SELECT * FROM log WHERE fact = 'event-recorded'")) == 1


def test_a_dry_run_answers_what_the_real_run_does_and_writes_nothing(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        ada = riverside.enrol()
        negative = Happening(riverside.clock.now, "test", Result("negative"))
        before = riverside.ask("SELECT * FROM log")
        tried = record(riverside.engine, Request("k", DEV, dry_run=True), ada, negative)
        assert riverside.ask("SELECT * FROM log") == before
        assert record(riverside.engine, Request("k", DEV), ada, negative) == tried


def test_a_day_that_has_not_come_is_refused(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        ada = riverside.enrol()
        riverside.clock.go_on(days=1)
        tomorrow = riverside.clock.now
        riverside.clock.go_on(days=-1)
        with pytest.raises(RefusedError, match="has not come yet"):
            riverside.record(ada, at=tomorrow)


def test_no_twelve_months_are_exceeded_by_what_is_dated_back(migrated_url: str) -> None:
    program = PROGRAM.replace('{amount = "599.00", per = "calendar-year"}', '{amount = "4.00", per = "rolling-year"}')
    with clinic(migrated_url, "higgins-voucher", attendance(), program=program) as riverside:
        ada = riverside.enrol()
        first_day = riverside.today
        riverside.clock.go_on(days=20)
        assert riverside.record(ada, "attended", kind="attendance")["awards"][0]["amount"] == "3.00"
        assert riverside.record(ada, at=first_day)["awards"][0]["amount"] == "1.00"


def attendance() -> Policy[Any]:
    """A policy that pays 3.00 for each attendance."""
    head = 'name = "came"\ntitle = "Came"\nkind = "escalating"\npays = "usd"\non = "attendance"\n'
    return parse_policy("story", f'{head}[ladder]\nstart = "3.00"\n')


def test_a_session_is_a_short_name_since_it_stays_in_the_log_for_good(migrated_url: str) -> None:
    named = PROGRAM + '[[goals]]\nsession = "job: find one"\ntitle = "A job"\n'
    with clinic(migrated_url, program=named) as riverside:
        ada = riverside.enrol("Ada")
        for story in ("counselling of Ann Smith, born 1980", "a" * 65, "a" * 100_000, "two\nlines"):
            with riverside.refuses("cannot be a session"):
                riverside.record(ada, "attended", kind="attendance", session=story)
        for name in ("early-recovery-group", "Group 2", "Santé", "job: find one", "a" * 64):
            riverside.record(ada, "attended", kind="attendance", session=name)


def test_the_same_findings_in_another_order_are_the_same_result(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        ada = riverside.enrol()
        clean: tuple[tuple[str, Finding], ...] = (
            ("methamphetamine", "negative"),
            ("cocaine", "negative"),
            ("amphetamine", "negative"),
        )
        told = Happening(riverside.clock.now, "test", Result("", clean), sender_id="lab-1")
        assert not record(riverside.engine, riverside.request(), ada, told)["already_there"]
        again = told._replace(result=Result("", clean[::-1]))
        assert record(riverside.engine, riverside.request(), ada, again)["already_there"]
        with riverside.refuses("cocaine stands there twice"):
            unclear = Result("", (*clean, ("cocaine", "positive")))
            record(riverside.engine, riverside.request(), ada, told._replace(result=unclear, sender_id="lab-2"))
