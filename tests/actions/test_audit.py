"""Audits: slips and purchases, held against each other, signed once."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pytest

from cm_engine.actions.audit import AuditKind, Signing, audit_figures, audit_tasks, read_audit, sign_audit
from cm_engine.actions.draw import draw_by_hand, open_draws, pick
from cm_engine.actions.redeem import choose, hand_over
from cm_engine.actions.requests import Answer
from cm_engine.actions.roll_up import roll_up
from cm_engine.actions.stock import count_stock, restock
from cm_engine.actions.verify import verify
from cm_engine.store.database import DuplicateError
from tests.clinic import PROGRAM, Clinic, clinic

FEBRUARY, MARCH, QUARTER = "2026-02", "2026-03", "2026-Q1"


def states(riverside: Clinic) -> dict[tuple[str, str], str]:
    tasks = audit_tasks(riverside.engine, riverside.program)["tasks"]
    return {(task["kind"], task["period"]): task["state"] for task in tasks}


def figures(riverside: Clinic, kind: AuditKind, period: str) -> Answer:
    roll_up(riverside.engine)
    return audit_figures(riverside.engine, riverside.program, kind, period)


def sign(
    riverside: Clinic, kind: AuditKind, period: str, counted: Mapping[str, int] | None = None, note: str = ""
) -> Answer:
    seen = figures(riverside, kind, period)["seen"]
    signing = Signing(kind, period, counted or {}, note, "Femi Ade", seen)
    return sign_audit(riverside.engine, riverside.request(), riverside.program, signing)


def test_audits_come_due_fourteen_days_after_their_time(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        assert states(riverside) == {("slips", MARCH): "to come", ("purchases", QUARTER): "to come"}
        riverside.clock.go_on(days=30)
        assert states(riverside)["slips", MARCH] == "due"
        assert states(riverside)["purchases", QUARTER] == "due"
        riverside.clock.go_on(days=14)
        assert states(riverside)["slips", MARCH] == "overdue"
        assert states(riverside)["slips", "2026-04"] == "to come"


def test_a_program_without_bowl_or_prizes_has_no_audits(migrated_sqlite_url: str) -> None:
    program = PROGRAM[: PROGRAM.index("[[prizes]]")]
    with clinic(migrated_sqlite_url, "higgins-voucher", program=program) as riverside:
        assert states(riverside) == {}


def test_slips_are_held_against_the_bowl(migrated_url: str) -> None:
    with clinic(migrated_url, "va-prize") as riverside:
        ada = riverside.enrol("Ada")
        riverside.tests(ada, "NNNN")
        draw_by_hand(riverside.engine, riverside.request(), ada, "va-prize", "jumbo")
        draws = open_draws(riverside.engine, riverside.request(), ada, "va-prize", 9)["draws"]
        labels = [
            pick(riverside.engine, riverside.request(), ada, one["draw"], n)["label"] for n, one in enumerate(draws, 1)
        ]
        riverside.clock.go_on(days=30)
        told = figures(riverside, "slips", MARCH)["figures"]
        by_hand, drawn = told["bowls"]
        assert (by_hand["how"], by_hand["draws"], by_hand["is_chance"]) == ("by-hand", 1, False)
        assert {one["label"]: one["drawn"] for one in drawn["labels"]} == {
            label: labels.count(label) for label in ("good job", "small", "large", "jumbo")
        }
        assert [one["expected"] for one in drawn["labels"]] == ["4.5", "3.8", "0.7", "0.0"]


def test_purchases_are_held_against_what_was_handed_over_and_counted(migrated_url: str) -> None:
    with clinic(migrated_url, "va-prize") as riverside:
        card = riverside.prize("Coffee card")
        ada = riverside.enrol("Ada")
        riverside.tests(ada, "NNN")
        for _ in range(2):
            draw_by_hand(riverside.engine, riverside.request(), ada, "va-prize", "small")
        first = choose(riverside.engine, riverside.request(), ada, card)
        riverside.clock.go_on(days=30)
        choose(riverside.engine, riverside.request(), ada, card)
        hand_over(riverside.engine, riverside.request(), ada, first["redemption"])
        restock(riverside.engine, riverside.request(), riverside.program, card, 20)
        count_stock(riverside.engine, riverside.request(), riverside.program, card, 75)
        riverside.clock.go_on(days=90)
        told = {one["prize"]: one for one in figures(riverside, "purchases", QUARTER)["figures"]["prizes"]}
        assert told["Coffee card"] == shelf("Coffee card", before=0, bought=60, reserved=1, behind=59)
        told = {one["prize"]: one for one in figures(riverside, "purchases", "2026-Q2")["figures"]["prizes"]}
        assert told["Coffee card"] == shelf("Coffee card", before=59, bought=20, handed_over=1, found=-3, behind=75)
        assert riverside.ask(f"SELECT on_hand FROM stock WHERE prize_id = '{card}'") == [(75,)]


def shelf(name: str, **moved: int) -> dict[str, Any]:
    return {"prize": name, "before": 0, "bought": 0, "handed_over": 0, "reserved": 0, "found": 0, **moved}


def test_an_audit_is_signed_with_what_was_counted_and_a_note(migrated_url: str) -> None:
    with clinic(migrated_url, "va-prize") as riverside:
        riverside.clock.go_on(days=35)
        answer = sign(riverside, "slips", MARCH, {"va-prize: jumbo": 0}, "one jumbo slip lay under the bowl")
        assert states(riverside)["slips", MARCH] == "done"
        told = read_audit(riverside.engine, riverside.program, answer["audit"])
        assert told["signed_as"] == "Femi Ade"
        assert told["note"] == "one jumbo slip lay under the bowl"
        assert told["found"]["counted"] == [
            {"what": "va-prize: jumbo", "counted": 0, "written": 1, "difference": -1},
        ]
        assert "under the bowl" not in str(riverside.ask("SELECT * FROM audits"))
        assert verify(riverside.engine).is_clean


def test_who_audits_anew_signs_another(migrated_sqlite_url: str) -> None:
    with clinic(migrated_sqlite_url, "va-prize") as riverside:
        riverside.clock.go_on(days=35)
        sign(riverside, "slips", MARCH)
        assert sign(riverside, "slips", MARCH)["number"] == 2
        task = next(one for one in audit_tasks(riverside.engine, riverside.program)["tasks"] if one["period"] == MARCH)
        assert [one["number"] for one in task["signed"]] == [1, 2]


def test_what_cannot_be_signed_is_refused(migrated_sqlite_url: str) -> None:
    with clinic(migrated_sqlite_url, "va-prize") as riverside:
        engine, program = riverside.engine, riverside.program
        roll_up(engine)
        signing = Signing("slips", MARCH, {}, "", "Femi Ade", "")
        with riverside.refuses("not over yet; its audit can be done from 2026-04-01 on"):
            sign_audit(engine, riverside.request(), program, signing)
        with riverside.refuses("there is no audit"):
            sign_audit(engine, riverside.request(), program, signing._replace(period="2025-01"))
        riverside.clock.go_on(days=35)
        roll_up(engine)
        with riverside.refuses("the figures changed"):
            sign_audit(engine, riverside.request(), program, signing)
        seen = figures(riverside, "slips", MARCH)["seen"]
        for counted, why in (({"pizza": 1}, "nothing called"), ({"va-prize: jumbo": -1}, "count from 0")):
            with riverside.refuses(why):
                sign_audit(engine, riverside.request(), program, signing._replace(seen=seen, counted=counted))


def test_an_audit_can_be_neither_changed_nor_removed_and_verify_names_another_text(migrated_sqlite_url: str) -> None:
    with clinic(migrated_sqlite_url, "va-prize") as riverside:
        riverside.clock.go_on(days=35)
        sign(riverside, "slips", MARCH)
        with pytest.raises(DuplicateError, match="append-only"), riverside.engine.database.writing() as tx:
            tx._cursor.execute("UPDATE audits SET found = '{}'")
        with riverside.engine.database.engine.begin() as connection:
            connection.exec_driver_sql("DROP TRIGGER audits_no_update")
            connection.exec_driver_sql("UPDATE audits SET found = '{}'")
        assert any("the text is not the one" in fault.what for fault in verify(riverside.engine).faults)


def test_audits_of_two_years_are_asked_for(migrated_sqlite_url: str) -> None:
    with clinic(migrated_sqlite_url, "va-prize") as riverside:
        riverside.clock.go_on(days=1500)
        periods = [period for kind, period in states(riverside) if kind == "slips"]
        assert len(periods) == 25
        assert date.fromisoformat(f"{periods[-1]}-01") > riverside.today - timedelta(days=800)
