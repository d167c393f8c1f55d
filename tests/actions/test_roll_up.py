"""Sums for reports: by day and measure, the same however often and however late they are made."""

from datetime import date

from cm_engine.actions.draw import draw_by_hand
from cm_engine.actions.enrol import discharge
from cm_engine.actions.redeem import choose, hand_over
from cm_engine.actions.roll_up import roll_up, sums
from tests.clinic import Clinic, clinic
from tests.weeks import MONDAY, TUESDAY, WEDNESDAY


def day(riverside: Clinic, on: date) -> dict[tuple[str, str], int]:
    return sums(riverside.engine, riverside.program, on, on).get(on, {})


def a_week_of_work(riverside: Clinic) -> tuple[str, str]:
    """On Monday Ada and Ben are negative; on Tuesday Ada is handed a coffee card, and Ben is positive."""
    ada, ben = riverside.enrol("Ada"), riverside.enrol("Ben")
    riverside.record(ada)
    event: str = riverside.record(ben)["event"]
    draw_by_hand(riverside.engine, riverside.request(), ada, "va-prize", "small")
    riverside.clock.go_on(days=1)
    card = choose(riverside.engine, riverside.request(), ada, riverside.prize("Coffee card"))
    hand_over(riverside.engine, riverside.request(), ada, card["redemption"])
    riverside.record(ben, "positive")
    return ben, event


def test_a_day_is_summed_by_measure_and_unit(migrated_url: str) -> None:
    with clinic(migrated_url, "va-prize") as riverside:
        a_week_of_work(riverside)
        roll_up(riverside.engine)
        assert day(riverside, MONDAY) == {
            ("success:va-prize", "events"): 2,
            ("awarded:va-prize", "draws"): 2,
            ("negatives:va-prize", "tests"): 2,
            ("submitted:va-prize", "tests"): 2,
            ("scheduled:va-prize", "tests"): 2,
            ("enrolments", "enrolments"): 2,
        }
        assert day(riverside, TUESDAY) == {
            ("failure:va-prize", "events"): 1,
            ("submitted:va-prize", "tests"): 1,
            ("scheduled:va-prize", "tests"): 1,
            ("handed-over", "prizes"): 1,
            ("handed-over", "usd"): 100,
            ("enrolments", "enrolments"): 2,
        }


def test_sums_made_day_by_day_are_those_made_at_once(migrated_url: str) -> None:
    with clinic(migrated_url, "va-prize") as riverside:
        ben, event = a_week_of_work(riverside)
        roll_up(riverside.engine)
        riverside.clock.go_on(days=1)
        riverside.correct(ben, event, "void")
        discharge(riverside.engine, riverside.request(), ben, WEDNESDAY)
        riverside.clock.go_on(days=1)
        changed = roll_up(riverside.engine)
        assert changed["days"] < 6
        step_by_step = riverside.ask("SELECT program_id, on_day, measure, unit, amount FROM rollups ORDER BY 2, 3, 4")
        assert day(riverside, MONDAY)["success:va-prize", "events"] == 1
        assert day(riverside, WEDNESDAY)["enrolments", "enrolments"] == 2
        assert day(riverside, riverside.today)["enrolments", "enrolments"] == 1
        with riverside.engine.database.engine.begin() as connection:
            connection.exec_driver_sql("DELETE FROM rollups")
        roll_up(riverside.engine)
        at_once = riverside.ask("SELECT program_id, on_day, measure, unit, amount FROM rollups ORDER BY 2, 3, 4")
        assert at_once == step_by_step
        roll_up(riverside.engine)
        assert (
            riverside.ask("SELECT program_id, on_day, measure, unit, amount FROM rollups ORDER BY 2, 3, 4") == at_once
        )


def test_awards_add_up_to_the_books(migrated_sqlite_url: str) -> None:
    with clinic(migrated_sqlite_url, "higgins-voucher") as riverside:
        ada = riverside.enrol("Ada")
        riverside.tests(ada, "NNNNPNNN")
        late = riverside.event(ada, "negative", MONDAY.replace(day=7))
        riverside.correct(ada, late, "void")
        roll_up(riverside.engine)
        rolled = riverside.ask("SELECT sum(amount) FROM rollups WHERE measure = 'awarded:higgins-voucher'")
        assert rolled == [(riverside.held(ada),)]
