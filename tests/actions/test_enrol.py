"""Enrolling, discharging, readmitting, stepping over: who takes part, under what, from when."""

from datetime import timedelta

from cm_engine.actions.enrol import discharge, readmit
from cm_engine.actions.verify import verify
from tests.clinic import clinic


def test_a_visit_of_before_the_readmission_was_recorded_can_still_be_corrected(migrated_url: str) -> None:
    with clinic(migrated_url, "higgins-voucher") as riverside:
        gus = riverside.enrol("Gus")
        riverside.clock.go_on(days=10)
        discharge(riverside.engine, riverside.request(), gus, riverside.today - timedelta(days=5))
        late = riverside.record(gus)
        assert late["awards"] == []
        readmit(riverside.engine, riverside.request(), gus, riverside.program, riverside.today - timedelta(days=1))
        assert riverside.correct(gus, late["event"], "positive")["awards"] == []
        assert verify(riverside.engine).is_clean
