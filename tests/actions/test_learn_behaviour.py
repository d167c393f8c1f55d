"""Learning from a program's own history: from those whose weeks are over, and from nobody else."""

from collections.abc import Iterator

import pytest

from cm_engine.actions.learn_behaviour import learn_behaviour
from cm_engine.learning import LearningError
from cm_engine.standing import RefusedError
from cm_engine.timetable import read_schedule
from tests.clinic import Clinic, clinic

FOUR_WEEKS = read_schedule("1-4:2")


@pytest.fixture
def riverside(migrated_sqlite_url: str) -> Iterator[Clinic]:
    with clinic(migrated_sqlite_url) as opened:
        yield opened


def test_who_comes_always_and_who_never_does_go_on_so(riverside: Clinic) -> None:
    for number in range(8):
        riverside.tests(riverside.enrol(f"steady-{number}", riverside.today), "NNNNNNN")
        riverside.tests(riverside.enrol(f"struggling-{number}", riverside.today), "PPPPPPP")
    riverside.clock.go_on(days=28)
    learned = learn_behaviour(riverside.engine, riverside.program, "va-prize", FOUR_WEEKS)
    assert (learned.people, learned.visits) == (16, 7 * 16)
    after = learned.behaviour.patterns[0].after
    assert after.success is not None
    assert after.failure is not None
    assert (round(after.success.success, 2), round(after.failure.failure, 2)) == (1.0, 1.0)


def test_who_has_just_begun_is_left_out_and_so_is_who_left_meanwhile(riverside: Clinic) -> None:
    riverside.tests(riverside.enrol("early"), "NNPN")
    riverside.clock.go_on(days=28)
    riverside.tests(riverside.enrol("late"), "PP")
    assert learn_behaviour(riverside.engine, riverside.program, "va-prize", FOUR_WEEKS).visits == 4


def test_where_nobodys_weeks_are_over_it_is_said(riverside: Clinic) -> None:
    riverside.tests(riverside.enrol("early"), "NN")
    with pytest.raises(RefusedError, match="nobody under va-prize began 4 weeks ago or earlier"):
        learn_behaviour(riverside.engine, riverside.program, "va-prize", FOUR_WEEKS)


def test_where_nobody_came_it_is_said(riverside: Clinic) -> None:
    riverside.enrol("early")
    riverside.clock.go_on(days=28)
    with pytest.raises(LearningError, match="no visits that count"):
        learn_behaviour(riverside.engine, riverside.program, "va-prize", FOUR_WEEKS)
