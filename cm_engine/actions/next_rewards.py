"""Next rewards: what everybody's next success would earn under another version of a policy, beside what it earns now. Writes nothing.

Where somebody stands is kept, as it is when a version takes over: the ladder goes on from the same place. It is told before caps.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, NamedTuple

from sqlalchemy import bindparam, or_, select

from cm_engine.actions.look import reading_it
from cm_engine.actions.requests import SYSTEM, Doing, Request
from cm_engine.engine import Engine
from cm_engine.policies.contract import Policy
from cm_engine.replay import Account
from cm_engine.standing import Standing
from cm_engine.store.chains import recalled
from cm_engine.store.database import Statement, Transaction
from cm_engine.store.tables import enrolments, programs, standings

# Where everybody stands who is enrolled at the site of a program: who stepped over from another program is in it, too.
ENROLLED = Statement(
    select(enrolments.c.participant_id, standings.c.state)
    .join_from(enrolments, programs, programs.c.id == enrolments.c.program_id)
    .join(standings, standings.c.chain == enrolments.c.participant_id)
    .where(
        programs.c.site_id == bindparam("site"),
        or_(enrolments.c.last_day.is_(None), enrolments.c.last_day >= bindparam("on_day")),
    )
    .distinct()
    .order_by(enrolments.c.participant_id)
)


class NextReward(NamedTuple):
    """What a participant's next success earns now, and would earn, in the unit's smallest step."""

    participant: str
    before: int
    after: int


def next_rewards(engine: Engine, program: str, policy: Policy[Any]) -> list[NextReward]:
    """Tell the next reward of everybody in a program who is under a policy of this name, now and under this policy tomorrow.

    Raises RefusedError where there is no such program.
    """

    def look(tx: Transaction) -> list[NextReward]:
        doing = Doing(engine, tx, Request("", SYSTEM))
        running = doing.program(program)
        today = doing.today(running.zone)
        rows = tx.rows(ENROLLED, {"site": running.site, "on_day": today.isoformat()})
        people = (recalled(tx, participant, doing.published.rulebook, state) for participant, state in rows)
        return [reward for person in people for reward in _reward(person, program, policy, today)]

    return reading_it(engine, look)


def _reward(person: Standing, program: str, policy: Policy[Any], today: date) -> Iterator[NextReward]:
    for _, enrolment, account in person.accounts():
        if enrolment.is_in(program, today) and account.policy.name == policy.name:
            before = _next(account, today)
            _take_over(account, policy, today + timedelta(days=1))
            yield NextReward(person.participant, before, _next(account, today))


def _next(account: Account, today: date) -> int:
    return sum(part.amount for part in account.next_parts(today))


def _take_over(account: Account, policy: Policy[Any], on: date) -> None:
    """Go on under a policy from a day, instead of any version that was to come."""
    held = tuple((day, version) for day, version in account.term.versions if day < on)
    account.change(account.term._replace(versions=(*held, (on, policy))))
