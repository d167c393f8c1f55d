"""Looking: what somebody has, what the next visit is worth, what the year's cap leaves, and when the tax office asks."""

from datetime import timedelta

import pytest

from cm_engine.actions.close_out import day_list
from cm_engine.actions.enrol import enrol
from cm_engine.actions.look import look
from cm_engine.actions.revise import set_program, set_up
from cm_engine.exchange.policy_file import load_policy
from cm_engine.exchange.program_file import parse_terms
from cm_engine.standing import RefusedError
from tests.clinic import PROGRAM, clinic, other_process
from tests.counting import counted
from tests.weeks import GROUPS, weeks


def test_what_ada_has_after_two_negatives(migrated_url: str) -> None:
    with clinic(migrated_url, "va-prize", "higgins-voucher") as riverside:
        ada = riverside.enrol()
        riverside.record(ada)
        riverside.clock.go_on(days=2)
        riverside.record(ada)
        told = look(riverside.engine, ada)
        assert told["week"] == 1
        assert {(has["of"], has["unit"], has["balance"]) for has in told["has"]} == {
            ("", "usd", "6.25"),
            ("va-prize", "draws", "3"),
        }
        assert [(policy["policy"], policy["next"]) for policy in told["policies"]] == [
            ("va-prize", "3"),
            ("higgins-voucher", "15.00"),
        ]
        assert [left["why"] for left in told["left"]] == ["592.75 usd left of 599.00: the yearly cap, State Medicaid"]


def test_the_yearly_total_is_told_once_it_reaches_the_alert(migrated_url: str) -> None:
    with clinic(migrated_url, "higgins-voucher") as riverside:
        ada = riverside.enrol()
        riverside.record(ada)
        assert look(riverside.engine, ada, tax_alert=lambda _: 2_51)["tax_year"]["alert"] is False
        told = look(riverside.engine, ada, tax_alert=lambda _: 2_50)["tax_year"]
        assert told == {"year": 2026, "paid": "2.50", "alert_at": "2.50", "alert": True}


def test_what_another_process_published_is_read_when_it_is_needed(migrated_url: str) -> None:
    goals = load_policy("treatment-goals")
    with clinic(migrated_url) as riverside, other_process(riverside) as another:
        another.enrol("Ben")  # now it has read what is published
        tomorrow = riverside.today + timedelta(days=1)
        terms = parse_terms("program", PROGRAM)
        set_program(riverside.engine, riverside.request(), riverside.program, terms, [goals], tomorrow)
        cleo = riverside.enrol("Cleo", None, goals.name)
        assert [policy["policy"] for policy in look(another.engine, cleo)["policies"]] == [goals.name]

        terms = parse_terms("program", PROGRAM.replace("riverside-iop", "evenings"))
        evenings = set_up(riverside.engine, riverside.request(), terms, [goals])["program"]
        dora = enrol(riverside.engine, riverside.request(), evenings, "Dora", riverside.today)["participant"]
        assert look(another.engine, dora)["program"] == evenings


def test_a_days_list_tells_of_somebody_under_a_policy_that_another_process_published(migrated_url: str) -> None:
    goals = load_policy("treatment-goals")
    with weeks(migrated_url) as riverside, other_process(riverside) as another:
        another.enrol("Ben")
        terms = parse_terms("program", PROGRAM + GROUPS)
        tomorrow = riverside.today + timedelta(days=1)
        set_program(riverside.engine, riverside.request(), riverside.program, terms, [goals], tomorrow)
        riverside.enrol("Cleo", None, goals.name)
        riverside.plan()
        listed = day_list(another.engine, riverside.program, riverside.today)
        assert {visit["code"] for visit in listed["visits"]} == {"Ben", "Cleo"}


def test_nobody_is_told_plainly(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside, pytest.raises(RefusedError, match="there is no participant"):
        look(riverside.engine, "nobody")


def test_a_program_that_begins_elsewhere_leaves_what_is_known_of_people_as_it_is(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        ada = riverside.enrol()
        riverside.tests(ada, "NN")
        told = look(riverside.engine, ada)
        north = PROGRAM.replace('"riverside', '"north').replace("calendar-year", "month")
        set_up(riverside.engine, riverside.request(), parse_terms("north", north), [load_policy("va-prize")])
        look(riverside.engine, ada)
        with counted() as asked:
            assert look(riverside.engine, ada) == told
        assert not [statement for statement in asked if "FROM log" in statement]
