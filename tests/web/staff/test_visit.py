"""A visit and what follows: undone within minutes, excused, corrected by a clinician with the effect shown first."""

import re

import pytest

from cm_engine.actions.verify import verify
from cm_engine.actions.visit import UNDO
from tests.web.rooms import Rooms
from tests.web.staff.desk import GROUP, MONDAY, event_of, events, expected, found, log, read, sent, tap


def shown(text: str) -> str:
    """Give the mark of the effect that a page shows."""
    match = re.search(r'name="shown" value="(\w+)"', text)
    assert match
    return match[1]


def test_a_visit_tells_why_and_what_is_next(rooms: Rooms) -> None:
    [ada] = expected(rooms, "Ada Lovelace")
    told = read(log(rooms, rooms.as_("dev"), ada))
    assert "Why " in told
    assert "First negative in a row: ladder place 1, 1 draw." in told
    assert "The next one is worth" in told
    assert "By Dev Patel" in told
    assert "Waits for them now 1 draw to open" in told


def test_undo_is_offered_to_who_recorded_it_and_for_some_minutes(rooms: Rooms) -> None:
    [ada] = expected(rooms, "Ada Lovelace")
    desk = rooms.as_("dev")
    event = event_of(log(rooms, desk, ada))
    address = f"/people/{ada}/visits/{event}"
    assert "Undo until 12:15 PM" in read(desk.get(address))
    assert "Undo" not in read(rooms.as_("elin").get(address))
    answer = rooms.as_("elin").post(f"{address}/undo", data=sent())
    assert answer.status_code == 422
    assert "somebody else recorded this" in read(answer)
    rooms.clinic.clock.now += UNDO * 2
    assert "Undo" not in read(desk.get(address))
    assert desk.post(f"{address}/undo", data=sent()).status_code == 422
    assert [outcome for _, _, outcome, _ in events(rooms, ada)] == [""]


def test_an_absence_is_excused_with_its_reason_before_and_after_it_was_recorded(rooms: Rooms) -> None:
    ada, ben = expected(rooms, "Ada Lovelace", "Ben King")
    desk = rooms.as_("dev")
    slot = {"program": rooms.program, "on": str(MONDAY), "kind": "attendance", "session": GROUP}
    assert "Excuse Ada Lovelace" in read(desk.get(f"/people/{ada}/excuse", query_string=slot))
    answer = desk.post(f"/people/{ada}/excuse", data=sent(**slot, note="a cold"))
    assert answer.status_code == 422
    assert "Choose the reason." in read(answer)
    assert "a cold" in answer.text
    told = read(
        desk.post(f"/people/{ada}/excuse", data=sent(**slot, why="illness", note="a cold"), follow_redirects=True)
    )
    assert "Excused: the place on the ladder is kept." in told
    assert "illness: a cold" in told
    event = event_of(tap(rooms, desk, ben, "missed"))
    assert "Excuse" in read(desk.get(f"/people/{ben}/visits/{event}"))
    told = read(desk.post(f"/people/{ben}/excuse", data=sent(**slot, why="hospital"), follow_redirects=True))
    assert "Corrected to excused" in told
    assert [outcome for _, _, outcome, _ in events(rooms, ben)] == ["excused"]
    refused = desk.post(f"/people/{ben}/excuse", data=sent(**slot, why="jail"))
    assert refused.status_code in {303, 422}
    assert verify(rooms.clinic.engine).is_clean


def test_a_laboratory_overturns_a_positive_and_the_effect_is_seen_before_it_is_posted(rooms: Rooms) -> None:
    [ada] = expected(rooms, "Ada Lovelace")
    elin = rooms.as_("elin")
    event = event_of(log(rooms, elin, ada, "rest", **found(cocaine="positive")))
    address = f"/people/{ada}/visits/{event}/correct"
    assert "recorded as positive" in read(elin.get(address))
    form = sent(
        what="found",
        reason="the laboratory says so",
        validity="valid",
        **found(**dict.fromkeys(("amphetamine", "methamphetamine", "cocaine", "opioid", "fentanyl"), "negative")),
    )
    trial = elin.post(address, data={**form, "do": "show"})
    assert trial.status_code == 200
    assert "The effect, before anything is posted" in read(trial)
    assert "+1 draw" in read(trial)
    assert events(rooms, ada)[0][3]["cocaine"] == "positive"
    told = read(elin.post(address, data={**form, "do": "post", "shown": shown(trial.text)}, follow_redirects=True))
    assert "Corrected to negative" in told
    assert "the laboratory says so" in told
    assert "1 draw earned, with all corrections" in told
    assert verify(rooms.clinic.engine).is_clean


