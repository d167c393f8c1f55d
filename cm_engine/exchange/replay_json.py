"""Replays as JSON: a line for every event and policy, or one object that sums them up."""

import json
from collections.abc import Sequence
from typing import Any

from cm_engine.explain import why
from cm_engine.money import MONEY
from cm_engine.outcomes import Measures
from cm_engine.policies.contract import Policy
from cm_engine.replay import Line
from cm_engine.tally import Share, Tally


def line_record(line: Line, next_visit: int) -> dict[str, Any]:
    """Give a line as the record that programs read; amounts are decimal strings."""
    text = line.policy.pays.text
    event = line.event
    return {
        "participant": event.participant,
        "event": event.name,
        "at": event.written_at,
        "policy": line.policy.name,
        "class": line.seen.seen_as,
        "unit": line.policy.pays.code,
        "amount": text(line.amount),
        "parts": [{"amount": text(part.amount), "why": why(part.reason)} for part in line.parts],
        "capped": text(line.capped),
        "balance": text(line.balance),
        "next": text(next_visit),
    }


def perfect_run_record(policy: Policy[Any], lines: Sequence[Line]) -> dict[str, Any]:
    """Give a perfect run: its visits, what they come to, and for draws what the prizes are worth on average."""
    keys = ("at", "amount", "parts", "capped", "balance")
    total = lines[-1].balance if lines else 0
    visits = [{key: value for key, value in line_record(line, 0).items() if key in keys} for line in lines]
    record: dict[str, Any] = {"visits": visits, "total": policy.pays.text(total)}
    if policy.bowl:
        record["value"] = MONEY.text(round(policy.bowl.mean * total))
    return record


def lines_text(records: Sequence[dict[str, Any]]) -> str:
    """Write records as JSON Lines.

    Encoding a list at once takes two thirds of the time of encoding each record. It is split where one record ends and the next
    begins; no string can hold those characters, since a quotation mark in a string is written with a backslash.
    """
    return json.dumps(records)[1:-1].replace('}, {"participant": ', '}\n{"participant": ')


def summary_record(tallies: Sequence[Tally]) -> dict[str, Any]:
    """Give the totals of each policy, and by participant what each policy awarded, with the outcome measures."""
    people: dict[str, dict[str, Any]] = {}
    for tally in tallies:
        for participant, share in tally.shares.items():
            people.setdefault(participant, {})[tally.policy.name] = _share_record(tally, share)
    return {"policies": [_tally_record(tally) for tally in tallies], "participants": people}


def _tally_record(tally: Tally) -> dict[str, Any]:
    text = tally.policy.pays.text
    return {
        "policy": tally.policy.name,
        "unit": tally.policy.pays.code,
        "participants": len(tally.awards),
        "events": tally.events,
        "awarded": text(tally.awarded),
        "capped": text(tally.capped),
        "maximum": text(tally.maximum),
        "median": text(tally.percentile(50)),
        "p95": text(tally.percentile(95)),
    }


def _share_record(tally: Tally, share: Share) -> dict[str, Any]:
    record: dict[str, Any] = {"awarded": tally.policy.pays.text(share.awarded)}
    if share.measures is not None:
        record |= _measures_record(share.measures)
    return record


def _measures_record(measures: Measures) -> dict[str, Any]:
    """Give outcome measures by their names in the field; a percentage of nothing is null."""
    return {
        "submitted": measures.submitted,
        "scheduled": measures.scheduled,
        "negatives": measures.negatives,
        "percent_negative_scheduled": measures.percent_negative_scheduled,
        "percent_negative_submitted": measures.percent_negative_submitted,
        "lda_missing_positive": measures.lda_missing_positive,
        "lda_missing_ignored": measures.lda_missing_ignored,
    }
