"""Verify: whether the books are what the log says, every chain holds, and every draw re-computes.

Each participant's facts are folded anew, by the same rules that recorded them, and compared with what was posted and with
where the participant is said to stand.
"""

import hashlib
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple, get_args

import orjson
from sqlalchemy import Column, ColumnElement, Table, func, select

from cm_engine import ledger
from cm_engine.drawing import commitment
from cm_engine.engine import Engine
from cm_engine.errors import CmError
from cm_engine.facts import WORDS, AuditSigned, PolicyProposed, PolicyPublished, ProgramFact, ProgramSet, SlipPicked
from cm_engine.rest import collector_off
from cm_engine.standing import Standing
from cm_engine.store.chains import kept_text
from cm_engine.store.codec import entry_row, read_fact
from cm_engine.store.database import Row, Statement, Transaction
from cm_engine.store.links import BEGINNING, head_line, link, sha256
from cm_engine.store.tables import (
    audits,
    cards,
    enrolments,
    entries,
    heads,
    log,
    name_index,
    notes,
    people,
    policy_proposals,
    policy_versions,
    program_terms,
    received,
    reservations,
    seals,
    standings,
    stock,
)
from cm_engine.store.triggers import trigger_names, triggers_missing
from cm_engine.vault import VaultError

ROWS = Statement(select(*log.c).order_by(log.c.chain, log.c.seq))
ENTRIES = Statement(select(*entries.c).order_by(entries.c.chain, entries.c.seq, entries.c.place))
STANDINGS = Statement(select(standings.c.chain, standings.c.seq, standings.c.digest, standings.c.state))
HEADS = Statement(
    select(heads.c.on_day, heads.c.made_at, heads.c.chains, heads.c.facts, heads.c.digest).order_by(heads.c.made_at)
)


class Fault(NamedTuple):
    """One thing that is not as it should be, and which check found it."""

    check: str
    what: str


CHAIN = "every row of the log is linked to the one before"
BOOKS = "the entries are what the log says"
STANDS = "where everybody stands is what the log leads to"
DRAWS = "every draw re-computes"
SEALS = "every open draw has the bytes that were sealed"
STOCK = "the cabinet holds what the books say"
WAITING = "what waits to be handed over is what the log says"
TEXTS = "published texts are the ones that were published"
ROSTER = "enrolments are those of the log"
HEAD = "the daily heads hold"
BESIDE = "names, cards, notes, senders' ids and sealed bytes lie beside what they belong to"
GUARDS = "what is written once is guarded by its triggers"

CHECKS = (CHAIN, BOOKS, STANDS, DRAWS, SEALS, STOCK, WAITING, TEXTS, ROSTER, HEAD, BESIDE, GUARDS)


@dataclass
class Found:
    """What was looked at, how often, the faults, and who has open draws by the log."""

    counts: Counter[str] = field(default_factory=Counter)
    faults: list[Fault] = field(default_factory=list)
    drawing: list[str] = field(default_factory=list)

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
    published: "dict[str, Published]" = field(default_factory=dict)
    enrolled: dict[str, tuple[str, str, str, str | None]] = field(default_factory=dict)
    open_draws: dict[str, str] = field(default_factory=dict)
    reserved: dict[str, tuple[str, str]] = field(default_factory=dict)
    heads: "_Heads" = field(default_factory=lambda: _Heads([]))


def verify(engine: Engine) -> Found:
    """Check everything, as it was at one moment."""
    with engine.database.reading() as tx:
        return verify_in(engine, tx)


