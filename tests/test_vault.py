"""Sealing: what goes in comes out, only with a key, also after keys were changed; and names are found without opening them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cm_engine.vault import Keys, Vault, VaultError, is_key, make_key

KEYS = Keys.new()
VAULT = Vault(KEYS)


@given(st.text(st.characters(codec="utf-8")))
def test_what_is_sealed_opens_again_and_looks_different_each_time(text: str) -> None:
    token = VAULT.seal(text)
    assert VAULT.open(token) == text
    assert VAULT.seal(text) != token


@given(st.binary())
def test_bytes_are_sealed_too(content: bytes) -> None:
    assert VAULT.open_bytes(VAULT.seal_bytes(content)) == content


def test_another_key_does_not_open() -> None:
    token = VAULT.seal("Ada")
    with pytest.raises(VaultError, match="none of the keys at hand") as told:
        Vault(Keys.new()).open(token)
    assert "Ada" not in str(told.value)
    with pytest.raises(VaultError, match="none of the keys at hand"):
        Vault(Keys.new()).rotate(token)


@pytest.mark.parametrize(
    "damaged",
    [b"", b"not a token", VAULT.seal("Ada")[:-9], VAULT.seal("Ada").swapcase()],
    ids=["empty", "other", "cut", "changed"],
)
def test_what_is_damaged_does_not_open(damaged: bytes) -> None:
    with pytest.raises(VaultError, match="damaged"):
        VAULT.open(damaged)


def test_bytes_that_are_no_text_do_not_open_as_one() -> None:
    with pytest.raises(VaultError, match="no text"):
        VAULT.open(VAULT.seal_bytes(b"\xff"))


def test_a_new_key_seals_and_the_old_one_still_opens() -> None:
    old = VAULT.seal("Ada")
    keys = KEYS.with_new()
    both = Vault(keys)
    assert both.open(old) == "Ada"
    with pytest.raises(VaultError):
        VAULT.open(both.seal("Ada"))
    sealed_again = both.rotate(old)
    assert Vault(Keys.listed(keys.sealing[:1])).open(sealed_again) == "Ada"


def test_a_name_is_found_by_its_index_whichever_key_seals() -> None:
    rotated = KEYS.with_new().with_new()
    alone = Keys(rotated.sealing[:1], rotated.index)
    assert VAULT.index("Ada") == Vault(rotated).index("Ada") == Vault(alone).index("Ada")
    assert len(VAULT.index("Ada")) == 32
    assert VAULT.index("Ada") != VAULT.index("ada")
    assert VAULT.index("Ada") != Vault(Keys.new()).index("Ada")


def test_without_an_index_key_the_oldest_finds_and_may_later_do_only_that() -> None:
    newest, oldest = make_key().encode(), make_key().encode()
    index = Vault(Keys.listed([oldest])).index("Ada")
    assert Vault(Keys.listed([newest, oldest])).index("Ada") == index
    assert Vault(Keys.listed([newest], oldest)).index("Ada") == index


def test_the_index_of_a_key_never_changes_between_versions() -> None:
    vault = Vault(Keys.listed([b"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="]))
    assert vault.index("Ada").hex() == "90419797b179e661c0d2d9be41d3f75c695833e4bb740adbfa2e5973cfd60fbe"


@pytest.mark.parametrize(
    "written",
    ["", "secret", make_key()[:-1], make_key() + "=", "é" * 43 + "="],
    ids=["empty", "word", "cut", "longer", "other letters"],
)
def test_what_is_no_key_is_refused_and_not_shown(written: str) -> None:
    assert not is_key(written.encode())
    with pytest.raises(VaultError, match="44 characters") as told:
        Keys.listed([written.encode()], make_key().encode())
    assert not written or written not in str(told.value)


def test_a_vault_without_a_key_is_refused() -> None:
    with pytest.raises(VaultError, match="at least one key"):
        Keys.listed([])


def test_keys_do_not_show_where_they_are_printed() -> None:
    assert repr(KEYS) == "<1 sealing keys and an index key>"
    assert f"{KEYS}" == repr(KEYS)
