"""Enrolling, discharging, readmitting, stepping over: who takes part, under what, from when."""

from datetime import date, timedelta

from cm_engine.actions.enrol import discharge, enrol, readmit, step_over
from cm_engine.actions.redeem import choose
from cm_engine.actions.revise import set_up
from cm_engine.actions.verify import verify
from cm_engine.exchange.policy_file import load_policy
from cm_engine.exchange.program_file import parse_terms
from cm_engine.store.people import person_of
from tests.clinic import PROGRAM, Clinic, clinic

HIGGINS = load_policy("higgins-voucher")
VA_PRIZE = load_policy("va-prize")


def leave(riverside: Clinic, participant: str, last_day: date) -> None:
    discharge(riverside.engine, riverside.request(), participant, last_day)


def another_program(riverside: Clinic, *policies: str, site: str = "riverside", caps: str = "599.00") -> str:
    """Begin one more program under some policies."""
    text = PROGRAM.replace("riverside-iop", "another").replace('"riverside"', f'"{site}"').replace("599.00", caps)
    held = [load_policy(name) for name in policies]
    program: str = set_up(riverside.engine, riverside.request(), parse_terms("program", text), held)["program"]
    return program


def test_an_unknown_code_makes_a_participant_and_a_known_one_finds_them(migrated_url: str) -> None:
    with clinic(migrated_url, HIGGINS) as riverside:
        cleo = riverside.enrol("Cleo")
        leave(riverside, cleo, riverside.today)
        assert riverside.enrol("Cleo", riverside.today + timedelta(days=1)) == cleo
        assert riverside.enrol("Ada") != cleo
        assert verify(riverside.engine).is_clean


def test_nobody_is_enrolled_twice_at_a_time(migrated_url: str) -> None:
    with clinic(migrated_url, HIGGINS) as riverside:
        riverside.enrol("Cleo")
        with riverside.refuses("is still open; discharge first"):
            riverside.enrol("Cleo", riverside.today + timedelta(days=7))


def test_what_cannot_be_enrolled_is_refused(migrated_url: str) -> None:
    with clinic(migrated_url, HIGGINS) as riverside:
        with riverside.refuses("cannot be a participant's code"):
            riverside.enrol("two\nlines")
        with riverside.refuses("has no policy"):
            riverside.enrol("Cleo", riverside.today, "va-prize")
        with riverside.refuses("not believable"):
            riverside.enrol("Cleo", date(26, 3, 2))
        with riverside.refuses("there is no participant or program"):
            enrol(riverside.engine, riverside.request(), "nowhere", "Cleo", riverside.today)
        with riverside.refuses("has no payer"):
            enrol(riverside.engine, riverside.request(), riverside.program, "Cleo", riverside.today, payer="Nobody")


def test_after_the_last_day_nothing_is_earned_and_what_was_earned_may_be_spent(migrated_url: str) -> None:
    with clinic(migrated_url, HIGGINS) as riverside:
        gus = riverside.enrol("Gus")
        riverside.tests(gus, "NNN")  # 21.25
        leave(riverside, gus, riverside.today)
        late = riverside.record(gus)  # still on the last day
        assert late["awards"][0]["amount"] == "6.25"
        assert late["awards"][0]["next"] == "0.00"
        riverside.clock.go_on(days=1)
        assert riverside.record(gus)["awards"] == []
        choose(riverside.engine, riverside.request(), gus, riverside.prize("Grocery card"))
        assert riverside.held(gus) == 17_50
        assert verify(riverside.engine).is_clean


def test_a_last_day_before_what_was_counted_is_refused(migrated_url: str) -> None:
    with clinic(migrated_url, HIGGINS) as riverside:
        gus = riverside.enrol("Gus")
        riverside.tests(gus, "NN")
        with riverside.refuses("counts already"):
            leave(riverside, gus, riverside.today - timedelta(days=2))
        with riverside.refuses("cannot be before that"):
            leave(riverside, gus, riverside.today - timedelta(days=9))
        with riverside.refuses("not believable"):
            leave(riverside, gus, date.max)
        leave(riverside, gus, riverside.today - timedelta(days=1))
        with riverside.refuses("has no open enrolment"):
            leave(riverside, gus, riverside.today)


def test_who_is_readmitted_begins_the_ladder_anew_and_the_payers_year_goes_on(migrated_url: str) -> None:
    with clinic(migrated_url, HIGGINS, program=PROGRAM.replace("599.00", "25.00")) as riverside:
        gus = riverside.enrol("Gus")
        assert riverside.tests(gus, "NNN") == ["2.50", "3.75", "15.00"]
        leave(riverside, gus, riverside.today)
        with riverside.refuses("lasts until"):
            readmit(riverside.engine, riverside.request(), gus, riverside.program, riverside.today)
        riverside.clock.go_on(days=1)
        readmit(riverside.engine, riverside.request(), gus, riverside.program, riverside.today)
        assert riverside.tests(gus, "NN") == ["2.50", "1.25"]  # 25.00 in all
        riverside.clock.go_on(days=366)
        assert riverside.tests(gus, "P") == ["0.00"]
        assert verify(riverside.engine).is_clean


