"""Revising: what a program and its policies are from a later day on, and what that leaves as it was."""

from datetime import timedelta

from cm_engine.actions.revise import set_program
from cm_engine.actions.verify import verify
from cm_engine.exchange.policy_file import load_policy
from cm_engine.exchange.program_file import parse_terms
from tests.clinic import PROGRAM, Clinic, clinic

HIGGINS = load_policy("higgins-voucher")
CAPS = 'caps = [ {amount = "599.00", per = "calendar-year"} ]'


def set_caps(riverside: Clinic, amount: str, per: str) -> None:
    """Set the payer's caps anew from tomorrow on, and wait until then."""
    terms = parse_terms("program", PROGRAM.replace(CAPS, f'caps = [ {{amount = "{amount}", per = "{per}"}} ]'))
    tomorrow = riverside.today + timedelta(days=1)
    set_program(riverside.engine, riverside.request(), riverside.program, terms, [HIGGINS], tomorrow)
    riverside.clock.go_on(days=1)


def test_a_payers_first_cap_counts_what_was_paid_before_it_was_set(migrated_url: str) -> None:
    with clinic(migrated_url, HIGGINS, program=PROGRAM.replace(CAPS, "")) as riverside:
        ada = riverside.enrol("Ada")
        for _ in range(6):
            riverside.record(ada)  # 53.75 in all
            riverside.clock.go_on(days=1)
        set_caps(riverside, "55.00", "calendar-year")
        assert verify(riverside.engine).is_clean
        award = riverside.record(ada)["awards"][0]
        assert (award["amount"], award["capped"], award["next"]) == ("1.25", "8.75", "0.00")
        assert verify(riverside.engine).is_clean


def test_a_cap_by_another_period_can_be_told_after_a_visit_that_pays_nothing(migrated_url: str) -> None:
    with clinic(migrated_url, HIGGINS) as riverside:
        ben = riverside.enrol("Ben")
        riverside.record(ben)
        riverside.clock.go_on(days=1)
        set_caps(riverside, "4.00", "month")
        award = riverside.record(ben, "positive")["awards"][0]
        assert (award["amount"], award["next"]) == ("0.00", "1.50")
        assert verify(riverside.engine).is_clean
