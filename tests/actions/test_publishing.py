"""Publishing: what a draft changes is kept with it, a second person approves it where asked for, and running ones take it if chosen."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from cm_engine.actions.appoint import add_staff
from cm_engine.actions.compare import version_text
from cm_engine.actions.enrol import discharge
from cm_engine.actions.publishing import (
    NotAcknowledgedError,
    Proposed,
    ProposedByThemselvesError,
    approve,
    consider,
    decline,
    proposal_of,
    proposals_of,
    propose,
    withdraw,
)
from cm_engine.actions.requests import Answer, Request
from cm_engine.actions.revise import publish, take_version
from cm_engine.actions.verify import verify
from cm_engine.errors import InputError
from cm_engine.exchange.policy_file import load_policy, parse_policy, policy_text
from cm_engine.money import MONEY
from cm_engine.safety import Finding
from cm_engine.timetable import read_schedule
from tests.actions.test_verify import tampered
from tests.clinic import PROGRAM, Clinic, clinic

HIGGINS = load_policy("higgins-voucher")
DEARER = policy_text(HIGGINS).replace('start = "2.50"', 'start = "5.00"')
THREE_A_WEEK = read_schedule("1-12:3")
ALL_BUT_CAPS = PROGRAM.replace('caps = [ {amount = "599.00", per = "calendar-year"} ]', "")


@pytest.fixture
def riverside(migrated_sqlite_url: str) -> Iterator[Clinic]:
    with clinic(migrated_sqlite_url, HIGGINS, program=ALL_BUT_CAPS) as opened:
        yield opened


def asked(riverside: Clinic, text: str = DEARER, **more: Any) -> Proposed:
    """Ask for a version from tomorrow on."""
    return Proposed(text, riverside.today + timedelta(days=1), THREE_A_WEEK)._replace(**more)


def proposed(riverside: Clinic, text: str = DEARER, *, by: str = "femi", **more: Any) -> Answer:
    request = riverside.request()._replace(actor=by)
    return propose(riverside.engine, request, riverside.program, asked(riverside, text, **more))


def by(riverside: Clinic, actor: str) -> Request:
    return riverside.request()._replace(actor=actor)


def test_new_enrolments_take_it_from_its_day_and_running_ones_are_left_alone(riverside: Clinic) -> None:
    ada = riverside.enrol("Ada")
    answer = proposed(riverside)
    assert (answer["state"], answer["number"], answer["taken"]) == ("published", 2, 0)
    riverside.clock.go_on(days=1)
    assert riverside.tests(ada, "N") == ["2.50"]
    assert riverside.tests(riverside.enrol("Ben"), "N") == ["5.00"]
    assert verify(riverside.engine).is_clean


def test_running_ones_take_it_where_chosen_from_their_day_and_keep_their_place(riverside: Clinic) -> None:
    ada, ben, gus = (riverside.enrol(code) for code in ("Ada", "Ben", "Gus"))
    later = riverside.enrol("Cleo", riverside.today + timedelta(days=9))
    assert riverside.tests(ada, "NN") == ["2.50", "3.75"]
    discharge(riverside.engine, riverside.request(), gus, riverside.today)
    on = riverside.today + timedelta(days=2)
    answer = proposed(riverside, running_from=on)
    assert (answer["taken"], answer["left"]) == (3, [])
    assert riverside.tests(ada, "NN") == ["15.00", "6.25"]  # the old version until then: 5.00 and a bonus of 10.00
    assert riverside.standing(ada).account(HIGGINS.name).policy.name == HIGGINS.name
    assert riverside.tests(ada, "N") == ["10.00"]  # the fifth place, and above 5.00 now
    assert riverside.record(ben)["awards"][0]["amount"] == "5.00"
    begins = riverside.standing(later).account(HIGGINS.name).term.versions
    assert [day for day, _ in begins] == [date(2026, 3, 11), date(2026, 3, 12)]  # the day after their first
    assert riverside.held(ada) == 2_50 + 3_75 + 15_00 + 6_25 + 10_00  # what was paid stays
    assert verify(riverside.engine).is_clean


def test_whose_other_version_is_set_to_come_is_left_and_named(riverside: Clinic) -> None:
    ada = riverside.enrol("Ada")
    on = riverside.today + timedelta(days=5)
    dearest = parse_policy("story", DEARER.replace("5.00", "9.00"))
    other = publish(riverside.engine, riverside.request(), riverside.program, dearest, on)["version"]
    take_version(riverside.engine, riverside.request(), ada, HIGGINS.name, other, on)
    answer = proposed(riverside, running_from=riverside.today + timedelta(days=2))
    assert (answer["taken"], answer["left"]) == (0, [ada])


def test_what_it_changes_what_it_costs_and_what_is_unsafe_are_kept_with_it(riverside: Clinic) -> None:
    over = Finding("budget", "note", "The budget may be overrun", "Seldom.", MONEY)
    wanted = asked(riverside, forecast={"mean": "120.00"}, beside=(over,), note="agreed with the board", draft="d1")
    told = consider(riverside.engine, riverside.program, wanted)
    assert told["changes"] == [["ladder: start", "what the first place pays", "2.50", "5.00"]]
    assert [finding["gravity"] for finding in told["findings"]] == ["note", "note"]
    answer = propose(riverside.engine, by(riverside, "femi"), riverside.program, wanted)
    kept, content = proposal_of(riverside.engine, riverside.program, answer["proposal"])
    assert content == told
    assert content["forecast"] == {"mean": "120.00"}
    assert (kept.policy, kept.by, kept.note, kept.answered.state) == (
        HIGGINS.name,
        "femi",
        "agreed with the board",
        "published",
    )
    assert kept.answered.version == answer["version"]
    assert not [row for row in riverside.rows() if "agreed with the board" in row]  # it is sealed


def test_a_failing_check_is_to_be_accepted_and_that_is_kept(riverside: Clinic) -> None:
    falling = policy_text(HIGGINS).replace(
        'reset]\nto = "start"', 'reset]\nto = "start"\n[outcomes]\nmissed = "excused"'
    )
    with riverside.refuses("Staying away is worth more than coming: change the draft", NotAcknowledgedError):
        proposed(riverside, falling)
    answer = proposed(riverside, falling, acknowledged=("staying away",))
    assert proposal_of(riverside.engine, riverside.program, answer["proposal"])[1]["acknowledged"] == ["staying away"]


def test_where_it_is_asked_for_somebody_else_approves_it(riverside: Clinic) -> None:
    riverside.engine.policy_approval = True
    ada = riverside.enrol("Ada")
    tomorrow = riverside.today + timedelta(days=1)
    answer = proposed(riverside, running_from=tomorrow)
    assert (answer["state"], answer.get("version")) == ("waiting", None)
    engine, program, proposal = riverside.engine, riverside.program, answer["proposal"]
    with riverside.refuses("waits for approval already"):
        proposed(riverside)
    with riverside.refuses("cannot decide on it", ProposedByThemselvesError):
        approve(engine, by(riverside, "femi"), program, proposal)
    approved = approve(engine, by(riverside, "olu"), program, proposal)
    assert (approved["state"], approved["taken"]) == ("approved", 1)
    with riverside.refuses("does not wait any more: it was approved"):
        approve(engine, by(riverside, "olu"), program, proposal)
    riverside.clock.go_on(days=1)
    assert riverside.tests(ada, "N") == ["5.00"]
    [told] = proposals_of(engine, program)
    assert (told.answered.by, told.answered.version) == ("olu", approved["version"])
    deeds = riverside.ask("SELECT deed, actor, about FROM activity ORDER BY at, deed")
    assert sorted(tuple(row) for row in deeds) == [
        ("policy-approved", "olu", program),
        ("policy-proposed", "femi", program),
    ]
    assert verify(engine).is_clean


def test_it_is_declined_with_a_reason_or_withdrawn_by_who_proposed_it(riverside: Clinic) -> None:
    riverside.engine.policy_approval = True
    [(site,)] = riverside.ask("SELECT id FROM sites")
    femi = add_staff(riverside.engine, riverside.request(), "Femi Manager", site, ["manager"])["staff"]
    engine, program = riverside.engine, riverside.program
    first = proposed(riverside, by=femi)["proposal"]
    with riverside.refuses("say in a few words why"):
        decline(engine, by(riverside, "olu"), program, first, " ")
    with riverside.refuses("cannot decide on it", ProposedByThemselvesError):
        decline(engine, by(riverside, femi), program, first, "no")
    decline(engine, by(riverside, "olu"), program, first, "too dear for the spring")
    second = proposed(riverside, by=femi)["proposal"]
    with riverside.refuses("only who proposed it can withdraw it"):
        withdraw(engine, by(riverside, "olu"), program, second)
    withdraw(engine, by(riverside, femi), program, second)
    told = [(one.by_name, one.answered.state, one.answered.reason) for one in proposals_of(engine, program)]
    assert told == [("Femi Manager", "withdrawn", ""), ("Femi Manager", "declined", "too dear for the spring")]
    assert riverside.ask("SELECT count(*) FROM policy_versions") == [(1,)]
    assert verify(engine).is_clean


def test_one_whose_day_has_come_is_approved_from_a_later_one(riverside: Clinic) -> None:
    riverside.engine.policy_approval = True
    ada = riverside.enrol("Ada")
    answer = proposed(riverside, running_from=riverside.today + timedelta(days=1))
    riverside.clock.go_on(days=3)
    engine, program, proposal = riverside.engine, riverside.program, answer["proposal"]
    with riverside.refuses("is not to come: name"):
        approve(engine, by(riverside, "olu"), program, proposal)
    with riverside.refuses("approve it from that day or a later one"):
        approve(engine, by(riverside, "olu"), program, proposal, riverside.today - timedelta(days=9))
    tomorrow = riverside.today + timedelta(days=1)
    approved = approve(engine, by(riverside, "olu"), program, proposal, tomorrow)
    assert (approved["from_day"], approved["running_from"], approved["taken"]) == (str(tomorrow), str(tomorrow), 1)
    assert riverside.standing(ada).version(HIGGINS.name, tomorrow) == approved["version"]


def test_to_go_back_is_to_publish_the_earlier_text_again(riverside: Clinic) -> None:
    [(first,)] = riverside.ask("SELECT id FROM policy_versions")
    proposed(riverside)
    riverside.clock.go_on(days=2)
    text = version_text(riverside.engine, riverside.program, first)["text"]
    back = proposed(riverside, text)
    assert back["number"] == 3
    assert proposal_of(riverside.engine, riverside.program, back["proposal"])[1]["changes"][0][2:] == ["5.00", "2.50"]
    riverside.clock.go_on(days=1)
    assert riverside.tests(riverside.enrol("Ada"), "N") == ["2.50"]


def test_what_cannot_be_proposed_is_refused(riverside: Clinic) -> None:
    today = riverside.today
    other = policy_text(replace(HIGGINS, name="another"))
    in_draws = (
        DEARER.replace('pays = "usd"', 'pays = "points"')
        .replace('"5.00"', "5")
        .replace('"1.25"', "1")
        .replace('"10.00"', "10")
    )
    for text, more, what in (
        (DEARER, {"from_day": today}, "is not to come"),
        (DEARER, {"running_from": today}, "running enrolments cannot take it from"),
        (other, {}, 'the program has no policy "another"; an admin adds one'),
        (in_draws, {}, "pays in usd, and this version pays in points"),
        (DEARER, {"note": "x" * 4001}, "a note has at most 4,000 characters"),
    ):
        with riverside.refuses(what):
            proposed(riverside, text, **more)
    with riverside.refuses("draft:5: on: ", InputError):
        proposed(riverside, DEARER.replace('on = "test"', 'on = "tests"'))
    with pytest.raises(Exception, match="no such proposal"):
        proposal_of(riverside.engine, riverside.program, "none")
    with riverside.refuses("no such proposal"):
        withdraw(riverside.engine, riverside.request(), riverside.program, "none")


def test_a_proposal_that_is_changed_by_hand_is_named(riverside: Clinic) -> None:
    proposal = proposed(riverside)["proposal"]
    change = "UPDATE policy_proposals SET content = replace(content, '5.00', '6.00')"
    [fault] = tampered(riverside, change).faults
    assert fault.what == f"policy_proposals {proposal}: the text is not the one whose SHA-256 the log has"
