"""Verify: whether the books are what the log says, every chain holds, and every draw re-computes.

Each participant's facts are folded anew, by the same rules that recorded them, and compared with what was posted and with
where the participant is said to stand.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import select

from cm_engine import ledger
from cm_engine.actions.revise import sha256
from cm_engine.engine import Engine
from cm_engine.errors import CmError
from cm_engine.facts import Enrolled, Fact, PolicyPublished, PrizeRestocked, ProgramSet, StockCounted
from cm_engine.rulebook import Rulebook
from cm_engine.standing import Standing
from cm_engine.store.codec import entry_row, read_fact
from cm_engine.store.database import Row, Statement, Transaction
from cm_engine.store.links import BEGINNING, head, link
from cm_engine.store.tables import (
    enrolments,
    entries,
    heads,
    log,
    policy_versions,
    program_terms,
    standings,
    stock,
)

ROWS = Statement(select(*log.c).order_by(log.c.chain, log.c.seq))
ENTRIES = Statement(select(*entries.c).order_by(entries.c.chain, entries.c.seq, entries.c.place))
STANDINGS = Statement(select(standings.c.chain, standings.c.seq, standings.c.digest, standings.c.state))
HEADS = Statement(select(heads.c.on_day, heads.c.made_at, heads.c.digest).order_by(heads.c.on_day.desc()).limit(31))


class Fault(NamedTuple):
    """One thing that is not as it should be, and which check found it."""

    check: str
    what: str


CHAIN = "every row of the log is linked to the one before"
BOOKS = "the entries are what the log says"
STANDS = "where everybody stands is what the log leads to"
DRAWS = "every draw re-computes"
STOCK = "the cabinet holds what the books say"
TEXTS = "published texts are the ones that were published"
ROSTER = "enrolments are those of the log"
HEAD = "the daily heads hold"

CHECKS = (CHAIN, BOOKS, STANDS, DRAWS, STOCK, TEXTS, ROSTER, HEAD)


@dataclass
class Found:
    """What was looked at, how often, and the faults."""

    counts: Counter[str] = field(default_factory=Counter)
    faults: list[Fault] = field(default_factory=list)

    def wrong(self, check: str, what: str) -> None:
        """Note a fault."""
        self.faults.append(Fault(check, what))

    @property
    def is_clean(self) -> bool:
        """Tell whether there is no fault."""
        return not self.faults


@dataclass
class _Seen:
    """What the log says, gathered on the way for the checks behind."""

    balances: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    published: dict[str, tuple[object, ...]] = field(default_factory=dict)
    enrolled: dict[str, tuple[str, str, str, str | None]] = field(default_factory=dict)
    heads: list[tuple[str, str, list[tuple[str, int, bytes]]]] = field(default_factory=list)


def verify(engine: Engine) -> Found:
    """Check everything, as it was at one moment."""
    found = Found()
    with engine.database.reading() as tx:
        engine.forget()
        try:
            rulebook = engine.published(tx).rulebook
        except CmError as error:  # nothing can be computed by a text that cannot be read
            _check_texts(tx, found, _published(tx))
            found.wrong(TEXTS, f"nothing else can be checked before that is put right: {error}")
            return found
        kept = {chain: (seq, bytes(digest), state) for chain, seq, digest, state in tx.rows(STANDINGS)}
        seen = _Seen(heads=[(on, made_at, []) for on, made_at, _ in tx.rows(HEADS)])
        posted = _Posted(tx.rows(ENTRIES))
        for chain, rows in groupby(tx.rows(ROWS), key=itemgetter(0)):
            _Chain(chain, found, seen, rulebook, kept.pop(chain, None)).check(list(rows), posted)
        for chain, (seq, _, _) in kept.items():
            if seq:
                found.wrong(CHAIN, f"chain {chain}: all of its {seq} rows are gone")
        for chain, seq in posted.rest():
            found.wrong(BOOKS, f"chain {chain}, row {seq}: entries without a row of the log")
        _check_stock(tx, found, seen)
        _check_texts(tx, found, seen.published)
        _check_roster(tx, found, seen)
        _check_heads(tx, found, seen)
    return found


class _Posted:
    """The entries by their row of the log, taken in the log's order."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._by_row: dict[tuple[str, int], list[Row]] = {}
        for row in rows:
            self._by_row.setdefault((row[0], row[1]), []).append(row[3:])

    def take(self, chain: str, seq: int) -> list[Row]:
        return self._by_row.pop((chain, seq), [])

    def rest(self) -> list[tuple[str, int]]:
        return list(self._by_row)


