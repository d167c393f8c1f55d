"""Proposals: versions that were proposed, with what was known of them then, and what became of each; all of it in the log for good."""

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

import orjson
from sqlalchemy import bindparam, insert, select

from cm_engine.facts import PolicyProposed, ProposalAnswered
from cm_engine.store.chains import Chain
from cm_engine.store.database import Statement, Transaction
from cm_engine.store.history import noted_of_kind, staff_names
from cm_engine.store.links import sha256
from cm_engine.store.notes import keep_note, note_of
from cm_engine.store.tables import policy_proposals
from cm_engine.vault import Vault

LEFT_ALONE = date.max

# What becomes of a proposal: it is published without being asked, or waits until it is approved, declined or withdrawn.
WAITING, PUBLISHED, APPROVED, DECLINED, WITHDRAWN = "waiting", "published", "approved", "declined", "withdrawn"

CONTENT = Statement(
    select(policy_proposals.c.content).where(
        policy_proposals.c.id == bindparam("of"), policy_proposals.c.program_id == bindparam("program")
    )
)


class Answered(NamedTuple):
    """What became of a proposal, by whom and when; the version that it is now, and the reason that was given, if any."""

    state: str = WAITING
    by: str = ""
    by_name: str = ""
    at: str = ""
    version: str = ""
    reason: str = ""


class Proposal(NamedTuple):
    """A version that was proposed: from which day, running enrolments from which (None: they are left alone), by whom and when."""

    id: str
    policy: str
    from_day: date
    running_from: date | None
    by: str
    by_name: str
    at: str
    note: str
    answered: Answered = Answered()

    @property
    def waits(self) -> bool:
        """Tell whether nothing has become of it yet."""
        return self.answered.state == WAITING


def keep_proposal(tx: Transaction, vault: Vault, chain: Chain, proposal: Proposal, content: Mapping[str, Any]) -> None:
    """Keep a proposal with all that is known of it, as values that JSON can hold."""
    written = orjson.dumps(content).decode()
    columns = {"id": proposal.id, "program_id": chain.name, "policy": proposal.policy, "content": written}
    tx.do(insert(policy_proposals).values(**columns))
    running_from = proposal.running_from or LEFT_ALONE
    fact = PolicyProposed(proposal.id, proposal.policy, proposal.from_day, running_from, sha256(written))
    keep_note(tx, vault, chain.name, chain.add(fact), "", proposal.note)


def content_of(tx: Transaction, program: str, proposal: str) -> dict[str, Any] | None:
    """Give what was kept with a proposal; None where the program has none of that id."""
    row = tx.row(CONTENT, {"of": proposal, "program": program})
    content: dict[str, Any] | None = orjson.loads(row[0]) if row else None
    return content


def proposals_in(tx: Transaction, vault: Vault, program: str) -> list[Proposal]:
    """Give what was proposed in a program, the latest first."""
    proposed = noted_of_kind(tx, program, "policy-proposed")
    answers = noted_of_kind(tx, program, "proposal-answered")
    names = staff_names(tx, {noted.actor for noted in (*proposed, *answers)})
    answered: dict[str, Answered] = {}
    for noted in answers:
        if isinstance(noted.fact, ProposalAnswered):
            _, state, version = noted.fact
            reason = note_of(tx, vault, program, noted.seq)[0]
            who = (noted.actor, names.get(noted.actor, ""), noted.recorded_at)
            answered[noted.fact.proposal] = Answered(state, *who, version, reason)
    return [
        Proposal(
            *noted.fact[:3],
            None if noted.fact.running_from == LEFT_ALONE else noted.fact.running_from,
            noted.actor,
            names.get(noted.actor, ""),
            noted.recorded_at,
            note_of(tx, vault, program, noted.seq)[1],
            answered.get(noted.fact.id, Answered()),
        )
        for noted in reversed(proposed)
        if isinstance(noted.fact, PolicyProposed)
    ]
