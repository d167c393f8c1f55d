"""Roll up: sums for reports, as of a moment. Who did not change since is not looked at; what is added up by steps is what is made at once.

Of each participant with new facts, what the facts up to the last time contributed is taken off, and what all of them contribute is put
on: both by one fold. What is summed: `contribution`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import bindparam, select

from cm_engine.actions.requests import SYSTEM, Answer, Doing, Request, doing_it
from cm_engine.clock import read
from cm_engine.contribution import Contribution, Followed, Mark, Surroundings, Told
from cm_engine.engine import Engine
from cm_engine.store.codec import read_fact
from cm_engine.store.database import Statement, Transaction
from cm_engine.store.published import Published
from cm_engine.store.rollups import (
    FORM,
    Made,
    add,
    changed_chains,
    forget_all,
    hold,
    made,
    put_marks,
    reach,
    sums_between,
)
from cm_engine.store.tables import log, prizes

FACTS = Statement(
    select(log.c.seq, log.c.fact, log.c.key, log.c.body, log.c.recorded_at, log.c.actor)
    .where(log.c.chain == bindparam("of"))
    .order_by(log.c.seq)
)


def roll_up(engine: Engine, *, anew: bool = False) -> Answer:
    """Bring the sums up to date with the log; `anew`: forget them first, and sum all of it.

    They are added up beside those who record, and then put in place at once; not where somebody put others there meanwhile.
    """
    with engine.database.reading() as tx:
        doing = Doing(engine, tx, Request("", SYSTEM))
        before = made(tx)
        changes = _Changes(doing, anew=anew or before is None or before.form != FORM)
        for chain, seq in changes.chains():
            changes.add(chain, seq)

    def act(now: Doing) -> bool:
        return changes.keep(now.tx, before)

    kept = doing_it(engine, Request("", SYSTEM), act)
    return {"as_of": doing.recorded_at, "people": len(changes.marks) if kept else 0}


class _Link(NamedTuple):
    """A fact and its number in the chain."""

    seq: int
    told: Told


@dataclass
class _Changes:
    """What is to be added to the sums."""

    doing: Doing
    anew: bool
    more: Contribution = field(default_factory=Contribution)
    marks: dict[str, frozenset[Mark]] = field(default_factory=dict)
    reached: list[tuple[str, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._around = surroundings(self.doing.tx, self.doing.published)

    def chains(self) -> list[tuple[str, int]]:
        """Give whose facts are to be looked at, and how many of them are in the sums."""
        programs = self.doing.published.programs
        found = changed_chains(self.doing.tx) if not self.anew else _all_chains(self.doing.tx)
        return [(chain, seq) for chain, seq in found if chain not in programs]

    def add(self, participant: str, summed: int) -> None:
        """Take off what a participant's facts contributed, and put on what they do now."""
        followed = Followed(participant, self.doing.published.rulebook, self._around)
        seq = 0
        for seq, told in _facts(self.doing.tx, participant):
            followed.take(told)
            if seq == summed:
                self._put(followed.contribution(), -1)
        now = followed.contribution()
        self._put(now, 1)
        self.marks[participant] = now.marks
        self.reached.append((participant, seq))
        followed.close()

    def keep(self, tx: Transaction, before: Made | None) -> bool:
        """Put everything in place, but where others were put there since; tell whether it was."""
        hold(tx)
        if made(tx) != before:
            return False
        if self.anew:
            forget_all(tx)
        add(tx, self.more)
        put_marks(tx, self.marks)
        reach(tx, self.reached, self.doing.recorded_at)
        return True

    def _put(self, contribution: Contribution, times: int) -> None:
        for of, amount in contribution.sums.items():
            self.more.sums[of] += times * amount
        for deed, amount in contribution.deeds.items():
            self.more.deeds[deed] += times * amount
        for cohort, amount in contribution.cohorts.items():
            self.more.cohorts[cohort] += times * amount


def surroundings(tx: Transaction, published: Published) -> Surroundings:
    """Give what contributions need to know of programs."""
    rows = tx.ask(select(prizes.c.id, prizes.c.program_id, prizes.c.name))
    known = {id_: (program, name) for id_, program, name in rows}

    def value(prize: str, on: date) -> int:
        program, name = known[prize]
        offered = published.programs[program].on(on).prizes
        return next((one.value for one in offered if one.name == name), 0)

    return Surroundings(lambda prize: known[prize][0], value, lambda program: published.programs[program].zone)


def _all_chains(tx: Transaction) -> list[tuple[str, int]]:
    return [(chain, 0) for (chain,) in tx.ask(select(log.c.chain).distinct().order_by(log.c.chain))]


def _facts(tx: Transaction, participant: str) -> Iterator[_Link]:
    for seq, word, key, body, recorded_at, actor in tx.rows(FACTS, {"of": participant}):
        fact: Any = read_fact(word, key, body)
        yield _Link(seq, Told(fact, read(recorded_at), actor))


def sums(engine: Engine, program: str, first: date, last: date) -> dict[date, dict[tuple[str, str], int]]:
    """Give the sums of a program's days, by measure and unit, as of the last time that they were made."""
    with engine.database.reading() as tx:
        return sums_between(tx, program, first, last)
