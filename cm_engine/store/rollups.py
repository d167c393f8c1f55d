"""Rollups: sums for reports, how they are changed, and how they are read. All of them are as of one moment."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Table, bindparam, delete, func, insert, or_, select, text

from cm_engine.contribution import Contribution, Mark
from cm_engine.store.database import Row, Statement, Transaction
from cm_engine.store.tables import (
    rollup_chains,
    rollup_made,
    rollups,
    rollups_by_actor,
    rollups_by_person,
    rollups_by_start,
    standings,
)

# The form of what is summed; another number makes all of it anew.
FORM = 1

AT_ONCE = 400


def _adding(table: Table) -> Statement:
    """Make the statement that adds an amount to what is there."""
    names = [column.name for column in table.columns]
    values = ", ".join(f":{name}" for name in names)
    keys = ", ".join(column.name for column in table.primary_key.columns)
    return Statement(
        text(
            f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({values}) "  # noqa: S608 - names of our own tables
            f"ON CONFLICT ({keys}) DO UPDATE SET amount = {table.name}.amount + excluded.amount"
        )
    )


ADD_SUM, ADD_DEED, ADD_COHORT = map(_adding, (rollups, rollups_by_actor, rollups_by_start))
MARK = Statement(insert(rollups_by_person))
REACHED = Statement(
    text(
        "INSERT INTO rollup_chains (chain, seq) VALUES (:chain, :seq) ON CONFLICT (chain) DO UPDATE SET seq = excluded.seq"
    )
)
MADE = Statement(select(rollup_made.c.as_of, rollup_made.c.form, rollup_made.c.facts))
FACTS = Statement(select(func.coalesce(func.sum(rollup_chains.c.seq), 0)))
CHANGED = Statement(
    select(standings.c.chain, func.coalesce(rollup_chains.c.seq, 0))
    .select_from(standings.outerjoin(rollup_chains, rollup_chains.c.chain == standings.c.chain))
    .where(or_(rollup_chains.c.seq.is_(None), rollup_chains.c.seq != standings.c.seq))
    .order_by(standings.c.chain)
)
OLDEST = Statement(
    select(func.min(rollups.c.on_day)).where(
        rollups.c.program_id == bindparam("program"), rollups.c.measure == bindparam("of"), rollups.c.amount > 0
    )
)
SUMS = Statement(
    select(rollups.c.on_day, rollups.c.measure, rollups.c.unit, rollups.c.amount).where(
        rollups.c.program_id == bindparam("program"),
        rollups.c.on_day >= bindparam("first"),
        rollups.c.on_day <= bindparam("last"),
    )
)
DEEDS = Statement(
    select(rollups_by_actor.c.actor, rollups_by_actor.c.measure, func.sum(rollups_by_actor.c.amount))
    .where(
        rollups_by_actor.c.program_id == bindparam("program"),
        rollups_by_actor.c.on_day >= bindparam("first"),
        rollups_by_actor.c.on_day <= bindparam("last"),
    )
    .group_by(rollups_by_actor.c.actor, rollups_by_actor.c.measure)
)
COHORTS = Statement(
    select(
        rollups_by_start.c.first_day, rollups_by_start.c.measure, rollups_by_start.c.number, rollups_by_start.c.amount
    ).where(
        rollups_by_start.c.program_id == bindparam("program"),
        rollups_by_start.c.first_day >= bindparam("first"),
        rollups_by_start.c.first_day <= bindparam("last"),
    )
)


class Made(NamedTuple):
    """As of when the rollups are, in which form, and how many facts are in them."""

    as_of: str
    form: int
    facts: int


def made(tx: Transaction) -> Made | None:
    """Tell as of when the rollups are; None before they were ever made."""
    row = tx.row(MADE)
    return Made(*row) if row else None


def changed_chains(tx: Transaction) -> list[tuple[str, int]]:
    """Give the chains that went on since they were summed, each with the number of the last fact that is in the sums."""
    return [(chain, seq) for chain, seq in tx.rows(CHANGED)]


def hold(tx: Transaction) -> None:
    """Let nobody else put sums in place until the transaction ends."""
    if tx.kind == "postgresql":
        tx.do(text("LOCK TABLE rollup_made IN EXCLUSIVE MODE"))


def forget_all(tx: Transaction) -> None:
    """Remove all sums, to make them anew."""
    for table in (rollups, rollups_by_actor, rollups_by_start, rollups_by_person, rollup_chains):
        tx.do(delete(table))


def add(tx: Transaction, more: Contribution) -> None:
    """Add differences to the sums; what comes to nothing is not kept."""
    _add(tx, ADD_SUM, rollups, ((of.program, of.measure, of.unit, of.on.isoformat()) for of in more.sums), more.sums)
    deeds = ((of.program, of.on.isoformat(), of.actor, of.measure) for of in more.deeds)
    _add(tx, ADD_DEED, rollups_by_actor, deeds, more.deeds)
    cohorts = ((of.program, of.first_day.isoformat(), of.measure, of.number) for of in more.cohorts)
    _add(tx, ADD_COHORT, rollups_by_start, cohorts, more.cohorts)


def _add(
    tx: Transaction,
    statement: Statement,
    table: Table,
    keys: Iterable[Row],
    amounts: Counter[Any],
) -> None:
    rows = [(*key, amount) for key, amount in zip(keys, amounts.values(), strict=True) if amount]
    tx.run_many(statement, sorted(rows))
    tx.do(delete(table).where(table.c.amount == 0))


def put_marks(tx: Transaction, marks: dict[str, frozenset[Mark]]) -> None:
    """Put what some people are in the place of what they were."""
    people = sorted(marks)
    for start in range(0, len(people), AT_ONCE):
        these = people[start : start + AT_ONCE]
        tx.do(delete(rollups_by_person).where(rollups_by_person.c.participant_id.in_(these)))
    rows = [
        (mark.program, mark.what, participant, mark.from_day.isoformat(), mark.until.isoformat())
        for participant, held in sorted(marks.items())
        for mark in sorted(held)
    ]
    tx.run_many(MARK, rows)


def reach(tx: Transaction, chains: Sequence[tuple[str, int]], as_of: str) -> None:
    """Note up to which fact each chain is in the sums, and as of when all are."""
    tx.run_many(REACHED, chains)
    [(facts,)] = tx.rows(FACTS)
    tx.do(delete(rollup_made))
    tx.do(insert(rollup_made).values(as_of=as_of, form=FORM, facts=int(facts)))


def sums_between(tx: Transaction, program: str, first: date, last: date) -> dict[date, dict[tuple[str, str], int]]:
    """Give the sums of a program's days, by measure and unit."""
    found: defaultdict[date, dict[tuple[str, str], int]] = defaultdict(dict)
    for day, measure, unit, amount in tx.rows(SUMS, _between(program, first, last)):
        found[date.fromisoformat(day)][measure, unit] = amount
    return dict(found)


