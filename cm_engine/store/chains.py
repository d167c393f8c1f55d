"""Chains: the facts of a participant or a program, read and added to.

Adding needs the latest link and where the chain stands, one row; the history is read only where a fact is more than an
addition. Whoever writes to a chain holds its row until the transaction ends, so that two never write to one at a time.
Nothing is recorded at or before the moment of a head, whatever the clock says: a head that was kept stays true.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

import orjson
from sqlalchemy import bindparam, insert, select, update

from cm_engine.caps import HistoryNeededError
from cm_engine.clock import read, written
from cm_engine.facts import Fact, ParticipantFact
from cm_engine.ledger import Entry
from cm_engine.rulebook import Rulebook
from cm_engine.standing import Posted, RefusedError, Standing
from cm_engine.store.codec import entry_row, read_fact, write_fact
from cm_engine.store.database import Row, Statement, StoreError, Transaction
from cm_engine.store.links import BEGINNING, link
from cm_engine.store.remembered import Remembered, Stood
from cm_engine.store.several import Several
from cm_engine.store.stamp import STAMP
from cm_engine.store.tables import entries, heads, log, standings

SEALED_UNTIL = select(heads.c.made_at).order_by(heads.c.on_day.desc()).limit(1).scalar_subquery()
LATEST = Statement(
    select(standings.c.seq, standings.c.digest, standings.c.state, STAMP, SEALED_UNTIL)
    .where(standings.c.chain == bindparam("of"))
    .with_for_update(of=standings)
)
BEGIN = Statement(insert(standings))
MOVE = Statement(
    update(standings)
    .where(standings.c.chain == bindparam("of"), standings.c.seq == bindparam("behind"))
    .values(seq=bindparam("seq"), digest=bindparam("digest"), state=bindparam("state"))
)
ADD = Statement(insert(log))
POST = Statement(insert(entries))
STATE = Statement(select(standings.c.state).where(standings.c.chain == bindparam("of")))
STATES = Several(lambda ids: select(standings.c.chain, standings.c.state).where(standings.c.chain.in_(ids)))
FACTS = Statement(select(log.c.fact, log.c.key, log.c.body).where(log.c.chain == bindparam("of")).order_by(log.c.seq))


Recall = Callable[[str, Rulebook, Mapping[str, Any]], Standing]


class Link(NamedTuple):
    """The latest link of a chain."""

    seq: int
    digest: bytes


class Chain:
    """A chain that is being added to in a transaction; nothing is written before `save`."""

    def __init__(self, tx: Transaction, name: str, latest: Link, recorded_at: str, actor: str) -> None:
        self._tx = tx
        self.name = name
        self._recorded_at = recorded_at
        self._actor = actor
        self._written = latest
        self.latest = latest
        self._rows: list[Row] = []
        self._entries: list[Row] = []

    def add(self, fact: Fact, posted: Sequence[Entry] = ()) -> int:
        """Add a fact and its entries; give its number in the chain."""
        word, key, body = write_fact(fact)
        seq = self.latest.seq + 1
        columns = [entry_row(entry) for entry in posted]
        row = (self.name, str(seq), word, key or "", self._recorded_at, self._actor, body)
        digest = link(self.latest.digest, row, columns)
        self._rows.append((self.name, seq, word, key, self._recorded_at, self._actor, body, digest))
        self._entries += [(self.name, seq, place, *entry) for place, entry in enumerate(columns)]
        self.latest = Link(seq, digest)
        return seq

    def save(self, state: str) -> None:
        """Write what was added, and where the chain now stands."""
        self._tx.run_many(ADD, self._rows)
        self._tx.run_many(POST, self._entries)
        moved = self._tx.run(
            MOVE,
            {
                "of": self.name,
                "behind": self._written.seq,
                "seq": self.latest.seq,
                "digest": self.latest.digest,
                "state": state,
            },
        )
        if moved != 1:
            raise StoreError(f"the chain {self.name} was written to by somebody else at the same time; try again")
        self._written = self.latest
        self._rows, self._entries = [], []


class Participant:
    """A participant's chain and standing, being added to in a transaction."""

    def __init__(self, chain: Chain, standing: Standing, rulebook: Rulebook) -> None:
        self._chain = chain
        self.standing = standing
        self._rulebook = rulebook
        self._taken: list[ParticipantFact] = []

    @property
    def id(self) -> str:
        """The participant's id."""
        return self._chain.name

    def take(self, fact: ParticipantFact) -> Posted:
        """Take a fact, and add it with what it posts. Raises RefusedError where it may not happen."""
        try:
            posted = self.standing.take(fact)
        except HistoryNeededError:
            self.remember()
            posted = self.standing.take(fact)
        self._taken.append(fact)
        self._chain.add(fact, posted.entries)
        return posted

    def remember(self) -> None:
        """Read the history, where there is need of it."""
        if not self.standing.has_history:
            history = [*facts_of(self._chain._tx, self.id), *self._taken]
            self.standing = standing_after(self.id, self._rulebook, history)

    @property
    def stood(self) -> Stood:
        """Where the participant stands, to be remembered once it is committed."""
        return Stood(self._chain.latest.digest, self._rulebook, self.standing)

    @property
    def latest_seq(self) -> int:
        """The number of the latest fact."""
        return self._chain.latest.seq

    def save(self) -> None:
        """Write what was taken."""
        if self._taken:
            self._chain.save(kept_text(self.standing))
            self._taken = []


