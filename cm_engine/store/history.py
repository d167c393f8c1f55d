"""History: the facts of one chain with who recorded them and when, and what each moved."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import NamedTuple

from sqlalchemy import bindparam, select, union_all

from cm_engine.facts import Fact
from cm_engine.ledger import Entry, owner
from cm_engine.store.codec import read_fact
from cm_engine.store.database import Row, Statement, Transaction
from cm_engine.store.several import Several
from cm_engine.store.tables import entries, log, staff, tokens

_COLUMNS = (log.c.seq, log.c.fact, log.c.key, log.c.recorded_at, log.c.actor, log.c.body)
ALL = Statement(select(*_COLUMNS).where(log.c.chain == bindparam("of")).order_by(log.c.seq))
LATEST = Statement(
    select(*_COLUMNS)
    .where(log.c.chain == bindparam("of"), log.c.seq < bindparam("before"))
    .order_by(log.c.seq.desc())
    .limit(bindparam("most"))
)
EVENT = Statement(select(*_COLUMNS).where(log.c.chain == bindparam("of"), log.c.key == bindparam("event")))
OF_KIND = Statement(
    select(*_COLUMNS).where(log.c.chain == bindparam("of"), log.c.fact == bindparam("kind")).order_by(log.c.seq)
)
# What settled an event was posted with it, or with a correction behind it.
POSTED = Several(
    lambda ids: (
        select(entries.c.chain, entries.c.debit, entries.c.credit, entries.c.unit, entries.c.amount, entries.c.event)
        .join_from(log, entries, (entries.c.chain == log.c.chain) & (entries.c.seq >= log.c.seq))
        .where(log.c.key.in_(ids), entries.c.event == log.c.key)
    )
)

FURTHEST = 2**31 - 1


class Noted(NamedTuple):
    """A fact as the log has it: its number in the chain, when it was recorded and by whom."""

    seq: int
    recorded_at: str
    actor: str
    fact: Fact


def all_noted(tx: Transaction, chain: str) -> list[Noted]:
    """Give the facts of a chain, in their order."""
    return [_noted(row) for row in tx.rows(ALL, {"of": chain})]


def latest_noted(tx: Transaction, chain: str, most: int, before: int | None = None) -> list[Noted]:
    """Give at most so many facts of a chain, the latest first; those before a number, where one is given."""
    furthest = max(0, min(before or FURTHEST, FURTHEST))
    return [_noted(row) for row in tx.rows(LATEST, {"of": chain, "most": most, "before": furthest})]


def noted(tx: Transaction, chain: str, event: str) -> Noted | None:
    """Give the fact that began an event, a draw or the like, by its id; None where the chain has none."""
    row = tx.row(EVENT, {"of": chain, "event": event})
    return _noted(row) if row else None


def noted_of_kind(tx: Transaction, chain: str, word: str) -> list[Noted]:
    """Give the facts of a chain that are of one kind, by its word, in their order."""
    return [_noted(row) for row in tx.rows(OF_KIND, {"of": chain, "kind": word})]


def moved(tx: Transaction, chain: str, first: int, last: int) -> dict[int, list[Entry]]:
    """Give what the facts of a chain posted, by their numbers from one to another."""
    found: defaultdict[int, list[Entry]] = defaultdict(list)
    columns = entries.c
    query = (
        select(
            columns.seq, columns.debit, columns.credit, columns.unit, columns.amount, columns.posted_on, columns.event
        )
        .where(columns.chain == chain, columns.seq >= first, columns.seq <= last)
        .order_by(columns.seq, columns.place)
    )
    for seq, *entry in tx.ask(query):
        found[seq].append(Entry(*entry))
    return found


def earned(tx: Transaction, events: Sequence[str]) -> dict[str, dict[str, int]]:
    """Give what some events earned, with all that corrections of them added or took back, by unit."""
    found: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for chain, debit, credit, unit, amount, event in POSTED.rows(tx, events):
        gain = (owner(credit) == chain) - (owner(debit) == chain)
        found[event][unit] = found[event].get(unit, 0) + gain * amount
    return {event: {unit: amount for unit, amount in by_unit.items() if amount} for event, by_unit in found.items()}


def staff_names(tx: Transaction, ids: Collection[str]) -> dict[str, str]:
    """Give the names of staff by their ids, and the titles of tokens; a job has none."""
    people = select(staff.c.id, staff.c.name).where(staff.c.id.in_(ids))
    programs = select(tokens.c.id, tokens.c.title).where(tokens.c.id.in_(ids))
    return dict(tx.ask(union_all(people, programs)))


def _noted(row: Row) -> Noted:
    seq, word, key, recorded_at, actor, body = row
    return Noted(seq, recorded_at, actor, read_fact(word, key, body))
