"""Draws: what a pick gives, held against a computation by hand, and what a receipt that is not true tells."""

import hashlib
import hmac
import re
import subprocess
import sys
from collections import Counter
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cm_engine.bowl import Bowl, Slip
from cm_engine.drawing import (
    DrawError,
    Receipt,
    bowl_digest,
    commitment,
    drawn,
    faults,
    is_fair,
    number_in,
    receipt_of,
    slip_at,
)
from cm_engine.exchange.receipt_json import receipt_text
from tests.files import write

ROOT = Path(__file__).parent.parent

VA = Bowl(
    slips=(
        Slip(label="good job", count=250, value=0),
        Slip(label="small", count=209, value=100),
        Slip(label="large", count=40, value=2000),
        Slip(label="jumbo", count=1, value=10_000),
    )
)
ID = "Zq3vT0cYw8mKfA1xJ5hRbg"
# Computed with `openssl dgst -sha256`.
VA_SHA256 = "7cbc9f0024874e1530378971efa92b2204280e82bd6841de83a163fee7c1ee7b"

labels = st.text(st.characters(categories=("L", "N", "P", "S")), min_size=1, max_size=8)
slips = st.builds(Slip, label=labels, count=st.integers(0, 9), value=st.integers(0, 300))
bowls = st.builds(
    Bowl, slips=st.lists(slips, min_size=1, max_size=4, unique_by=lambda slip: slip.label).map(tuple)
).filter(lambda bowl: bowl.size > 0)
ids = st.from_regex(r"[A-Za-z0-9_-]{16,24}", fullmatch=True)
hexes = st.binary(min_size=32, max_size=32).map(bytes.hex)


@st.composite
def receipts(draw: st.DrawFn) -> Receipt:
    bowl = draw(bowls)
    secret, pick = draw(st.binary(min_size=32, max_size=32)), draw(st.integers(1, bowl.size))
    return receipt_of(draw(ids), secret, bowl, pick, draw(st.none() | st.integers(0, 400)))


def by_hand(secret: bytes, draw_id: str, bowl: Bowl, pick: int) -> int:
    """Compute a slip the long way round: HMAC from its definition, and one sack of slips for the bowl."""
    text = b"cm-engine bowl 1\n"
    for slip in bowl.slips:
        label = slip.label.encode()
        text += b"%d %d %d %s\n" % (slip.count, slip.value, len(label), label)
    digest = hashlib.sha256(text).hexdigest().encode()
    size = sum(slip.count for slip in bowl.slips)
    key = secret + bytes(32)
    inner, outer = bytes(byte ^ 0x36 for byte in key), bytes(byte ^ 0x5C for byte in key)
    attempt = 0
    while True:
        message = b"\n".join([b"cm-engine draw 1", draw_id.encode(), digest, b"%d" % pick, b"%d" % attempt, b""])
        number = 0
        for byte in hashlib.sha256(outer + hashlib.sha256(inner + message).digest()).digest():
            number = number * 256 + byte
        if number // size < 2**256 // size:
            return number - number // size * size + 1
        attempt += 1


# What a pick gives


@pytest.mark.parametrize(
    ("secret", "draw_id", "pick", "slip"),
    [
        (bytes(32), "A" * 16, 500, 292),
        (bytes(range(32)), ID, 1, 321),
        (b"\xff" * 32, "0d7c3c1e-9f53-4c0e-8d5e-1f0a2b3c4d5e", 250, 164),
    ],
)
def test_slips_computed_once_with_openssl_stay_what_they_are(secret: bytes, draw_id: str, pick: int, slip: int) -> None:
    assert bowl_digest(VA) == VA_SHA256
    assert slip_at(secret, draw_id, VA_SHA256, pick, VA.size) == slip == by_hand(secret, draw_id, VA, pick)


def test_the_commitment_is_the_sha_256_of_the_bytes() -> None:
    assert commitment(bytes(32)) == "66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925"


