"""The codec: facts and entries as the texts that the log keeps, and back.

A fact's body is one line of JSON with its fields by name, but for its own id, which has a column. Texts that were written
are read for ever: a field that is added later needs a default.
"""

import json
from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import cache, lru_cache
from typing import Any, NamedTuple, get_type_hints

from cm_engine.clock import read, written
from cm_engine.events import Result
from cm_engine.facts import WORDS, Fact
from cm_engine.ledger import Entry

_WORD = {kind: word for word, kind in WORDS.items()}


class Written(NamedTuple):
    """A fact as the log keeps it: its word, its own id where it has one, and its body."""

    fact: str
    key: str | None
    body: str


def write_fact(fact: Fact) -> Written:
    """Write a fact."""
    kind: Any = type(fact)
    values: dict[str, Any] = {
        name: write(value) if write else value
        for (name, (write, _)), value in zip(_fields(kind).items(), fact, strict=True)
    }
    key = values.pop("id", None)
    return Written(_WORD[kind], key, json.dumps(values, separators=(",", ":")))


def read_fact(word: str, key: str | None, body: str) -> Fact:
    """Read a fact. Raises ValueError or KeyError for a text that is none."""
    kind: Any = WORDS[word]
    values = json.loads(body)
    if key is not None:
        values["id"] = key
    fact: Fact = kind(*[read(values[name]) if read else values[name] for name, (_, read) in _fields(kind).items()])
    return fact


def entry_row(entry: Entry) -> tuple[str, str, str, int, str, str]:
    """Give the columns of an entry."""
    return entry.debit, entry.credit, entry.unit, entry.amount, entry.on.isoformat(), entry.event


Convert = Callable[[Any], Any] | None


@cache
def _fields(kind: type) -> dict[str, tuple[Convert, Convert]]:
    hints = get_type_hints(kind)
    fields: Sequence[str] = kind._fields  # type: ignore[attr-defined]
    return {name: _CONVERT.get(hints[name], (None, None)) for name in fields}


@lru_cache(maxsize=4096)
def _write_result(result: Result) -> list[str]:
    return [result.outcome, ";".join(f"{name}={finding}" for name, finding in result.analytes)]


def _read_result(written_result: list[str]) -> Result:
    return _result(*written_result)


@lru_cache(maxsize=4096)
def _result(outcome: str, analytes: str) -> Result:
    findings: Any = tuple(tuple(part.split("=")) for part in analytes.split(";") if part)
    return Result(outcome, findings)


def _read_pairs(pairs: list[list[str]]) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(pair) for pair in pairs)


_CONVERT: dict[Any, tuple[Convert, Convert]] = {
    date: (date.isoformat, date.fromisoformat),
    datetime: (written, read),
    Result: (_write_result, _read_result),
    tuple[tuple[str, str], ...]: (None, _read_pairs),
}
