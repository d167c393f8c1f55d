"""Sums for reports: by day and measure, the same however often and however late they are made."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

from cm_engine.actions.draw import draw_by_hand, open_draws, pick
from cm_engine.actions.enrol import discharge, readmit
from cm_engine.actions.redeem import cancel, choose, hand_over
from cm_engine.actions.roll_up import roll_up, sums
from cm_engine.store.rollups import cohorts_between, deeds_between, oldest, steps_until
from cm_engine.tally import Tally
from tests.clinic import DEV, PROGRAM, Clinic, clinic, other_process
from tests.weeks import MONDAY, SATURDAY, SUNDAY, THURSDAY, TUESDAY, WEDNESDAY


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


def everything(riverside: Clinic) -> dict[str, list[tuple[Any, ...]]]:
    """All sums as they stand."""
    tables = ("rollups", "rollups_by_actor", "rollups_by_start", "rollups_by_person", "rollup_chains")
    return {table: sorted(map(tuple, riverside.ask(f"SELECT * FROM {table}"))) for table in tables}


def holds_made_anew(riverside: Clinic) -> dict[str, list[tuple[Any, ...]]]:
    """Sum up what is new, then all anew: both come to the same."""
    roll_up(riverside.engine)
    by_steps = everything(riverside)
    roll_up(riverside.engine, anew=True)
    assert everything(riverside) == by_steps
    return by_steps


def test_a_day_is_summed_by_measure_and_unit(migrated_url: str) -> None:
    with clinic(migrated_url, "va-prize") as riverside:
        a_week_of_work(riverside)
        roll_up(riverside.engine)
        version = riverside.ask("SELECT id FROM policy_versions")[0][0]
        card = riverside.prize("Coffee card")
        payer = riverside.ask("SELECT id FROM payers")[0][0]
        assert day(riverside, MONDAY) == {
            ("success:va-prize", "events"): 2,
            ("awarded:va-prize", "draws"): 2,
            ("negatives:va-prize", "tests"): 2,
            ("submitted:va-prize", "tests"): 2,
            ("scheduled:va-prize", "tests"): 2,
            ("kept:test", "visits"): 2,
            ("begun", "enrolments"): 2,
            (f"under:{version}", "enrolments"): 2,
            (f"by-hand:{version}:small", "draws"): 1,
            (f"paid:{payer}", "usd"): 100,
            ("to-award:1", "tests"): 2,
        }
        assert day(riverside, TUESDAY) == {
            ("failure:va-prize", "events"): 1,
            ("submitted:va-prize", "tests"): 1,
            ("scheduled:va-prize", "tests"): 1,
            ("kept:test", "visits"): 1,
            (f"chosen:{card}", "prizes"): 1,
            (f"given:{card}", "prizes"): 1,
            ("handed-over", "prizes"): 1,
            ("handed-over", "usd"): 100,
            ("to-handover:1", "prizes"): 1,
        }


def test_what_staff_did_is_summed_by_who(migrated_url: str) -> None:
    with clinic(migrated_url, "va-prize") as riverside:
        ben, event = a_week_of_work(riverside)
        riverside.clock.go_on(days=1)
        riverside.correct(ben, event, "void")
        roll_up(riverside.engine)
        with riverside.engine.database.reading() as tx:
            deeds = deeds_between(tx, riverside.program, MONDAY, WEDNESDAY)
        # Without Monday's, Tuesday's positive is Ben's first test: there is no place to lose.
        assert deeds == {DEV: {"negatives": 1, "submitted": 2, "scheduled": 2, "handovers": 1, "voids": 1}}


def test_a_reset_is_counted_for_who_recorded_it(migrated_url: str) -> None:
    with clinic(migrated_url, "higgins-voucher") as riverside:
        riverside.tests(riverside.enrol(), "NNPPN")
        roll_up(riverside.engine)
        with riverside.engine.database.reading() as tx:
            deeds = deeds_between(tx, riverside.program, MONDAY, SUNDAY)
        assert deeds[DEV]["resets"] == 1


def test_sums_made_day_by_day_are_those_made_at_once(migrated_url: str) -> None:
    with clinic(migrated_url, "va-prize") as riverside:
        ben, event = a_week_of_work(riverside)
        holds_made_anew(riverside)
        riverside.clock.go_on(days=1)
        riverside.correct(ben, event, "void")
        discharge(riverside.engine, riverside.request(), ben, WEDNESDAY)
        riverside.clock.go_on(days=1)
        assert roll_up(riverside.engine)["people"] == 1
        holds_made_anew(riverside)
        assert day(riverside, MONDAY)["success:va-prize", "events"] == 1
        with riverside.engine.database.reading() as tx:
            assert steps_until(tx, riverside.program, ["ended"], WEDNESDAY) == {}
            assert steps_until(tx, riverside.program, ["ended"], THURSDAY) == {"ended": 1}
        assert roll_up(riverside.engine)["people"] == 0


def test_whatever_happens_sums_made_by_steps_are_those_made_at_once(migrated_sqlite_url: str) -> None:
    with clinic(migrated_sqlite_url, *("va-prize", "higgins-voucher", "treatment-goals")) as riverside:
        ada, ben = riverside.enrol("Ada"), riverside.enrol("Ben")
        riverside.tests(ada, "NNNNPNNN")
        holds_made_anew(riverside)
        late = riverside.event(ada, "negative", MONDAY)
        riverside.record(ben, "completed", kind="activity", session="housing-plan")
        riverside.record(ben, "missed")
        holds_made_anew(riverside)
        riverside.correct(ada, late, "void")
        draw_by_hand(riverside.engine, riverside.request(), ada, "va-prize", "large")
        [opened] = open_draws(riverside.engine, riverside.request(), ada, "va-prize")["draws"]
        holds_made_anew(riverside)
        pick(riverside.engine, riverside.request(), ada, opened["draw"], 7)
        chosen = choose(riverside.engine, riverside.request(), ada, riverside.prize("Headphones"))
        riverside.clock.go_on(days=3)
        holds_made_anew(riverside)
        cancel(riverside.engine, riverside.request(), ada, chosen["redemption"])
        discharge(riverside.engine, riverside.request(), ben, riverside.today)
        riverside.clock.go_on(days=20)
        readmit(riverside.engine, riverside.request(), ben, riverside.program, riverside.today)
        sums = holds_made_anew(riverside)
        assert all(row[-1] for row in sums["rollups"])


def test_two_who_sum_up_at_once_count_nothing_twice(migrated_url: str) -> None:
    with clinic(migrated_url, "va-prize") as riverside, other_process(riverside) as other:
        a_week_of_work(riverside)
        with ThreadPoolExecutor(2) as both:
            list(both.map(roll_up, [riverside.engine, other.engine]))
        holds_made_anew(riverside)


def test_waiting_prizes_are_counted_from_the_day_they_were_earned(migrated_url: str) -> None:
    with clinic(migrated_url, "va-prize") as riverside:
        ada = riverside.enrol("Ada")
        riverside.record(ada)
        riverside.clock.go_on(days=2)
        draw_by_hand(riverside.engine, riverside.request(), ada, "va-prize", "small")
        roll_up(riverside.engine)
        with riverside.engine.database.reading() as tx:
            assert oldest(tx, riverside.program, "waiting") == MONDAY
        card = choose(riverside.engine, riverside.request(), ada, riverside.prize("Coffee card"))
        riverside.clock.go_on(days=3)
        hand_over(riverside.engine, riverside.request(), ada, card["redemption"])
        roll_up(riverside.engine)
        assert day(riverside, SATURDAY)["to-handover:5", "prizes"] == 1
        with riverside.engine.database.reading() as tx:
            assert oldest(tx, riverside.program, "waiting") is None


def test_who_is_near_a_cap_and_at_it_is_told_until_its_period_is_over(migrated_sqlite_url: str) -> None:
    program = PROGRAM.replace('caps = [ {amount = "599.00"', 'caps = [ {amount = "20.00"')
    with clinic(migrated_sqlite_url, "higgins-voucher", program=program) as riverside:
        ada = riverside.enrol("Ada")
        riverside.tests(ada, "NN")
        assert near_a_cap(riverside, riverside.today) == {}
        riverside.tests(ada, "N")
        cap = "calendar-year:20.00 usd:State Medicaid"
        assert near_a_cap(riverside, riverside.today) == {f"cap:at:{cap}": 1}
        assert near_a_cap(riverside, date(2026, 12, 31)) == {f"cap:at:{cap}": 1}
        assert near_a_cap(riverside, date(2027, 1, 1)) == {}


def near_a_cap(riverside: Clinic, on: date) -> dict[str, int]:
    roll_up(riverside.engine)
    with riverside.engine.database.reading() as tx:
        found = steps_until(tx, riverside.program, ["cap:%"], on)
    return {measure: number for measure, number in found.items() if number}


def test_awards_add_up_to_the_books(migrated_sqlite_url: str) -> None:
    with clinic(migrated_sqlite_url, "higgins-voucher") as riverside:
        ada = riverside.enrol("Ada")
        riverside.tests(ada, "NNNNPNNN")
        late = riverside.event(ada, "negative", MONDAY.replace(day=7))
        riverside.correct(ada, late, "void")
        holds_made_anew(riverside)
        held = riverside.held(ada)
        for measure in ("awarded:higgins-voucher", "paid:%"):
            rolled = riverside.ask(f"SELECT sum(amount) FROM rollups WHERE measure LIKE '{measure}'")
            assert rolled == [(held,)]


def test_runs_and_retention_are_those_of_a_tally(migrated_sqlite_url: str) -> None:
    with clinic(migrated_sqlite_url, "higgins-voucher") as riverside:
        ada = riverside.enrol("Ada")
        riverside.tests(ada, "NNNMNNPN")
        roll_up(riverside.engine)
        with riverside.engine.database.reading() as tx:
            found = {
                (what, number): amount
                for _, what, number, amount in cohorts_between(tx, riverside.program, MONDAY, MONDAY)
            }
        account = riverside.standing(ada).account("higgins-voucher")
        tally = Tally(account.policy)
        tally.add("Ada", account)
        measures = tally.shares["Ada"].measures
        assert measures is not None
        assert (measures.lda_missing_positive, measures.lda_missing_ignored) == (3, 5)
        assert found == {
            ("missing-positive:higgins-voucher", 3): 1,
            ("missing-ignored:higgins-voucher", 5): 1,
            ("coming", 2): 1,
        }
