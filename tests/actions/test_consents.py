"""Consents: nothing is told of anybody without one in writing, and it may be taken back at any time."""

from datetime import date, timedelta

from cm_engine.actions.consents import Agreed, give_consent, revoke_consent
from cm_engine.actions.enrol import discharge, enrol, readmit
from cm_engine.actions.purge import purge
from cm_engine.actions.requests import Answer
from cm_engine.actions.signed import consents_of
from cm_engine.actions.verify import verify
from tests.clinic import Clinic, clinic

SIGNED = Agreed(date(2026, 3, 2), None, "attendance and rewards", "the State Medicaid office", "paying for rewards")
WORDS = SIGNED[2:]


def give(riverside: Clinic, participant: str, agreed: Agreed = SIGNED) -> str:
    answer = give_consent(riverside.engine, riverside.request(), participant, agreed)
    consent: str = answer["consent"]
    return consent


def told(riverside: Clinic, participant: str) -> Answer:
    return consents_of(riverside.engine, participant)


def test_what_was_signed_is_told_again_in_its_words(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        ada = riverside.enrol()
        assert told(riverside, ada) == {"participant": ada, "in_force": None, "consents": []}
        consent = give(riverside, ada)
        assert told(riverside, ada)["in_force"] == consent
        assert told(riverside, ada)["consents"] == [
            {
                "consent": consent,
                "given_on": "2026-03-02",
                "last_day": None,
                "revoked_on": None,
                "scope": WORDS[0],
                "recipient": WORDS[1],
                "purpose": WORDS[2],
            }
        ]
        assert not [row for row in riverside.rows() if any(words in row for words in WORDS)]
        riverside.restart()
        assert told(riverside, ada)["in_force"] == consent
        assert verify(riverside.engine).is_clean


def test_somebody_is_enrolled_with_a_consent_in_one_step_or_not_at_all(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        today = riverside.today
        with riverside.refuses("one of them is missing"):
            unsaid = SIGNED._replace(purpose=" ")
            enrol(riverside.engine, riverside.request(), riverside.program, "Ada", today, consent=unsaid)
        ada = enrol(riverside.engine, riverside.request(), riverside.program, "Ada", today, consent=SIGNED)
        assert told(riverside, ada["participant"])["in_force"] is not None
        assert verify(riverside.engine).is_clean


def test_a_consent_that_was_taken_back_holds_no_more_and_stays_on_record(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        ada = riverside.enrol()
        first, second = give(riverside, ada), give(riverside, ada, SIGNED._replace(recipient="Probation"))
        assert told(riverside, ada)["in_force"] == second
        revoke_consent(riverside.engine, riverside.request(), ada, second, "changed her mind")
        assert told(riverside, ada)["in_force"] == first
        revoke_consent(riverside.engine, riverside.request(), ada, first)
        assert told(riverside, ada)["in_force"] is None
        assert [consent["revoked_on"] for consent in told(riverside, ada)["consents"]] == ["2026-03-02"] * 2
        with riverside.refuses("was revoked on 2026-03-02 already"):
            revoke_consent(riverside.engine, riverside.request(), ada, first)
        with riverside.refuses("gave no consent"):
            revoke_consent(riverside.engine, riverside.request(), ada, "another")
        assert verify(riverside.engine).is_clean


def test_a_consent_ends_on_its_last_day(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        ada = riverside.enrol()
        consent = give(riverside, ada, SIGNED._replace(last_day=riverside.today + timedelta(days=30)))
        riverside.clock.go_on(days=30)
        assert told(riverside, ada)["in_force"] == consent
        riverside.clock.go_on(days=1)
        assert told(riverside, ada)["in_force"] is None


def test_one_without_a_last_day_ends_with_treatment(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        gus = riverside.enrol("Gus")
        give(riverside, gus)
        discharge(riverside.engine, riverside.request(), gus, riverside.today)
        assert told(riverside, gus)["in_force"] is not None
        riverside.clock.go_on(days=1)
        assert told(riverside, gus)["in_force"] is None
        anew = SIGNED._replace(given_on=riverside.today)
        readmit(riverside.engine, riverside.request(), gus, riverside.program, riverside.today, consent=anew)
        assert told(riverside, gus)["in_force"] is not None


def test_what_no_consent_can_be_is_refused(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        ada = riverside.enrol()
        for mistake, said in (
            ({"given_on": riverside.today + timedelta(days=1)}, "has not come yet"),
            ({"last_day": date(2026, 3, 1)}, "cannot be before that"),
            ({"given_on": date(26, 3, 2)}, "not believable"),
            ({"scope": ""}, "one of them is missing"),
            ({"recipient": "\n"}, "one of them is missing"),
        ):
            with riverside.refuses(said):
                give(riverside, ada, SIGNED._replace(**mistake))


def test_after_a_purge_the_dates_are_left_and_no_words(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        gus = riverside.enrol("Gus")
        give(riverside, gus)
        discharge(riverside.engine, riverside.request(), gus, riverside.today)
        riverside.clock.go_on(days=366 * 6)
        purge(riverside.engine, riverside.request(), gus, retention_years=6)
        [left] = told(riverside, gus)["consents"]
        assert (left["given_on"], left["scope"], left["recipient"], left["purpose"]) == ("2026-03-02", "", "", "")
        assert verify(riverside.engine).is_clean
