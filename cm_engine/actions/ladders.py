"""Ladders: where somebody stands under each policy, and what the next visit is worth, with each part of it."""

from datetime import date
from typing import Any

from cm_engine.awards import EachSuccess, LadderPlace, Part
from cm_engine.explain import why
from cm_engine.money import Unit
from cm_engine.replay import Account
from cm_engine.standing import Standing


def ladders(standing: Standing, today: date) -> list[dict[str, Any]]:
    """Tell of each policy of the latest enrolment: place and run where it has such, what was earned, what is next, and why."""
    latest = next(reversed(standing.enrolments.values()), None)
    return [_told(account, today) for _, enrolment, account in standing.accounts() if enrolment is latest]


def part_records(parts: tuple[Part, ...], unit: Unit) -> list[dict[str, str]]:
    """Give parts as amounts, each with its reason in words."""
    return [{"amount": unit.text(part.amount), "why": why(part.reason)} for part in parts]


def _told(account: Account, today: date) -> dict[str, Any]:
    policy = account.policy
    parts = account.next_parts(today)
    place, run = _stands(parts)
    return {
        "policy": policy.name,
        "title": policy.title,
        "on": policy.on,
        "unit": policy.pays.code,
        "place": place,
        "run": run,
        "earned": policy.pays.text(account.balance),
        "next": policy.pays.text(account.next_visit(today)),
        "parts": part_records(parts, policy.pays),
        "over_on": _over(account, today),
    }


def _stands(parts: tuple[Part, ...]) -> tuple[int | None, int | None]:
    """Tell the place that the next success would be paid at, and the run so far; None where a policy has no such thing."""
    for part in parts:
        match part.reason:
            case LadderPlace(place, in_a_row):
                return place, in_a_row - 1
            case EachSuccess(in_a_row):
                return None, in_a_row - 1
            case _:
                continue
    return None, None


def _over(account: Account, today: date) -> str | None:
    """Tell the last day on which the policy pays somebody something; None while it goes on."""
    closes = account.term.closes
    return closes.isoformat() if closes < today else None