@given(st.binary(min_size=32, max_size=32), ids, bowls, st.data())
def test_a_slip_is_the_one_that_is_computed_by_hand(
    secret: bytes, draw_id: str, bowl: Bowl, data: st.DataObject
) -> None:
    pick = data.draw(st.integers(1, bowl.size))
    assert slip_at(secret, draw_id, bowl_digest(bowl), pick, bowl.size) == by_hand(secret, draw_id, bowl, pick)


def test_a_block_that_is_not_fair_gives_way_to_the_next_attempt() -> None:
    size = 2**255 + 1  # rejects every other block
    tries = [
        hmac.new(bytes(32), f"cm-engine draw 1\n{ID}\n{VA_SHA256}\n{pick}\n0\n".encode(), "sha256").digest()
        for pick in range(1, 21)
    ]
    first = [int.from_bytes(block, "big") for block in tries]
    given_ = [slip_at(bytes(32), ID, VA_SHA256, pick, size) for pick in range(1, 21)]
    rejected = [place for place, number in enumerate(first) if number >= size]
    assert 0 < len(rejected) < 20
    for place, (number, slip) in enumerate(zip(first, given_, strict=True)):
        assert 1 <= slip <= size
        assert (slip == number + 1) is (place not in rejected)


def test_every_slip_has_equally_many_fair_blocks() -> None:
    blocks = [bytes([byte]) for byte in range(256)]
    for size in range(1, 257):
        fair = [block for block in blocks if is_fair(block, size)]
        counts = Counter(number_in(block, size) for block in fair)
        assert sorted(counts) == list(range(1, size + 1))
        assert set(counts.values()) == {256 // size}


@pytest.mark.parametrize(("size", "secrets"), [(3, 2_000), (7, 1_000), (100, 100), (500, 40)])
def test_slips_come_equally_often_over_all_picks_and_many_bytes(size: int, secrets: int) -> None:
    counts = Counter(
        slip_at(hashlib.sha256(b"%d" % seed).digest(), ID, VA_SHA256, pick, size)
        for seed in range(secrets)
        for pick in range(1, size + 1)
    )
    expected = secrets
    chi_square = sum((counts[slip] - expected) ** 2 / expected for slip in range(1, size + 1))
    freedom = size - 1
    assert sum(counts.values()) == secrets * size
    assert abs(chi_square - freedom) < 5 * (2 * freedom) ** 0.5  # five standard deviations


@pytest.mark.parametrize("pick", [0, -1, 501, 10**30])
def test_a_pick_that_the_bowl_does_not_have_is_refused(pick: int) -> None:
    with pytest.raises(DrawError, match=f"from 1 to 500, and this is {pick}"):
        slip_at(bytes(32), ID, VA_SHA256, pick, 500)


def test_slips_are_counted_through_the_bowl() -> None:
    firsts_and_lasts = (1, 250, 251, 459, 460, 499, 500)
    assert [drawn(VA, number).label for number in firsts_and_lasts] == (
        ["good job"] * 2 + ["small"] * 2 + ["large"] * 2 + ["jumbo"]
    )


def test_a_label_without_slips_is_never_drawn() -> None:
    bowl = Bowl(slips=(Slip(label="none", count=0, value=1), Slip(label="one", count=1, value=2)))
    assert drawn(bowl, 1).label == "one"


@pytest.mark.parametrize("number", [0, -1, 501])
def test_a_slip_that_the_bowl_does_not_have_is_refused(number: int) -> None:
    with pytest.raises(DrawError, match=f"no slip {number} in a bowl of 500"):
        drawn(VA, number)


@given(bowls, bowls)
def test_two_bowls_have_one_digest_only_where_they_are_the_same(bowl: Bowl, other: Bowl) -> None:
    assert (bowl_digest(bowl) == bowl_digest(other)) is (bowl == other)


def test_a_label_cannot_pass_for_another_slip() -> None:
    honest = Bowl(slips=(Slip(label="a", count=1, value=0), Slip(label="b", count=1, value=5)))
    sly = Bowl(slips=(Slip(label="a\n1 5 1 b", count=1, value=0),))
    assert bowl_digest(honest) != bowl_digest(sly)


# Receipts


@given(receipts())
def test_a_receipt_of_a_draw_has_no_faults(receipt: Receipt) -> None:
    assert faults(receipt) == []


@pytest.mark.parametrize(("left", "paid"), [(None, 2000), (5000, 2000), (2000, 2000), (750, 750), (0, 0), (-1, 0)])
def test_what_the_caps_left_is_paid(left: int | None, paid: int) -> None:
    receipt = receipt_of(ID, hashlib.sha256(b"large").digest(), VA, pick_of("large"), left)
    assert (receipt.label, receipt.value, receipt.paid) == ("large", 2000, paid)
    assert faults(receipt) == []


def pick_of(label: str) -> int:
    """Find a pick that gives a label."""
    secret = hashlib.sha256(label.encode()).digest()
    return next(pick for pick in range(1, 501) if drawn(VA, by_hand(secret, ID, VA, pick)).label == label)


OTHER: dict[str, st.SearchStrategy[Any]] = {
    "draw": ids,
    "sha256": hexes,
    "secret": hexes,
    "bowl": bowls,
    "bowl_sha256": hexes,
    "pick": st.integers(1, 40),
    "hmac": hexes,
    "slip": st.integers(1, 40),
    "label": labels,
    "value": st.integers(0, 500),
}


@pytest.mark.parametrize("field", OTHER)
@given(receipt=receipts(), data=st.data())
def test_whatever_is_changed_in_a_receipt_is_found(field: str, receipt: Receipt, data: st.DataObject) -> None:
    other: Any = data.draw(OTHER[field])
    assume(other != getattr(receipt, field))
    assert faults(replace(receipt, **{field: other}))


@given(receipt=receipts(), more=st.integers(1, 1_000))
def test_more_than_the_slip_is_worth_is_found(receipt: Receipt, more: int) -> None:
    [fault] = faults(replace(receipt, paid=receipt.value + more))
    assert "no more than its slip" in fault


def test_every_field_of_a_receipt_is_tried() -> None:
    assert [field.name for field in fields(Receipt)] == [*OTHER, "paid"]


def test_each_thing_that_is_not_right_is_named() -> None:
    receipt = receipt_of(ID, bytes(32), VA, 7)
    wrong = replace(receipt, sha256="0" * 64, bowl_sha256="1" * 64, hmac="2" * 64, slip=500, label="x", value=1, paid=2)
    told = faults(wrong)
    words = ["the bytes have", "the bowl has", "HMAC", "the pick gives", "says", "is worth", "no more than"]
    assert len(told) == len(words)
    assert all(word in fault for word, fault in zip(words, told, strict=True))
    assert faults(replace(receipt, pick=501)) == ["a pick is a number from 1 to 500, and this is 501"]


def test_the_python_of_the_document_agrees(tmp_path: Path) -> None:
    document = (ROOT / "docs" / "draws.md").read_text(encoding="utf-8")
    [program] = re.findall(r"```python\n(.*?)```", document, re.DOTALL)
    bowl = Bowl(slips=(Slip(label="süß", count=3, value=5), Slip(label="b", count=2, value=100_000)))
    made = [write(tmp_path, f"{pick}.json", receipt_text(receipt_of(ID, bytes(32), bowl, pick))) for pick in (1, 5)]
    for path in [ROOT / "docs" / "examples" / "receipt.json", *made]:
        ran = subprocess.run([sys.executable, "-c", program, path], capture_output=True, text=True, check=True)
        assert ran.stdout.split() == ["True"] * 3


def test_the_document_names_the_keys_and_the_bowls_text() -> None:
    document = (ROOT / "docs" / "draws.md").read_text(encoding="utf-8")
    keys = [key for row in re.findall(r"^\| (`.*?) \|", document, re.MULTILINE) for key in re.findall(r"`(\w+)`", row)]
    assert keys == ["receipt", *(field.name for field in fields(Receipt))]
    [text] = re.findall(r"```text\n(.*?)```", document, re.DOTALL)
    assert hashlib.sha256(text.encode()).hexdigest() == VA_SHA256