def steps_until(tx: Transaction, program: str, measures: Sequence[str], until: date) -> dict[str, int]:
    """Give, of each of some measures, the sum over all days until one: what holds on that day. One may end with %: all that begin so."""
    named = [name for name in measures if not name.endswith("%")]
    wanted = or_(
        rollups.c.measure.in_(named), *(rollups.c.measure.like(name) for name in measures if name not in named)
    )
    of_program = (rollups.c.program_id == program) & (rollups.c.on_day <= until.isoformat())
    query = select(rollups.c.measure, func.sum(rollups.c.amount)).where(of_program, wanted).group_by(rollups.c.measure)
    return {measure: int(amount) for measure, amount in tx.ask(query)}


def paid_between(tx: Transaction, programs: Sequence[str], first: date, last: date) -> dict[str, int]:
    """Give what each payer paid in some programs from a day until another, in cents, by the payer's id."""
    days = (rollups.c.on_day >= first.isoformat()) & (rollups.c.on_day <= last.isoformat())
    wanted = rollups.c.program_id.in_(programs) & rollups.c.measure.like("paid:%") & days
    query = select(rollups.c.measure, func.sum(rollups.c.amount)).where(wanted).group_by(rollups.c.measure)
    return {measure.removeprefix("paid:"): int(amount) for measure, amount in tx.ask(query)}


def oldest(tx: Transaction, program: str, measure: str) -> date | None:
    """Give the first day of a program that has anything of a measure."""
    row = tx.row(OLDEST, {"program": program, "of": measure})
    return date.fromisoformat(row[0]) if row and row[0] else None


def deeds_between(tx: Transaction, program: str, first: date, last: date) -> dict[str, dict[str, int]]:
    """Give what each actor did in a program from a day until another."""
    found: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for actor, measure, amount in tx.rows(DEEDS, _between(program, first, last)):
        found[actor][measure] = int(amount)
    return dict(found)


def cohorts_between(tx: Transaction, program: str, first: date, last: date) -> Iterator[tuple[date, str, int, int]]:
    """Give the enrolments that began from a day until another: first day, measure, number, how many."""
    for day, measure, number, amount in tx.rows(COHORTS, _between(program, first, last)):
        yield date.fromisoformat(day), measure, number, amount


def _between(program: str, first: date, last: date) -> dict[str, str]:
    return {"program": program, "first": first.isoformat(), "last": last.isoformat()}
