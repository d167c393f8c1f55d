"""The perfect run: what a policy pays somebody who comes to every visit and succeeds at each."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from typing import Any

from cm_engine.events import OUTCOMES, Event, Result
from cm_engine.policies.contract import Policy
from cm_engine.replay import Line, open_accounts, replay
from cm_engine.timetable import Schedule


def perfect_run(policy: Policy[Any], schedule: Schedule, start: date) -> Iterator[Line]:
    """Replay a success at each visit of a schedule, extras included; nothing where the policy sees no success at all."""
    result = success(policy)
    if result is None:
        return
    events = [_event(policy, result, on, place) for place, on in enumerate(schedule.days(start), start=1)]
    yield from (line for _, line in replay(events, open_accounts([policy], events, start)))


def success(policy: Policy[Any]) -> Result | None:
    """Give a result that the policy sees as a success, with the extras' analytes negative too where it has any."""
    wanted = sorted({*policy.targets, *policy.extra_analytes})
    all_negative = Result("", tuple((analyte, "negative") for analyte in wanted))
    results = [all_negative] if wanted else []
    results += map(Result, OUTCOMES[policy.on])
    return next((result for result in results if policy.see(result, _session(policy)).seen_as == "success"), None)


def _session(policy: Policy[Any]) -> str:
    return policy.sessions[0] if policy.sessions else ""


def _event(policy: Policy[Any], result: Result, on: date, place: int) -> Event:
    at = datetime.combine(on, time(), UTC)
    return Event("perfect", at, on, on.isoformat(), place, policy.on, result, _session(policy))
