"""Exports: reports as rows, and who took which of whom."""

import pytest

from cm_engine.actions.activity import activity_page
from cm_engine.actions.draw import draw_by_hand
from cm_engine.actions.enrol import discharge
from cm_engine.actions.export import REPORTS, codes, export_report, pseudonyms
from cm_engine.actions.purge import purge
from cm_engine.actions.redeem import choose, hand_over
from cm_engine.actions.requests import Request
from cm_engine.actions.roll_up import roll_up
from cm_engine.exchange.report_csv import Report
from cm_engine.periods import Period
from cm_engine.standing import RefusedError
from tests.clinic import DEV, Clinic, clinic

ELIN = "elin-the-clinician"


def worked(riverside: Clinic) -> str:
    """Ada is negative, wins a coffee card, and gets it."""
    ada = riverside.enrol("Ada-1007")
    riverside.record(ada)
    draw_by_hand(riverside.engine, riverside.request(), ada, "va-prize", "small")
    card = choose(riverside.engine, riverside.request(), ada, riverside.prize("Coffee card"))
    hand_over(riverside.engine, Request("hand over", ELIN), ada, card["redemption"])
    roll_up(riverside.engine)
    return ada


def exported(riverside: Clinic, name: str, *, by_code: bool = True) -> Report:
    engine = riverside.engine
    call = (lambda wanted: codes(engine, wanted)) if by_code else pseudonyms
    period = Period(riverside.today, riverside.today)
    return export_report(engine, Request("export", DEV), riverside.program, name, period, call)


def noted(riverside: Clinic) -> list[tuple[str, str | None]]:
    site = riverside.ask("SELECT id FROM sites")[0][0]
    return [(row["deed"], row["participant"]) for row in activity_page(riverside.engine, site)["rows"]]


@pytest.mark.parametrize("name", REPORTS)
def test_every_report_has_as_many_cells_as_columns_and_is_noted(migrated_url: str, name: str) -> None:
    with clinic(migrated_url) as riverside:
        ada = worked(riverside)
        report = exported(riverside, name)
        rows = list(report.rows)
        assert rows or name in {"team", "audits", "retention"}  # nobody of the staff is known here by name
        assert {len(row) for row in rows} <= {len(report.heads)}
        assert report.about.startswith(
            f"{REPORTS[name].title}: Riverside intensive outpatient, 2026-03-02 to 2026-03-02"
        )
        of_whom = {participant for _, participant in noted(riverside)}
        assert of_whom == ({None, ada} if REPORTS[name].of == "people" else {None})
        assert {deed for deed, _ in noted(riverside)} == {"file-exported"}


def test_a_report_with_nothing_in_it_has_its_columns(migrated_sqlite_url: str) -> None:
    with clinic(migrated_sqlite_url) as riverside:
        for name in REPORTS:
            report = exported(riverside, name)
            assert report.heads
            assert report.about.endswith("never summed up")


def test_rewards_are_told_by_code_or_by_what_tells_nobody(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        ada = worked(riverside)
        rows = [row[:-1] for row in exported(riverside, "rewards").rows]
        assert rows == [
            ("2026-03-02", "Ada-1007", "awarded", "va-prize", "draws", "1"),
            ("2026-03-02", "Ada-1007", "prize won", "small", "prizes", 1),
        ]
        assert {row[1] for row in exported(riverside, "rewards", by_code=False).rows} == {f"P-{ada[:6]}"}
        [handover] = exported(riverside, "handovers").rows
        assert handover[:4] == ("2026-03-02", "Ada-1007", "Coffee card", ELIN)


def test_whoever_was_purged_has_no_code_any_more(migrated_sqlite_url: str) -> None:
    with clinic(migrated_sqlite_url) as riverside:
        ada = worked(riverside)
        discharge(riverside.engine, riverside.request(), ada, riverside.today)
        purge(riverside.engine, riverside.request(), ada, retention_years=0)
        assert {row[1] for row in exported(riverside, "handovers").rows} == {f"P-{ada[:6]}"}


def test_a_report_that_there_is_not_is_refused_with_those_there_are(migrated_sqlite_url: str) -> None:
    with clinic(migrated_sqlite_url) as riverside, pytest.raises(RefusedError, match="outcomes, retention"):
        exported(riverside, "outcome")
