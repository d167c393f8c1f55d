"""Planning: what is expected of whom, fixed once it is planned."""

from datetime import date, timedelta
from importlib.resources import files
from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cm_engine.actions.enrol import discharge, readmit, step_over
from cm_engine.actions.plan import plan, plan_week, weeks_ahead
from cm_engine.actions.requests import Request
from cm_engine.actions.revise import set_up
from cm_engine.actions.verify import verify
from cm_engine.engine import Engine
from cm_engine.exchange.policy_file import load_policy
from cm_engine.exchange.program_file import parse_terms
from cm_engine.standing import Enrolment, Place
from cm_engine.store.database import Database
from cm_engine.vault import Keys, Vault
from tests.clinic import LoadedDice
from tests.weeks import MONDAY, THURSDAY, TUESDAY, WEDNESDAY, Weeks, weeks

RANDOM_TESTS = """
[testing]
per_week = 2
least_gap_days = 2
"""


def test_this_week_and_the_next_are_planned_with_groups_and_tests(migrated_url: str) -> None:
    with weeks(migrated_url) as riverside:
        riverside.enrol()
        answer = riverside.plan()
        assert (answer["weeks"], answer["visits"]) == (2, 10)
        assert riverside.expected()[:5] == [
            ("2026-03-02", "attendance", "early-recovery-group"),
            ("2026-03-02", "test", ""),
            ("2026-03-04", "attendance", "relapse-prevention-group"),
            ("2026-03-05", "test", ""),
            ("2026-03-07", "activity", "recovery-activity"),
        ]


def test_what_is_planned_stays_when_it_is_planned_again_by_another_machine(migrated_url: str) -> None:
    with weeks(migrated_url, RANDOM_TESTS) as riverside:
        riverside.enrol("Ada")
        riverside.enrol("Ben")
        riverside.plan()
        first = riverside.expected()
        other = Engine(Database(migrated_url), Vault(Keys.new()), clock=riverside.clock, dice=LoadedDice("other"))
        try:
            assert plan(other, riverside.program)["weeks"] == 0
        finally:
            other.close()
        assert riverside.expected() == first
        riverside.clock.go_on(days=7)
        assert riverside.plan()["weeks"] == 2
        assert riverside.expected()[: len(first)] == first


def test_who_was_enrolled_just_now_is_planned_alone(migrated_url: str) -> None:
    with weeks(migrated_url) as riverside:
        ada, ben = riverside.enrol("Ada"), riverside.enrol("Ben")
        assert plan_week(riverside.engine, riverside.program, ada)["weeks"] == 2
        assert riverside.expected(of=ada)
        assert not riverside.expected(of=ben)


def test_a_day_that_is_over_is_not_planned_any_more(migrated_url: str) -> None:
    with weeks(migrated_url) as riverside:
        riverside.enrol(first_day=MONDAY - timedelta(days=6))
        riverside.it_is(WEDNESDAY)
        riverside.plan()
        assert min(day for day, _, _ in riverside.expected()) == "2026-03-04"


def test_random_tests_keep_their_gap_from_week_to_week_and_are_not_the_same_for_everybody(migrated_url: str) -> None:
    with weeks(migrated_url, RANDOM_TESTS) as riverside:
        people = [riverside.enrol(code) for code in ("Ada", "Ben", "Cleo", "Dan", "Eve", "Flo")]
        for _ in range(11):
            riverside.plan()
            riverside.clock.go_on(days=7)
        plans = [tuple(day for day, _, _ in riverside.expected(of=person)) for person in people]
        assert len(set(plans)) > 1
        for tests in plans:
            assert len(tests) == 24
            assert all(gap_days(one, other) >= 2 for one, other in pairwise(tests))


def gap_days(one: str, other: str) -> int:
    return (date.fromisoformat(other) - date.fromisoformat(one)).days


def test_nothing_is_planned_for_somebody_who_was_discharged(migrated_url: str) -> None:
    with weeks(migrated_url) as riverside:
        ada = riverside.enrol()
        discharge(riverside.engine, riverside.request(), ada, WEDNESDAY)
        riverside.plan()
        assert {day for day, _, _ in riverside.expected()} == {"2026-03-02", "2026-03-04"}
        riverside.clock.go_on(days=7)
        assert riverside.plan()["weeks"] == 0


