"""The editor, through HTTP and without a script: what is typed is kept, and the figures of it are told."""

from cm_engine.actions.record import Happening, record
from cm_engine.events import Result
from tests.web.asked import asked
from tests.web.rooms import Rooms
from tests.web.studio.desk import Drafting, begin
from web.studio.editor import PART


def test_a_cheaper_bowl_is_told_beside_the_version_in_force(rooms: Rooms) -> None:
    draft = begin(rooms)
    assert "the same as version 1" in draft.page
    before = draft.figure("A person costs, on average")
    assert "Still there Visits that succeed 1 1.8 draws 3 draws 100.0% 62.9%" in draft.said
    assert draft.send(t__bowl__slips__0__count="375") == 200
    assert "20% less than version 1" in draft.page
    assert draft.figure("A person costs, on average") != before
    assert draft.figure("Whoever never fails gets") == "164 draws"
    assert "375 in 625 slips say “good job”: 3 in 5" in draft.said


def test_where_everybody_has_left_no_share_of_visits_is_told(rooms: Rooms) -> None:
    draft = begin(rooms)
    leaving = "[first]\nsuccess = 1.0\n[after.success]\nsuccess = 1.0\n[dropout]\nsuccess = 1.0\n"
    assert draft.send(**{"plan-behaviour": "own", "plan-file": leaving}) == 200
    assert "Visits that succeed 1 1 draw 3 draws 100.0% 100.0% 2 0 draws 7 draws 0.0% –" in draft.said


def test_how_many_come_to_more_than_a_payer_pays_is_told_at_once(rooms: Rooms) -> None:
    draft = begin(rooms, "preset:higgins-voucher")
    cap = "The yearly cap of State Medicaid, $599.00:"
    assert draft.send(**{"plan-behaviour": "perfect", "plan-visits": "1-12:3"}) == 200
    assert f"{cap} 100% of people come to more in these weeks, and are not paid what goes beyond" in draft.said
    assert draft.send(**{"plan-visits": "1-4:3"}) == 200
    assert f"{cap} nobody comes to more in these weeks" in draft.said


def test_what_is_saved_is_there_again_and_can_be_undone_and_done_again(rooms: Rooms) -> None:
    draft = begin(rooms)
    draft.send(t__ladder__top="4")
    draft.send(t__ladder__top="6")
    again = Drafting(rooms, rooms.as_("femi"), draft.address)
    assert 'name="t.ladder.top" value="6"' in again.page
    for do, value in (("undo", "4"), ("undo", "8"), ("redo", "4"), ("redo", "6")):
        again.send(do)
        assert f'name="t.ladder.top" value="{value}"' in again.page
    assert again.send("redo") == 422
    assert "There is nothing to redo" in again.said


def test_a_mistake_stands_at_its_field_and_what_was_typed_stays(rooms: Rooms) -> None:
    draft = begin(rooms)
    draft.send(t__ladder__start="one", t__weeks="0")
    assert 'name="t.ladder.start" value="one"' in draft.page
    assert "“one”" not in draft.said
    assert "does not fit: an amount is written like" in draft.said
    assert "0 does not fit: it must be a whole number of at least 1" in draft.said
    assert "2 terms have to be mended." in draft.said
    assert "A person costs" not in draft.said
    draft.send(t__ladder__start="1", t__weeks="12")
    assert "A person costs" in draft.said


def test_rows_come_and_go_without_a_script(rooms: Rooms) -> None:
    draft = begin(rooms)
    draft.send("add:t.phases")
    assert '"from_week" is missing; it must be a whole number' in draft.said
    draft.send(t__phases__0__from_week="12", t__phases__0__amount="3")
    assert "A person costs" in draft.said
    draft.send("remove:t.phases.0")
    assert "t.phases.0" not in draft.page


def test_the_name_and_the_note_are_kept_and_the_note_is_sealed(rooms: Rooms) -> None:
    draft = begin(rooms)
    draft.send(**{"draft-name": "Cheaper bowl", "draft-note": "For the board in May"})
    listed = rooms.as_("femi").get(f"/programs/{rooms.program}/studio").text
    assert "Cheaper bowl" in listed
    assert "For the board in May" in listed
    assert not any("For the board" in row for row in rooms.clinic.rows())


def test_for_whom_it_is_told_is_kept_from_draft_to_draft_and_mended_at_its_field(rooms: Rooms) -> None:
    draft = begin(rooms)
    draft.send(**{"plan-people": "40", "plan-behaviour": "perfect"})
    assert "Budget for 40 people" in draft.said
    assert draft.figure("Draws a person, on average") == "164 draws"
    assert 'name="plan-people" value="40"' in draft.client.get(draft.address).text
    for field, wrong, said in (
        ("plan-people", "a few", "Write a whole number from 1 to 10,000."),
        ("plan-visits", "often", "is not like 1-12:2"),
        ("plan-spread", "0", "Write a whole number from 1 to 52."),
    ):
        draft.send(**{field: wrong})
        assert said in draft.said
        draft.send(**{field: "1-12:2" if field == "plan-visits" else "10"})


