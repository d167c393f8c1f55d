"""Words: how the kiosk says things, in the reader's language and without telling a bystander what the place is.

A test is a visit, an attendance a session, an activity a goal; a draw is a slip. Everything is made from values.
"""

from datetime import date, time
from decimal import Decimal

from flask_babel import format_currency, format_date, format_decimal, format_time

from cm_engine.actions.outlook import Amount, Offer
from cm_engine.awards import AlreadyPaid, AlsoNegative, Corrected, EachSuccess, FlatWeeks, InARow, LadderPlace, Reason
from cm_engine.caps import Per
from cm_engine.events import Kind
from cm_engine.money import MONEY, Unit
from web.languages import gettext, ngettext


def amount(of: Amount) -> str:
    """Write an amount with its unit: $3.75, 3 slips."""
    return written(of.unit, of.amount)


def written(unit: Unit, number: int) -> str:
    """Write so much of a unit."""
    if unit.is_money:
        return str(format_currency(Decimal(unit.text(number)), unit.code.upper()))
    return counted(unit.code, number)


def short(unit: Unit, number: int) -> str:
    """Write so much of a unit where there is little room: money with its sign, else the number alone."""
    return written(unit, number) if unit.is_money else str(format_decimal(number))


def counted(code: str, number: int) -> str:
    """Write how many there are of what is counted."""
    shown = format_decimal(number)
    match code:
        case "draws":
            return ngettext("%(shown)s slip", "%(shown)s slips", number, shown=shown)
        case "points":
            return ngettext("%(shown)s point", "%(shown)s points", number, shown=shown)
        case _:
            return ngettext("%(shown)s ticket", "%(shown)s tickets", number, shown=shown)


def money(cents: int) -> str:
    """Write an amount of money."""
    return written(MONEY, cents)


def day(on: date) -> str:
    """Write a date without its year: Thursday, March 5."""
    return str(format_date(on, gettext("EEEE, MMMM d")))


def short_day(on: date) -> str:
    """Write a date in a narrow place: Mar 5."""
    return str(format_date(on, gettext("MMM d")))


def clock(at: time) -> str:
    """Write a time of day."""
    return str(format_time(at, "short"))


def visit(kind: Kind) -> str:
    """Name one of a kind of visit."""
    match kind:
        case "test":
            return gettext("Visit")
        case "attendance":
            return gettext("Session")
        case "activity":
            return gettext("Goal")


def visits(kind: Kind) -> str:
    """Name what a ladder is for."""
    match kind:
        case "test":
            return gettext("My visits")
        case "attendance":
            return gettext("My sessions")
        case "activity":
            return gettext("My goals")


def size(label: str) -> str:
    """Name the size of a prize, as a slip says it; a size that is not usual is called as it is."""
    usual = {
        "small": gettext("small prize"),
        "medium": gettext("medium prize"),
        "large": gettext("large prize"),
        "jumbo": gettext("jumbo prize"),
    }
    return str(usual.get(label, label))


def sizes(label: str, number: int) -> str:
    """Write how many prizes of a size there are."""
    shown = format_decimal(number)
    match label:
        case "small":
            return ngettext("%(shown)s small prize", "%(shown)s small prizes", number, shown=shown)
        case "medium":
            return ngettext("%(shown)s medium prize", "%(shown)s medium prizes", number, shown=shown)
        case "large":
            return ngettext("%(shown)s large prize", "%(shown)s large prizes", number, shown=shown)
        case "jumbo":
            return ngettext("%(shown)s jumbo prize", "%(shown)s jumbo prizes", number, shown=shown)
        case _:
            return f"{shown} \u00d7 {label}"


def price(offer: Offer) -> str:
    """Say what a prize takes."""
    return size(offer.size).capitalize() if offer.size else amount(offer.price)


def reason(why: Reason) -> str:
    """Say why a part of an award was paid."""
    match why:
        case LadderPlace(place, _):
            return gettext("Step %(place)s", place=place)
        case EachSuccess(in_a_row):
            return ngettext("%(num)s in a row", "%(num)s in a row", in_a_row)
        case InARow(in_a_row, _):
            return gettext("Bonus: %(number)s in a row", number=in_a_row)
        case AlsoNegative():
            return gettext("Extra")
        case FlatWeeks():
            return gettext("The amount of these weeks")
        case AlreadyPaid():
            return gettext("Counted before")
        case Corrected(on, _):
            return gettext("For %(day)s", day=day(on))
        case _:
            return gettext("Reward")


def limit(per: Per) -> str:
    """Say which limit held something back."""
    usual = {
        "event": gettext("the limit for one time"),
        "day": gettext("the limit for one day"),
        "week": gettext("the limit for one week"),
        "month": gettext("the limit for one month"),
    }
    return str(usual.get(per, gettext("the limit for one year")))
