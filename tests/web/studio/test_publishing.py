"""Publishing through HTTP: what it changes, costs and risks is shown, and kept; somebody else approves it where asked for."""

import re
from secrets import token_hex

import pytest

from cm_engine.actions.roll_up import roll_up
from cm_engine.actions.verify import verify
from tests.web.rooms import Rooms
from tests.web.studio.desk import Drafting, begin, plain


@pytest.fixture
def approving(rooms: Rooms) -> Rooms:
    """A clinic in which a second person approves versions."""
    rooms.clinic.engine.policy_approval = True
    return rooms


def cheaper(rooms: Rooms) -> Drafting:
    """Begin a draft of a bowl that costs a fifth less."""
    draft = begin(rooms)
    draft.send(t__bowl__slips__0__count="375")
    return draft


def publish(draft: Drafting, **fields: str) -> tuple[int, str, str]:
    """Publish, or propose, a draft from tomorrow on; give the status, the page in words and where it leads."""
    sent = {"from_day": "2026-03-03", "running": "alone", "key": token_hex(), **fields}
    answer = draft.client.post(draft.address + "/publish", data=sent)
    if answer.status_code != 303:
        return answer.status_code, plain(answer.text), ""
    return 303, plain(draft.client.get(answer.location).text), answer.location


def test_a_draft_becomes_a_version_with_its_forecast_and_its_differences(rooms: Rooms) -> None:
    draft = cheaper(rooms)
    page = plain(draft.client.get(draft.address + "/publish").text)
    for said in (
        "bowl: slips good job: count 250 375",
        "20% less than version 1",
        "Nothing unsafe was found",
        "Mar 3, 2026",
    ):
        assert said in page
    status, told, _ = publish(draft, note="Within the budget")
    assert status == 303
    for said in ("Version 2 of va-prize is published, and holds from Tue, Mar 3, 2026.", "stay under what they have"):
        assert said in told
    for said in ("Within the budget", "20% less than version 1", "count 250 375"):
        assert said in told
    assert "takes its place" not in told
    assert "Version 2" in rooms.as_("femi").get(f"/programs/{rooms.program}/policies").text