def verify_in(engine: Engine, tx: Transaction) -> Found:
    """Check everything, as a transaction sees it."""
    found = Found()
    engine.forget()
    try:
        rulebook = engine.published(tx).rulebook
    except (CmError, KeyError, ValueError) as error:  # nothing can be computed by a text that cannot be read
        _check_texts(tx, found, _published(tx))
        _check_guards(tx, found)
        found.wrong(TEXTS, f"what is published cannot be read ({error}), and nothing else can be checked until it is")
        return found
    kept = {chain: (seq, bytes(digest), state) for chain, seq, digest, state in tx.rows(STANDINGS)}
    seen = _Seen(heads=_Heads(tx.rows(HEADS)))
    posted = _Posted(tx.stream(ENTRIES), found)
    with collector_off():
        for chain, rows in groupby(tx.stream(ROWS), key=itemgetter(0)):
            by_seq = posted.of_chain(chain)
            _Chain(chain, found, seen, Standing(chain, rulebook), kept.pop(chain, None)).check(rows, by_seq)
    posted.finish()
    for chain, (seq, _, _) in kept.items():
        if seq:
            found.wrong(CHAIN, f"chain {chain}: all of its {seq} rows are gone")
    _check_seals(engine, tx, found, seen)
    _check_stock(tx, found, seen)
    _check_waiting(tx, found, seen)
    _check_texts(tx, found, seen.published)
    _check_roster(tx, found, seen)
    seen.heads.check(found)
    _check_beside(tx, found)
    _check_guards(tx, found)
    return found


def _check_guards(tx: Transaction, found: Found) -> None:
    found.counts[GUARDS] += len(trigger_names(tx.kind))
    for name in triggers_missing(tx):
        found.wrong(
            GUARDS,
            f"trigger {name}: it is not there, or is switched off, or is another one, so rows could be changed unseen",
        )


class _Posted:
    """The entries, in the log's order, by the row of the log that posted them."""

    def __init__(self, rows: Iterator[Row], found: Found) -> None:
        self._chains = groupby(rows, key=itemgetter(0))
        self._found = found
        self._next = next(self._chains, None)

    def of_chain(self, chain: str) -> dict[int, list[Row]]:
        """Give the entries of a chain by their row; entries of a chain that the log does not have are faults."""
        while self._next is not None and self._next[0] < chain:
            self._lost()
        if self._next is None or self._next[0] != chain:
            return {}
        by_seq: dict[int, list[Row]] = {}
        for row in self._next[1]:
            by_seq.setdefault(row[1], []).append(row[3:])
        self._next = next(self._chains, None)
        return by_seq

    def finish(self) -> None:
        """Name the entries behind the last chain."""
        while self._next is not None:
            self._lost()

    def _lost(self) -> None:
        if self._next is not None:
            self._found.wrong(BOOKS, f"chain {self._next[0]}: entries of a chain that the log does not have")
            self._next = next(self._chains, None)


@dataclass(slots=True)
class _Computed:
    """A head as the log gives it, chain by chain."""

    chains: int = 0
    facts: int = 0
    digest: Any = field(default_factory=hashlib.sha256)


