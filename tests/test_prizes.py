"""Prizes: what is never one, told by whole words."""

import pytest

from cm_engine.prizes import never


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("Bottle of wine", "alcohol"),
        ("BEER, six cans", "alcohol"),
        ("Carton of cigarettes", "tobacco"),
        ("e-cigarette", "tobacco"),
        ("CBD oil", "cannabis"),
        ("Hunting-knife", "a weapon"),
        ("Lottery ticket", "gambling"),
        ("scratch card (5 dollars)", "gambling"),
        ("Root beer and beer", "alcohol"),
    ],
)
def test_what_no_prize_may_be_is_told_by_its_name(name: str, what: str) -> None:
    assert never(name) == what


@pytest.mark.parametrize(
    "name",
    [
        "Root beer",
        "Ginger beer, two cans",
        "Alcohol-free hand gel",
        "Glue gun",
        "Swine festival",
        "Drum sticks",
        "Gunther's",
        "Kitchen knife",
    ],
)
def test_what_only_sounds_like_it_is_a_prize_like_any_other(name: str) -> None:
    assert not never(name)
