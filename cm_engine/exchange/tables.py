"""Tables for people to read in a terminal: replays, summaries, perfect runs and the list of policies."""

from collections.abc import Iterable, Sequence
from typing import Any

from tabulate import tabulate

from cm_engine.explain import sentence
from cm_engine.money import MONEY, Unit
from cm_engine.outcomes import Measures
from cm_engine.policies.contract import Policy
from cm_engine.replay import Line
from cm_engine.tally import Tally

NARROWEST = 24


def table(
    headers: Sequence[str],
    rows: Iterable[Sequence[object]],
    right: Sequence[str] = (),
    style: str = "simple",
    width: int | None = None,
) -> str:
    """Lay out rows in columns; the ones named in `right` are amounts, and stand to the right.

    Where a `width` is given, the last column is broken into lines to keep to it.
    """
    written = [[str(cell) for cell in row] for row in rows]
    if not written:
        return "  ".join(headers)
    align = ["right" if header in right else "left" for header in headers]
    widest = [None] * (len(headers) - 1) + [_room(headers, written, width)]
    return str(tabulate(written, headers, tablefmt=style, disable_numparse=True, colalign=align, maxcolwidths=widest))


def _room(headers: Sequence[str], rows: Sequence[Sequence[str]], width: int | None) -> int | None:
    """Tell the room that the columns in front leave to the last one."""
    if width is None:
        return None
    taken = sum(max(map(len, column)) + 4 for column in list(zip(headers, *rows, strict=True))[:-1])
    return max(NARROWEST, width - taken)


def replay_table(participant: str, lines: Sequence[tuple[Line, int]], width: int | None = None) -> str:
    """Lay out what one participant's events earned, each with its reason; beside each line, what the next visit pays."""
    columns = {
        "at": [line.event.written_at for line, _ in lines],
        "event": [line.event.name for line, _ in lines],
        "policy": [line.policy.name for line, _ in lines],
        "paid": [line.policy.pays.text(line.amount) for line, _ in lines],
        "held back": [line.policy.pays.text(line.capped) if line.capped else "" for line, _ in lines],
        "balance": [line.policy.pays.text(line.balance) for line, _ in lines],
        "next": [line.policy.pays.text(next_visit) for line, next_visit in lines],
        "why": [sentence(line, Unit.text) for line, _ in lines],
    }
    policies = {line.policy.name: line.policy.pays.code for line, _ in lines}
    if len(policies) == 1:
        del columns["policy"]
    if not any(columns["held back"]):
        del columns["held back"]
    under = " and ".join(f"{name} in {unit}" for name, unit in policies.items())
    rows = zip(*columns.values(), strict=True)
    right = ("paid", "held back", "balance", "next")
    return f"{participant}, {under}\n{table(list(columns), rows, right, width=width)}"


def summary_table(tallies: Sequence[Tally]) -> str:
    """Lay out the participants, then the totals of each policy."""
    return f"{_people_table(tallies)}\n\n{_totals_table(tallies)}"


def _totals_table(tallies: Sequence[Tally]) -> str:
    headers = ["policy", "unit", "participants", "events", "awarded", "held back", "maximum", "median", "p95"]
    rows = []
    for tally in tallies:
        text = tally.policy.pays.text
        totals = [tally.awarded, tally.capped, tally.maximum, tally.percentile(50), tally.percentile(95)]
        rows.append([tally.policy.name, tally.policy.pays.code, len(tally.awards), tally.events, *map(text, totals)])
    return table(headers, rows, right=headers[2:])


def _people_table(tallies: Sequence[Tally]) -> str:
    headers = [
        "participant",
        "policy",
        "awarded",
        "negative",
        "of scheduled",
        "of submitted",
        "LDA missing=+",
        "LDA missing left out",
    ]
    rows = [
        [participant, tally.policy.name, tally.policy.pays.text(share.awarded), *_measures(share.measures)]
        for participant in (tallies[0].shares if tallies else ())
        for tally in tallies
        for share in [tally.shares[participant]]
    ]
    return table(headers, rows, right=headers[2:])


def _measures(measures: Measures | None) -> list[str]:
    if measures is None:
        return [""] * 5
    shares = [measures.percent_negative_scheduled, measures.percent_negative_submitted]
    percents = ["" if share is None else f"{share:.1f} %" for share in shares]
    return [str(measures.negatives), *percents, str(measures.lda_missing_positive), str(measures.lda_missing_ignored)]


def perfect_run_table(policy: Policy[Any], lines: Sequence[Line], style: str = "simple") -> str:
    """Lay out a perfect run, visit by visit, with its total; for draws, what the prizes are worth on average."""
    if not lines:
        return "No perfect run: the policy sees no outcome as a success."
    text = policy.pays.text
    headers = ["visit", "week", "date", "pays", "total", "why"]
    rows = [
        [visit, line.week, line.event.on, text(line.amount), text(line.balance), sentence(line, Unit.text)]
        for visit, line in enumerate(lines, start=1)
    ]
    laid_out = table(headers, rows, right=headers[:2] + headers[3:5], style=style)
    return f"{laid_out}\n\n{perfect_total(policy, lines[-1].balance)}"


def perfect_total(policy: Policy[Any], total: int) -> str:
    """Say what a perfect run comes to."""
    said = f"A perfect run: {policy.pays.said(total)}"
    if policy.bowl:
        said += f", in prizes worth {MONEY.said(round(policy.bowl.mean * total))} on average"
    if policy.worth:
        said += f", worth {MONEY.said(total * policy.worth)}"
    return f"{said}."


def policy_table(policies: Iterable[Policy[Any]], width: int | None = None) -> str:
    """Lay out policies with what they reward, what they pay and for how long."""
    rows = [[p.name, p.on, p.pays.code, p.weeks or "no end", p.title] for p in policies]
    return table(["policy", "on", "pays", "weeks", "title"], rows, right=["weeks"], width=width)