class _Chain:
    """One chain, checked row by row."""

    def __init__(
        self, name: str, found: Found, seen: _Seen, rulebook: Rulebook, kept: tuple[int, bytes, str] | None
    ) -> None:
        self._name = name
        self._found = found
        self._seen = seen
        self._kept = kept
        self._standing = Standing(name, rulebook)
        self._is_folded = True

    def check(self, rows: Sequence[Row], posted: _Posted) -> None:
        previous, expected_seq = BEGINNING, 1
        is_participant = False
        latest: dict[int, tuple[int, bytes]] = {}
        for _, seq, word, key, recorded_at, actor, body, kept_digest in rows:
            written = posted.take(self._name, seq)
            digest = link(previous, (self._name, str(seq), word, key or "", recorded_at, actor, body), written)
            previous = bytes(kept_digest)
            if seq != expected_seq:
                self._found.wrong(CHAIN, f"{self._at(expected_seq)}: the row is missing")
                expected_seq = seq
            expected_seq += 1
            if digest != previous:
                self._found.wrong(
                    CHAIN, f"{self._at(seq)}: the row or its entries were changed ({word} of {recorded_at})"
                )
            is_participant |= self._take(seq, word, key, body, written)
            for number, (_, made_at, _) in enumerate(self._seen.heads):
                if recorded_at <= made_at:
                    latest[number] = (seq, previous)
        for number, (seq, digest) in latest.items():
            self._seen.heads[number][2].append((self._name, seq, digest))
        self._found.counts[CHAIN] += len(rows)
        self._check_standing(expected_seq - 1, previous, is_participant=is_participant)

    def _at(self, seq: int) -> str:
        return f"chain {self._name}, row {seq}"

    def _take(self, seq: int, word: str, key: str | None, body: str, written: list[Row]) -> bool:
        """Take a row's fact; tell whether it is a participant's."""
        try:
            fact = read_fact(word, key, body)
        except (ValueError, KeyError, TypeError) as error:
            self._found.wrong(CHAIN, f"{self._at(seq)}: this is no fact ({type(error).__name__})")
            self._is_folded = False
            return False
        for entry in written:
            if entry[2] == ledger.PRIZES:
                self._seen.balances[entry[0]] -= entry[3]
                self._seen.balances[entry[1]] += entry[3]
        if isinstance(fact, PROGRAM_FACTS):
            self._take_program_fact(fact)
            return False
        self._fold(seq, fact, written)
        return True

    def _take_program_fact(self, fact: Fact) -> None:
        if isinstance(fact, PolicyPublished | ProgramSet):
            self._seen.published[fact.id] = _text_of(self._name, fact)

    def _fold(self, seq: int, fact: Any, written: list[Row]) -> None:
        if not self._is_folded:
            return
        try:
            posted = self._standing.take(fact)
        except CmError as error:
            check = DRAWS if type(fact).__name__ == "SlipPicked" else BOOKS
            self._found.wrong(check, f"{self._at(seq)}: {error}")
            self._is_folded = False
            return
        if type(fact).__name__ == "SlipPicked":
            self._found.counts[DRAWS] += 1
        if isinstance(fact, Enrolled):
            self._seen.enrolled[fact.id] = (self._name, fact.program, fact.first_day.isoformat(), None)
        self._found.counts[BOOKS] += len(written)
        if [entry_row(entry) for entry in posted.entries] != written:
            due = "; ".join(f"{e.amount} {e.unit} from {e.debit} to {e.credit}" for e in posted.entries) or "nothing"
            self._found.wrong(BOOKS, f"{self._at(seq)}: by the log it posts {due}; the entries say otherwise")

    def _check_standing(self, seq: int, digest: bytes, *, is_participant: bool) -> None:
        if self._kept is None:
            self._found.wrong(STANDS, f"chain {self._name}: where it stands is missing")
            return
        kept_seq, kept_digest, state = self._kept
        if (kept_seq, kept_digest) != (seq, digest):
            self._found.wrong(
                CHAIN, f"chain {self._name}: it ends with row {seq}, and is said to end with row {kept_seq}"
            )
        if is_participant and self._is_folded:
            self._found.counts[STANDS] += 1
            for enrolment_id, enrolment in self._standing.enrolments.items():
                last = None if enrolment.is_open else enrolment.last_day.isoformat()
                row = (self._name, enrolment.places[-1].program, enrolment.first_day.isoformat(), last)
                self._seen.enrolled[enrolment_id] = row
            if not _is_same(state, self._standing):
                self._found.wrong(STANDS, f"chain {self._name}: the log leads to another standing than the one kept")


