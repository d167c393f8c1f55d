"""The rooms of the demo, served to a browser: for looking at every page with people and weeks in it. Nobody changes anything there."""

import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from secrets import token_hex
from typing import Any

from flask import Flask
from playwright.sync_api import Browser

from cm_engine.actions.let_in import at_kiosk, come, sign_in
from cm_engine.actions.place_kiosk import kiosks_of, new_code, pair, unlock_kiosk
from cm_engine.actions.requests import Request
from cm_engine.actions.reset_pin import unlock_card
from cm_engine.demo.kiosk import PIN, TOLD
from cm_engine.demo.staff import NAMES
from tests.demos import Demo, opened
from tests.journeys.chromium import Visitor, visitor
from tests.journeys.live import live
from tests.journeys.pages import CARD, GUEST, NOBODY, TABLET
from tests.web.rooms import signed_in
from web.app import create_app
from web.kiosk.turn import COOKIE
from web.options import Options

LONG = timedelta(days=3650)


@dataclass
class DemoRooms:
    """The demo with its application, at an address."""

    demo: Demo
    app: Flask
    address: str
    browser: Browser
    until: ExitStack
    seated: dict[str, Visitor] = field(default_factory=dict)

    @contextmanager
    def looking(self, called: str, **options: Any) -> Iterator[Visitor]:
        """Let somebody of the staff look, by how the stories call them, or somebody at the kiosk.

        The staff stay seated from page to page; at the kiosk everybody is new.
        """
        if called in {TABLET, CARD, GUEST}:
            with self._visitor(called, options) as someone:
                yield someone
            return
        key = f"{called} {sorted(options.items())}"
        if key not in self.seated:
            self.seated[key] = self.until.enter_context(self._visitor(called, options))
        someone = self.seated[key]
        someone.faults.clear()
        yield someone
        assert someone.faults == []

    def _visitor(self, called: str, options: dict[str, Any]) -> AbstractContextManager[Visitor]:
        return visitor(self.browser, self.address, cookies=self._cookies(called), **options)

    def _stand(self, who: str) -> list[dict[str, Any]]:
        """Let somebody stand at the kiosk, as far as they have come; give what makes a browser its tablet."""
        engine = self.demo.engine
        [kiosk] = kiosks_of(engine, frozenset({self.demo.site}))
        code = new_code(engine, Request(token_hex(), "amir"), kiosk.id).code
        token = pair(engine, Request(token_hex(), "tablet"), code)
        unlock_kiosk(engine, Request(token_hex(), "amir"), kiosk.id)  # somebody may have typed wrong PINs before
        unlock_card(engine, Request(token_hex(), "amir"), self.demo.ids[TOLD])
        if who != TABLET:
            come(engine, kiosk, TOLD)
        here = at_kiosk(engine, token)
        if who == GUEST and here:
            assert sign_in(engine, Request(token_hex(), self.demo.ids[TOLD]), here, PIN) == "in"
        return [{"name": COOKIE, "value": token}]

    def _cookies(self, called: str) -> list[dict[str, Any]]:
        if called == NOBODY:
            return []
        if called not in NAMES:
            return self._stand(called)
        name, _ = NAMES[called]
        [(staff_id,)] = self.demo.ask(f"SELECT id FROM staff WHERE name = '{name}'")
        cookie = signed_in(self.app, self.demo.engine, staff_id).get_cookie(self.app.config["SESSION_COOKIE_NAME"])
        return [{"name": cookie.key, "value": cookie.value}] if cookie else []


@contextmanager
def open_demo_rooms(demo_file: Path, folder: Path, browser: Browser) -> Iterator[DemoRooms]:
    """Serve a copy of the demo."""
    shutil.copyfile(demo_file, folder / "demo.db")
    with opened(folder / "demo.db") as demo:
        app = create_app(
            demo.engine, Options(secret=token_hex(), is_throttled=False, is_demo=True, idle=LONG, longest=LONG)
        )
        with live(app) as address, ExitStack() as until:
            yield DemoRooms(demo, app, address, browser, until)
