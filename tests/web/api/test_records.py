"""What a records system does by calls: enrol, find, record, correct, look; each thing once, however often it is sent."""

from datetime import UTC, datetime
from typing import Any

from cm_engine.actions.enrol import discharge
from cm_engine.actions.exempt import Wanted, exempt
from cm_engine.actions.issue_token import Wished, issue
from cm_engine.actions.verify import verify
from tests.web.api.caller import EVERY_SCOPE, Caller, caller, problem, site_id, wrong
from tests.web.rooms import Rooms
from web.access import Permission

DAY = "2026-03-02"


def enrolled(records: Caller, code: str = "K1042") -> str:
    """Enrol somebody, and give their id."""
    participant: str = records.done("/participants", {"code": code, "first_day": DAY})["participant"]
    return participant


def a_test(participant: str, outcome: str = "negative", **more: Any) -> dict[str, Any]:
    """Give a test as a program sends it."""
    return {"participant": participant, "at": DAY, "kind": "test", "outcome": outcome, **more}


def logged(rooms: Rooms) -> int:
    found: int = rooms.clinic.ask("SELECT count(*) FROM log")[0][0]
    return found


def test_somebody_is_enrolled_and_found_by_their_code(rooms: Rooms) -> None:
    records = caller(rooms)
    sent = {"code": " K1042 ", "first_day": DAY, "policies": ["va-prize"], "person": {"name": "Ada Lovelace"}}
    answer = records.post("/participants", sent)
    told: Any = answer.json
    assert answer.status_code == 201
    assert (told["first_day"], told["policies"]) == (DAY, ["va-prize"])
    [found] = records.done("/participants/find", {"code": "K1042"})["participants"]
    assert found == records.told(f"/participants/{told['participant']}")
    assert (found["name"], found["code"], found["site"], found["state"]) == (
        "Ada Lovelace",
        "K1042",
        "main",
        "enrolled",
    )
    [enrolment] = found["enrolments"]
    assert enrolment == {
        "enrolment": told["enrolment"],
        "program": "intensive-outpatient",
        "first_day": DAY,
        "last_day": None,
        "payer": "State Medicaid",
        "policies": ["va-prize"],
    }
    assert records.done("/participants/find", {"code": "K104"})["participants"] == []


def test_somebody_who_left_is_enrolled_anew(rooms: Rooms) -> None:
    records = caller(rooms)
    ada = enrolled(records)
    again = {"first_day": "2026-03-03"}
    assert "still open" in problem(records.post(f"/participants/{ada}/enrolments", again), 422, "refused")["detail"]
    discharge(rooms.clinic.engine, rooms.clinic.request(), ada, rooms.clinic.today)
    rooms.clinic.clock.go_on(days=1)
    assert records.told(f"/participants/{ada}")["state"] == "discharged"
    assert records.done(f"/participants/{ada}/enrolments", again)["first_day"] == "2026-03-03"
    assert [one["last_day"] for one in records.told(f"/participants/{ada}")["enrolments"]] == [DAY, None]


def test_an_event_earns_what_the_answer_says_and_why(rooms: Rooms) -> None:
    records = caller(rooms)
    ada = enrolled(records)
    told = records.done("/events", a_test(ada))
    [award] = told["awards"]
    assert (award["policy"], award["class"], award["unit"], award["amount"], award["next"]) == (
        "va-prize",
        "success",
        "draws",
        "1",
        "2",
    )
    assert award["parts"] == [{"amount": "1", "why": "ladder place 1"}]
    assert award["why"] == "first negative in a row: ladder place 1, 1 draw"
    assert told["left"][0]["left"] == "599.00"


def test_a_dry_run_shows_the_same_and_posts_nothing(rooms: Rooms) -> None:
    records = caller(rooms)
    ada = enrolled(records)
    before = logged(rooms)
    tried = records.post("/events?dry_run=true", a_test(ada), key="a")
    assert (tried.status_code, logged(rooms)) == (200, before)
    done = records.post("/events?dry_run=false", a_test(ada), key="a")
    assert (done.status_code, done.json) == (201, tried.json)
    assert logged(rooms) == before + 1


