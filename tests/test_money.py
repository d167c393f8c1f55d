"""Units and amounts: what is read, to the cent, and how it is written."""

from decimal import Decimal

import pycountry
import pytest

from cm_engine.money import COUNTED, CURRENCIES, LARGEST, AmountError, Unit

USD = Unit("usd")
DRAWS = Unit("draws")


def test_the_currencies_are_the_published_ones() -> None:
    assert {currency.alpha_3.lower() for currency in pycountry.currencies} == CURRENCIES


def test_what_is_counted_is_no_currency() -> None:
    assert not CURRENCIES & set(COUNTED)
    assert [Unit(code).is_money for code in ("usd", "jpy", "points", "draws", "tickets")] == [True, True] + [False] * 3


@pytest.mark.parametrize(
    ("written", "cents"),
    [
        ("2.50", 250),
        ("2.5", 250),
        ("2", 200),
        (2, 200),
        (Decimal("2.5"), 250),
        (Decimal("2.500"), 250),
        (Decimal("1E+2"), 10_000),
        ("0", 0),
        (0, 0),
        ("0.01", 1),
        ("007.10", 710),
        ("0.1", 10),
        ("0.29", 29),
        ("1.10", 110),
        (str(LARGEST), LARGEST * 100),
        ("2.500000000000000000000000000000000000000000", 250),
    ],
)
def test_money_is_read_to_the_cent(written: object, cents: int) -> None:
    assert USD.read(written) == cents


@pytest.mark.parametrize(("written", "count"), [("3", 3), (3, 3), (Decimal("3.0"), 3), ("3.00", 3), (0, 0)])
def test_what_is_counted_is_read_whole(written: object, count: int) -> None:
    assert DRAWS.read(written) == count


@pytest.mark.parametrize(
    "written",
    [
        *(
            "",
            " ",
            "2.50 ",
            " 2.50",
            "+2.50",
            "2,50",
            ".5",
            "5.",
            "$2.50",
            "2.50 usd",
            "1e3",
            "1_000",
            "nan",
            "inf",
            "--1",
        ),
        *("2.50\n", "٣", "0x10", "-"),
        *(True, False, 2.5, None, [], {}, b"2.50", Decimal("NaN"), Decimal("sNaN"), Decimal("Infinity")),
    ],
)
def test_what_is_no_amount_is_refused(written: object) -> None:
    with pytest.raises(AmountError, match=r'like "2\.50" or 3'):
        USD.read(written)


@pytest.mark.parametrize("written", ["-1", "-0.01", -1, Decimal("-0.01")])
def test_an_amount_is_not_below_zero(written: object) -> None:
    with pytest.raises(AmountError, match="below zero"):
        USD.read(written)


@pytest.mark.parametrize(
    "written",
    [
        "2.505",
        "0.001",
        Decimal("2.505"),
        Decimal("1E-999999"),
        Decimal("1E-999999999999999999"),
        "0.0100000000000000000000000000000001",
        Decimal("2.5000000000000000000000000000000000001"),
    ],
)
def test_money_is_never_finer_than_a_cent(written: object) -> None:
    with pytest.raises(AmountError, match="finer than a cent"):
        USD.read(written)


@pytest.mark.parametrize("written", ["2.50", "0.5", Decimal("0.01"), "1.0000000000000000000000000000000001"])
def test_what_is_counted_is_never_a_fraction(written: object) -> None:
    with pytest.raises(AmountError, match="draws are whole"):
        DRAWS.read(written)


@pytest.mark.parametrize("written", [LARGEST + 1, str(LARGEST + 1), "1000000000.01", Decimal("1E+999999"), 10**30])
def test_an_amount_beyond_belief_is_refused(written: object) -> None:
    with pytest.raises(AmountError, match="at most"):
        USD.read(written)


@pytest.mark.parametrize(
    ("unit", "amount", "text"),
    [
        (USD, 0, "0.00"),
        (USD, 5, "0.05"),
        (USD, 1500, "15.00"),
        (USD, -5, "-0.05"),
        (USD, -250, "-2.50"),
        (USD, 123_456_789, "1234567.89"),
        (Unit("jpy"), 500, "5.00"),
        (DRAWS, 3, "3"),
        (DRAWS, -3, "-3"),
        (Unit("points"), 0, "0"),
    ],
)
def test_amounts_are_written_as_decimals(unit: Unit, amount: int, text: str) -> None:
    assert unit.text(amount) == text


@pytest.mark.parametrize("amount", [0, 1, 99, 100, 101, 12_345])
@pytest.mark.parametrize("unit", [USD, DRAWS])
def test_what_is_written_reads_back(unit: Unit, amount: int) -> None:
    assert unit.read(unit.text(amount)) == amount


def test_people_are_told_the_unit_too() -> None:
    assert [USD.said(1500), DRAWS.said(1), DRAWS.said(2), Unit("tickets").said(1)] == [
        "15.00 usd",
        "1 draw",
        "2 draws",
        "1 ticket",
    ]
