"""The programs that ship: every group, counselling and goal that such programs describe, the hours, the money, the prizes."""

from decimal import Decimal

import pytest

from cm_engine.catalogue import PROGRAMS
from cm_engine.exchange.program_file import load_program, parse_program, policies_of, program_text
from cm_engine.program import Program

IOP, PHP = load_program("intensive-outpatient"), load_program("partial-hospitalization")
BOTH = pytest.mark.parametrize("program", [IOP, PHP], ids=PROGRAMS)

SESSIONS = """
    early-recovery-group relapse-prevention-group psychoeducation-group individual-counselling family-therapy
    vocational-counselling mutual-support-group recovery-activity
""".split()
OPEN_GROUPS = ["co-occurring-disorders-group", "family-group", "twelve-step-facilitation-group"]
GOALS = """
    maintain-abstinence learn-skills support-system mutual-support-group recovery-activity housing-plan education-plan
    career-plan probation-or-parole-plan medical-needs-plan relationships-plan
""".split()


def hours(program: Program, week: int) -> Decimal:
    sessions = [s for timetable in program.timetable if week in timetable.weeks for s in timetable.sessions]
    return sum((session.hours for session in sessions if session.hours), Decimal(0))


def names(program: Program) -> set[str]:
    timetabled = {session.session for timetable in program.timetable for session in timetable.sessions}
    return timetabled | {goal.session for goal in program.goals}


@BOTH
def test_every_group_counselling_and_goal_is_there(program: Program) -> None:
    assert set(SESSIONS + OPEN_GROUPS + GOALS) <= names(program)
    assert set(GOALS) <= {goal.session for goal in program.goals}


@BOTH
def test_every_activity_of_the_timetable_is_a_goal(program: Program) -> None:
    activities = {s.session for timetable in program.timetable for s in timetable.sessions if s.kind == "activity"}
    assert activities <= {goal.session for goal in program.goals}


def test_intensive_outpatient_lasts_90_days_and_has_up_to_ten_hours_a_week() -> None:
    assert IOP.weeks == 13
    assert [hours(IOP, week) for week in range(1, 14)] == [7] * 5 + [10] * 8


def test_partial_hospitalization_is_five_days_of_four_hours() -> None:
    assert {hours(PHP, week) for week in range(1, (PHP.weeks or 0) + 1)} == {20}
    for day in ("mon", "tue", "wed", "thu", "fri"):
        sessions = [s for timetable in PHP.timetable for s in timetable.sessions if s.day == day]
        assert sum(s.hours or 0 for s in sessions) == 4


def test_somebody_can_step_down_with_ladder_caps_and_cabinet_kept() -> None:
    assert PHP.policies == IOP.policies
    assert PHP.payers == IOP.payers
    assert PHP.prizes == IOP.prizes
    assert PHP.testing == IOP.testing


@BOTH
def test_the_cabinet_has_a_prize_for_every_slip_that_brings_one_and_some_for_points(program: Program) -> None:
    slips = {slip.label: slip.value for policy in policies_of(program) if policy.bowl for slip in policy.bowl.slips}
    drawn = {prize.size for prize in program.prizes if prize.size}
    assert drawn == {label for label, value in slips.items() if value}
    assert all(prize.value == slips[prize.size] for prize in program.prizes if prize.size)
    assert all(prize.value == 25 * prize.points for prize in program.prizes if prize.points)
    assert all(prize.stock and prize.reorder_at and prize.reorder_at < prize.stock for prize in program.prizes)
    assert {prize.points is None for prize in program.prizes} == {True, False}


@BOTH
def test_a_shipped_program_is_written_as_a_file_that_loads_back_to_it(program: Program) -> None:
    assert parse_program("again", program_text(program)) == program


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_is_called_what_it_says(name: str) -> None:
    assert load_program(name).name == name