def kept_text(standing: Standing) -> str:
    """Write where somebody stands as one line of JSON."""
    return orjson.dumps(standing.keep()).decode()


def standing_after(participant: str, rulebook: Rulebook, history: Sequence[ParticipantFact]) -> Standing:
    """Fold a history into where it leads."""
    standing = Standing(participant, rulebook)
    for fact in history:
        standing.take(fact)
    return standing


def begin_chain(tx: Transaction, name: str) -> None:
    """Begin an empty chain."""
    tx.run(BEGIN, {"chain": name, "seq": 0, "digest": BEGINNING, "state": ""})


class Held(NamedTuple):
    """A chain that is held until the transaction ends, where it stands, and the stamp of what is published."""

    chain: Chain
    state: str
    stamp: str | None

    def participant(self, tx: Transaction, rulebook: Rulebook, remembered: Remembered) -> Participant:
        """Stand where the participant stands whose chain it is."""
        name = self.chain.name
        standing = remembered.take(name, self.chain.latest.digest, rulebook)
        return Participant(self.chain, standing or recalled(tx, name, rulebook, self.state), rulebook)


def hold_chain(tx: Transaction, name: str, recorded_at: str, actor: str) -> Held:
    """Hold a chain until the transaction ends. Raises RefusedError for none.

    The row is held before the latest head is read, and a head is made only while nobody holds one.
    """
    row = tx.row(LATEST, {"of": name})
    if row is None:
        raise RefusedError(f"there is no participant or program {name}")
    seq, digest, state, stamp, sealed_until = row
    return Held(Chain(tx, name, Link(seq, bytes(digest)), _behind(sealed_until, recorded_at), actor), state, stamp)


def _behind(sealed_until: str | None, recorded_at: str) -> str:
    """Give the moment at which something is recorded: that of the clock, or one just behind the latest head."""
    if sealed_until is None or recorded_at > sealed_until:
        return recorded_at
    return written(read(sealed_until) + timedelta(microseconds=1))


def recalled(
    tx: Transaction, participant: str, rulebook: Rulebook, state: str, recall: Recall = Standing.recall
) -> Standing:
    """Stand where a kept state tells; where it does not tell enough, where the history leads."""
    if not state:
        return Standing(participant, rulebook)
    try:
        return recall(participant, rulebook, orjson.loads(state))
    except HistoryNeededError:
        return standing_after(participant, rulebook, list(facts_of(tx, participant)))


def standing_of(tx: Transaction, participant: str, rulebook: Rulebook) -> Standing:
    """Give where a participant stands, without holding the chain. Raises RefusedError for none."""
    row = tx.row(STATE, {"of": participant})
    if row is None:
        raise RefusedError(f"there is no participant {participant}")
    return recalled(tx, participant, rulebook, row[0])


def glimpses_of(tx: Transaction, participants: Sequence[str], rulebook: Rulebook) -> dict[str, Standing]:
    """Give what each of some participants has and where they take part, for a list; many take one query."""
    rows = list(STATES.rows(tx, participants))
    return {name: recalled(tx, name, rulebook, state, Standing.glimpse) for name, state in rows}


def facts_of(tx: Transaction, participant: str) -> Iterator[ParticipantFact]:
    """Give the facts of a participant, in their order."""
    for word, key, body in tx.rows(FACTS, {"of": participant}):
        yield read_fact(word, key, body)  # type: ignore[misc]
