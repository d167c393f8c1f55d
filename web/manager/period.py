"""The period that figures are told for: four or twelve weeks, a year, or from a day to another."""

from datetime import date, timedelta
from typing import Any, NamedTuple

from flask import request
from flask_wtf import FlaskForm
from wtforms import DateField, StringField
from wtforms.validators import Optional

from cm_engine.periods import Period, months_back

CHOICES = (("4-weeks", "4 weeks"), ("12-weeks", "12 weeks"), ("year", "A year"), ("custom", "From … to …"))
USUAL = "12-weeks"
LONGEST_YEARS = 5


class PeriodForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """Which period; asked by its address, so that a page can be kept as a bookmark."""

    class Meta:
        """It changes nothing, so it needs no proof of where it comes from."""

        csrf = False

    period = StringField("Period", default=USUAL)
    first = DateField("From", [Optional()])
    last = DateField("To", [Optional()])


class Chosen(NamedTuple):
    """The period that was chosen, the form with what was typed, and the same choice for another address."""

    period: Period
    form: PeriodForm
    again: dict[str, Any]
    choices: tuple[tuple[str, str], ...] = CHOICES


def chosen(today: date) -> Chosen:
    """Read the period from the address; where what was typed is no period, say so beside it, and take the usual one."""
    form = PeriodForm(request.args)
    name = form.period.data if form.period.data in dict(CHOICES) else USUAL
    form.period.data = name
    if name != "custom":
        return Chosen(_usual(name, today), form, {"period": name})
    form.validate()
    last = form.last.data or today
    first = form.first.data or last - timedelta(weeks=12)
    _refuse(form, first, last, today)
    if form.errors:
        return Chosen(_usual(USUAL, today), form, {"period": USUAL})
    form.first.data, form.last.data = first, last
    again = {"period": name, "first": first.isoformat(), "last": last.isoformat()}
    return Chosen(Period(first, last), form, again)


def _refuse(form: Any, first: date, last: date, today: date) -> None:
    """Say beside a day why it cannot be."""
    if last > today:
        form.last.errors = [f"This day has not come yet; today is {today}."]
    elif first > last:
        form.first.errors = ["The first day lies behind the last."]
    elif first < months_back(today, 12 * LONGEST_YEARS):
        form.first.errors = [f"Figures are told for at most {LONGEST_YEARS} years back."]


def _usual(name: str, today: date) -> Period:
    if name == "year":
        return Period(months_back(today, 11), today)
    weeks = int(name.partition("-")[0])
    monday = today - timedelta(days=today.weekday())
    return Period(monday - timedelta(weeks=weeks - 1), today)
