"""Revising: what a program and its policies are from a later day on, and what that leaves as it was."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from cm_engine.actions.revise import publish, set_program, set_up, take_version
from cm_engine.actions.verify import verify
from cm_engine.engine import Engine
from cm_engine.exchange.policy_file import load_policy
from cm_engine.exchange.program_file import parse_terms
from cm_engine.store.database import Database
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


def test_of_two_settings_for_a_day_the_later_one_holds(migrated_url: str) -> None:
    with clinic(migrated_url, HIGGINS) as riverside:
        tomorrow = riverside.today + timedelta(days=1)
        for amount in range(1, 9):  # the first ones were slips of the pen
            terms = parse_terms("program", PROGRAM.replace('"599.00"', f'"{amount}.00"'))
            set_program(riverside.engine, riverside.request(), riverside.program, terms, [HIGGINS], tomorrow)
        riverside.clock.go_on(days=1)
        ada = riverside.enrol("Ada")
        assert [riverside.record(ada)["awards"][0]["amount"], *_left(riverside, ada)] == ["2.50", 550]


def _left(riverside: Clinic, participant: str) -> list[int]:
    return [left.left for left in riverside.standing(participant).left(riverside.today)]


def test_what_another_process_set_holds_from_the_sites_midnight(migrated_url: str) -> None:
    with clinic(migrated_url, HIGGINS) as riverside, other_process(riverside) as another:
        riverside.clock.go_on(hours=8)  # in Los Angeles it is 5 p.m.; in Greenwich the next day has begun
        ada = riverside.enrol("Ada")
        assert another.record(ada)["awards"][0]["amount"] == "2.50"
        set_caps(riverside, "1.00", "day")
        riverside.clock.go_on(hours=-9)
        assert another.record(ada)["awards"][0]["amount"] == "1.00"
        assert verify(riverside.engine).is_clean


def test_a_program_that_another_process_began_is_known_at_once(migrated_url: str) -> None:
    with clinic(migrated_url, HIGGINS) as riverside, other_process(riverside) as another:
        today = riverside.today
        another.record(another.enrol("Ada"))
        terms = parse_terms("program", PROGRAM.replace("riverside-iop", "riverside-php"))
        begun = set_up(riverside.engine, riverside.request(), terms, [HIGGINS])["program"]
        another.program = begun
        assert another.record(another.enrol("Ben", today))["awards"][0]["amount"] == "2.50"
        version = publish(riverside.engine, riverside.request(), begun, HIGGINS, today + timedelta(days=1))
        cleo = another.enrol("Cleo", today)
        taken = today + timedelta(days=2)
        take_version(another.engine, another.request(), cleo, HIGGINS.name, version["version"], taken)


@contextmanager
def other_process(riverside: Clinic) -> Iterator[Clinic]:
    """Open the same clinic once more, as another process would."""
    engine = Engine(Database(riverside.engine.database.url), riverside.engine.vault, clock=riverside.clock)
    try:
        yield Clinic(engine, riverside.clock, riverside.program, riverside.keys)
    finally:
        engine.close()
