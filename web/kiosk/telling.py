"""Telling: each row of a statement in plain words: what happened, what it brought, and why each part of it."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from cm_engine.actions.statement import Row, Slip
from cm_engine.events import VOID
from cm_engine.facts import (
    EventRecorded,
    PrizeChosen,
    PrizeHandedOver,
    PrizesTraded,
    RedemptionCancelled,
    ResultCorrected,
)
from cm_engine.replay import Line
from web.kiosk import words
from web.languages import gettext as _


class Part(NamedTuple):
    """Why something was paid, and how much."""

    why: str
    amount: str


class Entry(NamedTuple):
    """A row of the statement. `about` is what a remark on it names; empty where there is nothing to remark on."""

    on: date
    title: str
    brought: str
    parts: Sequence[Part]
    about: str


def entry(row: Row) -> Entry:
    """Tell a row."""
    title, brought, parts = _told(row)
    return Entry(row.on, title, brought, parts, row.about)


def brought_by(slip: Slip) -> str:
    """Say what a slip brought."""
    if slip.wins:
        return words.size(slip.label)
    return words.money(slip.paid) if slip.paid else _("Good job!")


def _told(row: Row) -> tuple[str, str, Sequence[Part]]:
    match row.fact:
        case EventRecorded():
            return _visit(row)
        case ResultCorrected():
            return _change(row)
        case PrizeChosen():
            return _("Chosen: %(prize)s", prize=row.prize), "", ()
        case PrizeHandedOver():
            return _("Picked up: %(prize)s", prize=row.prize), "", ()
        case RedemptionCancelled():
            return _("Put back: %(prize)s", prize=row.prize), "", ()
        case PrizesTraded(give, number, get):
            return _("Traded"), f"{words.sizes(give, number)} → {words.sizes(get, 1)}", ()
        case _:
            return _("Slip"), brought_by(row.slip) if row.slip else "", ()


def _visit(row: Row) -> tuple[str, str, Sequence[Part]]:
    title = words.visit(row.event.kind) if row.event else _("Visit")
    parts = [Part(words.reason(part.reason), _signed(line, part.amount)) for line in row.lines for part in line.parts]
    return title, _total(row.lines) or _nothing(row), (*parts, *_held_back(row.lines))


def _change(row: Row) -> tuple[str, str, Sequence[Part]]:
    title = _("Change")
    if row.event:
        title = _("Change for %(day)s", day=words.day(row.event.on))
    parts = [Part(words.reason(part.reason), _signed(line, part.amount)) for line in row.lines for part in line.parts]
    return title, _total(row.lines) or _("Nothing else changes"), (*parts, *_held_back(row.lines))


def _nothing(row: Row) -> str:
    """Say why a visit brought nothing; kindly, and without what was found."""
    outcome = row.event.result.outcome if row.event else ""
    seen = {line.seen.seen_as for line in row.lines}
    if outcome == VOID:
        return _("Entered by mistake")
    if "failure" in seen:
        return _("Nothing this time. You can begin again next time.")
    if "excused" in seen:
        return _("Excused. Your steps stay.")
    return _("Noted")


def _total(lines: Sequence[Line]) -> str:
    return " + ".join(_signed(line, line.amount) for line in lines if line.amount)


def _signed(line: Line, amount: int) -> str:
    written = words.written(line.policy.pays, abs(amount))
    return f"\u2212{written}" if amount < 0 else written


def _held_back(lines: Sequence[Line]) -> list[Part]:
    return [
        Part(_("Held back by %(limit)s", limit=words.limit(line.capped_by.per)), _signed(line, -line.capped))
        for line in lines
        if line.capped_by
    ]
