"""One-time codes: easy to type, and told from a wrong one without being kept."""

from hypothesis import given, settings
from hypothesis import strategies as st

from cm_engine.one_time_code import code_from, digest_of, fits

secrets = st.binary(min_size=32, max_size=32)


@given(secrets, secrets)
@settings(max_examples=10)
def test_only_the_code_itself_fits(secret: bytes, other: bytes) -> None:
    kept = digest_of(code_from(secret), other)
    assert fits(code_from(secret), kept)
    assert fits(code_from(other), kept) == (code_from(secret) == code_from(other))


def test_how_a_code_is_typed_does_not_matter() -> None:
    code = code_from(bytes(range(32)))
    kept = digest_of(code, b"salt" * 4)
    for typed in (code.lower(), code.replace("-", ""), f" {code} ", code.replace("0", "O").replace("1", "l")):
        assert fits(typed, kept)
    assert not fits("", kept)
    assert not fits(code[:-1], kept)


def test_the_same_code_is_never_kept_alike() -> None:
    assert digest_of("ABCD", b"1" * 16) != digest_of("ABCD", b"2" * 16)


@given(secrets)
def test_a_code_is_four_groups_of_four(secret: bytes) -> None:
    groups = code_from(secret).split("-")
    assert [len(group) for group in groups] == [4] * 4
    assert not set("ILOU") & set("".join(groups))