def test_a_behaviour_file_of_ones_own_is_read_and_its_mistakes_are_told_by_line(rooms: Rooms) -> None:
    draft = begin(rooms)
    always = "[first]\nsuccess = 1.0\n[after.success]\nsuccess = 1.0\n"
    draft.send(**{"plan-behaviour": "own", "plan-file": always})
    assert draft.figure("Draws a person, on average") == "164 draws"
    draft.send(**{"plan-file": always.replace("1.0", "2.0", 1)})
    assert "line 2: 2.0 does not fit: it must be a chance from 0 to 1" in draft.said


def test_who_saves_second_is_told_and_keeps_theirs_as_another_draft(rooms: Rooms) -> None:
    draft = begin(rooms)
    other = Drafting(rooms, rooms.as_("femi"), draft.address)
    draft.send(t__ladder__top="4")
    assert other.send(t__ladder__top="6") == 422
    assert "changed this draft meanwhile" in other.said
    assert 'name="t.ladder.top" value="6"' in other.page
    assert other.send(path="/another", t__ladder__top="6") == 200
    assert 'name="t.ladder.top" value="6"' in other.page
    assert 'name="t.ladder.top" value="4"' in draft.client.get(draft.address).text


def test_whose_next_reward_would_be_less_is_said(rooms: Rooms) -> None:
    for code in ("R-1", "R-2"):
        rooms.enrol(code)
    draft = begin(rooms)
    assert "Nobody of the 2 under it now would draw less often at their next visit." in draft.said
    draft.send(t__ladder__start="0")
    assert "2 of 2 people would draw less often at their next visit. At most 1 draw less" in draft.said
    draft.send(t__ladder__start="1", t__bowl__slips__0__count="375")
    assert "Everybody's next visit earns as many draws as now. A draw would bring $1.77" in draft.said
    assert "on average instead of $2.22 (20% less)." in draft.said


def test_a_term_says_what_stands_in_the_version_in_force_where_that_differs(rooms: Rooms) -> None:
    draft = begin(rooms)
    assert 'class="elsewhere' not in draft.page
    draft.send(t__bowl__slips__0__count="375", t__ladder__top="9", t__weeks="")
    for said in ("version 1: 250", "version 1: 8", "version 1: 12"):
        assert said in draft.said
    assert draft.page.count('class="elsewhere') == 3


def test_the_live_page_is_answered_with_what_changes_alone(rooms: Rooms) -> None:
    draft = begin(rooms)
    answer = draft.client.post(draft.address, data={"key": "a-live-key-0000001"}, headers={PART: "editor"})
    assert "<html" not in answer.text
    assert 'id="editor"' in answer.text


def test_looking_at_a_draft_asks_a_fixed_number_of_statements(rooms: Rooms) -> None:
    draft = begin(rooms)
    counts = []
    for code in ("R-1", "R-2", "R-3"):
        rooms.enrol(code)
        with asked(rooms) as statements:
            draft.client.get(draft.address)
        counts.append(len(statements))
    assert counts[0] == counts[-1] <= 14, counts


def test_what_the_programs_own_people_did_is_learned_once_their_weeks_are_over(rooms: Rooms) -> None:
    engine, clock = rooms.clinic.engine, rooms.clinic.clock
    people = [rooms.enrol(f"R-{number}") for number in range(4)]
    draft = begin(rooms)
    draft.send(**{"plan-behaviour": "history", "plan-visits": "1-2:2"})
    assert "Nobody under va-prize began 2 weeks ago or earlier" in draft.said
    for _ in range(3):
        for participant in people:
            record(engine, rooms.clinic.request(), participant, Happening(clock.now, "test", Result("negative")))
        clock.go_on(days=5)
    draft.send(**{"plan-behaviour": "history", "plan-visits": "1-2:2"})
    assert (
        "Learned from 4 people whose 2 weeks are over, with 12 visits; 0 never came. These are too few to go by"
        in draft.said
    )
    assert draft.figure("Draws a person, on average") == "6 draws"
    assert "They are taken as one group" in draft.said


def test_what_changes_nothing_of_the_draft_leaves_nothing_to_undo(rooms: Rooms) -> None:
    draft = begin(rooms)
    draft.send(**{"plan-people": "40"})
    assert draft.send("undo") == 422
    assert "There is nothing to undo" in draft.said


def test_weeks_in_which_nobody_is_there_any_more_are_told_too(rooms: Rooms) -> None:
    draft = begin(rooms)
    once = "[first]\nsuccess = 1.0\n[after.success]\nsuccess = 1.0\n[dropout]\nsuccess = 1.0\n"
    draft.send(**{"plan-behaviour": "own", "plan-file": once})
    assert draft.figure("Draws a person, on average") == "1 draw"
    assert "12 0 draws 16 draws 0.0% \N{EN DASH}" in draft.said