def test_somebody_readmitted_begins_with_week_one_again(migrated_url: str) -> None:
    early = GROUP_OF_WEEK_ONE
    with weeks(migrated_url, early) as riverside:
        ada = riverside.enrol()
        riverside.plan()
        riverside.clock.go_on(days=14)
        discharge(riverside.engine, riverside.request(), ada, riverside.today)
        readmit(riverside.engine, riverside.request(), ada, riverside.program, riverside.today + timedelta(days=7))
        riverside.clock.go_on(days=7)
        riverside.plan()
        assert [day for day, _, _ in riverside.expected()] == ["2026-03-02", "2026-03-23"]


GROUP_OF_WEEK_ONE = """
[[timetable]]
weeks = "1"
sessions = [ { day = "mon", at = "10:00", session = "welcome-group" } ]
"""


def test_who_steps_over_is_expected_where_they_are_on_the_day_and_the_ladder_goes_on(migrated_url: str) -> None:
    """Five days of partial hospitalization, from Thursday on intensive outpatient; draws and caps go on."""
    both = ("va-prize", "higgins-voucher", "iop-attendance", "treatment-goals")
    with weeks(migrated_url) as riverside:
        hospital, outpatient = (set_up_shipped(riverside.engine, name, both) for name in SHIPPED)
        riverside.program = hospital
        ada = riverside.enrol()
        for engine_of in (hospital, outpatient):
            plan(riverside.engine, engine_of)
        assert {s for d, _, s in riverside.expected() if d == "2026-03-05"} >= {"family-therapy"}
        assert [award["next"] for award in riverside.record(ada)["awards"]] == ["2", "3.75"]
        assert left_this_year(riverside, ada) == 59900 - 250

        riverside.it_is(TUESDAY)
        step_over(riverside.engine, riverside.request(), ada, outpatient, THURSDAY)
        for engine_of in (hospital, outpatient):
            plan(riverside.engine, engine_of)
        riverside.it_is(THURSDAY)
        riverside.program = hospital
        assert riverside.day_list(WEDNESDAY)["visits"]
        assert not riverside.day_list(THURSDAY)["visits"]
        riverside.program = outpatient
        assert not riverside.day_list(WEDNESDAY)["visits"]
        [counselling] = [v for v in riverside.day_list(THURSDAY)["visits"] if v["kind"] == "attendance"]
        assert counselling["session"] == "individual-counselling"

        assert [award["amount"] for award in riverside.record(ada)["awards"]] == ["2", "3.75"]
        assert left_this_year(riverside, ada) == 59900 - 250 - 375
        assert verify(riverside.engine).is_clean


def left_this_year(riverside: Weeks, participant: str) -> int:
    """Tell what the payer's cap leaves of the calendar year, in cents."""
    [cap] = [left for left in riverside.standing(participant).left(riverside.today) if left.cap.per == "calendar-year"]
    return cap.left


SHIPPED = ("partial-hospitalization", "intensive-outpatient")


def set_up_shipped(engine: Engine, name: str, policies: tuple[str, ...]) -> str:
    """Begin a program that ships, at the site of the others."""
    text = (files("cm_engine.programs") / f"{name}.toml").read_text("utf-8")
    terms = parse_terms(name, text)
    answer = set_up(engine, Request(f"set up {name}", "system"), terms, [load_policy(policy) for policy in policies])
    program: str = answer["program"]
    return program


@given(
    entered=st.integers(0, 40),
    steps=st.lists(st.integers(1, 20), max_size=3),
    lasts=st.integers(0, 60),
    asked=st.integers(0, 70),
)
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_each_day_ahead_is_in_one_week_of_the_program_of_that_day(
    entered: int, steps: list[int], lasts: int, asked: int
) -> None:
    days = [MONDAY + timedelta(days=entered)]
    for step in steps:
        days.append(days[-1] + timedelta(days=step))
    enrolment = Enrolment([Place(day, f"program {n}", "") for n, day in enumerate(days)], days[0])
    enrolment.last_day = days[0] + timedelta(days=lasts)
    today = MONDAY + timedelta(days=asked)
    planned = [(day, week) for week in weeks_ahead(enrolment, today) for day in week.days]
    assert len({day for day, _ in planned}) == len(planned)
    for day, week in planned:
        assert enrolment.is_in(week.program, day)
        assert week.begins <= day < week.begins + timedelta(days=7)
        assert week.begins >= week.entered_on
    for ahead in range(8):
        day = today + timedelta(days=ahead)
        assert (day in {day for day, _ in planned}) == (enrolment.first_day <= day <= enrolment.last_day)
