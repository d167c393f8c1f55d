"""What if, through HTTP: the program's own history under a draft, told while it takes long, and by codes."""

import re
from threading import Event

import pytest

from cm_engine.actions.record import Happening, record
from cm_engine.events import Result
from tests.web.rooms import Rooms
from tests.web.studio.desk import begin, plain
from web.studio import telling as telling_module
from web.studio.telling import HERE, Progress, telling


def came_often(rooms: Rooms, who: str, times: int) -> None:
    """Let somebody come, and be negative, again and again."""
    for _ in range(times):
        negative = Happening(rooms.clinic.clock.now, "test", Result("negative"))
        record(rooms.clinic.engine, rooms.clinic.request(), who, negative)
        rooms.clinic.clock.go_on(days=2)


def test_what_everybody_would_have_got_is_told_by_code_step_by_step(rooms: Rooms) -> None:
    came_often(rooms, rooms.enrol("R-1001", "Ada Lovelace"), 4)
    draft = begin(rooms)
    draft.send(t__ladder__top="2")
    page = draft.client.get(draft.address + "/what-if").text
    told = plain(page)
    assert "1 would have got less" in told
    assert "(\N{MINUS SIGN}30%)" in told
    assert "10 draws → 7 draws" in told
    assert "Third negative in a row: ladder place 3, 3" in told
    assert "R-1001" in told
    assert "Lovelace" not in told
    assert "None of" not in told
    assert "March 2026" in told
    later = plain(draft.client.get(draft.address + "/what-if?from=2026-03-20").text)
    assert "Nobody would have got anything else." in later


def test_whose_share_differs_most_stands_first_in_the_whole_list(rooms: Rooms) -> None:
    for code, times in (("R-1001", 3), ("R-1002", 5), ("R-1003", 4)):
        came_often(rooms, rooms.enrol(code), times)
    draft = begin(rooms)
    draft.send(t__ladder__top="2")
    told = plain(draft.client.get(draft.address + "/what-if").text)
    _, _, everybody = told.partition("Everybody who would have got something else")
    assert re.findall(r"R-\d{4}", everybody)[:3] == ["R-1002", "R-1003", "R-1001"]


def test_a_draft_with_mistakes_is_mended_first(rooms: Rooms) -> None:
    draft = begin(rooms)
    draft.send(t__weeks="0")
    assert "Mend the draft first." in draft.client.get(draft.address + "/what-if").text


def test_what_cannot_be_held_against_the_history_is_said(rooms: Rooms) -> None:
    draft = begin(rooms, "preset:iop-attendance")
    assert "they cannot be held against each other" in draft.client.get(draft.address + "/what-if").text


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Say at once how far something is."""
    monkeypatch.setattr(telling_module, "QUIET", 0.01)
    monkeypatch.setattr(telling_module, "OFTEN", 0.01)


@pytest.mark.usefixtures("impatient")
def test_what_takes_long_says_how_far_it_is(rooms: Rooms) -> None:
    go_on = Event()

    def work(progress: Progress) -> dict[str, str]:
        progress(3, 10)
        go_on.wait(10)
        return {"said": "done"}

    with rooms.app.test_request_context():
        parts = iter(telling(f"before{HERE}behind", work, lambda answer: answer["said"], "people").response)
        assert "before" in next(parts)
        assert "3 of 10 people" in next(parts)
        go_on.set()
        assert "".join(map(str, parts)).endswith('<div class="told">done</div>behind')


@pytest.mark.usefixtures("impatient")
def test_work_that_nobody_waits_for_ends_at_its_next_step(rooms: Rooms) -> None:
    left, ended = Event(), Event()

    def work(progress: Progress) -> dict[str, str]:
        try:
            progress(1, 2)
            left.wait(10)
            progress(2, 2)
        except telling_module.LeftError:
            ended.set()
            raise
        return {}

    with rooms.app.test_request_context():
        answer = telling(f"before{HERE}", work, lambda _: "", "people")
        parts = iter(answer.response)
        next(parts)
        next(parts)
        answer.close()
        left.set()
        assert ended.wait(10)
