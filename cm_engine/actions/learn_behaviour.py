"""Learn how a program's own people behave under a policy, from everybody whose weeks are over. Reads, and writes nothing.

Who began later is left out, also where they have left already: else the few weeks of those who stay would look like leaving early.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta

from cm_engine.actions.look import reading_it
from cm_engine.actions.requests import SYSTEM, Doing, Request
from cm_engine.actions.what_if import PEOPLE
from cm_engine.engine import Engine
from cm_engine.histories import History, history
from cm_engine.learning import Learned, learn
from cm_engine.rest import collector_off
from cm_engine.standing import RefusedError, Standing
from cm_engine.store.chains import facts_of, standing_after
from cm_engine.store.database import Transaction
from cm_engine.timetable import Schedule


def learn_behaviour(
    engine: Engine,
    program: str,
    policy: str,
    schedule: Schedule,
    analytes: Sequence[str] = (),
    told: Callable[[int], None] = lambda _: None,
) -> Learned:
    """Learn from the visits that count for a policy, within the weeks of a schedule; each as the version in force then saw it.

    `told` hears how many fits are done. Raises RefusedError where nobody's weeks are over yet, LearningError where nobody came.
    """
    lived = reading_it(engine, lambda tx: list(_histories(engine, tx, program, policy, schedule, analytes)))
    if not lived:
        weeks = schedule.last_week
        raise RefusedError(
            f"nobody under {policy} began {weeks} weeks ago or earlier, so the program's own history cannot tell yet how {weeks} weeks go"
        )
    return learn(lived, analytes, told)


def _histories(
    engine: Engine, tx: Transaction, program: str, policy: str, schedule: Schedule, analytes: Sequence[str]
) -> Iterator[History]:
    doing = Doing(engine, tx, Request("", SYSTEM))
    latest = doing.today(doing.program(program).zone) - timedelta(weeks=schedule.last_week)
    with collector_off():
        for (participant,) in tx.rows(PEOPLE, {"program": program}):
            person = standing_after(participant, doing.published.rulebook, list(facts_of(tx, participant)))
            yield from _lived(person, program, policy, latest, schedule, analytes)


def _lived(
    person: Standing, program: str, policy: str, latest: date, schedule: Schedule, analytes: Sequence[str]
) -> Iterator[History]:
    for _, enrolment, account in person.accounts():
        is_here = enrolment.places[-1].program == program and account.policy.name == policy
        if is_here and enrolment.first_day <= latest:
            yield history(account, schedule.last_week, schedule.visits, analytes)
    person.close()
