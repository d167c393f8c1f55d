"""The perfect run: what a policy pays somebody who comes to every visit and succeeds at each."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from typing import Any

from cm_engine.events import OUTCOMES, Event, Result
from cm_engine.policies.contract import Policy
from cm_engine.replay import Line, open_accounts, replay
from cm_engine.timetable import Schedule


def perfect_run(policy: Policy[Any], schedule: Schedule, start: date) -> Iterator[Line]:
    """Replay a success at each visit of a schedule, extras included."""
    result = success(policy)
    events = [_event(policy, result, on, place) for place, on in enumerate(schedule.days(start), start=1)]
    if events:
        accounts = open_accounts([policy], events, start)
        yield from (line for _, line in replay(events, accounts))


def success(policy: Policy[Any]) -> Result:
    """Give a result that the policy sees as a success, with the extras' analytes negative too where it has any."""
    wanted = {*policy.targets, *policy.extra_analytes}
    if wanted and policy.see(Result("negative"), "").seen_as == "success":
        return Result("", tuple((analyte, "negative") for analyte in sorted(wanted)))
    return next(
        (r for r in map(Result, OUTCOMES[policy.on]) if policy.see(r, "").seen_as == "success"), Result("negative")
    )


def _event(policy: Policy[Any], result: Result, on: date, place: int) -> Event:
    session = policy.sessions[0] if policy.sessions else ""
    at = datetime.combine(on, time(), UTC)
    return Event("perfect", at, on, on.isoformat(), place, policy.on, result, session)
