"""Take over: let running enrolments take a version of a policy from a day on, each from where it stands, in one transaction."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import bindparam, or_, select

from cm_engine.actions.requests import Doing
from cm_engine.facts import VersionTaken
from cm_engine.standing import Enrolment, Standing
from cm_engine.store.database import Statement
from cm_engine.store.published import Version
from cm_engine.store.tables import enrolments

ONE_DAY = timedelta(days=1)

RUNNING = Statement(
    select(enrolments.c.participant_id)
    .where(
        enrolments.c.program_id == bindparam("program"),
        or_(enrolments.c.last_day.is_(None), enrolments.c.last_day >= bindparam("on_day")),
    )
    .distinct()
    .order_by(enrolments.c.participant_id)
)


class TakenOver(NamedTuple):
    """How many enrolments take a version, and whose do not: their last day, or another version for a later day, is set already."""

    taken: int
    left: tuple[str, ...]


def take_over(doing: Doing, program: str, version: Version, on: date) -> TakenOver:
    """Let running enrolments of a program take a version; people are held in the order of their ids, behind the program."""
    taken, left = 0, []
    for (participant,) in doing.tx.rows(RUNNING, {"program": program, "on_day": on.isoformat()}):
        person = doing.participant(participant)
        for enrolment_id, enrolment in _under(person.standing, program, version.policy.name, on):
            day = _first_day(enrolment, version.policy.name, on)
            if day is None:
                left.append(participant)
            else:
                person.take(VersionTaken(enrolment_id, version.policy.name, version.id, day))
                taken += 1
        person.save()
    return TakenOver(taken, tuple(left))


def _under(standing: Standing, program: str, policy: str, on: date) -> Iterator[tuple[str, Enrolment]]:
    """Give the enrolments of somebody that are in a program, under a policy, on a day or later."""
    for enrolment_id, enrolment in list(standing.enrolments.items()):
        account = enrolment.accounts.get(policy)
        if (
            enrolment.last_day >= on
            and enrolment.places[-1].program == program
            and account
            and account.term.closes >= on
        ):
            yield enrolment_id, enrolment


def _first_day(enrolment: Enrolment, policy: str, on: date) -> date | None:
    """Give the day on which somebody takes a version; None where they leave, or another version is set to come.

    Whoever begins on that day or later takes it on their second day, since the first is under the version they began with. What was
    set to be taken on that very day gives way.
    """
    first, *later = [day for day, _ in enrolment.versions[policy]]
    if not enrolment.is_open or max(later, default=on) > on:
        return None
    return max(on, first + ONE_DAY)
