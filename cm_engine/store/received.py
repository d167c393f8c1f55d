"""Received: which fact came under which id of its sender."""

from typing import NamedTuple

from sqlalchemy import bindparam, insert, select

from cm_engine.facts import EventRecorded, ResultCorrected
from cm_engine.store.codec import read_fact
from cm_engine.store.database import Statement, Transaction
from cm_engine.store.tables import log, received

KNOWN = Statement(
    select(log.c.chain, log.c.seq, log.c.fact, log.c.key, log.c.body)
    .join_from(received, log, (log.c.chain == received.c.chain) & (log.c.seq == received.c.seq))
    .where(received.c.site_id == bindparam("site"), received.c.sender_id == bindparam("sender"))
)
RECEIVE = Statement(insert(received))


class Known(NamedTuple):
    """A fact that came under a sender's id."""

    chain: str
    seq: int
    fact: EventRecorded | ResultCorrected


def known(tx: Transaction, site: str, sender_id: str) -> Known | None:
    """Find what came under a sender's id at a site."""
    row = tx.row(KNOWN, {"site": site, "sender": sender_id})
    if row is None:
        return None
    chain, seq, word, key, body = row
    fact = read_fact(word, key, body)
    assert isinstance(fact, EventRecorded | ResultCorrected)  # noqa: S101 - nothing else comes under a sender's id
    return Known(chain, seq, fact)


def receive(tx: Transaction, site: str, sender_id: str, chain: str, seq: int) -> None:
    """Note that a fact came under a sender's id; nothing where it has none."""
    if sender_id:
        tx.run(RECEIVE, {"site_id": site, "sender_id": sender_id, "chain": chain, "seq": seq})
