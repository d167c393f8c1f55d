"""Publishing: a draft becomes a version. What it changes, what it will cost and what is unsafe about it are kept with it for good.

As staff would say it: a manager says what is to change, and from which day. New enrolments take it from that day; running ones only where
that was chosen, from a day that was named, each from where they stand. Where the installation asks for it, another manager or admin
approves it first, or declines it and says why; never who proposed it. Whatever was paid stays. To go back, the earlier version is
published again.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from cm_engine.actions.activity import note_in
from cm_engine.actions.compare import changes
from cm_engine.actions.drafts import LONGEST_NOTE, SOURCE
from cm_engine.actions.look import reading_it
from cm_engine.actions.requests import SYSTEM, Answer, Doing, Request, answer_program
from cm_engine.actions.revise import A_WHILE, publish_version
from cm_engine.actions.take_over import TakenOver, take_over
from cm_engine.caps import Cap
from cm_engine.engine import Engine
from cm_engine.errors import quoted
from cm_engine.exchange.policy_file import parse_policy, policy_text
from cm_engine.facts import ProposalAnswered
from cm_engine.policies.contract import Policy
from cm_engine.safety import Checked, Finding, check
from cm_engine.standing import RefusedError
from cm_engine.store.activity import Deed
from cm_engine.store.chains import Chain
from cm_engine.store.database import Transaction
from cm_engine.store.notes import keep_note
from cm_engine.store.proposals import (
    APPROVED,
    DECLINED,
    PUBLISHED,
    WAITING,
    WITHDRAWN,
    Proposal,
    content_of,
    keep_proposal,
    proposals_in,
)
from cm_engine.store.published import Running
from cm_engine.timetable import Schedule

ONE_DAY = timedelta(days=1)

NOBODY = TakenOver(0, ())
NO_PROPOSAL = "the program has no such proposal"

DEEDS = {
    WAITING: Deed.POLICY_PROPOSED,
    PUBLISHED: Deed.POLICY_PUBLISHED,
    APPROVED: Deed.POLICY_APPROVED,
    DECLINED: Deed.POLICY_DECLINED,
    WITHDRAWN: Deed.PROPOSAL_WITHDRAWN,
}


class NotAcknowledgedError(RefusedError):
    """A safety check that fails, and that nobody has said they accept."""


class ProposedByThemselvesError(RefusedError):
    """Whoever proposed something cannot approve or decline it."""


class Proposed(NamedTuple):
    """What is to be published: a policy file's text, from which day; running enrolments from which (None: they are left alone).

    `schedule` are the visits for which it is checked, `acknowledged` the checks whose failure is accepted, and `beside` findings of
    the asker's own, such as the budget's. `forecast` is a summary that JSON can hold; `draft` is what it was made of.
    """

    text: str
    from_day: date
    schedule: Schedule
    running_from: date | None = None
    acknowledged: tuple[str, ...] = ()
    beside: tuple[Finding, ...] = ()
    forecast: Mapping[str, Any] | None = None
    note: str = ""
    draft: str | None = None

    def asked(self) -> dict[str, object]:
        """Give it as part of a request's content."""
        days = {"from_day": self.from_day.isoformat(), "running_from": _day(self.running_from)}
        beside = [finding_record(finding) for finding in self.beside]
        return {**self._asdict(), **days, "schedule": str(self.schedule), "beside": beside}


def consider(engine: Engine, program: str, proposed: Proposed) -> Answer:
    """Tell what a proposal would change, and what is unsafe about it. Raises InputError with every mistake, by line."""

    def look(tx: Transaction) -> Answer:
        doing = Doing(engine, tx, Request("", SYSTEM))
        return _content(doing, program, _policy(doing, program, proposed), proposed)

    return reading_it(engine, look)


def propose(engine: Engine, request: Request, program: str, proposed: Proposed) -> Answer:
    """Publish a version; where the installation asks for it, it waits for somebody else's approval first.

    Raises InputError with every mistake of the text by line, NotAcknowledgedError for a failure that nobody accepted, and
    RefusedError for a day that is not to come, for what would change nothing, and while another proposal for the same policy waits.
    """

    def act(doing: Doing, chain: Chain) -> Answer:
        policy = _policy(doing, program, proposed)
        _refuse_days(doing, doing.program(program), proposed)
        _refuse_waiting(doing, program, policy.name)
        _refuse_the_same(doing, program, policy, proposed)
        content = _content(doing, program, policy, proposed)
        _refuse_unacknowledged(content, proposed)
        days = (proposed.from_day, proposed.running_from)
        proposal = Proposal(doing.new_id(), policy.name, *days, request.actor, "", "", _fitting(proposed.note))
        keep_proposal(doing.tx, engine.vault, chain, proposal, content)
        if not engine.policy_approval:
            return _publish(doing, chain, proposal, policy, PUBLISHED)
        _note(doing, program, WAITING)
        return {"proposal": proposal.id, "policy": policy.name, "state": WAITING, "from_day": _day(proposal.from_day)}

    return answer_program(engine, request, program, ("propose", proposed.asked()), act)


