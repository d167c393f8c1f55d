"""What an event earned, as an answer: under each policy the award, its parts, why, and what the next visit is worth."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from cm_engine.explain import CAPS, sentence, why
from cm_engine.replay import Line
from cm_engine.standing import Left, RefusedError, Standing


class PartialPanelError(RefusedError):
    """A test that reports some, but not all, of a policy's targets."""


def award_records(standing: Standing, lines: Iterable[Line], today: date) -> list[dict[str, Any]]:
    """Give the award of each line; amounts are decimal strings."""
    return [_award_record(standing, line, today) for line in lines]


def _award_record(standing: Standing, line: Line, today: date) -> dict[str, Any]:
    policy = line.policy
    text = policy.pays.text
    return {
        "policy": policy.name,
        "class": line.seen.seen_as,
        "unit": policy.pays.code,
        "amount": text(line.amount),
        "parts": [{"amount": text(part.amount), "why": why(part.reason)} for part in line.parts],
        "capped": text(line.capped),
        "uncollected": text(line.uncollected),
        "balance": text(line.balance),
        "next": text(standing.account(policy.name).next_visit(max(today, line.event.on))),
        "why": sentence(line),
    }


def left_records(left: list[Left]) -> list[dict[str, Any]]:
    """Give what each cap leaves, with whose it is and its words."""
    return [
        {
            "source": one.source,
            "cap": CAPS[one.cap.per],
            "amount": one.unit.text(one.cap.amount),
            "left": one.unit.text(one.left),
            "unit": one.unit.code,
            "why": f"{one.unit.said(one.left)} left of {one.unit.text(one.cap.amount)}: {CAPS[one.cap.per]}, {one.source}",
        }
        for one in left
    ]


def refuse_partial(lines: Iterable[Line]) -> None:
    """Refuse a test that reports some, but not all, of a policy's targets. Raises PartialPanelError naming them."""
    for line in lines:
        if line.seen.unreported:
            missing = ", ".join(line.seen.unreported)
            raise PartialPanelError(
                f"{line.policy.name} also needs {missing}: add the finding, "
                "or allow a partial panel, and the test counts by what it reports"
            )