class _Heads:
    """All heads that are kept, in the order of their moments, and beside each what the log says."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._kept = rows
        self._moments = [made_at for _, made_at, *_ in rows]
        self._computed = [_Computed() for _ in rows]

    def note(self, chain: str, links: Sequence[tuple[str, int, bytes]]) -> None:
        """Note the latest link that a chain had at the moment of each head: walk back, and give each the heads since it."""
        until = len(self._moments)
        for recorded_at, seq, digest in reversed(links):
            if not until:
                return
            if recorded_at > self._moments[until - 1]:
                continue
            since = bisect_left(self._moments, recorded_at)
            line = head_line(chain, seq, digest)
            for computed in self._computed[since:until]:
                computed.chains += 1
                computed.facts += seq
                computed.digest.update(line)
            until = since

    def check(self, found: Found) -> None:
        """Hold each head against what the log says."""
        for (on, _, chains, facts, digest), computed in zip(self._kept, self._computed, strict=True):
            found.counts[HEAD] += 1
            if computed.digest.digest() != bytes(digest):
                found.wrong(HEAD, f"head of {on}: the chains of that day give another one")
            elif (computed.chains, computed.facts) != (chains, facts):
                counted = f"{computed.chains} chains and {computed.facts} facts, and it says {chains} and {facts}"
                found.wrong(HEAD, f"head of {on}: it is over {counted}")


class _Chain:
    """One chain, checked row by row."""

    def __init__(
        self, name: str, found: Found, seen: _Seen, standing: Standing, kept: tuple[int, bytes, str] | None
    ) -> None:
        self._name = name
        self._found = found
        self._seen = seen
        self._kept = kept
        self._standing = standing
        self._is_folded = True

    def check(self, rows: Iterable[Row], posted: dict[int, list[Row]]) -> None:
        """Check each row's link, and what it posted."""
        name, latest, seq = self._name, BEGINNING, 0
        links: list[tuple[str, int, bytes]] = []
        for _, row_seq, word, key, recorded_at, actor, body, digest in rows:
            seq += 1
            if row_seq != seq:
                self._found.wrong(CHAIN, f"{self._at(seq)}: the row is missing")
                seq = row_seq
            written = posted.pop(seq, NOTHING)
            if link(latest, (name, str(seq), word, key or "", recorded_at, actor, body), written) != digest:
                self._found.wrong(
                    CHAIN, f"{self._at(seq)}: the row or its entries were changed ({word}, {recorded_at})"
                )
            latest = bytes(digest)
            links.append((recorded_at, seq, latest))
            self._take(seq, word, key, body, written)
        for lost in posted:
            self._found.wrong(BOOKS, f"{self._at(lost)}: entries without a row of the log")
        self._found.counts[CHAIN] += len(links)
        self._seen.heads.note(name, links)
        self._check_standing(seq, latest)
        self._standing.close()

    def _at(self, seq: int) -> str:
        return f"chain {self._name}, row {seq}"

    def _take(self, seq: int, word: str, key: str | None, body: str, written: Sequence[Row]) -> None:
        try:
            fact: Any = read_fact(word, key, body)
        except (ValueError, KeyError, TypeError) as error:
            self._found.wrong(CHAIN, f"{self._at(seq)}: this is no fact ({type(error).__name__})")
            self._is_folded = False
            return
        for debit, credit, unit, number, *_ in written:
            if unit == ledger.PRIZES:
                self._seen.balances[debit] -= number
                self._seen.balances[credit] += number
        if isinstance(fact, PROGRAM_FACTS):
            if isinstance(fact, WITH_TEXTS):
                self._seen.published[fact.id] = _text_of(self._name, fact)
        elif self._is_folded:
            self._fold(seq, fact, written)

    def _fold(self, seq: int, fact: Any, written: Sequence[Row]) -> None:
        is_pick = type(fact) is SlipPicked
        try:
            entries = self._standing.take(fact).entries
        except CmError as error:
            self._found.wrong(DRAWS if is_pick else BOOKS, f"{self._at(seq)}: {error}")
            self._is_folded = False
            return
        if is_pick:
            self._found.counts[DRAWS] += 1
        if not entries and not written:
            return
        self._found.counts[BOOKS] += len(written)
        if [entry_row(entry) for entry in entries] != written:
            due = "; ".join(f"{e.amount} {e.unit} from {e.debit} to {e.credit}" for e in entries) or "nothing"
            self._found.wrong(BOOKS, f"{self._at(seq)}: by the log it posts {due}; the entries say otherwise")

    def _check_standing(self, seq: int, digest: bytes) -> None:
        if self._kept is None:
            self._found.wrong(STANDS, f"chain {self._name}: where it stands is missing")
            return
        kept_seq, kept_digest, state = self._kept
        if (kept_seq, kept_digest) != (seq, digest):
            self._found.wrong(
                CHAIN, f"chain {self._name}: it ends with row {seq}, and is said to end with row {kept_seq}"
            )
        if self._standing.enrolments and self._is_folded:
            self._check_fold(state)

    def _check_fold(self, state: str) -> None:
        self._found.counts[STANDS] += 1
        if self._standing.draws:
            self._found.drawing.append(self._name)
        self._seen.open_draws |= {draw: opened.sha256 for draw, opened in self._standing.draws.items()}
        for redemption, reserved in self._standing.reserved.items():
            self._seen.reserved[redemption] = (self._name, reserved.prize)
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
    folded = kept_text(standing)
    if folded == state:
        return True
    now, kept = orjson.loads(folded), _parsed(state)
    if kept.get("counting") != now["counting"]:
        kept |= {key: now[key] for key in ("counting", "spent")}
    return bool(now == kept)


