"""What-if: one participant's facts told twice, as they were and as they would have been under drafts of policies.

As staff would say it: the same people came on the same days with the same results; only the policy is another. Both tellings are the
fold that pays people, with the caps of policies and payers. A draft holds for everybody from the beginning, or from a day on as if it
had been taken by all that day.

- **What was chosen, traded and handed over** happens again as far as there is enough to give for it; else it is left out.
- **Draws** from the same bowl win what they won, as far as they are earned. Draws that nobody made, or from another bowl, count under
  the payers' caps by what the bowl gives on average. As many stay undrawn as did.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date
from typing import Any, NamedTuple

from cm_engine.facts import (
    ConsentGiven,
    ConsentRevoked,
    DrawOpened,
    DrawResealed,
    Enrolled,
    EventRecorded,
    ExemptionEnded,
    ExemptionGiven,
    Moved,
    ParticipantFact,
    PrizeChosen,
    PrizeHandedOver,
    PrizesTraded,
    Purged,
    RedemptionCancelled,
    ResultCorrected,
    SlipDrawnByHand,
    SlipPicked,
    VersionTaken,
)
from cm_engine.policies.contract import Policy
from cm_engine.replay import Line
from cm_engine.rulebook import Rulebook
from cm_engine.standing import RefusedError, Standing

Versions = tuple[tuple[str, str], ...]

# Facts that say nothing of what is paid.
BESIDE_THE_POINT = frozenset({ConsentGiven, ConsentRevoked, ExemptionGiven, ExemptionEnded, Purged})

# What happens again only where there is enough for it.
SPENDING = frozenset({PrizeChosen, PrizeHandedOver, RedemptionCancelled, PrizesTraded})


class Draft(NamedTuple):
    """A policy that takes the place of the versions of a policy of its name, from a day on."""

    policy: Policy[Any]
    from_day: date = date.min


class Drafts:
    """Drafts by the name of the policy whose place they take, and the rulebook that has them.

    `versions` are the versions that a program published, by their ids, with the name of the policy.
    """

    def __init__(self, rulebook: Rulebook, versions: Mapping[str, str], drafts: Mapping[str, Draft]) -> None:
        self._drafts = drafts
        self._names = {version: name for version, name in versions.items() if name in drafts}
        drafted = {_id(name): draft.policy for name, draft in drafts.items()}
        self.rulebook = Rulebook({**rulebook.policies, **drafted}, rulebook.paying)
        bowls = {version: rulebook.policy(version).bowl for version in self._names}
        self._other_bowls = {
            version for version, name in self._names.items() if bowls[version] != drafts[name].policy.bowl
        }

    def of(self, version: str, on: date) -> str:
        """Give the version that holds in place of one that is taken on a day: the draft, once its day has come."""
        name = self._names.get(version)
        return _id(name) if name is not None and on >= self._drafts[name].from_day else version

    def to_come(self, policies: Versions, on: date) -> Iterator[tuple[str, str, date]]:
        """Give the drafts that take over later from versions taken on a day: policy, draft, and from which day."""
        for name, version in policies:
            if version in self._names and on < self._drafts[name].from_day:
                yield name, _id(name), self._drafts[name].from_day

    def changes_bowl(self, version: str, on: date) -> bool:
        """Tell whether a version's draws of a day would be made from another bowl."""
        return version in self._other_bowls and self.of(version, on) != version


class Told(NamedTuple):
    """An event, or the correction of one, with what it did under each policy: as it was, and as it would have been."""

    event: str
    visit_on: date
    before: Sequence[Line]
    after: Sequence[Line]


def retell(
    participant: str, program: str, facts: Sequence[ParticipantFact], rulebook: Rulebook, drafts: Drafts
) -> Iterator[Told]:
    """Tell one participant's events and corrections in a program twice, in the order of their recording."""
    was, would_be = Standing(participant, rulebook), _Retold(participant, drafts, facts)
    is_elsewhere = any(isinstance(fact, Enrolled | Moved) and fact.program != program for fact in facts)
    for fact in facts:
        kind = type(fact)
        if kind is EventRecorded or kind is ResultCorrected:
            event, visit_on = _visit(fact, was)
            before, after = was.take(fact).lines, would_be.standing.take(fact).lines
            if (before or after) and (not is_elsewhere or _is_in(was, program, visit_on)):
                yield Told(event, visit_on, before, after)
        elif kind not in BESIDE_THE_POINT:
            would_be.follow(fact, was)
    was.close()
    would_be.standing.close()