def test_an_effect_that_is_another_one_by_now_is_shown_again_and_not_posted(rooms: Rooms) -> None:
    [ada] = expected(rooms, "Ada Lovelace")
    elin = rooms.as_("elin")
    event = event_of(log(rooms, elin, ada))
    address = f"/people/{ada}/visits/{event}/correct"
    form = sent(what="void", reason="another person's sample")
    mark = shown(elin.post(address, data={**form, "do": "show"}).text)
    tap(rooms, elin, ada, "attended")
    other = {**form, "what": "missed", "do": "post", "shown": mark}
    answer = elin.post(address, data=other)
    assert answer.status_code == 200
    assert "The effect, before anything is posted" in read(answer)
    assert [outcome for kind, _, outcome, _ in events(rooms, ada) if kind == "test"] == [""]
    told = read(elin.post(address, data={**form, "do": "post", "shown": mark}, follow_redirects=True))
    assert "Taken back" in told
    assert elin.get(address).status_code == 404  # what never happened is not corrected again


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"what": "missed"}, "Say why it is corrected"),
        ({"what": "found"}, "Mark what was found"),
        ({"what": "nonsense", "reason": "so"}, "Mark what was found"),
        ({"what": "found", "reason": "so", **found(amphetamine="explained")}, "no exemption covers"),
        ({"what": "found", "reason": "so", **found(amphetamine="negative")}, "The panel is not complete"),
    ],
)
def test_what_hinders_a_correction_is_said(rooms: Rooms, fields: dict[str, str], said: str) -> None:
    [ada] = expected(rooms, "Ada Lovelace")
    elin = rooms.as_("elin")
    event = event_of(log(rooms, elin, ada))
    answer = elin.post(f"/people/{ada}/visits/{event}/correct", data=sent(do="show", **fields))
    assert answer.status_code == 422
    assert said.casefold() in read(answer).casefold()


def test_an_attendance_is_corrected_to_what_else_it_can_be(rooms: Rooms) -> None:
    [ada] = expected(rooms, "Ada Lovelace")
    elin = rooms.as_("elin")
    event = event_of(tap(rooms, elin, ada, "attended"))
    address = f"/people/{ada}/visits/{event}/correct"
    assert elin.post(address, data=sent(what="negative", reason="so", do="show")).status_code == 422
    form = sent(what="left-early", reason="seen leaving")
    trial = elin.post(address, data={**form, "do": "show"})
    assert "1 draw that was paid before stays" in read(trial)
    elin.post(address, data={**form, "do": "post", "shown": shown(trial.text)})
    assert [outcome for _, _, outcome, _ in events(rooms, ada)] == ["left-early"]


def test_only_a_clinician_corrects(rooms: Rooms) -> None:
    [ada] = expected(rooms, "Ada Lovelace")
    desk = rooms.as_("dev")
    event = event_of(log(rooms, desk, ada))
    address = f"/people/{ada}/visits/{event}"
    assert "Ask a clinician" not in read(desk.get(address))  # they may undo it still
    for persona in ("dev", "femi", "amir", "olga", "otto"):
        assert rooms.as_(persona).get(f"{address}/correct").status_code == 404


def test_a_visit_of_somebody_else_is_no_page(rooms: Rooms) -> None:
    ada, ben = expected(rooms, "Ada Lovelace", "Ben King")
    desk = rooms.as_("dev")
    event = event_of(log(rooms, desk, ada))
    assert desk.get(f"/people/{ben}/visits/{event}").status_code == 404
    assert desk.post(f"/people/{ben}/visits/{event}/undo", data=sent()).status_code == 404
    assert rooms.as_("elin").get(f"/people/{ben}/visits/{event}/correct").status_code == 404
