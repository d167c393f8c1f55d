"""Words: what the engine said, as a sentence of a page; visits and differences in words; and what stands in a draft's place."""

from datetime import date
from decimal import Decimal

from flask_babel import format_decimal

from cm_engine.errors import CmError
from cm_engine.policies.contract import Policy
from cm_engine.store.published import Running, Version
from cm_engine.timetable import ScheduleError, Span, read_schedule
from web.at_hand import published
from web.filters import sentence
from web.studio.rooms import studio

# Below so many percent, an amount is as it was.
SAME = Decimal("0.05")


def said(error: CmError | None) -> str:
    """Write what was refused as a sentence."""
    return sentence(f"{error}.") if error else ""


def in_force(running: Running, policy: str) -> Version | None:
    """Give the latest version of a policy of a program, also one that is to come."""
    return published().latest(running.id, policy, date.max)


def already(running: Running, policy: Policy[object]) -> Version | None:
    """Give the latest version of a policy where it says just what this one says."""
    held = in_force(running, policy.name)
    return held if held and held.policy == policy else None


def versions_of(running: Running) -> list[Version]:
    """Give every version that a program published: by policy, the latest first."""
    found = [one for one in published().versions.values() if one.program == running.id]
    return sorted(found, key=lambda one: (one.policy.name, -one.number))


def titled(policy: Policy[object]) -> str:
    """Write a policy's title with its name."""
    return f"{policy.title} ({policy.name})"


@studio.app_template_filter("visits")
def visits(schedule: str) -> str:
    """Write visits by program weeks in words: `1-12:2` as `2 visits a week for 12 weeks`; what is no schedule stays as it is."""
    try:
        spans = read_schedule(schedule).spans
    except ScheduleError:
        return schedule
    if len(spans) == 1 and spans[0].first == 1 < spans[0].last:
        return f"{_a_week(spans[0])} for {spans[0].last} weeks"
    return ", then ".join(f"{_a_week(span)} {_in_weeks(span)}" for span in spans)


def _a_week(span: Span) -> str:
    return f"{span.visits} {'visit' if span.visits == 1 else 'visits'} a week"


def _in_weeks(span: Span) -> str:
    return f"in week {span.first}" if span.first == span.last else f"in weeks {span.first} to {span.last}"


@studio.app_template_filter("in_percent")
def in_percent(before: str, after: str) -> str:
    """Write by how much of what it was an amount differs: `+4.5%`, and `0%`; nothing where it was nothing."""
    if not Decimal(before):
        return ""
    share = (Decimal(after) / Decimal(before) - 1) * 100
    if abs(share) < SAME:
        return "0%"
    sign = "+" if share > 0 else "\N{MINUS SIGN}"
    return f"{sign}{format_decimal(abs(share), '#,##0.#')}%"
