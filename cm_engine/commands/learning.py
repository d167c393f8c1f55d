"""What `--learn` does: a behaviour from a file of events, and how well it fits what the same people were paid."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from cm_engine.commands.progress import progress, size_of
from cm_engine.exchange.events_file import read_events
from cm_engine.forecast.visits import extra_analytes
from cm_engine.histories import History, history
from cm_engine.learning import FITS, Learned, learn
from cm_engine.policies.contract import Policy
from cm_engine.replay import in_order, open_accounts, replay
from cm_engine.rest import collector_off
from cm_engine.timetable import Schedule

# What each person of a history was paid, policy by policy.
Paid = list[list[int]]


def learned(
    source: Path, zone: ZoneInfo, analytes: frozenset[str], policies: Sequence[Policy[Any]], schedule: Schedule
) -> tuple[Learned, Paid]:
    """Learn from a file of events, as the first policy sees them, and tell what the policies would have paid."""
    with collector_off():
        with progress(source, "Reading", size_of(source), shown=True) as read:
            people = read_events(source, zone, analytes, read)
        with progress(source, "Replaying", len(people), shown=True) as done:
            lived = [
                _life(rows, policies, schedule, done, count) for count, rows in enumerate(people.values(), start=1)
            ]
    with progress(source, "Learning", FITS, shown=True) as fitted:
        found = learn([each for each, _ in lived], extra_analytes(policies), fitted)
    return found, [list(paid) for paid in zip(*(paid for _, paid in lived), strict=True)]


def _life(
    rows: Any, policies: Sequence[Policy[Any]], schedule: Schedule, done: Callable[[int], None], count: int
) -> tuple[History, list[int]]:
    """Replay one person, and give their visits within the schedule's weeks and what each policy paid."""
    events = in_order(rows)
    accounts = open_accounts(policies, events, None)
    for _ in replay(events, accounts):
        pass
    done(count)
    visits = history(accounts[0], schedule.last_week, schedule.visits, extra_analytes(policies))
    return visits, [account.balance for account in accounts]
