"""Reports as CSV: the notice first, and no formulas."""

import csv
import io

import pytest

from cm_engine.exchange.report_csv import MARK, NOTICE, Report, guarded, report_lines


def test_the_notice_stands_first_then_what_it_is_then_the_columns() -> None:
    text = "".join(
        report_lines(Report("Outcomes: Río, 2026", ("date", "amount"), [("2026-03-02", "-2.50"), (None, 3)]))
    )
    assert text.startswith(MARK)
    rows = list(csv.reader(io.StringIO(text.removeprefix(MARK))))
    assert rows == [[NOTICE], ["Outcomes: Río, 2026"], ["date", "amount"], ["2026-03-02", "-2.50"], ["", "3"]]


@pytest.mark.parametrize(
    "cell", ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\uff1d1", "-", '=HYPERLINK("x")']
)
def test_what_a_spreadsheet_would_run_is_made_a_text(cell: str) -> None:
    assert guarded(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["-2.50", "-3", "0", "va-prize", "a=b", "", "2026-03-02", -3])
def test_what_is_no_formula_is_left_alone(cell: str | int) -> None:
    assert guarded(cell) == str(cell)
