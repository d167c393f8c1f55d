"""Remarks: what a participant writes, sealed, and the one reply that staff give."""

from cm_engine.actions.enrol import discharge
from cm_engine.actions.purge import purge
from cm_engine.actions.remark import NothingSaidError, remark, remarks_at, remarks_by, reply
from cm_engine.actions.requests import Request
from cm_engine.facts import EventRecorded
from tests.clinic import Clinic, clinic

SAID = "I was there on Monday"


def written(riverside: Clinic, participant: str, text: str = SAID, about: str = "") -> str:
    """Let somebody write something."""
    id_: str = remark(riverside.engine, riverside.request(), participant, text, about)["remark"]
    return id_


def test_what_somebody_writes_waits_until_staff_reply(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        ada = riverside.enrol()
        first = written(riverside, ada, f"  {SAID} \n", about="an event")
        riverside.clock.go_on(minutes=1)
        second = written(riverside, ada, "And on Wednesday")
        assert [one.remark.id for one in remarks_at(riverside.engine, riverside.program, are_open=True)] == [
            first,
            second,
        ]
        reply(riverside.engine, Request("reply", "elin"), ada, first, "Thank you, it is put right")
        assert [one.remark.id for one in remarks_at(riverside.engine, riverside.program, are_open=True)] == [second]
        [(done, _, by)] = remarks_at(riverside.engine, riverside.program, are_open=False)
        assert by == ""
        assert (done.text, done.about, done.reply, done.replied_by) == (
            SAID,
            "an event",
            "Thank you, it is put right",
            "elin",
        )
        assert [one.id for one in remarks_by(riverside.engine, ada)] == [second, first]


def test_staff_see_what_a_remark_is_about(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        ada = riverside.enrol()
        event = riverside.event(ada)
        written(riverside, ada, about=event)
        written(riverside, ada)
        told = [one.about for one in remarks_at(riverside.engine, riverside.program, are_open=True)]
        assert {type(fact) for fact in told} == {EventRecorded, type(None)}


def test_nothing_that_was_written_can_be_read_without_the_key(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        ada = riverside.enrol()
        reply(riverside.engine, riverside.request(), ada, written(riverside, ada), "A reply in words")
        rows = "\n".join(riverside.rows())
        assert SAID not in rows
        assert "A reply" not in rows


def test_a_note_sent_twice_is_there_once_and_a_second_reply_is_refused(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        ada, ben = riverside.enrol(), riverside.enrol("Ben")
        twice = riverside.request()
        [id_] = {remark(riverside.engine, twice, ada, SAID)["remark"] for _ in range(2)}
        assert len(remarks_by(riverside.engine, ada)) == 1
        with riverside.refuses("there is no such remark of this participant"):
            reply(riverside.engine, riverside.request(), ben, id_, "Thank you")
        reply(riverside.engine, riverside.request(), ada, id_, "Thank you")
        with riverside.refuses("somebody has replied to this already"):
            reply(riverside.engine, riverside.request(), ada, id_, "Thanks")


def test_without_words_or_with_too_many_there_is_nothing_to_keep(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        ada = riverside.enrol()
        with riverside.refuses("write a few words first", NothingSaidError):
            written(riverside, ada, " \n ")
        with riverside.refuses("at most 1000 characters; this has 1001", NothingSaidError):
            written(riverside, ada, "x" * 1001)


def test_a_purge_takes_what_was_written_along(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        ada = riverside.enrol()
        reply(riverside.engine, riverside.request(), ada, written(riverside, ada), "Thank you")
        discharge(riverside.engine, riverside.request(), ada, riverside.today)
        riverside.clock.go_on(days=1)
        purge(riverside.engine, riverside.request(), ada, retention_years=0)
        assert riverside.ask("SELECT * FROM remarks") == riverside.ask("SELECT * FROM replies") == []
