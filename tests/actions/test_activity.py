"""The activity log: who did or saw what is noted once, read a page at a time, and never changed."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import insert, text

from cm_engine.actions.activity import Narrowed, activity_page, note, note_in, viewers
from cm_engine.actions.enrol import discharge
from cm_engine.actions.purge import purge
from cm_engine.actions.requests import Answer, Doing, Request, doing_it
from cm_engine.actions.revise import set_up
from cm_engine.engine import Engine
from cm_engine.exchange.program_file import parse_terms
from cm_engine.standing import RefusedError
from cm_engine.store.activity import Deed, Place, Wanted, newest
from cm_engine.store.database import StoreError
from cm_engine.store.tables import roles, staff
from tests.clinic import PROGRAM, Clinic, clinic

HARBOR = PROGRAM.replace("riverside", "harbor")


def site_of(riverside: Clinic, name: str = "riverside") -> str:
    site: str = next(key for key, called in riverside.ask("SELECT id, name FROM sites") if called == name)
    return site


def hire(at: Clinic, name: str, **places: str) -> str:
    """Let somebody work at sites, by name, with a role at each."""
    with at.engine.database.writing() as tx:
        tx.do(insert(staff).values(id=name, name=name.title(), made_at="2026-01-01T00:00:00.000000Z"))
        for place, role in places.items():
            tx.do(insert(roles).values(staff_id=name, site_id=site_of(at, place), role=role))
    return name


def second_site(engine: Engine) -> None:
    set_up(engine, Request("second site", "system"), parse_terms("program", HARBOR), [])


def deeds(page: Answer) -> list[str]:
    return [row["deed"] for row in page["rows"]]


def test_views_of_the_same_person_by_the_same_staff_within_an_hour_are_one_row(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        ada, ben, site = riverside.enrol("Ada"), riverside.enrol("Ben"), site_of(riverside)
        hire(riverside, "dev", riverside="front-desk")
        for person in (ada, ada, ben, ada):
            note(riverside.engine, Deed.PERSON_VIEWED, "dev", site=site, participant=person)
            riverside.clock.go_on(minutes=10)
        note(riverside.engine, Deed.PERSON_VIEWED, "elin", site=site, participant=ada)
        riverside.clock.go_on(minutes=20)  # the next hour
        note(riverside.engine, Deed.PERSON_VIEWED, "dev", site=site, participant=ada)
        rows = activity_page(riverside.engine, site)["rows"]
        assert [(row["actor"], row["participant"]) for row in rows] == [
            ("dev", ada),
            ("elin", ada),
            ("dev", ben),
            ("dev", ada),
        ]


def test_what_is_noted_already_is_told_without_writing(migrated_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with clinic(migrated_url) as riverside:
        ada, site = riverside.enrol("Ada"), site_of(riverside)
        note(riverside.engine, Deed.PERSON_VIEWED, "dev", site=site, participant=ada)
        monkeypatch.delattr(riverside.engine.database.__class__, "writing")
        note(riverside.engine, Deed.PERSON_VIEWED, "dev", site=site, participant=ada)


def test_a_sign_in_is_noted_at_every_site_where_somebody_works(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        second_site(riverside.engine)
        hire(riverside, "elin", riverside="clinician", harbor="clinician")
        hire(riverside, "dev", riverside="front-desk")
        note(riverside.engine, Deed.SIGNED_IN, "elin")
        note(riverside.engine, Deed.SIGNED_IN, "dev")
        note(riverside.engine, Deed.SIGNED_IN, "dev")
        here = activity_page(riverside.engine, site_of(riverside))["rows"]
        assert sorted(row["actor_name"] for row in here) == ["Dev", "Dev", "Elin"]
        there = activity_page(riverside.engine, site_of(riverside, "harbor"))["rows"]
        assert [row["actor_name"] for row in there] == ["Elin"]


def test_what_nobody_known_tries_at_the_door_is_seen_at_every_site(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        second_site(riverside.engine)
        site = site_of(riverside)
        note(riverside.engine, Deed.CARD_PRINTED, "dev", site=site)
        riverside.clock.go_on(minutes=1)
        note(riverside.engine, Deed.SIGN_IN_FAILED)
        riverside.clock.go_on(minutes=1)
        note(riverside.engine, Deed.SHEET_PRINTED, "dev", site=site)
        assert deeds(activity_page(riverside.engine, site)) == ["sheet-printed", "sign-in-failed", "card-printed"]
        assert deeds(activity_page(riverside.engine, site_of(riverside, "harbor"))) == ["sign-in-failed"]


def test_what_an_action_does_is_noted_with_it_or_not_at_all(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        site = site_of(riverside)

        def act(doing: Doing) -> None:
            note_in(doing, Deed.KIOSK_LOCKED, site=site, about="kiosk")
            raise RefusedError("the door is locked")

        with riverside.refuses("the door is locked"):
            doing_it(riverside.engine, riverside.request(), act)
        doing_it(
            riverside.engine, riverside.request(), lambda doing: note_in(doing, Deed.KIOSK_LOCKED, site=site, about="k")
        )
        (row,) = activity_page(riverside.engine, site)["rows"]
        assert (row["actor"], row["deed"], row["about"]) == ("dev-at-the-front-desk", "kiosk-locked", "k")


def test_pages_follow_each_other_without_a_gap_or_a_repeat(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        site = site_of(riverside)
        for number in range(23):
            note(riverside.engine, Deed.SHEET_PRINTED, "dev", site=site, about=f"{number:02}")
            if number % 3 == 0:
                note(riverside.engine, Deed.SIGN_IN_FAILED, about=f"{number:02}")
            if number % 5 == 0:  # several at the same moment in between
                riverside.clock.go_on(minutes=1)
        page = activity_page(riverside.engine, site, most=4)
        seen = page["rows"]
        while page["older"]:
            page = activity_page(riverside.engine, site, behind=page["older"], most=4)
            seen += page["rows"]
        assert len(seen) == len({row["id"] for row in seen}) == 31
        assert [row["at"] for row in seen] == sorted((row["at"] for row in seen), reverse=True)


def test_a_log_is_narrowed_down_to_who_what_whose_and_when(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        ada, site = riverside.enrol("Ada"), site_of(riverside)
        riverside.clock.now = datetime(2026, 3, 3, 7, 59, tzinfo=UTC)  # still 2 March at the site
        note(riverside.engine, Deed.PERSON_VIEWED, "dev", site=site, participant=ada)
        riverside.clock.go_on(minutes=1)
        note(riverside.engine, Deed.CARD_PRINTED, "dev", site=site, participant=ada)
        note(riverside.engine, Deed.PIN_RESET, "elin", site=site)

        def seen(**narrowed: object) -> list[str]:
            return sorted(deeds(activity_page(riverside.engine, site, Narrowed(**narrowed))))  # type: ignore[arg-type]

        assert seen(actor="elin") == ["pin-reset"]
        assert seen(deed=Deed.CARD_PRINTED) == ["card-printed"]
        assert seen(participant=ada) == ["card-printed", "person-viewed"]
        assert seen(to_day=date(2026, 3, 2)) == ["person-viewed"]
        assert seen(from_day=date(2026, 3, 3)) == ["card-printed", "pin-reset"]
        assert seen(from_day=date(2026, 3, 3), actor="dev", deed=Deed.PIN_RESET) == []
        with pytest.raises(RefusedError, match="no site"):
            activity_page(riverside.engine, "elsewhere")


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted("site"),
        Wanted(None),
        Wanted("site", actor="dev", since="2026-01-01", before="2026-02-01"),
        Wanted("site", deed=Deed.PIN_RESET),
        Wanted("site", participant="ada"),
        Wanted("site", actor="dev", deed=Deed.PIN_RESET, since="2026-01-01"),
    ],
)
def test_no_page_needs_the_whole_log_or_a_sort_of_it(migrated_sqlite_url: str, wanted: Wanted) -> None:
    with clinic(migrated_sqlite_url) as riverside, riverside.engine.database.engine.connect() as connection:
        query = newest(wanted, Place("2026-01-15", "x"), 50)
        asked = query.compile(connection, compile_kwargs={"literal_binds": True})
        plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked}")]
        assert "SEARCH activity USING INDEX" in plan[0], plan
        assert not [step for step in plan if "SCAN" in step or "B-TREE" in step], plan


def test_everybody_may_learn_who_viewed_their_record(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        ada, ben, site = riverside.enrol("Ada"), riverside.enrol("Ben"), site_of(riverside)
        hire(riverside, "dev", riverside="front-desk")
        first = riverside.clock.now
        for _ in range(3):
            note(riverside.engine, Deed.PERSON_VIEWED, "dev", site=site, participant=ada)
            riverside.clock.go_on(hours=1)
        note(riverside.engine, Deed.PERSON_VIEWED, "olga", site=site, participant=ada)
        note(riverside.engine, Deed.CARD_PRINTED, "femi", site=site, participant=ada)
        note(riverside.engine, Deed.PERSON_VIEWED, "femi", site=site, participant=ben)
        told = viewers(riverside.engine, ada)["viewers"]
        assert [(one["actor"], one["name"], one["hours"]) for one in told] == [("olga", None, 1), ("dev", "Dev", 3)]
        assert told[1]["first_at"].startswith(first.isoformat()[:16])


def test_a_purge_leaves_who_viewed_whom_by_random_ids(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        gus, site = riverside.enrol("GUS-4711"), site_of(riverside)
        note(riverside.engine, Deed.PERSON_VIEWED, "dev", site=site, participant=gus)
        discharge(riverside.engine, riverside.request(), gus, riverside.today)
        riverside.clock.go_on(days=366 * 6)
        purge(riverside.engine, riverside.request(), gus, retention_years=6)
        assert [one["actor"] for one in viewers(riverside.engine, gus)["viewers"]] == ["dev"]
        assert not [row for row in riverside.rows() if "GUS-4711" in row]


@pytest.mark.parametrize("statement", ["UPDATE activity SET deed = 'signed-out'", "DELETE FROM activity"])
def test_nothing_that_is_noted_is_changed_or_deleted(migrated_url: str, statement: str) -> None:
    with clinic(migrated_url) as riverside:
        note(riverside.engine, Deed.SIGN_IN_FAILED)
        with pytest.raises(StoreError, match="append-only"), riverside.engine.database.writing() as tx:
            tx.do(text(statement))
