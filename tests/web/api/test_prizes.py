"""Draws and prizes by calls: a draw is sealed, picked and can be computed again; a prize is chosen, handed over or put back."""

import hashlib
import json
from pathlib import Path

from cm_engine.actions.draw import draw_by_hand
from cm_engine.exchange.receipt_json import read_receipt
from tests.web.api.caller import Caller, caller, problem, wrong
from tests.web.api.test_records import a_test, enrolled
from tests.web.rooms import Rooms


def prize_called(program: Caller, name: str) -> str:
    found: str = next(one["prize"] for one in program.told("/prizes")["prizes"] if one["name"] == name)
    return found


def waiting(rooms: Rooms, portal: Caller) -> tuple[str, str]:
    """Let somebody choose a prize; give their id, and the redemption's."""
    ada = enrolled(portal)
    draw_by_hand(rooms.clinic.engine, rooms.clinic.request(), drawn(portal, ada), "va-prize", "small")
    chosen = portal.done("/redemptions", {"participant": ada, "prize": prize_called(portal, "Bus ticket")})
    assert (chosen["state"], chosen["name"]) == ("reserved", "Bus ticket")
    return ada, chosen["redemption"]


def drawn(portal: Caller, participant: str) -> str:
    portal.done("/events", a_test(participant))
    return participant


def test_a_draw_is_sealed_before_the_pick_and_its_receipt_computes(rooms: Rooms, tmp_path: Path) -> None:
    portal = caller(rooms)
    ada = drawn(portal, enrolled(portal))
    tried = portal.done(f"/participants/{ada}/draws?dry_run=true", {"policy": "va-prize"})
    assert tried["draws"][0]["sha256"] is None
    opened = portal.done(f"/participants/{ada}/draws", {"policy": "va-prize"})
    [draw] = opened["draws"]
    assert portal.told(f"/participants/{ada}/account")["open_draws"] == [{**draw, "policy": "va-prize"}]
    receipt = portal.done(f"/draws/{draw['draw']}/pick", {"number": opened["slips"]})
    assert hashlib.sha256(bytes.fromhex(receipt["secret"])).hexdigest() == draw["sha256"]
    (tmp_path / "receipt.json").write_text(json.dumps(receipt))
    assert read_receipt(tmp_path / "receipt.json").slip == receipt["slip"]


def test_a_pick_is_made_once_and_never_tried(rooms: Rooms) -> None:
    portal = caller(rooms)
    ada = drawn(portal, enrolled(portal))
    draw = portal.done(f"/participants/{ada}/draws", {"policy": "va-prize"})["draws"][0]["draw"]
    assert "there is no such field" in wrong(portal.post(f"/draws/{draw}/pick?dry_run=true", {"number": 1}))["dry_run"]
    first = portal.done(f"/draws/{draw}/pick", {"number": 7}, key="pick")
    assert portal.done(f"/draws/{draw}/pick", {"number": 7}, key="pick") == first
    assert "picked already" in problem(portal.post(f"/draws/{draw}/pick", {"number": 8}), 422, "refused")["detail"]


def test_what_was_not_earned_is_not_drawn(rooms: Rooms) -> None:
    portal = caller(rooms)
    ada = enrolled(portal)
    told = problem(portal.post(f"/participants/{ada}/draws", {"policy": "va-prize"}), 422, "refused")
    assert told["detail"] == "0 draws of va-prize are left, not 1"


def test_a_prize_is_chosen_and_put_back(rooms: Rooms) -> None:
    portal = caller(rooms)
    ada, redemption = waiting(rooms, portal)
    [reserved] = portal.told(f"/participants/{ada}/account")["reserved"]
    assert (reserved["redemption"], reserved["name"]) == (redemption, "Bus ticket")
    assert portal.done(f"/redemptions/{redemption}/cancel")["state"] == "cancelled"
    assert portal.told(f"/participants/{ada}/account")["reserved"] == []
    told = problem(portal.post(f"/redemptions/{redemption}/cancel"), 422, "refused")
    assert "handed over or cancelled already" in told["detail"]


def test_a_prize_is_handed_over_by_another_program_than_the_one_that_recorded(rooms: Rooms) -> None:
    lab, portal = caller(rooms), caller(rooms)
    _, redemption = waiting(rooms, lab)
    problem(lab.post(f"/redemptions/{redemption}/handover"), 422, "refused")
    told = portal.done(f"/redemptions/{redemption}/handover")
    assert (told["state"], told["alone"]) == ("handed over", False)


def test_the_cabinet_comes_a_page_at_a_time(rooms: Rooms) -> None:
    portal = caller(rooms)
    whole = portal.told("/prizes?limit=200")
    first = portal.told("/prizes?limit=3&program=intensive-outpatient")
    rest = portal.told(f"/prizes?limit=200&cursor={first['next']}")
    assert first["prizes"] + rest["prizes"] == whole["prizes"]
    assert rest["next"] is None
    assert whole["prizes"][0]["takes"] == {"size": "small", "amount": "1", "unit": "slips"}
    assert "is none of this token's" in wrong(portal.get("/prizes?program=north-iop"))["program"]


def test_a_prize_of_another_site_is_told_as_one_that_is_not_there(rooms: Rooms) -> None:
    portal = caller(rooms)
    ada = enrolled(portal)
    nothing = "0" * 24
    told = problem(portal.post("/redemptions", {"participant": ada, "prize": nothing}), 422, "refused")
    assert told["detail"] == f"there is no prize {nothing}"