def approve(engine: Engine, request: Request, program: str, proposal: str, from_day: date | None = None) -> Answer:
    """Publish what somebody else proposed, from its day or a later one, where that is named.

    Raises ProposedByThemselvesError for who proposed it, and RefusedError for one that does not wait any more.
    """

    def act(doing: Doing, chain: Chain) -> Answer:
        waiting = _waiting(doing, program, proposal)
        _refuse_themselves(waiting, request.actor)
        text = _content_of(doing.tx, program, proposal)["text"]
        return _publish(doing, chain, _later(waiting, from_day), parse_policy(SOURCE, text, engine.analytes), APPROVED)

    asked = {"proposal": proposal, "from_day": _day(from_day)}
    return answer_program(engine, request, program, ("approve", asked), act)


def decline(engine: Engine, request: Request, program: str, proposal: str, reason: str) -> Answer:
    """Decline what somebody else proposed, and say why. Raises like `approve`, and for no reason."""

    def act(doing: Doing, chain: Chain) -> Answer:
        _refuse_themselves(_waiting(doing, program, proposal), request.actor)
        if not reason.strip():
            raise RefusedError("say in a few words why it is declined, for who proposed it")
        return _end(doing, chain, proposal, DECLINED, reason)

    asked = {"proposal": proposal, "reason": reason}
    return answer_program(engine, request, program, ("decline", asked), act)


def withdraw(engine: Engine, request: Request, program: str, proposal: str, reason: str = "") -> Answer:
    """Withdraw what one proposed oneself. Raises RefusedError for anybody else, who may decline it."""

    def act(doing: Doing, chain: Chain) -> Answer:
        if _waiting(doing, program, proposal).by != request.actor:
            raise RefusedError("only who proposed it can withdraw it; somebody else may decline it")
        return _end(doing, chain, proposal, WITHDRAWN, reason)

    asked = {"proposal": proposal, "reason": reason}
    return answer_program(engine, request, program, ("withdraw", asked), act)


def proposals_of(engine: Engine, program: str) -> list[Proposal]:
    """Give what was proposed in a program, the latest first: which policy, by whom, from which day, and what became of it."""
    with engine.database.reading() as tx:
        return proposals_in(tx, engine.vault, program)


def proposal_of(engine: Engine, program: str, proposal: str) -> tuple[Proposal, Answer]:
    """Give a proposal with all that was kept with it, as `consider` told it. Raises RefusedError where there is none."""
    with engine.database.reading() as tx:
        content = _content_of(tx, program, proposal)
        return next(one for one in proposals_in(tx, engine.vault, program) if one.id == proposal), content


def finding_record(finding: Finding) -> Answer:
    """Give what a safety check found as texts; amounts are decimal strings."""
    text = finding.unit.text
    return {
        "check": finding.check,
        "gravity": finding.gravity,
        "title": finding.title,
        "sentence": finding.sentence,
        "unit": finding.unit.code,
        "story": [
            {"on": one.on.isoformat(), "week": one.week, "outcome": one.outcome, "paid": text(one.paid)}
            for one in finding.story
        ],
        "branches": [
            {"outcome": one.outcome, "paid": text(one.paid), "to_come": text(one.to_come)} for one in finding.branches
        ],
    }


# --- what is proposed ------------------------------------------------------------------------------------------------------------


def _policy(doing: Doing, program: str, proposed: Proposed) -> Policy[Any]:
    doing.program(program)
    policy = parse_policy(SOURCE, proposed.text, doing.engine.analytes)
    if doing.published.latest(program, policy.name, date.max) is None:
        raise RefusedError(f"the program has no policy {quoted(policy.name)}; an admin adds one in the program's file")
    return policy


def _content(doing: Doing, program: str, policy: Policy[Any], proposed: Proposed) -> Answer:
    """Give all that is known of a proposal: the text, what it changes of which version, what is unsafe, and the forecast."""
    caps = _payers_caps(doing.program(program), proposed.from_day)
    earlier = doing.published.latest(program, policy.name, proposed.from_day)
    checked = _checked(policy, proposed.schedule, proposed.from_day, caps)
    return {
        "text": policy_text(policy),
        "draft": proposed.draft,
        "earlier": earlier and {"version": earlier.id, "number": earlier.number},
        "changes": [list(one) for one in changes(earlier.policy, policy)] if earlier else [],
        "forecast": proposed.forecast,
        "findings": [finding_record(finding) for finding in (*checked.findings, *proposed.beside)],
        "looked_at": {"schedule": str(proposed.schedule), "visits": checked.visits, "note": checked.note},
        "acknowledged": sorted(proposed.acknowledged),
        "from_day": _day(proposed.from_day),
        "running_from": _day(proposed.running_from),
    }