def test_running_enrolments_take_it_only_where_that_is_chosen(rooms: Rooms) -> None:
    rooms.enrol("R-1001")
    draft = cheaper(rooms)
    _, told, _ = publish(draft, running="take-over", running_from="2026-03-05")
    assert "1 of those who are enrolled takes it from Thu, Mar 5, 2026." in told
    assert "take it from Thu, Mar 5, 2026" in told


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"from_day": ""}, "Name the day from which it holds."),
        ({"from_day": "2026-03-02"}, "is not to come"),
        ({"running": "take-over", "running_from": "2026-03-02"}, "Before Tue, Mar 3, 2026 it does not hold"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_published(rooms: Rooms, fields: dict[str, str], said: str) -> None:
    status, told, _ = publish(cheaper(rooms), **fields)
    assert status == 422
    assert said.lower() in told.lower()
    assert rooms.clinic.ask("SELECT count(*) FROM policy_versions WHERE number > 1")[0][0] == 0


def test_a_draft_with_mistakes_is_mended_first(rooms: Rooms) -> None:
    draft = begin(rooms)
    draft.send(t__weeks="0")
    assert "Mend the draft first." in draft.client.get(draft.address + "/publish").text
    assert publish(draft)[0] == 422


def test_what_is_unsafe_is_told_as_a_story_and_has_to_be_accepted(rooms: Rooms) -> None:
    draft = begin(rooms)
    draft.send(t__caps__0__amount="3", t__caps__0__per="episode", t__caps__0__mode="truncate")
    page = plain(draft.client.get(draft.address + "/publish").text)
    assert "The shortest story that shows it" in page
    assert "I have seen this, and accept it" in page
    status, told, _ = publish(draft)
    assert status == 422
    assert "change the draft, or accept it" in told
    assert publish(draft, accepted="nothing left")[0] == 303


def test_somebody_else_approves(approving: Rooms) -> None:
    draft = cheaper(approving)
    status, told, address = publish(draft)
    assert status == 303
    assert "Your proposal waits" in told
    assert "waits for approval" in draft.client.get(f"/programs/{approving.program}/studio").text
    own = draft.client.post(address + "/approve", data={"key": token_hex()})
    assert own.status_code == 422
    assert "cannot decide on it" in own.text
    amir = approving.as_("amir")
    assert "Approve and publish" in amir.get(address).text
    answer = amir.post(address + "/approve", data={"key": token_hex()}, follow_redirects=True)
    assert "It is approved, and published." in answer.text
    assert "by Amir Said" in plain(answer.text)
    assert "approved" in amir.get(f"/programs/{approving.program}/proposals").text


def test_somebody_else_declines_and_says_why(approving: Rooms) -> None:
    _, _, address = publish(cheaper(approving))
    amir = approving.as_("amir")
    assert amir.post(address + "/decline", data={"key": token_hex(), "reason": " "}).status_code == 422
    amir.post(address + "/decline", data={"key": token_hex(), "reason": "Wait for May"})
    assert "Wait for May" in approving.as_("femi").get(address).text
    assert rooms_versions(approving) == 0


def test_who_proposed_it_withdraws_it(approving: Rooms) -> None:
    draft = cheaper(approving)
    _, _, address = publish(draft)
    answer = draft.client.post(address + "/withdraw", data={"key": token_hex(), "reason": ""}, follow_redirects=True)
    assert "It is withdrawn." in answer.text
    assert draft.client.post(address + "/withdraw", data={"key": token_hex()}).status_code == 422


def rooms_versions(rooms: Rooms) -> int:
    count: int = rooms.clinic.ask("SELECT count(*) FROM policy_versions WHERE number > 1")[0][0]
    return count


def test_to_go_back_is_to_publish_the_earlier_version_again(rooms: Rooms) -> None:
    publish(cheaper(rooms))
    rooms.clinic.clock.go_on(days=2)
    first = rooms.clinic.ask(
        "SELECT id FROM policy_versions WHERE policy = 'va-prize' AND number = 1 ORDER BY from_day"
    )
    of_here = [id_ for (id_,) in first if id_ in rooms.as_("femi").get(f"/programs/{rooms.program}/studio").text]
    back = begin(rooms, f"version:{of_here[0]}", "")
    _, told, _ = publish(back, from_day="2026-03-05")
    assert "Version 3 of va-prize is published" in told
    assert "count 375 250" in told


def test_for_whom_the_forecast_is_told_is_kept_with_it_and_a_behaviour_file_is_asked_for_anew(rooms: Rooms) -> None:
    draft = cheaper(rooms)
    draft.send(**{"plan-people": "40", "plan-behaviour": "steady"})
    assert "For 40 people, 2 visits a week for 12 weeks, a steady group" in plain(
        draft.client.get(draft.address + "/publish").text
    )
    always = "[first]\nsuccess = 1.0\n[after.success]\nsuccess = 1.0\n"
    draft.send(**{"plan-behaviour": "own", "plan-file": always})
    _, told, _ = publish(draft)
    assert "For 40 people, 2 visits a week for 12 weeks, a mixed group" in told


def test_a_draft_that_says_what_a_version_says_tells_so_and_is_not_published_again(rooms: Rooms) -> None:
    draft = cheaper(rooms)
    publish(draft, from_day="2026-03-10")
    assert "It says what version 2 says, which holds from Tue, Mar 10, 2026." in plain(
        draft.client.get(draft.address).text
    )
    assert "Version 2 says the same" in plain(draft.client.get(draft.address + "/publish").text)
    assert "is version 2, to come" in plain(draft.client.get(f"/programs/{rooms.program}/studio").text)
    assert 'value="2026-03-10"' in draft.client.get(draft.address + "/publish").text
    status, told, _ = publish(draft, from_day="2026-03-10")
    assert status == 422
    assert "Version 2 says the same and holds on Tue, Mar 10, 2026 already: nothing would change." in told
    _, told, _ = publish(draft, from_day="2026-03-05")
    assert "Version 2 takes its place on Tue, Mar 10, 2026." in told


def test_a_version_that_is_to_come_is_taken_back_for_those_who_were_to_take_it_too(rooms: Rooms) -> None:
    ada = rooms.enrol("R-1001")
    days = {"from_day": "2026-03-10", "running": "take-over"}
    _, told, address = publish(cheaper(rooms), **days)
    assert "publish version 1 again from Tue, Mar 10, 2026, for those who are enrolled already, too." in told
    first = re.findall(r'value="(version:\w+)"', rooms.as_("femi").get(address).text)
    _, told, _ = publish(begin(rooms, first[0], ""), **days)
    assert "Version 3 of va-prize is published" in told
    assert "1 of those who are enrolled takes it from Tue, Mar 10, 2026." in told
    page = plain(rooms.as_("femi").get(f"/programs/{rooms.program}/policies").text)
    assert "from Tue, Mar 10, 2026, for those who were enrolled already from Tue, Mar 10, 2026" in page
    rooms.clinic.clock.go_on(days=10)
    rooms.clinic.record(ada)
    roll_up(rooms.clinic.engine)
    page = plain(rooms.as_("femi").get(f"/programs/{rooms.program}/policies").text)
    _, _, versions = page.partition("Version 3")
    assert re.findall(r"(\d+) (?:person|people) under it", versions)[:3] == ["1", "0", "0"]
    assert verify(rooms.clinic.engine).faults == []
