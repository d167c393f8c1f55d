"""For whom figures are told: what a program's own history taught, and how well that fits."""

from datetime import date

import pytest

from cm_engine.learning import Learned, Trial
from web.studio.behaviours import known
from web.studio.plan import BEHAVIOUR, HISTORY, PEOPLE, SPREAD, VISITS, read_plan
from web.studio.words import visits

TYPED = {PEOPLE: "10", VISITS: "1-12:2", BEHAVIOUR: HISTORY, SPREAD: "1"}


def told(behaviour: str, *trials: Trial, people: int = 40) -> str:
    """Give what the page says of a behaviour that was learned, and of the numbers of patterns that were tried."""
    learned = Learned(known(behaviour), people=people, without_visits=2, visits=700, trials=trials)
    return read_plan(TYPED, date(2026, 3, 2), lambda _: learned).learned


def test_how_much_more_several_patterns_tell_of_people_not_seen_is_told() -> None:
    said = told("mixed", Trial(1, -5.0), Trial(3, -4.0), Trial(10, -4.5))
    assert said.startswith("Learned from 40 people whose 12 weeks are over, with 700 visits; 2 never came.")
    assert "They fall into 3 groups by how they do" in said
    assert "2.7 times as likely as one group for all would" in said


def test_that_one_pattern_tells_as_much_as_several_is_told() -> None:
    assert told("perfect", Trial(1, -4.0), Trial(2, -4.0)).endswith("to tell several apart foretells no more.")


def test_that_too_few_people_were_learned_from_is_said() -> None:
    assert "too few to go by" in told("perfect", Trial(1, -4.0), people=29)
    assert "too few to go by" not in told("perfect", Trial(1, -4.0), people=30)


@pytest.mark.parametrize(
    ("schedule", "said"),
    [
        ("1-12:2", "2 visits a week for 12 weeks"),
        ("1-12:2,13-24:1", "2 visits a week in weeks 1 to 12, then 1 visit a week in weeks 13 to 24"),
        ("3:1", "1 visit a week in week 3"),
        ("often", "often"),
    ],
)
def test_visits_are_told_in_words(schedule: str, said: str) -> None:
    assert visits(schedule) == said