class _Retold:
    """Where somebody would stand under drafts."""

    def __init__(self, participant: str, drafts: Drafts, facts: Sequence[ParticipantFact]) -> None:
        self._drafts = drafts
        self._facts = facts
        self.standing = Standing(participant, drafts.rulebook)

    def follow(self, fact: ParticipantFact, was: Standing) -> None:
        """Follow a fact that is no event, beside where the participant really stood, which follows it too."""
        match fact:
            case Enrolled():
                self._begin(fact.id, fact, fact.first_day, fact.policies)
            case Moved():
                opened = tuple(pair for pair in fact.policies if pair[0] not in was.enrolments[fact.enrolment].accounts)
                self._begin(fact.enrolment, fact, fact.on, fact.policies, opened)
            case VersionTaken():
                self._take_version(fact)
            case DrawOpened() | DrawResealed() | SlipPicked() | SlipDrawnByHand():
                self._draw(fact, was)
                return
            case _ if type(fact) in SPENDING:
                self._as_far_as_it_goes(fact)
            case _:
                self.standing.take(fact)
        was.take(fact)

    def _begin(
        self, enrolment: str, fact: Enrolled | Moved, on: date, policies: Versions, opened: Versions | None = None
    ) -> None:
        """Begin under the drafts that hold by then; others take over on their day."""
        taken = tuple((name, self._drafts.of(version, on)) for name, version in policies)
        self.standing.take(fact._replace(policies=taken))
        self._let_drafts_come(enrolment, policies if opened is None else opened, on)

    def _let_drafts_come(self, enrolment: str, policies: Versions, on: date) -> None:
        for name, draft, from_day in self._drafts.to_come(policies, on):
            if not any(self._comes_between(later, enrolment, name, on, from_day) for later in self._facts):
                self.standing.take(VersionTaken(enrolment, name, draft, from_day))

    @staticmethod
    def _comes_between(fact: ParticipantFact, enrolment: str, policy: str, on: date, from_day: date) -> bool:
        """Tell whether another version takes over before the draft does; the draft waits for it then."""
        return (
            isinstance(fact, VersionTaken)
            and (fact.enrolment, fact.policy) == (enrolment, policy)
            and on < fact.on < from_day
        )

    def _take_version(self, fact: VersionTaken) -> None:
        """Take a version that comes before the draft; behind it the draft stays."""
        if self._drafts.of(fact.version, fact.on) != fact.version:
            return
        self.standing.take(fact)
        self._let_drafts_come(fact.enrolment, ((fact.policy, fact.version),), fact.on)

    def _draw(self, fact: DrawOpened | DrawResealed | SlipPicked | SlipDrawnByHand, was: Standing) -> None:
        policy, version = _drawn_from(fact, was)
        was.take(fact)
        if isinstance(fact, DrawOpened | SlipDrawnByHand):
            if not self._drafts.changes_bowl(version, fact.on):
                self._as_far_as_it_goes(fact._replace(version=self._drafts.of(version, fact.on)))
        elif fact.draw in self.standing.draws:
            self.standing.take(fact)
        if isinstance(fact, SlipPicked | SlipDrawnByHand) and self._drafts.of(version, fact.on) != version:
            beyond = self.standing.undrawn(policy) - was.undrawn(policy)
            self.standing.draw_on_average(policy, max(0, beyond), fact.on)

    def _as_far_as_it_goes(self, fact: ParticipantFact) -> None:
        """Let happen again what the drafts leave enough for; what is refused changes nothing."""
        with suppress(RefusedError):
            self.standing.take(fact)


def _id(policy: str) -> str:
    return f"draft of {policy}"


def _visit(fact: Any, was: Standing) -> tuple[str, date]:
    """Tell which event was recorded or corrected, and its date."""
    return (fact.id, fact.on) if type(fact) is EventRecorded else (fact.event, was.event(fact.event).on)


def _is_in(standing: Standing, program: str, on: date) -> bool:
    return any(enrolment.is_in(program, on) for enrolment in standing.enrolments.values())


def _drawn_from(fact: DrawOpened | DrawResealed | SlipPicked | SlipDrawnByHand, was: Standing) -> tuple[str, str]:
    """Tell of which policy a draw is, and under which version it was made."""
    if isinstance(fact, DrawResealed | SlipPicked):
        opened = was.draws[fact.draw]
        return opened.policy, opened.version
    return fact.policy, fact.version
