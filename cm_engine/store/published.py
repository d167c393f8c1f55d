"""What is published: programs with their payers, and every version of their policies, read into a rulebook."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date, datetime
from functools import lru_cache
from itertools import chain
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import select

from cm_engine.exchange.policy_file import parse_policy
from cm_engine.exchange.program_file import parse_terms
from cm_engine.policies.contract import Policy
from cm_engine.program import Program
from cm_engine.rulebook import Payer, Paying, Rulebook
from cm_engine.store.database import Statement, Transaction
from cm_engine.store.stamp import stamp_of
from cm_engine.store.tables import log, payers, policy_versions, program_terms, programs, sites

PROGRAMS = Statement(
    select(programs.c.id, programs.c.site_id, programs.c.name, sites.c.timezone).join_from(programs, sites)
)
TERMS = Statement(
    select(program_terms.c.program_id, program_terms.c.from_day, program_terms.c.terms)
    .join_from(program_terms, log, log.c.key == program_terms.c.id)
    .order_by(program_terms.c.from_day, log.c.seq)
)
PAYERS = Statement(select(payers.c.id, payers.c.site_id, payers.c.name))
VERSIONS = Statement(
    select(
        policy_versions.c.id,
        policy_versions.c.program_id,
        policy_versions.c.policy,
        policy_versions.c.number,
        policy_versions.c.from_day,
        policy_versions.c.terms,
    ).order_by(policy_versions.c.number)
)


class Version(NamedTuple):
    """A version of a policy as it is published in a program, to be taken from a day on."""

    id: str
    program: str
    number: int
    from_day: date
    policy: Policy[Any]


class Running(NamedTuple):
    """A program that is run at a site: its terms, each from a day on, the latest last."""

    id: str
    site: str
    name: str
    zone: ZoneInfo
    terms: tuple[tuple[date, Program], ...]

    def on(self, day: date) -> Program:
        """Give the terms that hold on a date; before all of them, the first."""
        return next((terms for from_day, terms in reversed(self.terms) if from_day <= day), self.terms[0][1])


class Published(NamedTuple):
    """Programs, versions and payers, and the rulebook made of them."""

    programs: dict[str, Running]
    versions: dict[str, Version]
    rulebook: Rulebook
    stamp: str | None = None

    def latest(self, program: str, policy: str, on: date) -> Version | None:
        """Give the version of a program's policy that new enrolments of a date take; None where there is none."""
        found = [
            version
            for version in self.versions.values()
            if version.program == program and version.policy.name == policy and version.from_day <= on
        ]
        return max(found, key=lambda version: (version.from_day, version.number), default=None)

    def dates(self, moment: datetime) -> tuple[date, ...]:
        """Give the dates of a moment where the programs are run."""
        return tuple(moment.astimezone(running.zone).date() for running in self.programs.values())


def read_published(tx: Transaction, analytes: Collection[str]) -> Published:
    """Read all that is published."""
    known = frozenset(analytes)
    terms: defaultdict[str, list[tuple[date, Program]]] = defaultdict(list)
    for program, from_day, text in tx.rows(TERMS):
        terms[program].append((date.fromisoformat(from_day), _program(text, known)))
    running = {
        id_: Running(id_, site, name, ZoneInfo(zone), tuple(terms[id_])) for id_, site, name, zone in tx.rows(PROGRAMS)
    }
    versions = {
        id_: Version(id_, program, number, date.fromisoformat(from_day), _policy(text, known))
        for id_, program, _, number, from_day, text in tx.rows(VERSIONS)
    }
    payer_ids = {(site, name): id_ for id_, site, name in tx.rows(PAYERS)}
    paying = {
        program.id: tuple(
            Paying(day, tuple(Payer(payer_ids[program.site, p.name], p.name, p.caps) for p in held.payers))
            for day, held in program.terms
        )
        for program in running.values()
    }
    policies = {version.id: version.policy for version in versions.values()}
    return Published(running, versions, Rulebook(policies, paying), stamp_of(tx))


def sessions_named(published: Published) -> frozenset[str]:
    """Give every session that a program's timetable or goals, or a policy, was ever published with."""
    terms = [held for running in published.programs.values() for _, held in running.terms]
    expected = (one.session for held in terms for timetable in held.timetable for one in timetable.sessions)
    goals = (goal.session for held in terms for goal in held.goals)
    rewarded = (session for version in published.versions.values() for session in version.policy.sessions)
    return frozenset(chain(expected, goals, rewarded))


@lru_cache(maxsize=1024)
def _policy(text: str, analytes: frozenset[str]) -> Policy[Any]:
    return parse_policy("published policy", text, analytes)


@lru_cache(maxsize=1024)
def _program(text: str, analytes: frozenset[str]) -> Program:
    return parse_terms("program", text, analytes)
