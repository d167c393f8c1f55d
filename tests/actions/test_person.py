"""A person's page: where they stand, what waits for them, exemptions, and their history, the latest first."""

from datetime import timedelta

import pytest

from cm_engine.actions.correct import Correction, correct, void
from cm_engine.actions.draw import open_draws, pick
from cm_engine.actions.exempt import Wanted, end_exemption, exempt
from cm_engine.actions.person import A_PAGE, person
from cm_engine.actions.redeem import cancel, choose, hand_over
from cm_engine.events import Result
from cm_engine.standing import RefusedError
from tests.clinic import clinic
from tests.counting import counted

A_MONTH = timedelta(days=30)


def test_it_tells_where_somebody_stands_under_each_policy(migrated_url: str) -> None:
    with clinic(migrated_url, "higgins-voucher", "treatment-goals") as riverside:
        ada = riverside.enrol()
        riverside.tests(ada, "NNN")
        told = person(riverside.engine, ada)
        voucher, goals = told["policies"]
        assert (voucher["place"], voucher["run"], voucher["earned"], voucher["next"]) == (4, 3, "21.25", "6.25")
        assert (goals["place"], goals["run"], goals["unit"]) == (None, 0, "points")
        assert (told["enrolment"]["week"], told["enrolment"]["weeks"]) == (1, 12)
        assert [has["balance"] for has in told["has"]] == ["21.25"]


def test_the_history_tells_what_happened_the_latest_first(migrated_url: str) -> None:
    with clinic(migrated_url, "va-prize", "iop-attendance") as riverside:
        ada = riverside.enrol()
        tests = []
        for _ in range(12):
            tests.append(riverside.event(ada))
            riverside.clock.go_on(days=1)
        attended = riverside.record(ada, "attended", kind="attendance", session="early-recovery-group")["event"]
        opened = open_draws(riverside.engine, riverside.request(), ada, "va-prize", 40)["draws"]
        for one in opened:
            pick(riverside.engine, riverside.request(), ada, one["draw"], 7)
        riverside.clock.go_on(days=1)  # whoever recorded a result does not hand over on that day
        card = riverside.prize("Coffee card")
        for end in (cancel, hand_over):
            redemption = choose(riverside.engine, riverside.request(), ada, card)["redemption"]
            end(riverside.engine, riverside.request(), ada, redemption)
        positive = Result("", (("amphetamine", "negative"), ("cocaine", "positive"), ("methamphetamine", "negative")))
        correct(riverside.engine, riverside.request(), ada, Correction(tests[-1], positive))
        void(riverside.engine, riverside.request(), ada, attended)
        history = []
        before = None
        while True:
            page = person(riverside.engine, ada, before)
            history += page["history"]
            before = page["earlier"]
            if before is None:
                break
        words = [row["what"] for row in history]
        assert words[:6] == [
            "Taken back: entered in error",
            "Corrected to positive (positive for cocaine)",
            "Coffee card handed over",
            "Coffee card chosen",
            "Coffee card put back into the cabinet",
            "Coffee card chosen",
        ]
        assert words[-3:] == ["Test: negative", "Test: negative", "Enrolled, first day 2026-03-02"]
        assert "Early recovery group: attended" in words
        assert {"Slip drawn: small", "Draw opened"} < set(words)
        assert sum(row["times"] for row in history if row["what"] == "Draw opened") == 40
        assert history[0]["event"] == attended
        assert history[0]["earned"] == [{"amount": "-1", "unit": "draws"}]
        assert history[-2]["earned"] == [{"amount": "1", "unit": "draws"}]


def test_a_page_of_history_is_as_quick_after_years_as_at_first(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        ada = riverside.enrol()
        riverside.record(ada)
        asked = []
        for more in (0, A_PAGE + 5):
            for _ in range(more):
                riverside.clock.go_on(days=1)
                riverside.record(ada)
            person(riverside.engine, ada)
            with counted() as statements:
                person(riverside.engine, ada)
            asked.append(len(statements))
        told = person(riverside.engine, ada)
        assert asked[0] == asked[1]
        assert told["earlier"] is not None
        assert len(told["history"]) <= A_PAGE


def test_exemptions_are_told_with_who_gave_them_and_whether_they_last(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        ada = riverside.enrol()
        today = riverside.today
        assert person(riverside.engine, ada)["exemptions"] == []
        given = [
            exempt(
                riverside.engine, riverside.request(), ada, Wanted(analyte, today, today + A_MONTH, "prescription seen")
            )
            for analyte in ("amphetamine", "opioid")
        ]
        end_exemption(riverside.engine, riverside.request(), ada, given[-1]["exemption"], today)
        riverside.clock.go_on(days=1)
        told = [(one["analyte"], one["to_day"], one["is_over"]) for one in person(riverside.engine, ada)["exemptions"]]
        assert told == [("opioid", "2026-03-02", True), ("amphetamine", "2026-04-01", False)]
        assert person(riverside.engine, ada)["exemptions"][0]["reason"] == "prescription seen"


def test_nobody_is_told_plainly(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside, pytest.raises(RefusedError, match="there is no participant"):
        person(riverside.engine, "nobody")
