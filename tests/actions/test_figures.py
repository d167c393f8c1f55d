"""Figures: small histories, counted by hand, and held against tally and outcomes."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from cm_engine.actions.draw import draw_by_hand
from cm_engine.actions.enrol import discharge
from cm_engine.actions.figures import figures, retention, team
from cm_engine.actions.record import Happening, record
from cm_engine.actions.redeem import choose, hand_over
from cm_engine.actions.requests import SYSTEM, Answer, Request
from cm_engine.actions.roll_up import roll_up
from cm_engine.events import Result
from cm_engine.outcomes import measure
from cm_engine.periods import Period
from cm_engine.store.tables import staff
from cm_engine.tally import nearest_rank, rank_in
from tests.clinic import DEV, Clinic, clinic
from tests.weeks import MONDAY

FOUR_WEEKS = Period(MONDAY, MONDAY + timedelta(days=27))


def told(riverside: Clinic, period: Period = FOUR_WEEKS) -> Answer:
    roll_up(riverside.engine)
    return figures(riverside.engine, riverside.program, period)


def test_before_anything_was_summed_there_are_no_figures_and_no_error(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        empty = figures(riverside.engine, riverside.program, FOUR_WEEKS)
        assert empty["as_of"] is None
        assert empty["active"]["number"] == 0
        assert empty["visits"]["percent"] is None
        assert empty["tests"][0]["of_scheduled"] is None
        assert empty["waiting"] == {"prizes": 0, "oldest": None, "days": None}
        assert empty["retention"] == []


def test_active_people_are_counted_at_the_end_of_each_week(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        riverside.enrol("Ada")
        ben = riverside.enrol("Ben")
        riverside.clock.go_on(days=8)
        riverside.enrol("Cleo")
        discharge(riverside.engine, riverside.request(), ben, riverside.today)
        active = told(riverside)["active"]
        assert active == {"number": 2, "begun": 3, "ended": 1, "by_step": [2, 2, 2, 2]}
        later = Period(MONDAY + timedelta(days=14), MONDAY + timedelta(days=20))
        assert told(riverside, later)["active"] == {"number": 2, "begun": 0, "ended": 0, "by_step": [2]}


def test_visits_kept_are_counted_once_a_slot_and_excused_ones_left_out(migrated_url: str) -> None:
    with clinic(migrated_url, "va-prize", "iop-attendance") as riverside:
        ada = riverside.enrol("Ada")
        group = {"kind": "attendance", "session": "early-recovery-group"}
        riverside.record(ada, "attended", **group)  # type: ignore[arg-type]
        riverside.record(ada, "late", **group)  # type: ignore[arg-type]
        riverside.record(ada, "refused")
        riverside.record(ada, "completed", kind="activity", session="housing-plan")
        riverside.clock.go_on(days=1)
        riverside.record(ada, "missed")
        riverside.record(ada, "excused", **group)  # type: ignore[arg-type]
        visits = told(riverside)["visits"]
        assert {**visits, "by_step": ()} == {
            "kept": 2,
            "expected": 3,
            "missed": 1,
            "excused": 1,
            "percent": pytest.approx(66.666667),
            "by_step": (),
        }


@pytest.mark.parametrize("letters", ["NNPMNNEN", "NNNN", "PPPP", "MMEE", "NNNPNNMMEN"])
def test_percent_negative_and_runs_are_those_of_the_outcome_measures(migrated_sqlite_url: str, letters: str) -> None:
    with clinic(migrated_sqlite_url, "higgins-voucher") as riverside:
        ada = riverside.enrol("Ada")
        riverside.tests(ada, letters)
        [tests] = told(riverside)["tests"]
        due = measure([TESTS[letter] for letter in letters])
        assert (tests["negatives"], tests["submitted"], tests["scheduled"]) == (
            due.negatives,
            due.submitted,
            due.scheduled,
        )
        assert tests["of_scheduled"] == due.percent_negative_scheduled
        assert tests["of_submitted"] == due.percent_negative_submitted
        assert tests["longest"]["missing-positive"]["longest"] == due.lda_missing_positive
        assert tests["longest"]["missing-ignored"]["longest"] == due.lda_missing_ignored


TESTS = {"N": "negative", "P": "positive", "M": "missed", "E": "excused"}


def test_the_median_is_the_nearest_rank(migrated_sqlite_url: str) -> None:
    with clinic(migrated_sqlite_url, "higgins-voucher") as riverside:
        for code, letters in (("Ada", "NNNN"), ("Ben", "NNP"), ("Cleo", "P")):
            riverside.clock.now = riverside.clock.now.replace(day=2)
            riverside.tests(riverside.enrol(code), letters)
        runs = told(riverside)["tests"][0]["longest"]["missing-positive"]
        assert runs == {"people": 3, "median": 2, "longest": 4, "counts": {0: 1, 2: 1, 4: 1}}


@pytest.mark.parametrize("percent", [0, 1, 50, 90, 100])
@pytest.mark.parametrize("values", [[3], [1, 1, 2], [5, 1, 1, 9, 9, 9], list(range(20))])
def test_a_rank_among_counts_is_the_nearest_rank(values: list[int], percent: int) -> None:
    counts = {value: values.count(value) for value in values}
    assert rank_in(counts, percent or 1) == nearest_rank(sorted(values), percent or 1)
    assert rank_in({}, percent) is None


def test_retention_by_hand() -> None:
    today = date(2026, 3, 30)  # a Monday; four weeks after the first
    rows = [
        (MONDAY, "coming", 4, 2),  # came last week
        (MONDAY, "coming", 1, 1),  # missed three weeks: may come back
        (MONDAY, "coming", 0, 1),  # never came in four weeks: gone
        (MONDAY, "stayed", 2, 1),  # discharged, came in week 2 last
        (today, "coming", 0, 5),  # began today: no week behind them
        (MONDAY, "missing-positive:va-prize", 3, 9),  # no enrolment
    ]
    told = [(week["week"], week["of"], week["stopped"], week["percent"]) for week in retention(rows, today, 12)]
    assert told == [(1, 5, 1, 80), (2, 4, 0, 80), (3, 4, 1, 60), (4, 3, 0, 60)]
    assert len(retention(rows, today, 2)) == 2


def test_whoever_began_late_takes_nothing_from_the_share_still_coming() -> None:
    today = date(2026, 3, 30)
    began_late = today - timedelta(days=8)
    rows = [(MONDAY, "coming", 4, 1), (MONDAY, "stayed", 1, 1), (began_late, "coming", 1, 98)]
    told = [(week["of"], week["percent"]) for week in retention(rows, today, 12)]
    assert told == [(100, 100), (2, 50), (1, 50), (1, 50)]


def test_what_a_payer_paid_stands_against_the_years_budget(migrated_url: str) -> None:
    with clinic(migrated_url, "va-prize", "higgins-voucher", "treatment-goals") as riverside:
        ada = riverside.enrol("Ada")
        riverside.record(ada)  # 2.50, a draw
        riverside.record(ada, "completed", kind="activity", session="housing-plan")  # 20 points at 0.25
        draw_by_hand(riverside.engine, riverside.request(), ada, "va-prize", "large")  # 20.00
        [payer] = told(riverside)["payers"]
        assert (payer["paid"], payer["budget"]) == ("27.50", "60000.00")
        assert payer["percent"] == pytest.approx(100 * 27.5 / 60_000, abs=1e-6)
        awarded = {one["policy"]: one["amount"] for one in told(riverside)["awarded"]}
        assert awarded == {"va-prize": "1", "higgins-voucher": "2.50", "treatment-goals": "20"}


def test_prizes_waiting_and_the_days_to_their_handover(migrated_url: str) -> None:
    with clinic(migrated_url, "va-prize") as riverside:
        ada = riverside.enrol("Ada")
        riverside.record(ada)
        draw_by_hand(riverside.engine, riverside.request(), ada, "va-prize", "small")
        riverside.clock.go_on(days=4)
        assert told(riverside)["waiting"] == {"prizes": 1, "oldest": MONDAY, "days": 4}
        card = choose(riverside.engine, riverside.request(), ada, riverside.prize("Coffee card"))
        hand_over(riverside.engine, riverside.request(), ada, card["redemption"])
        after = told(riverside)
        assert after["waiting"]["prizes"] == 0
        assert after["handed_over"] == {"prizes": 1, "value": "1.00", "median_days": 4, "most_days": 4}


def test_minutes_from_a_test_to_its_award(migrated_url: str) -> None:
    with clinic(migrated_url, "va-prize") as riverside:
        ada = riverside.enrol("Ada")
        taken = riverside.clock.now
        riverside.clock.go_on(minutes=12)
        riverside.record(ada, "negative", taken)
        riverside.clock.go_on(days=1)
        riverside.record(ada, "negative", riverside.today)  # no time of day: left out
        event = riverside.event(ada, "pending")
        riverside.clock.go_on(days=1, minutes=-60)
        pending = riverside.record(ada, "pending", riverside.clock.now)["event"]
        riverside.clock.go_on(minutes=100)
        riverside.correct(ada, pending, "negative")
        riverside.correct(ada, event, "cancelled")
        to_award = told(riverside)["to_award"]
        assert to_award["counts"] == {15: 1, 120: 1}
        assert (to_award["median"], to_award["p90"]) == (15, 120)


def test_a_payer_of_two_programs_is_told_what_both_paid(migrated_sqlite_url: str) -> None:
    with clinic(migrated_sqlite_url, "higgins-voucher") as riverside:
        riverside.record(riverside.enrol("Ada"))
        payers: list[Any] = told(riverside)["payers"]
        assert [one["name"] for one in payers] == ["State Medicaid"]
        assert payers[0]["through"] == pytest.approx(100 * 88 / 365, abs=1e-6)


def test_the_team_is_told_by_who_recorded(migrated_sqlite_url: str) -> None:
    with clinic(migrated_sqlite_url, "higgins-voucher") as riverside:
        ada = riverside.enrol("Ada")
        riverside.tests(ada, "NNP")
        with riverside.engine.database.writing() as tx:
            tx.do(insert(staff).values(id=DEV, name="Dev Patel", made_at="2026-03-01T09:00:00.000000Z"))
        happening = Happening(riverside.clock.now, "test", Result("missed"))
        record(riverside.engine, Request("a job's", SYSTEM), ada, happening)
        roll_up(riverside.engine)
        dev, others = team(riverside.engine, riverside.program, FOUR_WEEKS)["people"]
        assert (dev["id"], dev["name"]) == (DEV, "Dev Patel")
        assert dev["scheduled"] == 3
        assert dev["of_submitted"] == pytest.approx(66.666667)
        assert dev["resets"] == 1
        assert (others["name"], others["scheduled"], others["of_submitted"]) == (None, 1, None)
