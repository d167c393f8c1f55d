"""Exemptions: a clinician says which prescription explains which findings, from when to when; without it nothing is explained."""

from datetime import date, timedelta

from cm_engine.actions.correct import Correction, correct
from cm_engine.actions.exempt import Wanted, end_exemption, exempt
from cm_engine.actions.record import Happening, record
from cm_engine.actions.requests import Answer
from cm_engine.actions.verify import verify
from cm_engine.events import Result
from cm_engine.store.notes import note_of
from tests.clinic import Clinic, clinic

EXPLAINED = Result("", (("amphetamine", "explained"), ("cocaine", "negative"), ("methamphetamine", "negative")))
POSITIVE = Result("", (("amphetamine", "positive"), ("cocaine", "negative"), ("methamphetamine", "negative")))


def come(riverside: Clinic, participant: str, result: Result = EXPLAINED, *, at_the_desk: bool = True) -> Answer:
    """Record a test of now at a door that asks for exemptions."""
    happening = Happening(riverside.clock.now, "test", result)
    return record(riverside.engine, riverside.request(), participant, happening, at_the_desk=at_the_desk)


def exempted(riverside: Clinic, participant: str, from_day: date, to_day: date, analyte: str = "amphetamine") -> str:
    """Give an exemption, and its id."""
    wanted = Wanted(analyte, from_day, to_day, "prescription seen")
    exemption: str = exempt(riverside.engine, riverside.request(), participant, wanted)["exemption"]
    return exemption


def test_an_explained_finding_counts_as_negative_on_a_covered_day_and_is_refused_on_another(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        ada = riverside.enrol()
        with riverside.refuses("no exemption covers amphetamine on 2026-03-02"):
            come(riverside, ada)
        exempted(riverside, ada, riverside.today, riverside.today + timedelta(days=1))
        assert come(riverside, ada)["awards"][0]["class"] == "success"
        riverside.clock.go_on(days=1)
        riverside.restart()
        come(riverside, ada)
        riverside.clock.go_on(days=1)
        with riverside.refuses("no exemption covers amphetamine on 2026-03-04"):
            come(riverside, ada)
        assert verify(riverside.engine).is_clean


def test_an_exemption_covers_one_analyte_of_one_person(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        ada, ben = riverside.enrol("Ada"), riverside.enrol("Ben")
        exempted(riverside, ada, riverside.today, riverside.today, "cocaine")
        exempted(riverside, ben, riverside.today, riverside.today)
        with riverside.refuses("no exemption covers amphetamine"):
            come(riverside, ada)


def test_a_file_from_a_laboratory_says_itself_what_is_explained(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        ada = riverside.enrol()
        assert come(riverside, ada, at_the_desk=False)["awards"][0]["class"] == "success"


def test_a_positive_becomes_explained_only_where_the_day_of_the_test_is_covered(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        ada = riverside.enrol()
        event = come(riverside, ada, POSITIVE)["event"]
        riverside.clock.go_on(days=1)
        exempted(riverside, ada, riverside.today, riverside.today)
        correction = Correction(event, EXPLAINED)
        with riverside.refuses("no exemption covers amphetamine on 2026-03-02"):
            correct(riverside.engine, riverside.request(), ada, correction, at_the_desk=True)
        yesterday = riverside.today - timedelta(days=1)
        exempted(riverside, ada, yesterday, yesterday)
        told = correct(riverside.engine, riverside.request(), ada, correction, at_the_desk=True)
        assert told["awards"][0]["amount"] == "1"
        assert verify(riverside.engine).is_clean


def test_an_exemption_is_ended_and_never_edited(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        ada = riverside.enrol()
        today, later = riverside.today, riverside.today + timedelta(days=30)
        exemption = exempted(riverside, ada, today, later)
        for wrong in (today - timedelta(days=1), later):
            with riverside.refuses("its last day cannot become"):
                end_exemption(riverside.engine, riverside.request(), ada, exemption, wrong)
        told = end_exemption(riverside.engine, riverside.request(), ada, exemption, today, "no longer taken")
        assert (told["from_day"], told["to_day"]) == ("2026-03-02", "2026-03-02")
        come(riverside, ada)
        riverside.clock.go_on(days=1)
        with riverside.refuses("no exemption covers"):
            come(riverside, ada)
        facts = [fact for (fact,) in riverside.ask(f"SELECT fact FROM log WHERE chain = '{ada}' ORDER BY seq")]
        assert facts[1:3] == ["exemption-given", "exemption-ended"]
        with riverside.engine.database.reading() as tx:
            assert note_of(tx, riverside.engine.vault, ada, 2) == ("prescription seen", "")
            assert note_of(tx, riverside.engine.vault, ada, 3) == ("no longer taken", "")


def test_what_is_no_exemption_is_refused(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        ada = riverside.enrol()
        today = riverside.today
        with riverside.refuses('"cocain" is not a known analyte; did you mean "cocaine"'):
            exempted(riverside, ada, today, today, "cocain")
        with riverside.refuses("cannot end on 2026-03-01, before it begins"):
            exempted(riverside, ada, today, today - timedelta(days=1))
        with riverside.refuses("the year 9026 is not believable"):
            exempted(riverside, ada, today, today.replace(year=9026))
        with riverside.refuses("has no exemption nothing"):
            end_exemption(riverside.engine, riverside.request(), ada, "nothing", today)
