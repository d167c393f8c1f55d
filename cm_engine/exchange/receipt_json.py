"""Receipts of draws as JSON: written for whoever wants to check a draw, and read back with every mistake named."""

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from cm_engine.drawing import Receipt
from cm_engine.errors import InputError, Mistake, quoted
from cm_engine.exchange.opening import decoded, why_not
from cm_engine.exchange.toml_file import key_name
from cm_engine.forms import Choice, Reader, Wrong
from cm_engine.terms import read_terms, write_terms

# The key that says what the object is, and of which edition.
TAG = "receipt"
FORMAT = "cm-engine draw 1"

LARGEST_FILE = 1_000_000  # bytes: a bowl of ten thousand labels fits


def receipt_record(receipt: Receipt) -> dict[str, Any]:
    """Give a receipt as the record that programs read; money is in decimal strings with two places."""
    return {TAG: FORMAT} | write_terms(receipt, Reader())


def receipt_text(receipt: Receipt) -> str:
    """Write a receipt as JSON for people to keep, a line for each thing."""
    return json.dumps(receipt_record(receipt), indent=2, ensure_ascii=False) + "\n"


def read_receipt(path: Path) -> Receipt:
    """Read a receipt's file. Raises InputError with every mistake."""
    source = str(path)
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise InputError(source, [Mistake(0, "", why_not(error))]) from error
    if len(content) > LARGEST_FILE:
        what = f"is larger than {LARGEST_FILE:,} bytes, which no receipt is"
        raise InputError(source, [Mistake(0, "", what)])
    return parse_receipt(source, decoded(source, content))


def parse_receipt(source: str, text: str) -> Receipt:
    """Read a receipt. Raises InputError with every mistake."""
    twice: list[str] = []
    record = _record(source, text, twice)
    reader = Reader()
    for key in twice:
        reader.wrong((key,), "the key stands there twice; leave one out")
    _read_tag(record, reader)
    receipt = read_terms(Receipt, record, (), reader, also=[TAG])
    if reader.mistakes or isinstance(receipt, Wrong):
        raise InputError(source, [Mistake(0, key_name(at), what) for at, what in reader.mistakes])
    return receipt


def _read_tag(record: Mapping[str, object], reader: Reader) -> None:
    tag = Choice((FORMAT,))
    if TAG in record:
        tag.read(record[TAG], (TAG,), reader)
    else:
        reader.wrong((TAG,), f"{quoted(TAG)} is missing (what the object is); it must be {tag.allowed}")


def _record(source: str, text: str, twice: list[str]) -> dict[str, object]:
    """Parse a JSON object; keys that stand in an object twice are added to `twice`."""

    def table(pairs: list[tuple[str, object]]) -> dict[str, object]:
        keys = [key for key, _ in pairs]
        record = dict(pairs)
        if len(record) < len(keys):
            twice.extend(key for key in record if keys.count(key) > 1)
        return record

    try:
        record = json.loads(text, object_pairs_hook=table, parse_float=Decimal, parse_constant=Decimal)
    except json.JSONDecodeError as error:
        what = f"is not JSON: {error.msg}" if text.strip() else "is empty"
        raise InputError(source, [Mistake(error.lineno if text.strip() else 0, "", what)]) from error
    except RecursionError as error:
        what = "is not JSON that can be read: brackets are nested too deeply"
        raise InputError(source, [Mistake(0, "", what)]) from error
    except (ValueError, ArithmeticError) as error:
        raise InputError(source, [Mistake(0, "", "a number here is too long to be read")]) from error
    if not isinstance(record, dict):
        what = f'is not a JSON object; a receipt begins with {{"{TAG}": "{FORMAT}"'
        raise InputError(source, [Mistake(0, "", what)])
    return record
