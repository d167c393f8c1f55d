"""Every page that there is, with an address in the demo for it, and who may open it."""

from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

from flask import Flask
from werkzeug.routing import Rule

from cm_engine.demo.kiosk import TOLD
from cm_engine.demo.staff import NAMES
from cm_engine.engine import Engine
from cm_engine.store.database import Database
from cm_engine.vault import Keys, Vault
from tests.demos import Demo
from web.access import Permission, Role, allows
from web.app import create_app
from web.options import Options

# What answers a browser otherwise than with a page.
NO_PAGE = (
    "static",
    "health.",
    "api.",
    "api_docs.openapi",
    "staff.picture",
    "manager.export",
    "studio.draft_file",
    "admin.program_file",
    "sign_in.here",
    "kiosk.nowhere",
    "kiosk.receipt",
    "kiosk.begin_again",
    "kiosk.nowhere",
)

# One of each role, in the order in which they look at what several may open; before them nobody, who is not signed in.
NOBODY = ""
LOOKING = ("dev", "elin", "femi", "amir", "olga")

# Who stands at the kiosk: nobody yet, somebody who showed their card, and somebody who is signed in, who sees all the rest.
TABLET, CARD, GUEST = "tablet", "card", "guest"
AT_KIOSK = {"kiosk.pairing": NOBODY, "kiosk.welcome": TABLET, "kiosk.pin": CARD, "kiosk.new_pin": CARD}


# What the address of a page asks for besides its places.
ASKS = {
    "staff.test": ("program", "on"),
    "staff.excuse": ("program", "on", "session"),
    "staff.group": ("at",),
    "manager.near": ("what",),
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
    """Give every page."""
    rules = [rule for rule in _app().url_map.iter_rules() if "GET" in (rule.methods or ())]
    return tuple(_page(rule) for rule in rules if not is_no_page(rule.endpoint))


def is_no_page(endpoint: str) -> bool:
    """Tell whether a view answers otherwise than with a page."""
    return endpoint in NO_PAGE or endpoint.startswith(tuple(one for one in NO_PAGE if one.endswith(".")))


def _page(rule: Rule) -> Page:
    permission: Permission | None = getattr(_app().view_functions[rule.endpoint], "permission", None)
    if permission:
        seen_by = tuple(name for name in LOOKING if allows(frozenset({Role(NAMES[name][1])}), permission))
    elif rule.endpoint.startswith("kiosk."):
        seen_by = (AT_KIOSK.get(rule.endpoint, GUEST),)
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
    [event] = demo.ask(
        f"SELECT key FROM log WHERE chain = '{person}' AND fact = 'event-recorded' AND body LIKE '%positive%' LIMIT 1"
    )
    [draw] = demo.ask(
        f"SELECT key FROM log WHERE chain = '{demo.ids[TOLD]}' AND fact = 'draw-opened' ORDER BY seq LIMIT 1"
    )
    earlier, later = demo.ask("SELECT id FROM policy_versions WHERE policy = 'iop-attendance' ORDER BY number")
    [audit, *_] = demo.ask("SELECT id, period FROM audits WHERE kind = 'slips' ORDER BY period")
    [staff] = demo.ask(f"SELECT id FROM staff WHERE name = '{NAMES['priya'][0]}'")
    [draft] = demo.ask("SELECT id FROM policy_drafts")
    [proposal] = demo.ask("SELECT id FROM policy_proposals")
    return {
        "program": demo.program,
        "draft": draft[0],
        "proposal": proposal[0],
        "site": demo.site,
        "participant": person,
        "event": event[0],
        "on": demo.today.isoformat(),
        "session": "psychoeducation-group",
        "at": "10:00",
        "what": "cap:near:calendar-year:599.00 usd:State Medicaid",
        "draw": draw[0],
        "version": later[0],
        "earlier": earlier[0],
        "later": later[0],
        "audit": audit[0],
        "kind": "slips",
        "period": audit[1],
        "staff": staff[0],
    }
