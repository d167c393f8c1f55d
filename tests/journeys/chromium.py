"""The browser of the journeys: Debian's Chromium, which may speak to this machine alone; and who sits before it.

Whatever goes wrong unseen counts: an error in the console, a request that failed, one that would leave this machine.
"""

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Literal
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response, Route, sync_playwright

from tests.journeys.live import HERE

# How long, in milliseconds, something may take to come up on a page.
PATIENCE = 10_000

Theme = Literal["light", "dark"]

# A phone, a tablet, a desk.
SIZES = {"phone": (360, 740), "tablet": (768, 1024), "desk": (1440, 900)}

NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--no-first-run",
    f"--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE {HERE}",
)

# Also what axe leaves out unless it is asked: targets large enough to hit (WCAG 2.2).
RULES = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}

# An answer that a form gets where something is wrong in it; the browser calls that an error, too.
REFUSED = HTTPStatus.UNPROCESSABLE_ENTITY
_COME_TO_REST = """Promise.all(
    document.getAnimations().filter(one => one.effect.getComputedTiming().endTime < Infinity).map(one => one.finished)
).then(() => null)"""
_SAYS_STATUS = "Failed to load resource: the server responded with a status of"


def chromium() -> str | None:
    """Give where Chromium is; None where it is not installed."""
    return next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def opened_browser(path: str) -> Iterator[Browser]:
    """Start the browser, and end it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Visitor:
    """Somebody before the browser: a page of their own, and what went wrong there unseen.

    `expected` are answers that a story asks for, and that would be faults otherwise.
    """

    context: BrowserContext
    page: Page
    address: str
    faults: list[str] = field(default_factory=list)
    expected: set[int] = field(default_factory=lambda: {REFUSED})

    def go(self, path: str) -> Response:
        """Open an address of the application."""
        response = self.page.goto(f"{self.address}{path}")
        assert response is not None
        return response

    def violations(self) -> list[str]:
        """Tell what axe finds on the page, once what moves has come to rest: each rule, with what breaks it, and where."""
        self.page.evaluate(_COME_TO_REST)
        found = Axe().run(self.page, options=RULES).response["violations"]
        return [f"{rule['id']}: {rule['help']}: {_targets(rule['nodes'])}" for rule in found]

    def is_too_wide(self) -> bool:
        """Tell whether the page has to be moved sideways."""
        too_wide: bool = self.page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
        return too_wide


@contextmanager
def visitor(
    browser: Browser, address: str, *, cookies: Sequence[dict[str, Any]] = (), size: str = "desk", **options: Any
) -> Iterator[Visitor]:
    """Let somebody sit down before the browser; when they leave, nothing may have gone wrong unseen."""
    width, height = SIZES[size]
    context = browser.new_context(viewport={"width": width, "height": height}, base_url=address, **options)
    context.set_default_timeout(PATIENCE)
    context.add_cookies([{"url": address, **cookie} for cookie in cookies])  # type: ignore[typeddict-item]
    someone = Visitor(context, context.new_page(), address)
    _watch(someone)
    try:
        yield someone
        assert someone.faults == []
    finally:
        context.close()


def _watch(someone: Visitor) -> None:
    note, page = someone.faults.append, someone.page
    someone.context.route(lambda url: urlsplit(url).hostname != HERE, _refuse(note))
    page.on("pageerror", lambda error: note(f"error in a script: {error}"))
    page.on("console", lambda message: _note_message(note, message))
    page.on("requestfailed", lambda request: _note_failure(note, request.url, request.failure))
    page.on("response", lambda response: _note_answer(someone, response))


def _refuse(note: Callable[[str], None]) -> Callable[[Route], None]:
    def refuse(route: Route) -> None:
        note(f"a request would leave this machine: {route.request.url}")
        route.abort()

    return refuse


def _note_message(note: Callable[[str], None], message: ConsoleMessage) -> None:
    if message.type in {"error", "warning"} and not message.text.startswith(_SAYS_STATUS):
        note(f"{message.type} in the console: {message.text}")


def _note_failure(note: Callable[[str], None], url: str, failure: str | None) -> None:
    if failure != "net::ERR_ABORTED":  # somebody went on before it was answered
        note(f"a request failed: {url}: {failure}")


def _note_answer(someone: Visitor, response: Response) -> None:
    if response.status >= HTTPStatus.BAD_REQUEST and response.status not in someone.expected:
        someone.faults.append(f"{response.status} for {response.request.method} {response.url}")


def _targets(nodes: list[dict[str, Any]]) -> str:
    return "; ".join(f"{' '.join(map(str, node['target']))} ({node['html'][:160]})" for node in nodes[:3])