def test_a_correction_is_told_with_what_it_changed(rooms: Rooms) -> None:
    records = caller(rooms)
    ada = enrolled(records)
    event = records.done("/events", a_test(ada, "positive"))["event"]
    told = records.done(f"/events/{event}/corrections", {"outcome": "negative", "reason": "the laboratory says so"})
    assert (told["event"], told["in_force"], told["awards"][0]["amount"]) == (event, True, "1")
    void = records.done(f"/events/{event}/corrections?dry_run=true", {"outcome": "void"})
    assert void["awards"][0]["amount"] == "-1"
    assert records.told(f"/participants/{ada}/account")["has"][0]["balance"] == "1"


def test_the_same_request_is_done_once_and_another_content_is_a_conflict(rooms: Rooms) -> None:
    records = caller(rooms)
    ada = enrolled(records)
    first = records.post("/events", a_test(ada), key="one")
    before = logged(rooms)
    again = records.post("/events", a_test(ada), key="one")
    assert (again.status_code, again.data) == (201, first.data)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers
    for other in (a_test(ada, "positive"), a_test(ada, note="late")):
        problem(records.post("/events", other, key="one"), 409, "conflict")
    problem(records.post("/participants", {"code": "K2", "first_day": DAY}, key="one"), 409, "conflict")
    assert logged(rooms) == before


def test_what_was_refused_may_be_put_right_under_its_key(rooms: Rooms) -> None:
    records = caller(rooms)
    ada = enrolled(records)
    problem(records.post("/events", {**a_test(ada), "at": "2026-03-03"}, key="one"), 422, "refused")
    assert records.post("/events", a_test(ada), key="one").status_code == 201


def test_the_keys_of_two_programs_are_two(rooms: Rooms) -> None:
    records, lab = caller(rooms), caller(rooms)
    ada = enrolled(records)
    first = records.done("/events", a_test(ada), key="one")
    second = lab.done("/events", a_test(ada), key="one")
    assert first["event"] != second["event"]
    assert second["awards"][0]["class"] == "ignore"


def test_the_same_event_under_its_senders_id_is_one(rooms: Rooms) -> None:
    lab = caller(rooms)
    ada = enrolled(lab)
    first = lab.done("/events", a_test(ada, id="specimen 17"))
    again = lab.done("/events", a_test(ada, id="specimen 17"))
    assert (again["event"], again["already_there"], again["awards"]) == (first["event"], True, [])
    told = problem(lab.post("/events", a_test(ada, "positive", id="specimen 17")), 409, "conflict")
    assert "give each event an id of its own" in told["detail"]


def test_a_partial_panel_is_taken_only_where_that_is_asked_for(rooms: Rooms) -> None:
    lab = caller(rooms)
    ada = enrolled(lab)
    sent = {**a_test(ada), "analytes": {"cocaine": "negative"}}
    told = problem(lab.post("/events", sent), 422, "partial-panel")
    assert "amphetamine, methamphetamine" in told["detail"]
    assert lab.done("/events", {**sent, "allow_partial_panel": True})["awards"][0]["amount"] == "1"


def test_a_finding_is_explained_by_a_clinician_or_by_a_token_that_may(rooms: Rooms) -> None:
    records = caller(rooms, Permission.ENROL, Permission.RECORD, Permission.CORRECT)
    ada, ben = enrolled(records), enrolled(records, "K2")
    panel = {"amphetamine": "explained", "methamphetamine": "negative", "cocaine": "negative"}
    sent = {"at": DAY, "kind": "test", "analytes": panel}
    told = problem(records.post("/events", {**sent, "participant": ada}), 422, "refused")
    assert "no exemption covers amphetamine" in told["detail"]
    today = rooms.clinic.today
    exempt(rooms.clinic.engine, rooms.clinic.request(), ada, Wanted("amphetamine", today, today))
    assert records.done("/events", {**sent, "participant": ada})["awards"][0]["class"] == "success"
    event = records.done("/events", a_test(ben, "positive"))["event"]
    correction = {"analytes": panel}
    problem(records.post(f"/events/{event}/corrections", correction), 422, "refused")
    clinicians = caller(rooms, Permission.CORRECT, Permission.EXEMPT)
    assert clinicians.done(f"/events/{event}/corrections", correction)["awards"][0]["class"] == "success"


def test_a_second_event_of_a_day_counts_no_more_than_in_a_file(rooms: Rooms) -> None:
    records = caller(rooms)
    ada = enrolled(records)
    records.done("/events", a_test(ada))
    [award] = records.done("/events", a_test(ada, at=f"{DAY}T11:00:00-05:00"))["awards"]
    assert (award["class"], award["amount"]) == ("ignore", "0")


