"""Every page that there is for the staff, with an address in the demo for it, and who of them may open it."""

from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

from flask import Flask
from werkzeug.routing import Rule

from cm_engine.demo.staff import NAMES
from cm_engine.engine import Engine
from cm_engine.store.database import Database
from cm_engine.vault import Keys, Vault
from tests.demos import Demo
from web.access import Permission, Role, allows
from web.app import create_app
from web.options import Options

# What answers a browser otherwise than with a page of the staff's: it is tried where it belongs.
ELSEWHERE = ("static", "health.", "kiosk.", "api.", "staff.picture")

# One of each role, in the order in which they look at what several may open; before them nobody, who is not signed in.
NOBODY = ""
LOOKING = ("dev", "elin", "femi", "amir", "olga")


# What the address of a page asks for besides its places.
ASKS = {
    "staff.test": ("program", "on"),
    "staff.excuse": ("program", "on", "session"),
    "staff.group": ("at",),
}


class Page(NamedTuple):
    """A page: the view behind it, its address with places open, these places, and who may open it."""

    endpoint: str
    rule: str
    places: frozenset[str]
    seen_by: tuple[str, ...]


@cache
def _app() -> Flask:
    """Give the application as it is, on no database: its addresses are told without one."""
    return create_app(Engine(Database("sqlite:////nowhere"), Vault(Keys.new())), Options(secret="unused"))  # noqa: S106


@cache
def pages() -> tuple[Page, ...]:
    """Give every page of the staff's."""
    rules = [rule for rule in _app().url_map.iter_rules() if "GET" in (rule.methods or ())]
    return tuple(_page(rule) for rule in rules if not rule.endpoint.startswith(ELSEWHERE))


def _page(rule: Rule) -> Page:
    permission: Permission | None = getattr(_app().view_functions[rule.endpoint], "permission", None)
    if permission:
        seen_by = tuple(name for name in LOOKING if allows(frozenset({Role(NAMES[name][1])}), permission))
    else:
        seen_by = (NOBODY,) if rule.rule.startswith("/sign-in") else LOOKING[:1]
    places = frozenset({*rule.arguments, *ASKS.get(rule.endpoint, ())})
    return Page(rule.endpoint, rule.rule, places, seen_by)


def address(page: Page, samples: Mapping[str, Any]) -> str:
    """Give the address of a page, with something of the demo in each of its places."""
    missing = page.places - samples.keys()
    assert not missing, f"tell in tests/journeys/pages.py what of the demo stands for {sorted(missing)} in {page.rule}"
    return _app().url_map.bind("127.0.0.1").build(page.endpoint, {name: samples[name] for name in page.places})


def samples(demo: Demo) -> dict[str, Any]:
    """Give something of the demo for each place that an address may have."""
    person = demo.ids["K6148"]  # whose result a laboratory overturned
    [(event,)] = demo.ask(
        f"SELECT key FROM log WHERE chain = '{person}' AND fact = 'event-recorded' AND body LIKE '%positive%' LIMIT 1"
    )
    return {
        "program": demo.program,
        "site": demo.site,
        "participant": person,
        "event": event,
        "on": demo.today.isoformat(),
        "session": "psychoeducation-group",
        "at": "10:00",
    }
