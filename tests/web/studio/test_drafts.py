"""Drafts through HTTP: begun of anything there is, put away and taken back, and taken in and out as files."""

from io import BytesIO
from secrets import token_hex

import pytest

from tests.web.rooms import Rooms
from tests.web.studio.desk import Drafting, begin, plain


def version_of(rooms: Rooms, policy: str) -> str:
    found: str = rooms.clinic.ask(
        f"SELECT id FROM policy_versions WHERE policy = '{policy}' AND program_id = '{rooms.program}'"
    )[0][0]
    return found


def test_a_draft_is_begun_of_a_version_with_one_press(rooms: Rooms) -> None:
    page = rooms.as_("femi").get(f"/programs/{rooms.program}/studio").text
    version = version_of(rooms, "va-prize")
    assert f'<input type="hidden" name="from" value="version:{version}">' in page
    draft = begin(rooms, f"version:{version}", "")
    assert "va-prize, changed" in draft.said
    assert "A draft of va-prize, held against version 1" in draft.said


def test_a_preset_takes_the_place_of_a_policy_of_the_program(rooms: Rooms) -> None:
    draft = begin(rooms, "preset:miedar-prize", "va-prize", name="As in the trial")
    assert 'name="t.name" value="va-prize"' in draft.page
    assert "As in the trial" in draft.said
    assert "24.4% more than version 1" in draft.said


def test_with_nothing_said_yet_every_term_that_is_needed_is_asked_for(rooms: Rooms) -> None:
    draft = begin(rooms, "kind:punch-card", "iop-attendance")
    assert '"stamps" is missing; it must be a whole number' in draft.said
    draft.send(t__stamps="5", t__amount="5.00", t__pays="usd", t__on="attendance")
    assert "A person costs" in draft.said


def test_a_file_is_taken_and_what_is_no_file_is_refused_with_its_line(rooms: Rooms) -> None:
    client, address = rooms.as_("femi"), f"/programs/{rooms.program}/studio"
    fields = {"from": "file:", "policy": "va-prize", "key": token_hex(), "terms": "name = \n"}
    refused = client.post(address, data=fields)
    assert refused.status_code == 422
    assert "Line 1" in plain(refused.text)
    draft = begin(rooms, f"version:{version_of(rooms, 'va-prize')}")
    text = client.get(draft.address + "/file").text
    upload = (BytesIO(text.replace("weeks = 12", "weeks = 20").encode()), "mine.toml")
    taken = client.post(address, data=fields | {"upload": upload, "key": token_hex()})
    assert 'name="t.weeks" value="20"' in client.get(taken.location).text


@pytest.mark.parametrize("start", ["", "preset:none", "kind:none", "elsewhere"])
def test_what_there_is_not_begins_nothing(rooms: Rooms, start: str) -> None:
    answer = rooms.as_("femi").post(f"/programs/{rooms.program}/studio", data={"from": start, "key": token_hex()})
    assert answer.status_code == 422
    assert "Choose what the draft is made of." in answer.text


def test_a_draft_is_put_away_and_taken_back(rooms: Rooms) -> None:
    draft, key = begin(rooms), {"key": token_hex()}
    gone = draft.client.post(draft.address + "/away", data=key, follow_redirects=True).text
    assert "No drafts yet" in gone
    assert "Put away by mistake?" in gone
    assert "This draft was put away." in draft.client.get(draft.address).text
    back = draft.client.post(draft.address + "/away", data={"key": token_hex()}, follow_redirects=True).text
    assert draft.address in back


def test_a_draft_goes_out_as_a_file_and_comes_back_in(rooms: Rooms) -> None:
    draft = begin(rooms, f"version:{version_of(rooms, 'va-prize')}")
    answer = draft.client.get(draft.address + "/file")
    assert answer.headers["Content-Disposition"] == "attachment; filename=va-prize_changed.toml"
    text = answer.text.replace("weeks = 12", "weeks = 16")
    assert sent(draft, text, 1) == 200
    assert 'name="t.weeks" value="16"' in draft.client.get(draft.address).text


def test_the_mistakes_of_a_text_are_told_by_line_and_it_is_kept_where_it_is_toml(rooms: Rooms) -> None:
    draft = begin(rooms, f"version:{version_of(rooms, 'va-prize')}")
    text = draft.client.get(draft.address + "/file").text
    line = text.splitlines().index("weeks = 12") + 1
    assert sent(draft, text.replace("weeks = 12", "weeks = 0"), 1) == 200
    assert f"Line {line} : weeks : 0 does not fit" in draft.said
    assert sent(draft, text.replace("weeks = 12", "weeks ="), 2) == 422
    assert f"Line {line} : column 8 : is not TOML" in draft.said
    assert 'name="t.weeks" value="0"' in draft.client.get(draft.address).text


def sent(draft: Drafting, text: str, revision: int) -> int:
    """Set a draft to a text."""
    fields = {"terms": text, "revision": str(revision), "key": token_hex()}
    answer = draft.client.post(draft.address + "/text", data=fields, follow_redirects=True)
    draft.said = plain(answer.text)
    return answer.status_code


def test_a_draft_stands_beside_the_version_or_anything_else(rooms: Rooms) -> None:
    draft, other = begin(rooms), begin(rooms, "preset:miedar-prize", name="As in the trial")
    draft.send(t__ladder__top="4")
    page = plain(draft.client.get(draft.address + "/beside").text)
    assert "ladder: top 8 4 the most that a place pays" in page
    page = plain(draft.client.get(f"{draft.address}/beside?with=draft:{other.id}").text)
    assert "As in the trial" in page
    assert "extra" in page
    assert plain(draft.client.get(f"{draft.address}/beside?with=draft:none").text).count("Version 1 of Prize bowl") >= 2


def test_a_version_of_the_policies_page_begins_a_draft(rooms: Rooms) -> None:
    for persona, may in (("femi", True), ("elin", False), ("olga", False)):
        page = rooms.as_(persona).get(f"/programs/{rooms.program}/policies").text
        assert ("Begin a draft from version 1" in page) == may
