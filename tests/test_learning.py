"""Learning: the patterns that made-up histories were made by are found again, and so is how many visits people make."""

import random

import pytest

from cm_engine.behaviour import Behaviour, Moves
from cm_engine.exchange.policy_file import load_policy
from cm_engine.forecast.distribution import distance, observed
from cm_engine.forecast.forecasting import Question, forecast
from cm_engine.histories import History
from cm_engine.learning import FITS, LearningError, learn, learn_patterns
from cm_engine.timetable import read_schedule
from tests import stories

SUCCESS, FAILURE, EXCUSED = range(3)
DICE = random.Random(20260105)  # noqa: S311 - made-up people, the same every time


def chains(people: int, stays_well: float, stays_ill: float, visits: tuple[int, int]) -> list[History]:
    """Make up people who go from success to success, and from failure to failure, so often."""
    made = []
    for _ in range(people):
        outcome, outcomes = DICE.choice((SUCCESS, FAILURE)), []
        for _ in range(DICE.randint(*visits)):
            outcomes.append(outcome)
            stays = DICE.random() < (stays_well, stays_ill)[outcome]
            outcome = outcome if stays else 1 - outcome
        made.append(History(tuple(outcomes)))
    return made


# Many who mostly succeed and come often, and fewer who mostly fail and leave.
MIXED = chains(300, 0.97, 0.2, (8, 12)) + chains(150, 0.1, 0.98, (4, 6))


def test_people_of_two_kinds_are_told_apart_with_the_visits_they_make() -> None:
    many, few = learn_patterns(MIXED, 2).behaviour.patterns
    assert (many.share, few.share) == pytest.approx((2 / 3, 1 / 3), abs=0.03)
    assert many.after.success
    assert few.after.failure
    assert many.after.success.success == pytest.approx(0.97, abs=0.02)
    assert few.after.failure.failure == pytest.approx(0.98, abs=0.03)
    assert sum(many.visits[8:]) == pytest.approx(1.0, abs=0.02)
    assert sum(few.visits[4:7]) == pytest.approx(1.0, abs=0.02)


def test_how_many_patterns_there_are_is_decided_by_people_who_were_not_seen() -> None:
    heard: list[int] = []
    learned = learn(MIXED, told=heard.append)
    foresight = {trial.patterns: trial.foresight for trial in learned.trials}
    assert len(learned.behaviour.patterns) == max(foresight, key=lambda patterns: foresight[patterns]) > 1
    assert foresight[2] > foresight[1] + 0.1
    assert heard == [*range(1, FITS + 1)]
    assert (learned.people, learned.visits) == (450, sum(len(each.outcomes) for each in MIXED))


def test_the_same_history_teaches_the_same() -> None:
    assert learn_patterns(MIXED, 4) == learn_patterns(list(MIXED), 4)


def test_a_forecast_by_what_was_learned_is_near_what_the_history_was_paid() -> None:
    policy, schedule = load_policy("higgins-voucher"), read_schedule("1-12:1")
    letters = ["".join("NPE"[outcome] for outcome in each.outcomes) for each in MIXED]
    paid = [round(100 * float(stories.total(stories.pays(policy, each, a_week=1)))) for each in letters]

    def apart(behaviour: Behaviour) -> float:
        [cost] = forecast(Question(policies=(policy,), schedule=schedule, behaviour=behaviour)).costs
        return distance(cost.per_participant, observed(paid))

    assert apart(learn_patterns(MIXED, 3).behaviour) < 0.05
    assert apart(learn_patterns(MIXED, 1).behaviour) > 0.1


def test_people_without_visits_are_counted_and_make_none() -> None:
    learned = learn([History(()), History(()), History((SUCCESS, SUCCESS)), History((SUCCESS, EXCUSED))])
    [cost] = forecast(
        Question(policies=(load_policy("name-in-the-hat"),), schedule=read_schedule("1:2"), behaviour=learned.behaviour)
    ).costs
    assert learned.without_visits == 2
    assert cost.weeks[0].retained == pytest.approx(0.5, abs=1e-3)


def test_how_often_people_came_all_the_same_and_analytes_were_negative_too_is_learned() -> None:
    history = [History((SUCCESS, FAILURE, SUCCESS, FAILURE), attended=1, also_negative=(2, 0))] * 50
    [pattern] = learn_patterns(history, 1, ("opioid", "thc")).behaviour.patterns
    assert pattern.attended == pytest.approx(0.5)
    assert dict(pattern.extra) == pytest.approx({"opioid": 1.0, "thc": 0.0})


def test_one_person_is_enough_and_nobody_is_too_few() -> None:
    assert learn([History((SUCCESS,))]).behaviour.longest == 1
    for nobody in ([], [History(())]):
        with pytest.raises(LearningError, match="no visits"):
            learn(nobody)


def test_chances_that_were_learned_add_up() -> None:
    for pattern in learn_patterns(MIXED, 4).behaviour.patterns:
        moves = [pattern.first, pattern.after.success, pattern.after.failure, pattern.after.excused]
        assert all(isinstance(each, Moves) and sum(each.chances) == pytest.approx(1) for each in moves)
        assert sum(pattern.visits) == pytest.approx(1)


def test_no_more_patterns_are_told_apart_than_there_are_ten_people_for_each() -> None:
    for people, tried in ((9, [1]), (19, [1]), (45, [1, 2, 3, 4])):
        assert [trial.patterns for trial in learn(MIXED[-people:]).trials] == tried
