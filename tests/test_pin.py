"""PINs: what may be one, and what opens with it."""

import pytest

from cm_engine.pin import NoPinError, WeakPinError, code_from, fits, hash_of, refuse_weak
from cm_engine.vault import Keys, Vault
from tests.clinic import QUICK


@pytest.mark.parametrize(
    "pin",
    [
        *("111111", "000000", "121212", "123123", "906906"),
        *("123456", "654321", "012345", "890123", "210987"),
        *("112233", "998877"),
    ],
)
def test_what_somebody_would_guess_first_is_no_good_pin(pin: str) -> None:
    with pytest.raises(WeakPinError, match="somebody would guess this PIN first"):
        refuse_weak(pin)


@pytest.mark.parametrize("pin", ["", "12345", "1234567", "12345a", "\uff11\uff12\uff13\uff14\uff15\uff16", "12 456"])
def test_a_pin_is_six_digits(pin: str) -> None:
    with pytest.raises(NoPinError, match="a PIN is 6 digits"):
        refuse_weak(pin)


@pytest.mark.parametrize("pin", ["482913", "135790", "113322", "100200", "246802", "121213"])
def test_other_digits_are_good(pin: str) -> None:
    refuse_weak(pin)


def test_a_pin_opens_for_the_one_whose_it_is_and_only_with_the_key() -> None:
    vault = Vault(Keys.new())
    kept = hash_of(QUICK.hasher, vault, "ada", "482913", bytes(32))
    assert fits(QUICK.hasher, vault, "ada", "482913", kept)
    assert fits(QUICK.hasher, vault, "ada", "482 913", kept)
    assert not fits(QUICK.hasher, vault, "ada", "482914", kept)
    assert not fits(QUICK.hasher, vault, "ben", "482913", kept)
    assert not fits(QUICK.hasher, Vault(Keys.new()), "ada", "482913", kept)
    assert "482913" not in kept


@pytest.mark.parametrize("kept", [None, "", "no hash"])
def test_nothing_opens_where_nothing_was_kept(kept: str | None) -> None:
    assert not fits(QUICK.hasher, Vault(Keys.new()), "ada", "482913", kept)


def test_a_code_for_the_pad_is_eight_digits_in_two_groups() -> None:
    assert code_from(bytes(32)) == "0000 0000"
    assert code_from((10**8 + 1234567).to_bytes(32, "big")) == "0123 4567"
