"""Histories: how the visits of people came out, one after another, as a policy sees them."""

from collections.abc import Sequence
from typing import NamedTuple

from cm_engine.behaviour import OUTCOMES
from cm_engine.policies.contract import Seen
from cm_engine.replay import Account

# How a test comes out that is a failure, of somebody who came.
CAME = frozenset({"positive", "refused", "invalid", "insufficient"})


class History(NamedTuple):
    """One person's visits: the outcome of each, by its place in `OUTCOMES`; and what of them bears on other policies.

    `attended` counts the failures of somebody who came, `also_negative` for each analyte of an extra the successes at which
    it was negative too.
    """

    outcomes: tuple[int, ...]
    attended: int = 0
    also_negative: tuple[int, ...] = ()


def history(account: Account, weeks: int, most_visits: int, analytes: Sequence[str] = ()) -> History:
    """Give one person's visits within so many program weeks, and no more than so many, as they stand after corrections."""
    first_day = account.term.first_day
    seen = [
        seen
        for event, seen in account.seen_events()
        if seen.seen_as in OUTCOMES and (event.on - first_day).days < 7 * weeks
    ][:most_visits]
    clean = [each.clean for each in seen if each.seen_as == "success"]
    return History(
        tuple([OUTCOMES.index(each.seen_as) for each in seen]),
        sum(_came(each) for each in seen),
        tuple([sum(analyte in found for found in clean) for analyte in analytes]),
    )


def _came(seen: Seen) -> bool:
    return seen.seen_as == "failure" and seen.outcome in CAME
