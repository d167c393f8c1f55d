"""A visit told: what it earned and why, what became of it, what is next; and undoing what one has just recorded."""

from datetime import timedelta

import pytest

from cm_engine.actions.correct import Correction, correct, undo
from cm_engine.actions.record import Happening, record
from cm_engine.actions.requests import Request
from cm_engine.actions.verify import verify
from cm_engine.actions.visit import UNDO, visit
from cm_engine.events import Result
from cm_engine.standing import RefusedError
from tests.clinic import clinic


def test_a_visit_tells_each_part_of_what_it_earned_and_what_the_next_is_worth(migrated_url: str) -> None:
    with clinic(migrated_url, "higgins-voucher", "iop-attendance") as riverside:
        ada = riverside.enrol()
        riverside.tests(ada, "NN")
        told = visit(riverside.engine, ada, riverside.event(ada))
        assert (told["outcome"], told["seen"], told["on"]) == ("negative", "success", "2026-03-04")
        assert [(part["amount"], part["why"]) for part in told["awards"][0]["parts"]] == [
            ("5.00", "ladder place 3"),
            ("10.00", "3 in a row"),
        ]
        assert told["earned"] == [{"amount": "15.00", "unit": "usd"}]
        voucher, attendance = told["next"]
        assert (voucher["place"], voucher["run"], voucher["next"]) == (4, 3, "6.25")
        assert voucher["parts"] == [{"amount": "6.25", "why": "ladder place 4"}]
        assert (attendance["place"], attendance["run"], attendance["next"]) == (None, 0, "1")
        assert (told["corrections"], told["is_corrected"]) == ([], False)


def test_an_earlier_visit_tells_its_corrections_and_where_things_stand_now(migrated_url: str) -> None:
    with clinic(migrated_url, "higgins-voucher") as riverside:
        ada = riverside.enrol()
        events = []
        for letter in ("negative", "negative", "negative", "positive", "negative", "negative"):
            events.append(riverside.event(ada, letter))
            riverside.clock.go_on(days=1)
        correction = Correction(events[3], Result("negative"), reason="the laboratory says so", note="by fax")
        correct(riverside.engine, riverside.request(), ada, correction)
        told = visit(riverside.engine, ada, events[3])
        assert (told["outcome"], told["is_corrected"]) == ("negative", True)
        assert told["awards"][0]["amount"] == "0.00"
        [corrected] = told["corrections"]
        assert corrected["awards"][0]["amount"] == "26.25"
        assert (corrected["reason"], corrected["note"]) == ("the laboratory says so", "by fax")
        assert told["earned"] == [{"amount": "26.25", "unit": "usd"}]
        assert told["next"][0]["next"] == "10.00"


def test_whoever_recorded_it_takes_it_back_within_minutes(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        ada = riverside.enrol()
        event = riverside.event(ada)
        riverside.clock.now += UNDO
        undo(riverside.engine, riverside.request(), ada, event)
        told = visit(riverside.engine, ada, event)
        assert (told["is_void"], told["earned"]) == (True, [])
        assert riverside.held(ada, "draws", "va-prize") == 0
        with riverside.refuses("was corrected since"):
            undo(riverside.engine, riverside.request(), ada, event)
        assert verify(riverside.engine).is_clean


def test_later_or_by_somebody_else_it_is_not_undone(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        ada = riverside.enrol()
        event = riverside.event(ada)
        with riverside.refuses("somebody else recorded this"):
            undo(riverside.engine, Request("another key", "elin"), ada, event)
        riverside.clock.now += UNDO + timedelta(seconds=1)
        with riverside.refuses("too long ago to undo"):
            undo(riverside.engine, riverside.request(), ada, event)
        with riverside.refuses("has no event nothing"):
            undo(riverside.engine, riverside.request(), ada, "nothing")


def test_what_was_written_beside_it_is_told(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        ada = riverside.enrol()
        happening = Happening(riverside.clock.now, "test", Result("invalid"), reason="adulterated", note="nitrite")
        event = record(riverside.engine, riverside.request(), ada, happening)["event"]
        told = visit(riverside.engine, ada, event)["recorded"]
        assert (told["reason"], told["note"], told["by"]) == ("adulterated", "nitrite", None)


def test_an_event_of_somebody_else_is_not_told(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        ada, ben = riverside.enrol("Ada"), riverside.enrol("Ben")
        with pytest.raises(RefusedError, match="has no event"):
            visit(riverside.engine, ben, riverside.event(ada))
