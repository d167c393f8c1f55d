"""What the views of the desk share: days of addresses, words for what was recorded, and how a form's refusal is told."""

from datetime import date, datetime, time

from flask import abort, request

from cm_engine.events import YEARS
from cm_engine.store.published import Running
from web.at_hand import here, program

# What is said of what was recorded: words, and how it looks.
SEEN = {"success": "good", "failure": "bad", "excused": "accent", "ignore": ""}

# What is tapped for an attendance, in the order of the buttons.
CAME = (("attended", "Came"), ("late", "Late"), ("left-early", "Left early"), ("missed", "Missed"))
DONE = (("completed", "Done"), ("incomplete", "Not done"))


def day_of(written: str) -> date:
    """Read the day of an address; there is no such page for what is no day."""
    try:
        on = date.fromisoformat(written)
    except ValueError:
        abort(404)
    if on.year not in YEARS:
        abort(404)
    return on


def time_of(written: str) -> time | None:
    """Read the time that a session begins at; None for none."""
    try:
        return time.fromisoformat(written) if written else None
    except ValueError:
        abort(400)


def asked_day(name: str = "on") -> date:
    """Read the day that a form or an address asks for."""
    return day_of(request.values.get(name, ""))


def asked_program() -> Running:
    """Give the program that a form names, which is run at the site of its address."""
    running = program(request.values.get("program", ""))
    if running.site != here():
        abort(404)
    return running


def begins(on: date, at: time | None) -> datetime | date:
    """Give the moment at which something of a day began, at the site; the day, where it is at no time."""
    return datetime.combine(on, at) if at else on
