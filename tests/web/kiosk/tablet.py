"""A tablet in a test: paired with a kiosk, and what somebody does at it through HTTP."""

import html
import re
from dataclasses import dataclass, field
from itertools import count

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from cm_engine.actions.place_kiosk import register
from cm_engine.actions.reset_pin import issue_code
from tests.web.rooms import Rooms

PIN = "482913"
WRONG = "719204"

_TAG = re.compile(r"<[^>]+>")


@dataclass
class Tablet:
    """A tablet that stands at the site of the stories."""

    rooms: Rooms
    client: FlaskClient
    keys: "count[int]" = field(default_factory=count)

    def get(self, path: str) -> TestResponse:
        """Open a page, and whatever it leads to."""
        return self.client.get(f"/kiosk{path}", follow_redirects=True)

    def sends(self, path: str, *, key: str = "", **typed: str) -> TestResponse:
        """Send a form, with a key of its own unless one is given; give the answer itself."""
        chosen = key or f"a-key-of-this-form-{next(self.keys)}"
        return self.client.post(f"/kiosk{path}", data={"key": chosen, **typed})

    def comes(self, typed: str = "Ada") -> TestResponse:
        """Scan a card or type a code."""
        return self.sends("", card=typed)

    def types(self, pin: str = PIN) -> TestResponse:
        """Type a PIN."""
        return self.sends("/pin", pin=pin)

    def signs_in(self, code: str = "Ada") -> None:
        """Come and type the right PIN."""
        self.comes(code)
        assert self.types().location == "/kiosk/home"

    def leaves(self) -> TestResponse:
        """Say that one is done."""
        return self.sends("/leave")

    def speaks(self, language: str) -> None:
        """Choose a language."""
        assert self.sends("/language", language=language).status_code == 303


def tablet_at(rooms: Rooms, name: str = "Front desk", language: str = "en") -> Tablet:
    """Register a kiosk, and pair a tablet with it whose browser prefers a language."""
    site = next(id_ for id_, called in rooms.clinic.ask("SELECT id, name FROM sites") if called == "main")
    made = register(rooms.clinic.engine, rooms.clinic.request(), site, name)
    client = rooms.app.test_client()
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = language
    tablet = Tablet(rooms, client)
    assert tablet.sends("/pair", code=made.code).location == "/kiosk"
    return tablet


def with_pin(rooms: Rooms, tablet: Tablet, code: str = "Ada") -> str:
    """Enrol somebody, who chooses a PIN at the tablet and leaves."""
    participant = rooms.enrol(code)
    given = issue_code(rooms.clinic.engine, rooms.clinic.request(), participant).code
    tablet.comes(code)
    assert tablet.sends("/new-pin", code=given, pin=PIN, again=PIN).location == "/kiosk/home"
    tablet.leaves()
    return participant


def words(answer: TestResponse) -> str:
    """Give what can be read on a page, as one line."""
    return " ".join(html.unescape(_TAG.sub(" ", answer.text)).split())


def title(answer: TestResponse) -> str:
    """Give the title of a page."""
    found = re.search(r"<title>(.*?)</title>", answer.text, re.DOTALL)
    assert found is not None
    return html.unescape(found[1])