def test_nobody_is_readmitted_who_never_was_there_or_at_another_site(migrated_url: str) -> None:
    with clinic(migrated_url, HIGGINS) as riverside:
        gus = riverside.enrol("Gus")
        elsewhere = another_program(riverside, "higgins-voucher", site="hillside")
        with riverside.refuses("at another site"):
            step_over(riverside.engine, riverside.request(), gus, elsewhere, riverside.today + timedelta(days=1))
        leave(riverside, gus, riverside.today)
        with riverside.refuses("at another site"):
            readmit(riverside.engine, riverside.request(), gus, elsewhere, riverside.today + timedelta(days=1))
        with riverside.refuses("there is no participant"):
            readmit(riverside.engine, riverside.request(), "nobody", riverside.program, riverside.today)


def test_who_steps_over_keeps_ladder_and_caps(migrated_url: str) -> None:
    with clinic(migrated_url, HIGGINS, program=PROGRAM.replace("599.00", "30.00")) as riverside:
        ada = riverside.enrol("Ada")
        assert riverside.tests(ada, "NNN") == ["2.50", "3.75", "15.00"]
        php = another_program(riverside, "higgins-voucher", "iop-attendance", caps="30.00")
        with riverside.refuses("cannot be before that"):
            step_over(riverside.engine, riverside.request(), ada, php, riverside.today - timedelta(days=1))
        step_over(riverside.engine, riverside.request(), ada, php, riverside.today)
        assert riverside.tests(ada, "NN") == ["6.25", "2.50"]  # 30.00 in all
        assert riverside.record(ada, "attended", kind="attendance")["awards"][0]["amount"] == "1"
        assert verify(riverside.engine).is_clean


def test_who_steps_back_goes_on_where_they_left(migrated_url: str) -> None:
    with clinic(migrated_url, HIGGINS) as riverside:
        ada = riverside.enrol("Ada")
        riverside.tests(ada, "NN")
        attendance = another_program(riverside, "iop-attendance")
        step_over(riverside.engine, riverside.request(), ada, attendance, riverside.today)
        assert riverside.record(ada)["awards"] == []
        riverside.clock.go_on(days=7)
        step_over(riverside.engine, riverside.request(), ada, riverside.program, riverside.today)
        assert riverside.tests(ada, "NN") == ["15.00", "6.25"]
        assert verify(riverside.engine).is_clean


def test_a_visit_of_before_the_readmission_was_recorded_can_still_be_corrected(migrated_url: str) -> None:
    with clinic(migrated_url, HIGGINS) as riverside:
        gus = riverside.enrol("Gus")
        riverside.clock.go_on(days=10)
        leave(riverside, gus, riverside.today - timedelta(days=5))
        late = riverside.record(gus)
        assert late["awards"] == []
        readmit(riverside.engine, riverside.request(), gus, riverside.program, riverside.today - timedelta(days=1))
        assert riverside.correct(gus, late["event"], "positive")["awards"] == []
        assert verify(riverside.engine).is_clean


def test_what_was_entered_in_error_does_not_keep_somebody_from_leaving(migrated_url: str) -> None:
    with clinic(migrated_url, HIGGINS) as riverside:
        gus = riverside.enrol("Gus")
        riverside.clock.go_on(days=3)
        mistaken = riverside.record(gus)["event"]
        riverside.correct(gus, mistaken, "void")
        leave(riverside, gus, riverside.today - timedelta(days=1))
        assert verify(riverside.engine).is_clean


def test_a_policy_that_is_named_twice_is_refused_since_it_would_pay_twice(migrated_url: str) -> None:
    with clinic(migrated_url, HIGGINS) as riverside, riverside.refuses("named twice"):
        riverside.enrol("Ada", riverside.today, "higgins-voucher", "higgins-voucher")