def _parsed(state: str) -> dict[str, Any]:
    try:
        kept = orjson.loads(state)
    except ValueError:
        return {}
    return kept if isinstance(kept, dict) else {}


PROGRAM_FACTS = get_args(ProgramFact)

NOTHING: list[Row] = []


def _check_seals(engine: Engine, tx: Transaction, found: Found, seen: _Seen) -> None:
    """Open the bytes of every open draw, and hold them against the SHA-256 that was shown."""
    sealed = {draw: bytes(token) for draw, token in tx.ask(select(seals.c.draw_id, seals.c.sealed))}
    for draw, sha256_shown in seen.open_draws.items():
        found.counts[SEALS] += 1
        token = sealed.pop(draw, None)
        if token is None:
            found.wrong(SEALS, f"draw {draw}: its bytes are gone; have it sealed anew")
        elif (what := _wrong_seal(engine, token, sha256_shown)) is not None:
            found.wrong(SEALS, f"draw {draw}: {what}")
    for draw in sealed:
        found.wrong(SEALS, f"draw {draw}: bytes are kept of a draw that is not open")


def _wrong_seal(engine: Engine, token: bytes, sha256_shown: str) -> str | None:
    try:
        secret = engine.vault.open_bytes(token)
    except VaultError as error:
        return str(error)
    return None if commitment(secret) == sha256_shown else "its bytes are not the ones whose SHA-256 was shown"


def _check_stock(tx: Transaction, found: Found, seen: _Seen) -> None:
    there: dict[str, int] = dict(tx.ask(select(stock.c.prize_id, stock.c.on_hand)))
    for prize, on_hand in there.items():
        found.counts[STOCK] += 1
        books = seen.balances[ledger.account(ledger.STOCK, prize)]
        if books != on_hand:
            found.wrong(STOCK, f"prize {prize}: the books say {books}, and the cabinet {on_hand}")
    for account, books in seen.balances.items():
        if books and account.startswith(f"{ledger.STOCK}@") and ledger.owner(account) not in there:
            found.wrong(STOCK, f"prize {ledger.owner(account)}: the books say {books}, and the cabinet has none of it")


def _check_waiting(tx: Transaction, found: Found, seen: _Seen) -> None:
    columns = reservations.c
    for redemption, *row in tx.ask(select(columns.redemption_id, columns.participant_id, columns.prize_id)):
        found.counts[WAITING] += 1
        if seen.reserved.pop(redemption, None) != tuple(row):
            found.wrong(WAITING, f"redemption {redemption}: the log says otherwise")
    for redemption in seen.reserved:
        found.wrong(WAITING, f"redemption {redemption}: by the log it waits, and it is not listed")


def _check_beside(tx: Transaction, found: Found) -> None:
    """Look whether what lies beside the log has its row, or its chain, there; nothing is opened."""
    for table, row, belongs in LYING_BESIDE:
        found.counts[BESIDE] += tx.ask(select(func.count()).select_from(table))[0][0]
        for told in tx.ask(select(*row).where(~select(1).where(belongs).exists())):
            found.wrong(BESIDE, f"{table.name} {' '.join(map(str, told))}: the log has nothing that it belongs to")


def _row_of(table: Table) -> ColumnElement[bool]:
    return (log.c.chain == table.c.chain) & (log.c.seq == table.c.seq)