def test_the_account_tells_what_somebody_has_and_where_it_comes_from(rooms: Rooms) -> None:
    records = caller(rooms)
    ada = enrolled(records)
    event = records.done("/events", a_test(ada))["event"]
    told = records.told(f"/participants/{ada}/account")
    assert told["has"] == [{"what": "held", "of": "va-prize", "unit": "draws", "balance": "1"}]
    bowl = told["policies"][0]
    assert (bowl["policy"], bowl["place"], bowl["run"], bowl["next"]) == ("va-prize", 2, 1, "2")
    [row] = told["statement"]
    assert (row["what"], row["about"], row["kind"], row["outcome"]) == ("event-recorded", event, "test", "negative")
    assert row["awards"][0]["why"] == "first negative in a row: ladder place 1, 1 draw"
    assert told["next"] is None


def test_a_long_statement_comes_a_page_at_a_time(rooms: Rooms) -> None:
    records = caller(rooms)
    ada = enrolled(records)
    events = []
    for _ in range(5):
        at = rooms.clinic.clock.now.isoformat()
        events.append(records.done("/events", a_test(ada, at=at))["event"])
        rooms.clinic.clock.go_on(days=1)
    seen, query = [], "limit=2"
    while query:
        told = records.told(f"/participants/{ada}/account?{query}")
        seen += [row["about"] for row in told["statement"]]
        query = f"limit=2&cursor={told['next']}" if told["next"] else ""
    assert seen == events[::-1]
    for cursor in ("x", "WyJhIl0", "bnVsbA"):
        answer = records.get(f"/participants/{ada}/account?cursor={cursor}")
        assert answer.status_code == (200 if cursor == "bnVsbA" else 422)


def test_what_the_program_has_already_is_not_sent_again(rooms: Rooms) -> None:
    records = caller(rooms)
    ada = enrolled(records)
    for address in (f"/participants/{ada}", f"/participants/{ada}/account", "/prizes", "/programs"):
        first = records.get(address)
        again = records.get(address, headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
    etag = records.get(f"/participants/{ada}/account").headers["ETag"]
    records.done("/events", a_test(ada))
    after = records.get(f"/participants/{ada}/account", headers={"If-None-Match": etag})
    assert (after.status_code, after.headers["ETag"] != etag) == (200, True)


def test_a_moment_counts_where_the_site_is(rooms: Rooms) -> None:
    """Late on Monday in New York it is Tuesday in Greenwich."""
    rooms.clinic.clock.now = datetime(2026, 3, 3, 3, tzinfo=UTC)
    records = caller(rooms)
    ada = enrolled(records)
    assert records.done("/events", a_test(ada, at="2026-03-03T02:30:00Z"))["on"] == DAY


def test_of_several_programs_the_one_that_is_meant_is_named(rooms: Rooms) -> None:
    both = frozenset({site_id(rooms), site_id(rooms, "north")})
    made = issue(rooms.clinic.engine, rooms.clinic.request(), Wished("Portal", EVERY_SCOPE, both, 30))
    portal = Caller(rooms.nobody(), made.token, made.says)
    sent = {"code": "K1", "first_day": DAY}
    assert (
        "there are several: intensive-outpatient at main, north-iop at north"
        in wrong(portal.post("/participants", sent))["#/program"]
    )
    assert (
        'did you mean "north-iop"' in wrong(portal.post("/participants", {**sent, "program": "nort-iop"}))["#/program"]
    )
    assert (
        "not run there"
        in wrong(portal.post("/participants", {**sent, "program": "north-iop", "site": "main"}))["#/site"]
    )
    nora = portal.done("/participants", {**sent, "program": "north-iop"})["participant"]
    assert portal.told(f"/participants/{nora}")["site"] == "north"
    portal.done("/participants", {**sent, "site": "main"})
    assert len(portal.done("/participants/find", {"code": "K1"})["participants"]) == 2
    assert len(portal.done("/participants/find", {"code": "K1", "site": "north"})["participants"]) == 1


def test_the_books_are_sound_after_all_of_it(rooms: Rooms) -> None:
    records = caller(rooms)
    ada = enrolled(records)
    event = records.done("/events", a_test(ada))["event"]
    records.done(f"/events/{event}/corrections", {"outcome": "void", "reason": "entered in error"})
    assert verify(rooms.clinic.engine).is_clean
