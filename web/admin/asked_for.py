"""What an address asks for in its query; what makes no sense there asks for nothing."""

from datetime import date
from urllib.parse import urlencode

from flask import request, url_for

from cm_engine.events import YEARS


def text(name: str) -> str:
    """Give a text, without blanks around it."""
    return request.args.get(name, "").strip()


def day(name: str) -> date | None:
    """Give a day; None for what is none."""
    try:
        asked = date.fromisoformat(text(name))
    except ValueError:
        return None
    return asked if asked.year in YEARS else None


def lead_on(endpoint: str, behind: str) -> str:
    """Give the address of another page of what this address asks for: the one behind a place, or (empty) the first."""
    asked = {name: value for name, value in request.args.items() if value and name != "behind"}
    query = asked | ({"behind": behind} if behind else {})
    return f"{url_for(endpoint)}?{urlencode(query)}" if query else url_for(endpoint)
