"""A ladder as a picture shows it: what each place pays, which place comes next, and what the successes ahead would pay.

Everything comes from the policy's own `step`: the places from a perfect run, what is ahead from where somebody stands.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from cm_engine.awards import EachSuccess, FlatWeeks, InARow, LadderPlace, Part
from cm_engine.events import OUTCOMES, Result
from cm_engine.policies.contract import Policy, Visit
from cm_engine.replay import Account
from cm_engine.weekly import WEEK

if TYPE_CHECKING:
    from cm_engine.program import Program  # slow to import, and a picture of a ladder needs none of it

# How far a picture looks ahead, and a perfect run of a policy without an end.
AHEAD = 12
MOST_WEEKS = 52
USUALLY = 2


class Rung(NamedTuple):
    """A place of the ladder, from 1, and what it pays."""

    place: int
    amount: int


class Bonus(NamedTuple):
    """What is paid on top, after so many more successes in a row."""

    after: int
    amount: int


class Ladder(NamedTuple):
    """A ladder of one policy: its places, the place of the next success (None where it has none), and the run so far.

    `next` is what the next success is due before caps; `is_flat_now` tells that it lies in a phase, which no place decides.
    """

    rungs: tuple[Rung, ...]
    place: int | None
    in_a_row: int | None
    next: int
    bonus: Bonus | None
    is_flat_now: bool


def ladder_of(account: Account, next_on: date, visits_a_week: int) -> Ladder:
    """Draw the ladder of somebody's account, whose next visit is on a date."""
    a_week = visits_a_week or USUALLY
    ahead = account.ahead([next_on + timedelta(days=WEEK * visit // a_week) for visit in range(AHEAD)])
    coming = ahead[0] if ahead else ()
    reason = coming[0].reason if coming else None
    place = reason.place if isinstance(reason, LadderPlace) else None
    run = reason.in_a_row - 1 if isinstance(reason, LadderPlace | EachSuccess) else None
    total = sum(part.amount for part in coming)
    rungs = rungs_of(account.term.policy(next_on), a_week)
    return Ladder(rungs, place, run, total, _bonus(ahead), isinstance(reason, FlatWeeks))


def rungs_of(policy: Policy[Any], visits_a_week: int) -> tuple[Rung, ...]:
    """Give the places that somebody reaches who comes to every visit and succeeds at each; none where all pay alike."""
    state = policy.begin()
    paid: dict[int, int] = {}
    for week in range(1, min(policy.weeks or MOST_WEEKS, MOST_WEEKS) + 1):
        for _ in range(visits_a_week):
            state, parts = policy.step(state, Visit("success", week))
            paid |= {part.reason.place: part.amount for part in parts if isinstance(part.reason, LadderPlace)}
    return tuple(Rung(place, paid[place]) for place in sorted(paid))


def visits_a_week(policy: Policy[Any], program: "Program", week: int) -> int:
    """Tell how many visits of a program week a policy rewards, by the program's tests and timetable."""
    if policy.on == "test":
        return program.testing.per_week or len(program.testing.days)
    return sum(
        session.kind == policy.on and rewards(policy, session.session)
        for timetable in program.timetable
        if week in timetable.weeks
        for session in timetable.sessions
    )


def rewards(policy: Policy[Any], session: str) -> bool:
    """Tell whether coming to a session, or a test, may be a success under a policy."""
    if policy.on == "test":
        return True
    return any(policy.see(Result(outcome), session).seen_as == "success" for outcome in OUTCOMES[policy.on])


def _bonus(ahead: Sequence[tuple[Part, ...]]) -> Bonus | None:
    for after, parts in enumerate(ahead, start=1):
        for part in parts:
            if isinstance(part.reason, InARow):
                return Bonus(after, part.amount)
    return None
