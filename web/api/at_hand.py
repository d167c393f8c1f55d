"""What a call has at hand: the programs of the token's sites, whom an address or a body names, and pages of a list."""

import base64
import json
from binascii import Error
from collections.abc import Mapping
from typing import Any

from flask import g, request

from cm_engine.actions import viewing
from cm_engine.errors import nearest, quoted
from cm_engine.store.published import Running
from web.api.fields import Sent, Text, TypedWhole
from web.at_hand import engine, published
from web.caller import caller
from web.problems import Problem

MOST = 200


class PageSchema(Sent):
    """Which part of a long list is wanted."""

    cursor = Text("what an earlier answer gave as `next`: goes on behind it")
    limit = TypedWhole("how many at most", 1, MOST, load_default=50)


def whose() -> str:
    """Give the participant that the address is of; only where it names something of somebody's."""
    return str(g.whose)


def participant_in(sent: Mapping[str, Any]) -> str:
    """Give the participant that a body names. Raises Problem for nobody, and for somebody of another site."""
    participant: str = sent["participant"]
    if viewing.site_of(engine(), participant) not in caller().sites:
        raise Problem("not-found", "there is no such participant for this token")
    return participant


def programs() -> list[Running]:
    """Give the programs at the token's sites, by site and name."""
    found = [running for running in published().programs.values() if running.site in caller().sites]
    return sorted(found, key=lambda running: (site_name(running), running.name))


def site_name(running: Running) -> str:
    """Give the name of the site that a program is run at."""
    return running.terms[-1][1].site


def program_in(sent: Mapping[str, Any]) -> Running:
    """Give the program that a body or an address names, or the only one that there is. Raises Problem where that is not told."""
    named, site = sent.get("program"), sent.get("site")
    found = [one for one in programs() if named in {None, one.name} and site in {None, site_name(one)}]
    if len(found) != 1:
        field, detail = _why_not(named, found)
        place = {"parameter": field} if request.method == "GET" else {"pointer": f"#/{field}"}
        raise Problem("not-valid", errors=[{**place, "detail": detail}])
    return found[0]


def _why_not(named: str | None, found: list[Running]) -> tuple[str, str]:
    """Tell which field of a body does not name one program, and which there are."""
    if found:
        return "site" if named else "program", f"there are several: {_listed(found)}; name one"
    names = {one.name for one in programs()}
    if named and named not in names:
        return "program", f"{quoted(named)} is none of this token's{nearest(named, names)}: {_listed(programs())}"
    return "site", f"it is not run there: {_listed(programs())}"


def _listed(some: list[Running]) -> str:
    return ", ".join(f"{one.name} at {site_name(one)}" for one in some)


def cursor_of(place: "list[str] | int") -> str:
    """Write a place in a list so that a program can give it back, and need not know what it says."""
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def place_of(cursor: str) -> Any:
    """Read a place that `cursor_of` wrote; None for the beginning. Raises Problem for what is none."""
    if not cursor:
        return None
    try:
        return json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (Error, ValueError) as error:
        raise _not_a_cursor() from error


def number_at(cursor: str) -> int | None:
    """Read a place that is a number; None for the beginning. Raises Problem for what is none."""
    place = place_of(cursor)
    if place is not None and type(place) is not int:
        raise _not_a_cursor()
    return place


def texts_at(cursor: str) -> list[str]:
    """Read a place that is some texts; none for the beginning. Raises Problem for what is none."""
    place = place_of(cursor) or []
    if not isinstance(place, list) or not all(isinstance(text, str) for text in place):
        raise _not_a_cursor()
    return place


def _not_a_cursor() -> Problem:
    return Problem("not-valid", errors=[{"parameter": "cursor", "detail": "is none that an answer gave as `next`"}])
