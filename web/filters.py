"""Filters: how amounts, dates and moments are written on a page, in the reader's language."""

import re
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from flask import Flask
from flask_babel import format_currency, format_date, format_datetime, format_decimal, format_time, get_locale, ngettext

from cm_engine.clock import read
from cm_engine.money import COUNTED, CURRENCIES

LEAST_SHARE = 0.1

# Analytes that are known by their initials.
INITIALS = frozenset({"mdma", "pcp", "thc"})

_DAY = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")
_MONEY = re.compile(rf"\b(\d+\.\d{{2}}) ({'|'.join(sorted(CURRENCIES))})\b")


def amount(written: str, unit: str) -> str:
    """Write an amount with its unit: `15.00` usd as `$15.00`, `3` draws as `3 draws`."""
    if unit not in COUNTED:
        return str(format_currency(Decimal(written), unit.upper()))
    number = int(written)
    return f"{format_decimal(number)} {counted(unit, number)}"


def difference(written: str, unit: str) -> str:
    """Write by how much an amount differs: `+$5.00`, `-3 draws`."""
    sign = "\N{MINUS SIGN}" if written.startswith("-") else "+"
    return f"{sign}{amount(written.removeprefix('-'), unit)}"


def counted(unit: str, number: int) -> str:
    """Name what is counted, as many as there are."""
    words = {
        "points": ngettext("point", "points", number),
        "draws": ngettext("draw", "draws", number),
        "tickets": ngettext("ticket", "tickets", number),
    }
    return str(words[unit])


def day(on: date | str) -> str:
    """Write a date: `Mon, Mar 2, 2026`."""
    return str(format_date(_date(on), "EEE, MMM d, y"))


def month(named: str) -> str:
    """Write a month of a year: `2026-03` as `March 2026`."""
    return str(format_date(date.fromisoformat(f"{named}-01"), "MMMM y"))


def short_day(on: date | str) -> str:
    """Write a date of this year: `Mon, Mar 2`."""
    return str(format_date(_date(on), "EEE, MMM d"))


def moment(at: datetime | str, zone: ZoneInfo) -> str:
    """Write a moment as it was at a site: `Mon, Mar 2, 2026, 10:05 AM`."""
    return str(format_datetime(_moment(at).astimezone(zone), "EEE, MMM d, y, h:mm a", rebase=False))


def clock(at: datetime | str, zone: ZoneInfo) -> str:
    """Write the time of day at a site: `10:05 AM`."""
    return str(format_datetime(_moment(at).astimezone(zone), "h:mm a", rebase=False))


def percent(share: float | str | None) -> str:
    """Write a share: `87.5%`; what is above nothing is never written as nothing."""
    if share is None:
        return "\N{EN DASH}"
    number = float(share)
    return "under 0.1%" if 0 < number < LEAST_SHARE / 2 else f"{format_decimal(number, '#,##0.0')}%"


def signed(number: int) -> str:
    """Write a difference with its sign: `+3`, or 0."""
    return f"{number:+,}".replace("-", "\N{MINUS SIGN}") if number else "0"


def time_of_day(written: str | time) -> str:
    """Write the time that something begins at: `10:00 AM`."""
    return str(format_time(time.fromisoformat(written) if isinstance(written, str) else written, "h:mm a"))


def sentence(told: str) -> str:
    """Write what the engine tells as a sentence begins, its days and its money as they are written on a page."""
    told = _DAY.sub(lambda found: day(found[0]), told)
    told = _MONEY.sub(lambda found: amount(found[1], found[2]), told)
    return told[:1].upper() + told[1:]


def words(named: str) -> str:
    """Write what is named with hyphens as words: `early-recovery-group` as `Early recovery group`; `thc` as `THC`."""
    return named.upper() if named in INITIALS else named.replace("_", " ").replace("-", " ").capitalize()


def add_filters(app: Flask) -> None:
    """Let templates use all of these."""
    for one in (amount, difference, day, short_day, moment, clock, percent, sentence, time_of_day):
        app.add_template_filter(_kept(one), one.__name__)
    app.add_template_filter(signed)
    app.add_template_filter(words)
    app.add_template_filter(month)


def _kept(write: Callable[..., str]) -> Callable[..., str]:
    """Write each thing once in each language: pages repeat the same days and amounts, and writing them takes long."""

    @lru_cache(maxsize=8192)
    def in_language(_: str, *things: object) -> str:
        return write(*things)

    return lambda *things: in_language(str(get_locale()), *things)


def _date(on: date | str) -> date:
    return date.fromisoformat(on) if isinstance(on, str) else on


def _moment(at: datetime | str) -> datetime:
    return read(at) if isinstance(at, str) else at
