"""The codec: facts and entries as the texts that the log keeps, and back.

A fact's body is one line of JSON with its fields by name, but for its own id, which has a column. Texts that were written
are read for ever: a field that is added later needs a default.
"""

from collections.abc import Callable
from datetime import date, datetime
from functools import cache, lru_cache
from typing import Any, NamedTuple, get_type_hints

import orjson

from cm_engine.clock import read
from cm_engine.events import Result
from cm_engine.facts import WORDS, Fact
from cm_engine.ledger import Entry


class Written(NamedTuple):
    """A fact as the log keeps it: its word, its own id where it has one, and its body."""

    fact: str
    key: str | None
    body: str


def write_fact(fact: Fact) -> Written:
    """Write a fact."""
    kind: Any = type(fact)
    word, names, _ = _forms(kind)
    if names[0] == "id":
        values: dict[str, Any] = dict(zip(names[1:], fact[1:], strict=True))
        key: str | None = fact[0]  # type: ignore[assignment]
    else:
        values, key = dict(zip(names, fact, strict=True)), None
    return Written(word, key, orjson.dumps(values, default=_plain, option=orjson.OPT_UTC_Z).decode())


def word_of(fact: Fact) -> str:
    """Give the word that the log has for a kind of fact."""
    kind: Any = type(fact)
    return _forms(kind)[0]


def read_fact(word: str, key: str | None, body: str) -> Fact:
    """Read a fact. Raises ValueError, KeyError or TypeError for a text that is none."""
    kind: Any = WORDS[word]
    fact: Fact = kind(key, *_read(word, body)) if key else kind(*_read(word, body))
    return fact


@lru_cache(maxsize=16_384)
def _read(word: str, body: str) -> tuple[Any, ...]:
    """Read a fact's body; many are alike, since people come on the same days with the same results."""
    kind: Any = WORDS[word]
    _, names, reads = _forms(kind)
    values = orjson.loads(body)
    return tuple(
        [read(values[name]) if read else values[name] for name, read in zip(names, reads, strict=True) if name != "id"]
    )


def entry_row(entry: Entry) -> tuple[str, str, str, int, str, str]:
    """Give the columns of an entry."""
    return entry.debit, entry.credit, entry.unit, entry.amount, entry.on.isoformat(), entry.event


Convert = Callable[[Any], Any] | None


@cache
def _forms(kind: Any) -> tuple[str, tuple[str, ...], tuple[Convert, ...]]:
    """Give the word of a kind of fact, the names of its fields, and what reads each of them from JSON."""
    hints = get_type_hints(kind)
    names: tuple[str, ...] = kind._fields
    word = next(word for word, known in WORDS.items() if known is kind)
    return word, names, tuple(_READS.get(hints[name]) for name in names)


def _plain(value: object) -> object:
    """Give what JSON has no form for as what it has: a result as its outcome and its findings."""
    if isinstance(value, Result):
        return [value.outcome, _findings(value.analytes)]
    raise TypeError(value)


@lru_cache(maxsize=4096)
def _findings(analytes: tuple[tuple[str, str], ...]) -> str:
    return ";".join(f"{name}={finding}" for name, finding in analytes)


def _read_result(written: list[str]) -> Result:
    return _result(*written)


@lru_cache(maxsize=4096)
def _result(outcome: str, analytes: str) -> Result:
    findings: Any = tuple(tuple(part.split("=")) for part in analytes.split(";") if part)
    return Result(outcome, findings)


def _read_pairs(pairs: list[list[str]]) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(pair) for pair in pairs)


_READS: dict[Any, Convert] = {
    date: lru_cache(maxsize=4096)(date.fromisoformat),
    datetime: read,
    Result: _read_result,
    tuple[tuple[str, str], ...]: _read_pairs,
}