@lru_cache(maxsize=32)
def _checked(policy: Policy[Any], schedule: Schedule, start: date, caps: tuple[Cap, ...]) -> Checked:
    """Walk a policy's states; remembered, since what is looked at is then published."""
    return check(policy, schedule, start, caps)


def _payers_caps(running: Running, on: date) -> tuple[Cap, ...]:
    return tuple(cap for payer in running.on(on).payers for cap in payer.caps)


def _refuse_unacknowledged(content: Answer, proposed: Proposed) -> None:
    failing = [one for one in content["findings"] if one["gravity"] == "fails"]
    left = dict.fromkeys(one["title"] for one in failing if one["check"] not in proposed.acknowledged)
    if left:
        raise NotAcknowledgedError(f"{'; '.join(left)}: change the draft, or accept it and publish all the same")


def _refuse_days(doing: Doing, running: Running, proposed: Proposed) -> None:
    latest = (doing.now + A_WHILE).astimezone(running.zone).date()
    if proposed.from_day <= latest:
        raise RefusedError(f"{proposed.from_day} is not to come: name {latest + ONE_DAY} or a later day")
    if proposed.running_from is not None and proposed.running_from < proposed.from_day:
        raise RefusedError(
            f"running enrolments cannot take it from {proposed.running_from}: it holds from {proposed.from_day} on"
        )


def _refuse_waiting(doing: Doing, program: str, policy: str) -> None:
    listed = proposals_in(doing.tx, doing.engine.vault, program)
    if any(one.waits and one.policy == policy for one in listed):
        raise RefusedError(f"a version of {policy} waits for approval already; withdraw or decline that one first")


def _refuse_the_same(doing: Doing, program: str, policy: Policy[Any], proposed: Proposed) -> None:
    """Refuse what holds already on the day, unless running enrolments are to take it."""
    held = doing.published.latest(program, policy.name, proposed.from_day)
    if held and held.policy == policy and proposed.running_from is None:
        raise RefusedError(
            f"version {held.number} says the same and holds on {proposed.from_day} already: nothing would change"
        )


def _fitting(text: str) -> str:
    said = text.strip()
    if len(said) > LONGEST_NOTE:
        raise RefusedError(f"a note has at most {LONGEST_NOTE:,} characters; this has {len(said):,}")
    return said


# --- what becomes of it ----------------------------------------------------------------------------------------------------------


def _publish(doing: Doing, chain: Chain, proposal: Proposal, policy: Policy[Any], how: str) -> Answer:
    made = publish_version(doing, chain, policy, proposal.from_day)
    chain.add(ProposalAnswered(proposal.id, how, made["version"]))
    doing.publish()
    version, on = doing.published.versions[made["version"]], proposal.running_from
    running = take_over(doing, chain.name, version, on) if on else NOBODY
    _note(doing, chain.name, how)
    return {
        "proposal": proposal.id,
        "policy": policy.name,
        "state": how,
        "version": version.id,
        "number": version.number,
        "from_day": _day(version.from_day),
        "running_from": _day(on),
        "taken": running.taken,
        "left": list(running.left),
    }


def _end(doing: Doing, chain: Chain, proposal: str, how: str, reason: str) -> Answer:
    seq = chain.add(ProposalAnswered(proposal, how, ""))
    keep_note(doing.tx, doing.engine.vault, chain.name, seq, _fitting(reason), "")
    _note(doing, chain.name, how)
    return {"proposal": proposal, "state": how}


def _note(doing: Doing, program: str, how: str) -> None:
    note_in(doing, DEEDS[how], site=doing.program(program).site, about=program)


def _waiting(doing: Doing, program: str, proposal: str) -> Proposal:
    """Give a proposal that waits. Raises RefusedError for none, and for one that was answered."""
    listed = proposals_in(doing.tx, doing.engine.vault, program)
    found = next((one for one in listed if one.id == proposal), None)
    if found is None:
        raise RefusedError(NO_PROPOSAL)
    if not found.waits:
        raise RefusedError(f"this proposal does not wait any more: it was {found.answered.state}")
    return found


def _later(proposal: Proposal, from_day: date | None) -> Proposal:
    """Give what was proposed from a later day on; running enrolments follow no earlier."""
    if from_day is None:
        return proposal
    if from_day < proposal.from_day:
        raise RefusedError(f"it was proposed from {proposal.from_day} on; approve it from that day or a later one")
    running_from = proposal.running_from and max(from_day, proposal.running_from)
    return proposal._replace(from_day=from_day, running_from=running_from)


def _refuse_themselves(proposal: Proposal, actor: str) -> None:
    if proposal.by == actor:
        raise ProposedByThemselvesError("whoever proposed it cannot decide on it; another manager or an admin does")


def _content_of(tx: Transaction, program: str, proposal: str) -> Answer:
    content = content_of(tx, program, proposal)
    if content is None:
        raise RefusedError(NO_PROPOSAL)
    return content


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None