def test_what_is_taken_back_goes_to_the_payer_who_gave_it(migrated_url: str) -> None:
    with clinic(migrated_url, HIGGINS) as riverside:
        grant = (
            PROGRAM.replace("riverside-iop", "another").replace("State Medicaid", "Grant").replace("599.00", "10.00")
        )
        held = set_up(riverside.engine, riverside.request(), parse_terms("program", grant), [HIGGINS])
        ada = riverside.enrol("Ada")
        event = riverside.event(ada)
        riverside.clock.go_on(days=2)
        step_over(riverside.engine, riverside.request(), ada, held["program"], riverside.today)
        riverside.correct(ada, event, "void")
        assert riverside.record(ada)["awards"][0]["amount"] == "2.50"
        given = dict(
            riverside.ask("SELECT name, sum(amount) FROM entries JOIN payers ON debit = 'fund@' || id GROUP BY name")
        )
        taken = dict(
            riverside.ask("SELECT name, sum(amount) FROM entries JOIN payers ON credit = 'fund@' || id GROUP BY name")
        )
        assert given == {"State Medicaid": 2_50, "Grant": 2_50}
        assert taken == {"State Medicaid": 2_50}
        assert [left.left for left in riverside.standing(ada).left(riverside.today)] == [7_50]
        assert verify(riverside.engine).is_clean


def test_the_days_away_do_not_count_after_a_step_back(migrated_url: str) -> None:
    with clinic(migrated_url, HIGGINS) as riverside:
        other = another_program(riverside, "va-prize")
        ada = riverside.enrol("Ada")
        riverside.record(ada)
        riverside.clock.go_on(days=2)
        away = riverside.today
        step_over(riverside.engine, riverside.request(), ada, other, away)
        riverside.clock.go_on(days=2)
        step_over(riverside.engine, riverside.request(), ada, riverside.program, riverside.today)
        assert [award["policy"] for award in riverside.record(ada, at=away)["awards"]] == ["va-prize"]
        assert riverside.record(ada)["awards"][0]["amount"] == "3.75"
        riverside.restart()
        assert riverside.record(ada, at=away)["awards"][0]["policy"] == "va-prize"
        assert verify(riverside.engine).is_clean


def test_nobody_steps_over_into_the_program_they_are_in(migrated_url: str) -> None:
    with clinic(migrated_url, HIGGINS) as riverside:
        ada = riverside.enrol("Ada")
        riverside.clock.go_on(days=1)
        with riverside.refuses("in that program already"):
            step_over(riverside.engine, riverside.request(), ada, riverside.program, riverside.today)


def test_a_last_day_to_come_may_be_moved(migrated_url: str) -> None:
    with clinic(migrated_url, HIGGINS) as riverside:
        gus = riverside.enrol("Gus")
        riverside.record(gus)
        leave(riverside, gus, riverside.today + timedelta(days=5))
        leave(riverside, gus, riverside.today + timedelta(days=9))
        riverside.clock.go_on(days=7)
        assert riverside.record(gus)["awards"][0]["amount"] == "3.75"
        assert riverside.ask("SELECT last_day FROM enrolments") == [(str(riverside.today + timedelta(days=2)),)]
        assert verify(riverside.engine).is_clean


def test_who_was_discharged_sees_what_the_caps_leave_of_a_prize(migrated_url: str) -> None:
    with clinic(migrated_url, HIGGINS) as riverside:
        gus = riverside.enrol("Gus")
        riverside.record(gus)
        leave(riverside, gus, riverside.today)
        riverside.clock.go_on(days=3)
        assert [left.left for left in riverside.standing(gus).left(riverside.today)] == [596_50]


def test_a_code_is_the_same_with_blanks_around_it_and_in_either_form_of_a_letter(migrated_url: str) -> None:
    with clinic(migrated_url, HIGGINS) as riverside:
        rene = riverside.enrol("Ren\u00e9")
        for written in (" Ren\u00e9", "Ren\u00e9 ", "Rene\u0301"):
            leave(riverside, rene, riverside.today)
            riverside.clock.go_on(days=1)
            assert riverside.enrol(written) == rene
        assert riverside.ask("SELECT code FROM participants") == [("Ren\u00e9",)]
        with riverside.refuses("cannot be a participant's code"):
            riverside.enrol("  ")


def test_enrolling_under_a_known_code_never_exchanges_the_person_behind_it(migrated_url: str) -> None:
    with clinic(migrated_url, HIGGINS) as riverside:
        ada, ann = {"name": "Ada Example", "phone": "555-0100"}, {"name": "Ann Smith"}

        def enrolled(person: dict[str, str] | None) -> str:
            answer = enrol(
                riverside.engine, riverside.request(), riverside.program, "A-1", riverside.today, person=person
            )
            leave(riverside, answer["participant"], riverside.today)
            riverside.clock.go_on(days=1)
            participant: str = answer["participant"]
            return participant

        first = enrolled(None)
        assert enrolled(ada) == first
        with riverside.refuses("kept under this code already"):
            enrolled(ann)
        assert enrolled(ada) == enrolled(None) == first
        with riverside.engine.database.reading() as tx:
            assert person_of(tx, riverside.engine.vault, first) == ada