LYING_BESIDE: tuple[tuple[Table, tuple[Column[Any], ...], ColumnElement[bool]], ...] = (
    (people, (people.c.participant_id,), (log.c.chain == people.c.participant_id) & (log.c.seq == 1)),
    (name_index, (name_index.c.participant_id,), people.c.participant_id == name_index.c.participant_id),
    (notes, (notes.c.chain, notes.c.seq), _row_of(notes)),
    (received, (received.c.chain, received.c.seq), _row_of(received)),
    (cards, (cards.c.id,), (log.c.chain == cards.c.participant_id) & (log.c.seq == 1)),
    (seals, (seals.c.draw_id,), (log.c.chain == seals.c.chain) & (log.c.seq == 1)),
)


# A published text as its row should have it: table, program, what else is said of it, and the SHA-256 of the text.
Published = tuple[object, ...]


WithText = PolicyProposed | PolicyPublished | ProgramSet | AuditSigned
WITH_TEXTS = get_args(WithText)


def _text_of(program: str, fact: WithText) -> Published:
    """Give what the log says of a text that was published or proposed, or of what an audit found."""
    if isinstance(fact, AuditSigned):
        return audits.name, program, fact.kind, fact.period, fact.number, fact.sha256
    if isinstance(fact, PolicyProposed):
        return policy_proposals.name, program, fact.policy, fact.sha256
    if isinstance(fact, PolicyPublished):
        return policy_versions.name, program, fact.policy, fact.number, fact.from_day.isoformat(), fact.sha256
    return program_terms.name, program, fact.from_day.isoformat(), fact.sha256


def _published(tx: Transaction) -> dict[str, Published]:
    """Read from the log alone what was published."""
    published: dict[str, Published] = {}
    columns = (log.c.chain, log.c.fact, log.c.key, log.c.body)
    words = [word for word, kind in WORDS.items() if kind in WITH_TEXTS]
    for chain, *written in tx.ask(select(*columns).where(log.c.fact.in_(words))):
        fact = read_fact(*written)
        if isinstance(fact, WITH_TEXTS):
            published[fact.id] = _text_of(chain, fact)
    return published


def _check_texts(tx: Transaction, found: Found, published: dict[str, Published]) -> None:
    rows = dict(_text_rows(tx))
    found.counts[TEXTS] += len(rows)
    for key in sorted(published.keys() | rows.keys()):
        said, row = published.get(key), rows.get(key)
        if said is None:
            found.wrong(TEXTS, f"{rows[key][0]} {key}: the log does not have it")
        elif row is None:
            found.wrong(TEXTS, f"{said[0]} {key}: the log has it, and the table does not")
        elif row[-1] != said[-1]:
            found.wrong(TEXTS, f"{said[0]} {key}: the text is not the one whose SHA-256 the log has")
        elif row != said:
            found.wrong(TEXTS, f"{said[0]} {key}: the log says otherwise of its program, name, number or day")


def _text_rows(tx: Transaction) -> Iterator[tuple[str, Published]]:
    versions, terms, signed, proposed = policy_versions.c, program_terms.c, audits.c, policy_proposals.c
    for table, text, columns in (
        (policy_versions, versions.terms, (versions.program_id, versions.policy, versions.number, versions.from_day)),
        (program_terms, terms.terms, (terms.program_id, terms.from_day)),
        (policy_proposals, proposed.content, (proposed.program_id, proposed.policy)),
        (audits, signed.found, (signed.program_id, signed.kind, signed.period, signed.number)),
    ):
        for key, written, *row in tx.ask(select(table.c.id, text, *columns)):
            yield key, (table.name, *row, sha256(written))


def _check_roster(tx: Transaction, found: Found, seen: _Seen) -> None:
    columns = enrolments.c
    rows = tx.ask(select(columns.id, columns.participant_id, columns.program_id, columns.first_day, columns.last_day))
    for key, *row in rows:
        found.counts[ROSTER] += 1
        if seen.enrolled.pop(key, None) != tuple(row):
            found.wrong(ROSTER, f"enrolment {key}: the log says otherwise")
    for key in seen.enrolled:
        found.wrong(ROSTER, f"enrolment {key}: the log has it, and the roster does not")
