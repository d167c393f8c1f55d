"""For whom figures are told: what a program's own history taught, and how well that fits."""

from datetime import date

from cm_engine.learning import Learned, Trial
from web.studio.behaviours import known
from web.studio.plan import BEHAVIOUR, HISTORY, PEOPLE, SPREAD, VISITS, read_plan

TYPED = {PEOPLE: "10", VISITS: "1-2:2", BEHAVIOUR: HISTORY, SPREAD: "1"}


def told(*trials: Trial) -> str:
    """Give what the page says of a behaviour of three patterns that was chosen among some numbers of them."""
    learned = Learned(known("mixed"), people=40, without_visits=2, visits=700, trials=trials)
    return read_plan(TYPED, date(2026, 3, 2), lambda _: learned).learned


def test_how_much_more_several_patterns_tell_of_people_not_seen_is_told() -> None:
    said = told(Trial(1, -5.0), Trial(3, -4.0), Trial(10, -4.5))
    assert said.startswith("Learned from 40 people and 700 visits, as 3 patterns of behaviour; 2 never came.")
    assert "Of 1 to 10 patterns, so many tell most of people that it had not seen" in said
    assert "is 2.7 times as likely as by one pattern for all." in said


def test_that_one_pattern_tells_as_much_as_several_is_told() -> None:
    assert told(Trial(1, -4.0), Trial(2, -4.0)).endswith("more patterns told no more than this one.")
