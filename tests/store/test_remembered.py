"""What this process remembers of a standing is used only while it is true."""

from cm_engine.actions.verify import verify
from tests.clinic import clinic, other_process


def test_what_another_process_wrote_is_seen_by_one_that_remembers(migrated_url: str) -> None:
    with clinic(migrated_url, "higgins-voucher") as riverside, other_process(riverside) as another:
        ada = riverside.enrol()
        amounts = []
        for clinic_of_the_day in (riverside, riverside, another, riverside, another, another, riverside):
            amounts.append(clinic_of_the_day.record(ada)["awards"][0]["amount"])
            riverside.clock.go_on(days=1)
        assert amounts == ["2.50", "3.75", "15.00", "6.25", "7.50", "18.75", "10.00"]
        assert verify(riverside.engine).is_clean


def test_what_was_refused_or_only_tried_is_not_remembered(migrated_url: str) -> None:
    with clinic(migrated_url, "higgins-voucher") as riverside:
        ada = riverside.enrol()
        riverside.record(ada)
        riverside.clock.go_on(days=1)
        with riverside.refuses("is not an outcome"):
            riverside.record(ada, "gone")
        riverside.tests(ada, "N")
        assert riverside.held(ada) == 6_25
        riverside.restart()
        assert riverside.record(ada)["awards"][0]["amount"] == "15.00"
        assert verify(riverside.engine).is_clean
