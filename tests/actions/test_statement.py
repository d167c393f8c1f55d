"""The statement: what happened and what it earned, each part with its reason, as values in any language."""

import pytest

from cm_engine.actions.correct import void
from cm_engine.actions.draw import draw_by_hand, open_draws, pick
from cm_engine.actions.redeem import cancel, choose, hand_over, trade_up
from cm_engine.actions.statement import receipt_of, statement
from cm_engine.awards import Corrected, InARow, LadderPlace, Part
from cm_engine.drawing import faults
from cm_engine.facts import (
    EventRecorded,
    PrizeChosen,
    PrizeHandedOver,
    PrizesTraded,
    RedemptionCancelled,
    ResultCorrected,
    SlipDrawnByHand,
    SlipPicked,
)
from cm_engine.standing import RefusedError
from tests.clinic import clinic


def test_each_visit_says_what_it_earned_and_why(migrated_url: str) -> None:
    with clinic(migrated_url, "higgins-voucher") as riverside:
        ada = riverside.enrol()
        riverside.tests(ada, "NNNM")
        missed, third, *_ = statement(riverside.engine, ada)
        assert isinstance(missed.fact, EventRecorded)
        assert missed.lines[0].parts == ()
        assert third.lines[0].parts == (Part(500, LadderPlace(3, 3)), Part(1000, InARow(3, 3)))
        assert third.event is not None
        assert third.about == third.event.id


def test_a_correction_names_the_visit_that_it_corrects(migrated_url: str) -> None:
    with clinic(migrated_url, "higgins-voucher") as riverside:
        ada = riverside.enrol()
        event = riverside.event(ada)
        riverside.clock.go_on(days=1)
        void(riverside.engine, riverside.request(), ada, event)
        corrected, recorded = statement(riverside.engine, ada)
        assert isinstance(corrected.fact, ResultCorrected)
        assert (corrected.about, corrected.lines[0].amount) == (event, -250)
        assert corrected.lines[0].parts == (Part(-250, Corrected(recorded.on, "")),)
        assert corrected.event is not None
        assert corrected.event.on == recorded.on


def test_slips_and_prizes_are_told_by_what_they_brought(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        engine = riverside.engine
        ada = riverside.enrol()
        riverside.tests(ada, "NNN")
        [opened] = open_draws(engine, riverside.request(), ada, "va-prize")["draws"]
        told = pick(engine, riverside.request(), ada, opened["draw"], 7)
        for label in ("small",) * 4 + ("large",):
            draw_by_hand(engine, riverside.request(), ada, "va-prize", label)
        taken = choose(engine, riverside.request(), ada, riverside.prize("Headphones"))["redemption"]
        hand_over(engine, riverside.request(), ada, taken)
        back = choose(engine, riverside.request(), ada, riverside.prize("Coffee card"))["redemption"]
        cancel(engine, riverside.request(), ada, back)
        riverside.tests(ada, "N")
        draw_by_hand(engine, riverside.request(), ada, "va-prize", "small")
        trade_up(engine, riverside.request(), ada, "small", "large")
        rows = statement(engine, ada)
        assert [type(row.fact) for row in rows if not isinstance(row.fact, EventRecorded)] == [
            PrizesTraded,
            SlipDrawnByHand,
            RedemptionCancelled,
            PrizeChosen,
            PrizeHandedOver,
            PrizeChosen,
            *[SlipDrawnByHand] * 5,
            SlipPicked,
        ]
        assert [row.prize for row in rows if row.prize] == ["Coffee card"] * 2 + ["Headphones"] * 2
        [picked] = [row for row in rows if isinstance(row.fact, SlipPicked)]
        assert picked.slip is not None
        assert (picked.slip.label, picked.slip.wins) == (told["label"], told["paid"] != "0.00")
        large = next(row.slip for row in rows if row.slip and row.slip.label == "large")
        assert (large.wins, large.paid, large.receipt) == (True, 0, None)


def test_the_receipt_of_a_slip_can_be_had_again_by_whoever_picked_it(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        ada, ben = riverside.enrol(), riverside.enrol("Ben")
        riverside.tests(ada, "N")
        [opened] = open_draws(riverside.engine, riverside.request(), ada, "va-prize")["draws"]
        pick(riverside.engine, riverside.request(), ada, opened["draw"], 42)
        receipt = receipt_of(riverside.engine, ada, opened["draw"])
        assert (receipt.sha256, receipt.pick, faults(receipt)) == (opened["sha256"], 42, [])
        with pytest.raises(RefusedError, match="there is no slip of this draw"):
            receipt_of(riverside.engine, ben, opened["draw"])


def test_a_slip_beyond_the_caps_brings_money(migrated_url: str) -> None:
    with clinic(migrated_url, program=CAPPED) as riverside:
        ada = riverside.enrol()
        riverside.tests(ada, "N")
        draw_by_hand(riverside.engine, riverside.request(), ada, "va-prize", "large")
        slip = statement(riverside.engine, ada)[0].slip
        assert slip is not None
        assert (slip.label, slip.wins, slip.paid) == ("large", False, 500)


CAPPED = """
name = "capped"
title = "Capped"
site = "riverside"
timezone = "America/Los_Angeles"
weeks = 12
policies = ["any"]

[[payers]]
name = "Grant"
caps = [ {amount = "5.00", per = "calendar-year"} ]
"""
