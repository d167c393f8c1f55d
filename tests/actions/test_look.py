"""Looking: what somebody has, what the next visit is worth, what the year's cap leaves, and when the tax office asks."""

import pytest

from cm_engine.actions.look import look
from cm_engine.standing import RefusedError
from tests.clinic import clinic


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
        assert look(riverside.engine, ada, tax_alert=2_51)["tax_year"]["alert"] is False
        told = look(riverside.engine, ada, tax_alert=2_50)["tax_year"]
        assert told == {"year": 2026, "paid": "2.50", "alert_at": "2.50", "alert": True}


def test_nobody_is_told_plainly(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside, pytest.raises(RefusedError, match="there is no participant"):
        look(riverside.engine, "nobody")
