"""Receipts as JSON: read back as they were written; every mistake is told by its key; no patient is in one."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from cm_engine.drawing import Receipt, receipt_of
from cm_engine.errors import InputError, Mistake
from cm_engine.exchange.receipt_json import LARGEST_FILE, parse_receipt, read_receipt, receipt_record, receipt_text
from tests.files import write
from tests.test_drawing import ID, VA, receipts

GOOD = receipt_of(ID, bytes(32), VA, 7)

Change = Callable[[dict[str, Any]], object]


def mistakes_in(text: str) -> Sequence[Mistake]:
    with pytest.raises(InputError) as told:
        parse_receipt("receipt.json", text)
    return told.value.mistakes


@given(receipts())
def test_a_receipt_reads_back_to_itself(receipt: Receipt) -> None:
    assert parse_receipt("receipt.json", receipt_text(receipt)) == receipt
    assert parse_receipt("receipt.json", json.dumps(receipt_record(receipt))) == receipt


def test_a_receipt_has_these_keys_and_no_patient() -> None:
    record = receipt_record(GOOD)
    keys = "receipt draw sha256 secret bowl bowl_sha256 pick hmac slip label value paid"
    assert list(record) == keys.split()
    assert list(record["bowl"]) == ["slips"]
    assert {tuple(slip) for slip in record["bowl"]["slips"]} == {("label", "count", "value")}
    assert record["receipt"] == "cm-engine draw 1"


def test_money_is_written_with_two_places() -> None:
    record = receipt_record(GOOD)
    assert [slip["value"] for slip in record["bowl"]["slips"]] == ["0.00", "1.00", "20.00", "100.00"]
    assert {len(record[key].split(".")[1]) for key in ("value", "paid")} == {2}


def renamed(record: dict[str, Any]) -> None:
    record["pikc"] = record.pop("pick")


@pytest.mark.parametrize(
    ("change", "where", "words"),
    [
        (lambda r: r.update(receipt="cm-engine draw 2"), ["receipt"], ['"cm-engine draw 1"']),
        (lambda r: r.update(receipt=None), ["receipt"], ["null", '"cm-engine draw 1"']),
        (lambda r: r.pop("receipt"), ["receipt"], ["missing", '"cm-engine draw 1"']),
        (lambda r: r.pop("hmac"), ["hmac"], ["missing", "64 hexadecimal digits"]),
        (renamed, ["pikc", "pick"], ['did you mean "pick"', "missing"]),
        (lambda r: r.update(participant="p1"), ["participant"], ["unknown key"]),
        (lambda r: r.update(draw="p1"), ["draw"], ["16 to 64", "2 characters"]),
        (lambda r: r.update(draw="Jane Doe, born 1980"), ["draw"], ["letters"]),
        (lambda r: r.update(draw=ID + "\n"), ["draw"], ["letters"]),
        (lambda r: r.update(secret="00" * 31), ["secret"], ["64 hexadecimal digits", "62 characters"]),
        (lambda r: r.update(sha256="AB" * 32), ["sha256"], ["lower case"]),
        (lambda r: r.update(sha256="٣" * 64), ["sha256"], ["hexadecimal"]),
        (lambda r: r.update(bowl_sha256=7), ["bowl_sha256"], ["7 does not fit"]),
        (lambda r: r.update(pick="7"), ["pick"], ["whole number", "without quotes"]),
        (lambda r: r.update(pick=0), ["pick"], ["at least 1"]),
        (lambda r: r.update(pick=True), ["pick"], ["true does not fit"]),
        (lambda r: r.update(pick=1.5), ["pick"], ["1.5 does not fit"]),
        (lambda r: r.update(slip=10**20), ["slip"], ["at most"]),
        (lambda r: r.update(slip=float("nan")), ["slip"], ["NaN does not fit"]),
        (lambda r: r.update(label=""), ["label"], ["text"]),
        (lambda r: r.update(label="a\nb"), ["label"], ["line of text"]),
        (lambda r: r.update(label="\ud800"), ["label"], ["line of text"]),
        (lambda r: r.update(value="-1.00"), ["value"], ["below zero"]),
        (lambda r: r.update(value=float("inf")), ["value"], ["an amount is written like"]),
        (lambda r: r.update(paid="1.005"), ["paid"], ["finer than a cent"]),
        (lambda r: r.update(paid=["1.00"]), ["paid"], ["a list does not fit"]),
        (lambda r: r.update(bowl=[1]), ["bowl"], ["a table"]),
        (lambda r: r.update(bowl={}), ["bowl.slips"], ["missing"]),
        (lambda r: r["bowl"].update(size=500), ["bowl.size"], ["unknown key"]),
        (lambda r: r["bowl"]["slips"][1].pop("count"), ["bowl.slips[2].count"], ["missing"]),
        (lambda r: r["bowl"]["slips"][1].update(label="jumbo"), ["bowl.slips[4]"], ["twice"]),
        (lambda r: r["bowl"].update(slips=[{"label": "a", "count": 0, "value": "0"}]), ["bowl.slips"], ["no slips"]),
    ],
)
def test_what_does_not_fit_is_told_by_its_key(change: Change, where: list[str], words: list[str]) -> None:
    record = receipt_record(GOOD)
    change(record)
    told = mistakes_in(json.dumps(record))
    assert [mistake.where for mistake in told] == where
    assert all(word in " ".join(mistake.what for mistake in told) for word in words), told


def test_all_mistakes_are_told_together() -> None:
    told = mistakes_in(json.dumps(receipt_record(GOOD) | {"receipt": "x", "pick": 0, "secret": ""}))
    assert [mistake.where for mistake in told] == ["receipt", "secret", "pick"]


def test_a_key_that_stands_there_twice_is_refused() -> None:
    text = (
        receipt_text(GOOD)
        .replace('"pick": 7', '"pick": 7, "pick": 8')
        .replace('"count": 1,', '"count": 1, "count": 1,')
    )
    assert [(mistake.where, "twice" in mistake.what) for mistake in mistakes_in(text)] == [
        ("count", True),
        ("pick", True),
    ]


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [
        ("", 0, "empty"),
        (" \n", 0, "empty"),
        ("{\n'a'}", 2, "not JSON"),
        (receipt_text(GOOD)[:-9], 36, "not JSON"),
        ("[" * 100_000, 0, "nested too deeply"),
        ("[]", 0, "not a JSON object"),
        ("null", 0, "not a JSON object"),
        ('"receipt"', 0, "not a JSON object"),
        ('{"pick": ' + "9" * 5_000 + "}", 0, "too long"),
        ('{"pick": 1e99999999999999999999}', 0, "too long"),
    ],
)
def test_nonsense_is_told(text: str, line: int, word: str) -> None:
    [mistake] = mistakes_in(text)
    assert mistake.line == line
    assert word in mistake.what


def test_a_file_is_read_with_and_without_a_byte_order_mark(tmp_path: Path) -> None:
    text = receipt_text(GOOD).encode()
    assert read_receipt(write(tmp_path, "a.json", text)) == GOOD
    assert read_receipt(write(tmp_path, "b.json", b"\xef\xbb\xbf" + text.replace(b"\n", b"\r\n"))) == GOOD


def test_a_file_that_cannot_be_a_receipt_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_receipt(tmp_path / "missing.json")
    with pytest.raises(InputError, match="folder"):
        read_receipt(tmp_path)
    with pytest.raises(InputError, match=r"large\.json: is larger than 1,000,000 bytes"):
        read_receipt(write(tmp_path, "large.json", b" " * (LARGEST_FILE + 1)))
    with pytest.raises(InputError, match=r"latin\.json:2: byte 1 of the line, 0xe9"):
        read_receipt(write(tmp_path, "latin.json", b"{\n\xe9}"))


def test_an_endless_file_is_not_read_to_its_end() -> None:
    with pytest.raises(InputError, match="larger"):
        read_receipt(Path("/dev/zero"))
