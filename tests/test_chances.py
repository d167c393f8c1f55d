"""Chances: what a fair bowl gives, and what it does not."""

from fractions import Fraction
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cm_engine.chances import chance_of_count, held_against, is_chance
from cm_engine.exchange.policy_file import load_policy


def test_a_coin_that_falls_one_way_ten_times_is_one_in_512() -> None:
    assert chance_of_count(10, 10, 0.5) == pytest.approx(2 / 1024)
    assert chance_of_count(5, 10, 0.5) == pytest.approx(1)


@given(st.integers(0, 60), st.integers(0, 60), st.integers(1, 9))
def test_the_chance_is_the_exact_one(count: int, draws: int, slips: int) -> None:
    count = min(count, draws)
    share = Fraction(slips, 10)
    likely = [comb(draws, n) * share**n * (1 - share) ** (draws - n) for n in range(draws + 1)]
    exact = sum(p for p in likely if p <= likely[count])
    assert chance_of_count(count, draws, slips / 10) == pytest.approx(float(exact), rel=1e-9)


def test_two_jumbos_in_five_hundred_draws_are_luck_and_ten_are_not() -> None:
    bowl = load_policy("va-prize").bowl
    assert bowl is not None
    luck = held_against(bowl, {"good job": 250, "small": 208, "large": 40, "jumbo": 2})
    assert [(one.label, one.drawn, one.expected) for one in luck][-1] == ("jumbo", 2, 1.0)
    assert is_chance(luck)
    assert not is_chance(held_against(bowl, {"good job": 245, "small": 205, "large": 40, "jumbo": 10}))


def test_where_nothing_was_drawn_chance_gives_it() -> None:
    bowl = load_policy("va-prize").bowl
    assert bowl is not None
    assert is_chance(held_against(bowl, {}))


@pytest.mark.parametrize(("count", "chance"), [(4, 1.0), (3, 0.0)])
def test_a_bowl_of_one_label_gives_that_label(count: int, chance: float) -> None:
    assert chance_of_count(count, 4, 1.0) == chance