def _is_same(state: str, standing: Standing) -> bool:
    """Compare where somebody stands with what was kept.

    Sums that were kept before caps counted as they do now are made anew when somebody next stands there.
    """
    folded = json.dumps(standing.keep(), separators=(",", ":"))
    if folded == state:
        return True
    now, kept = json.loads(folded), _parsed(state)
    if kept.get("counting") != now["counting"]:
        kept |= {key: now[key] for key in ("counting", "spent")}
    return bool(now == kept)


def _parsed(state: str) -> dict[str, Any]:
    try:
        kept = json.loads(state)
    except ValueError:
        return {}
    return kept if isinstance(kept, dict) else {}


PROGRAM_FACTS = (PrizeRestocked, StockCounted, PolicyPublished, ProgramSet)


def _check_stock(tx: Transaction, found: Found, seen: _Seen) -> None:
    there = dict(tx.ask(select(stock.c.prize_id, stock.c.on_hand)))
    for prize, on_hand in there.items():
        found.counts[STOCK] += 1
        books = seen.balances[ledger.account(ledger.STOCK, prize)]
        if books != on_hand:
            found.wrong(STOCK, f"prize {prize}: the books say {books}, and the cabinet {on_hand}")
    for account, books in seen.balances.items():
        if books and account.startswith(f"{ledger.STOCK}@") and ledger.owner(account) not in there:
            found.wrong(STOCK, f"prize {ledger.owner(account)}: the books say {books}, and the cabinet has none of it")


def _text_of(program: str, fact: PolicyPublished | ProgramSet) -> tuple[object, ...]:
    """Give what the log says of a published text, as its row has it; the text by its SHA-256."""
    if isinstance(fact, PolicyPublished):
        return program, fact.policy, fact.number, fact.from_day.isoformat(), fact.sha256
    return program, fact.from_day.isoformat(), fact.sha256


def _published(tx: Transaction) -> dict[str, tuple[object, ...]]:
    """Read from the log alone what was published."""
    published: dict[str, tuple[object, ...]] = {}
    columns = (log.c.chain, log.c.fact, log.c.key, log.c.body)
    for chain, *written in tx.ask(select(*columns).where(log.c.fact.in_(("policy-published", "program-set")))):
        fact = read_fact(*written)
        if isinstance(fact, PolicyPublished | ProgramSet):
            published[fact.id] = _text_of(chain, fact)
    return published


def _check_texts(tx: Transaction, found: Found, published: dict[str, tuple[object, ...]]) -> None:
    versions, terms = policy_versions.c, program_terms.c
    columns: dict[str, Any] = {
        "policy_versions": (versions.program_id, versions.policy, versions.number, versions.from_day),
        "program_terms": (terms.program_id, terms.from_day),
    }
    missing = dict(published)
    for table in (policy_versions, program_terms):
        for key, text, *row in tx.ask(select(table.c.id, table.c.terms, *columns[table.name])):
            found.counts[TEXTS] += 1
            said = missing.pop(key, None)
            if said is None:
                found.wrong(TEXTS, f"{table.name} {key}: the log does not have it")
            elif said[-1] != sha256(text):
                found.wrong(TEXTS, f"{table.name} {key}: the text is not the one whose SHA-256 the log has")
            elif said[:-1] != tuple(row):
                found.wrong(TEXTS, f"{table.name} {key}: the log says otherwise of its day, number or name")
    for key, said in missing.items():
        table_name = "policy_versions" if len(said) > len(columns["program_terms"]) + 1 else "program_terms"
        found.wrong(TEXTS, f"{table_name} {key}: the log has it, and the table does not")


def _check_roster(tx: Transaction, found: Found, seen: _Seen) -> None:
    columns = enrolments.c
    rows = tx.ask(select(columns.id, columns.participant_id, columns.program_id, columns.first_day, columns.last_day))
    for key, *row in rows:
        found.counts[ROSTER] += 1
        if seen.enrolled.pop(key, None) != tuple(row):
            found.wrong(ROSTER, f"enrolment {key}: the log says otherwise")
    for key in seen.enrolled:
        found.wrong(ROSTER, f"enrolment {key}: the log has it, and the roster does not")


def _check_heads(tx: Transaction, found: Found, seen: _Seen) -> None:
    digests = {on: bytes(digest) for on, _, digest in tx.rows(HEADS)}
    for on, _, latest in seen.heads:
        found.counts[HEAD] += 1
        if head(latest) != digests[on]:
            found.wrong(HEAD, f"head of {on}: the chains of that day give another one")
