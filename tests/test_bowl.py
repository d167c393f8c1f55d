"""The prize bowl: its odds, as the field publishes them."""

from fractions import Fraction

import pytest

from cm_engine.bowl import Bowl, Slip
from cm_engine.exchange.policy_file import load_policy


def bowl_of(preset: str) -> Bowl:
    """Give the bowl of a preset."""
    bowl = load_policy(preset).bowl
    assert bowl is not None
    return bowl


def test_a_bowl_holds_500_slips_worth_1089_or_1109_dollars() -> None:
    assert bowl_of("miedar-prize").size == bowl_of("va-prize").size == 500
    assert (bowl_of("miedar-prize").total, bowl_of("va-prize").total) == (108_900, 110_900)


def test_a_draw_is_worth_2_178_or_2_218_dollars_on_average() -> None:
    assert bowl_of("miedar-prize").mean == Fraction("217.8")
    assert bowl_of("va-prize").mean == Fraction("221.8")


def test_the_variance_of_a_draw_from_the_larger_bowl() -> None:
    assert bowl_of("va-prize").variance / 10_000 == Fraction("47.498476")


@pytest.mark.parametrize(("draws", "chance"), [(164, 0.279874), (204, 0.335293)])
def test_the_chance_of_a_jumbo_in_a_perfect_record(draws: int, chance: float) -> None:
    assert float(bowl_of("va-prize").chance_of("jumbo", draws)) == pytest.approx(chance, abs=5e-7)


def test_a_perfect_va_record_draws_prizes_of_363_75_on_average() -> None:
    assert round(bowl_of("va-prize").mean * 164) == 36_375


def test_a_name_in_the_hat_draws_4_69_dollars_on_average() -> None:
    hat = Bowl(
        slips=(
            Slip(label="small", count=69, value=100),
            Slip(label="medium", count=20, value=500),
            Slip(label="large", count=10, value=2000),
            Slip(label="jumbo", count=1, value=10_000),
        )
    )
    assert hat.mean == 469
