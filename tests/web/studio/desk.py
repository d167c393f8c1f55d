"""The studio in a test: a draft that is begun, and the form that a browser would send of its page."""

import re
from html import unescape
from html.parser import HTMLParser
from secrets import token_hex

from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict

from tests.web.rooms import Rooms


class Form(HTMLParser):
    """Reads the fields of a page's main form, as a browser would send them untouched."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.fields: MultiDict[str, str] = MultiDict()
        self._select = self._area = ""
        self._text = ""
        self._options: list[tuple[str, bool]] = []
        self.feed(page[page.index('<div id="editor">') :])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name = given.get("name", "")
        if tag == "input" and name and (given.get("type") not in {"checkbox", "radio"} or "checked" in given):
            self.fields.add(name, given.get("value", ""))
        elif tag == "select":
            self._select, self._options = name, []
        elif tag == "option" and self._select:
            self._options.append((given.get("value", ""), "selected" in given))
        elif tag == "textarea":
            self._area, self._text = name, ""

    def handle_data(self, data: str) -> None:
        self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "select" and self._options:
            chosen = [value for value, is_selected in self._options if is_selected] or [self._options[0][0]]
            self.fields.add(self._select, chosen[0])
        if tag == "select":
            self._select = ""
        if tag == "textarea":
            self.fields.add(self._area, self._text)


def plain(page: str) -> str:
    """Give what a page says, without its marks."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


class Drafting:
    """Somebody who works on a draft: its address, and what its page says."""

    def __init__(self, rooms: Rooms, client: FlaskClient, address: str) -> None:
        self.rooms, self.client, self.address = rooms, client, address
        self.page = client.get(address).text
        self.said = plain(self.page)

    @property
    def id(self) -> str:
        """The draft's id."""
        return self.address.rpartition("/")[2]

    def send(self, do: str = "save", *, path: str = "", **fields: str) -> int:
        """Send the form with some fields changed, and look at what comes of it; give the answer's status."""
        form = Form(self.page).fields
        for name, value in fields.items():
            form[name.replace("__", ".")] = value
        form["do"] = do
        answer = self.client.post(self.address + path, data=form, follow_redirects=True)
        if 'id="editor"' in answer.text:
            self.page = answer.text
        self.said = plain(answer.text)
        return answer.status_code

    def figure(self, name: str) -> str:
        """Give what stands below a figure's name."""
        found = re.search(rf'{re.escape(name)}</span><span class="value">([^<]*)', self.page)
        assert found, name
        return found[1]


def begin(
    rooms: Rooms, of: str = "preset:va-prize", policy: str = "va-prize", persona: str = "femi", **more: str
) -> Drafting:
    """Begin a draft."""
    client = rooms.as_(persona)
    fields = {"from": of, "policy": policy, "key": token_hex(), **more}
    answer = client.post(f"/programs/{rooms.program}/studio", data=fields)
    assert answer.status_code == 303, answer.text
    return Drafting(rooms, client, answer.location)
