"""The odds of a bowl in words."""

from fractions import Fraction

import pytest

from cm_engine.exchange.policy_file import load_policy
from web.studio.odds import odds, once_in, share


def test_a_bowl_is_told_label_by_label() -> None:
    bowl = load_policy("va-prize").bowl
    assert bowl is not None
    assert odds(bowl) == [
        "250 in 500 slips say “good job”: 1 in 2",
        "209 in 500 slips say “small”: about 2 in 5 (41.8%)",
        "40 in 500 slips say “large”: about once in 12 draws",
        "1 in 500 slips says “jumbo”: once in 500 draws",
    ]


@pytest.mark.parametrize(
    ("chance", "said"),
    [
        ((1, 1), "always"),
        ((1, 3), "1 in 3"),
        ((99, 100), "almost always"),
        ((7, 10), "7 in 10"),
        ((201, 600), "about 1 in 3"),
    ],
)
def test_a_chance_is_told_by_small_numbers(chance: tuple[int, int], said: str) -> None:
    assert share(Fraction(*chance)) == said


def test_a_small_chance_is_told_by_how_long_it_takes() -> None:
    assert once_in(Fraction(1, 1000)) == "once in 1,000 draws"
    assert once_in(Fraction(2, 25)) == "about once in 12 draws"
