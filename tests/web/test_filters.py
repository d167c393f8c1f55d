"""How figures, and the sentences of the engine, are written on a page."""

import pytest
from flask import Flask
from flask_babel import Babel

from web.filters import percent, sentence, signed, words


@pytest.mark.parametrize(
    ("told", "written"),
    [
        ("third negative in a row: ladder place 3, 5.00 usd", "Third negative in a row: ladder place 3, $5.00"),
        ("1 draw more for the visit of 2026-02-19", "1 draw more for the visit of Thu, Feb 19, 2026"),
        ("1 taken back, 12-2026-01-011", "1 taken back, 12-2026-01-011"),
    ],
)
def test_what_the_engine_tells_has_days_and_money_as_people_write_them(told: str, written: str) -> None:
    app = Flask("pages")
    Babel(app)
    with app.test_request_context():
        assert sentence(told) == written


@pytest.mark.parametrize(
    ("share", "written"),
    [(None, "\N{EN DASH}"), (0, "0.0%"), (65, "65.0%"), ("4.68", "4.7%"), ("1e-05", "under 0.1%"), (100.0, "100.0%")],
)
def test_a_share_has_one_place_and_is_nothing_only_where_it_is_nothing(share: float | str | None, written: str) -> None:
    app = Flask("pages")
    Babel(app)
    with app.test_request_context():
        assert percent(share) == written


def test_a_difference_bears_its_sign() -> None:
    assert [signed(number) for number in (3, 0, -1)] == ["+3", "0", "\N{MINUS SIGN}1"]


@pytest.mark.parametrize(
    ("named", "written"),
    [("early-recovery-group", "Early recovery group"), ("from_week", "From week"), ("thc", "THC"), ("mdma", "MDMA")],
)
def test_names_are_written_as_words_and_initials_in_capitals(named: str, written: str) -> None:
    assert words(named) == written
