"""The demo's data: made by the actions, sound, the same each time, and with today in the middle at any hour of any day."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cm_engine.actions.appoint import ROLES
from cm_engine.actions.audit import audit_tasks
from cm_engine.actions.let_in import at_kiosk, come
from cm_engine.actions.let_in import sign_in as let_in
from cm_engine.actions.look import look
from cm_engine.actions.place_kiosk import pair
from cm_engine.actions.remark import remarks_at
from cm_engine.actions.requests import Request
from cm_engine.actions.sign_in import Limits, Step, sign_in, who_is_here
from cm_engine.actions.verify import verify
from cm_engine.demo.kiosk import PIN, TOLD, pairing_code
from cm_engine.demo.people import PEOPLE, by_code
from cm_engine.demo.staff import NAMES, PASSWORD, signs_in
from cm_engine.store.demo_mark import demo_made_on
from cm_engine.store.people import person_of
from tests.demos import NOW, ZONE, Demo, fill_file, opened
from tests.soak import times

A_DAY = timedelta(days=1)

# A Sunday minutes after midnight, a Friday late, and the Sunday on which the clocks go forward.
AFTER_MIDNIGHT = datetime(2026, 6, 7, 0, 15, tzinfo=ZONE)
LATE = datetime(2027, 1, 1, 23, 45, tzinfo=ZONE)
CLOCKS_FORWARD = datetime(2026, 3, 8, 11, 0, tzinfo=ZONE)


def standing_of(demo: Demo, code: str) -> Any:
    return look(demo.engine, demo.ids[code])


def test_its_books_are_sound_and_no_job_failed(demo: Demo) -> None:
    assert verify(demo.engine).faults == []
    assert demo.ask("SELECT job FROM job_runs WHERE failed <> 0") == []


def test_about_thirty_people_are_in_it_under_names_that_are_sealed(demo: Demo) -> None:
    assert len(demo.ids) == len(PEOPLE) == 30
    with demo.engine.database.reading() as tx:
        ada = person_of(tx, demo.engine.vault, demo.ids["K4817"])
    assert ada["name"] == by_code()["K4817"].name == "Adaeze Nwosu"


def test_it_says_of_itself_that_it_is_a_demo_and_of_which_day(demo: Demo) -> None:
    with demo.engine.database.reading() as tx:
        assert demo_made_on(tx) == date(2026, 3, 4)


def test_it_has_eight_weeks_of_days_confirmed_and_closed_out_but_for_yesterday(demo: Demo) -> None:
    states = Counter(state for (state,) in demo.ask("SELECT state FROM days"))
    assert states["closed-out"] >= 8 * 7 - 2
    assert demo.day(-2)["states"] == ["closed-out", "confirmed"]
    assert demo.day(-1)["states"] == []
    assert demo.day(9)["states"] == ["closed"]


def test_courses_differ(demo: Demo) -> None:
    earned = {code: int(standing_of(demo, code)["policies"][0]["earned"]) for code in demo.ids}
    assert earned["K4817"] > 80  # a long run
    assert 20 < earned["K1275"] < 60  # a setback, and back
    assert earned["K5913"] < 10  # gone early
    assert standing_of(demo, "K7290")["last_day"] is not None  # discharged
    assert standing_of(demo, "K8807")["last_day"] is None  # and this one came back
    assert standing_of(demo, "K7956")["week"] == 1  # just enrolled


def test_a_laboratory_overturned_results_a_mistake_was_undone_and_absences_excused(demo: Demo) -> None:
    bodies = [body for (body,) in demo.ask("SELECT body FROM log WHERE fact = 'result-corrected'")]
    assert sum('"void"' in body for body in bodies) == 1
    assert sum("positive" in body for body in bodies) == 1
    excused = demo.ask("SELECT count(*) FROM log WHERE fact = 'event-recorded' AND body LIKE '%excused%'")
    assert excused[0][0] > 20


def test_prizes_were_drawn_chosen_handed_over_and_wait_and_the_cabinet_was_filled_and_counted(demo: Demo) -> None:
    facts = Counter(dict(demo.ask("SELECT fact, count(*) FROM log GROUP BY fact")))
    waiting = facts["prize-chosen"] - facts["prize-handed-over"]
    assert facts["slip-picked"] > 1000
    assert 5 <= waiting <= 60
    assert facts["draw-opened"] - facts["slip-picked"] == 2  # somebody went away in the middle of it
    assert facts["prizes-traded"] > 0
    assert facts["prize-restocked"] > 20
    assert facts["stock-counted"] == 15
    [(lowest,)] = demo.ask("SELECT min(on_hand) FROM stock")
    assert lowest >= 0


def test_nobody_hands_a_prize_to_somebody_whose_test_they_recorded_that_day(demo: Demo) -> None:
    rows = demo.ask(
        "SELECT count(*) FROM log h JOIN log e ON e.chain = h.chain AND e.actor = h.actor "
        "AND substr(e.recorded_at, 1, 10) = substr(h.recorded_at, 1, 10) AND e.fact = 'event-recorded' "
        "WHERE h.fact = 'prize-handed-over'"
    )
    assert rows == [(0,)]


def test_another_version_of_a_policy_was_published_on_the_way(demo: Demo) -> None:
    assert demo.ask("SELECT max(number) FROM policy_versions WHERE policy = 'iop-attendance'") == [(2,)]


@pytest.mark.parametrize("now", [AFTER_MIDNIGHT, LATE, CLOCKS_FORWARD][: times(2, in_soak=3)], ids=str)
def test_today_is_in_the_middle_of_it_whenever_it_is_made(now: datetime, tmp_path: Path) -> None:
    fill_file(tmp_path / "demo.db", now.astimezone(UTC))
    with opened(tmp_path / "demo.db", now.astimezone(UTC)) as demo:
        today = demo.day()
        assert 0 < today["missing"] < len(today["visits"])
        assert demo.day(8)["visits"]
        assert demo.ask("SELECT max(recorded_at) FROM log")[0][0] <= now.astimezone(UTC).isoformat()
        assert verify(demo.engine).faults == []


def test_it_is_the_same_each_time(demo: Demo, tmp_path: Path) -> None:
    everything = "SELECT chain, seq, fact, body, recorded_at FROM log ORDER BY chain, seq"
    fill_file(tmp_path / "again.db", NOW)
    with opened(tmp_path / "again.db") as again:
        assert again.ask(everything) == demo.ask(everything)


def test_everybody_of_the_staff_signs_in_by_the_one_password_and_without_a_second_factor(demo: Demo) -> None:
    assert {role for role, _ in signs_in()} == set(ROLES)
    for name, _ in NAMES.values():
        here = who_is_here(demo.engine, sign_in(demo.engine, name, PASSWORD), Limits(A_DAY, A_DAY))
        assert here is not None
        assert here.step is Step.IN


def test_everybody_has_a_card_and_signed_a_consent_and_one_has_a_prescription(demo: Demo) -> None:
    assert demo.ask("SELECT count(DISTINCT participant_id) FROM cards WHERE ended_at IS NULL") == [(len(PEOPLE),)]
    assert demo.ask("SELECT count(DISTINCT chain) FROM log WHERE fact = 'consent-given'") == [(len(PEOPLE),)]
    [(explained,)] = demo.ask("SELECT count(*) FROM log WHERE fact = 'event-recorded' AND body LIKE '%explained%'")
    assert explained > 0


def test_a_browser_becomes_the_kiosk_by_its_code_and_lets_a_patient_in_by_card_and_pin(demo: Demo) -> None:
    token = pair(demo.engine, Request("pair", "tablet"), pairing_code(demo.engine))
    nobody = at_kiosk(demo.engine, token)
    assert nobody is not None
    come(demo.engine, nobody.kiosk, TOLD)
    somebody = at_kiosk(demo.engine, token)
    assert somebody is not None
    assert let_in(demo.engine, Request("let in", "guest"), somebody, PIN) == "in"
    assert sum(int(one["balance"]) for one in standing_of(demo, TOLD)["has"] if one["unit"] == "draws") > 5


def test_people_wrote_to_staff_in_both_languages_and_audits_were_signed(demo: Demo) -> None:
    waiting = [one.remark.text for one in remarks_at(demo.engine, demo.program, are_open=True)]
    assert len(waiting) == 2
    assert any("boletos" in text for text in waiting)
    assert len(remarks_at(demo.engine, demo.program, are_open=False)) == 1
    states = {task["state"] for task in audit_tasks(demo.engine, demo.program)["tasks"]}
    assert {"done", "to come"} <= states
