"""Drafts: kept each time that they are saved, so that undoing goes back as far as it began, and two people lose nothing."""

import pytest

from cm_engine.actions.appoint import add_staff
from cm_engine.actions.drafts import (
    Begun,
    Changed,
    EditedMeanwhileError,
    NoDraftError,
    begin_draft,
    discard_draft,
    draft_of,
    drafts_of,
    redo,
    save_draft,
    take_back_draft,
    undo,
)
from cm_engine.actions.requests import Request
from cm_engine.actions.verify import verify
from cm_engine.catalogue import preset_text
from cm_engine.exchange.policy_file import load_policy, parse_policy
from tests.clinic import Clinic, clinic, other_process

HIGGINS = load_policy("higgins-voucher")
TEXT = preset_text("higgins-voucher")


def begun(riverside: Clinic, **more: str) -> str:
    """Begin a draft of higgins-voucher, and give its id."""
    draft = Begun("higgins-voucher", "Cheaper", TEXT)._replace(**more)
    made: str = begin_draft(riverside.engine, riverside.request(), riverside.program, draft)["draft"]
    return made


def saved(riverside: Clinic, draft: str, seen: int, text: str) -> int:
    changed = Changed(seen, text)
    revision: int = save_draft(riverside.engine, riverside.request(), riverside.program, draft, changed)["revision"]
    return revision


def shown(riverside: Clinic, draft: str) -> tuple[int, str, bool, bool]:
    found = draft_of(riverside.engine, riverside.program, draft)
    return found.revision, found.text, found.can_undo, found.can_redo


def test_undoing_goes_back_to_the_beginning_over_a_restart_and_redoing_forth_again(migrated_url: str) -> None:
    with clinic(migrated_url, HIGGINS) as riverside:
        draft = begun(riverside)
        assert shown(riverside, draft) == (1, TEXT, False, False)
        assert saved(riverside, draft, 1, "a") == 2
        assert saved(riverside, draft, 2, "a") == 2  # the same again is no revision
        assert saved(riverside, draft, 2, "b") == 3
        riverside.restart()
        engine, program = riverside.engine, riverside.program
        assert undo(engine, riverside.request(), program, draft, 3)["revision"] == 2
        assert undo(engine, riverside.request(), program, draft, 2)["revision"] == 1
        assert shown(riverside, draft) == (1, TEXT, False, True)
        with riverside.refuses("there is nothing to undo"):
            undo(engine, riverside.request(), program, draft, 1)
        assert redo(engine, riverside.request(), program, draft, 1)["revision"] == 2
        assert saved(riverside, draft, 2, "c") == 4
        assert shown(riverside, draft) == (4, "c", True, False)
        with riverside.refuses("there is nothing to redo"):
            redo(engine, riverside.request(), program, draft, 4)
        assert undo(engine, riverside.request(), program, draft, 4)["revision"] == 2
        assert redo(engine, riverside.request(), program, draft, 2)["revision"] == 4  # what was said last
        assert verify(engine).is_clean


def test_who_saves_second_is_told_and_loses_nothing(migrated_url: str) -> None:
    with clinic(migrated_url, HIGGINS) as riverside, other_process(riverside) as another:
        [(site,)] = riverside.ask("SELECT id FROM sites")
        femi: str = add_staff(riverside.engine, riverside.request(), "Femi Manager", site, ["manager"])["staff"]
        draft = begun(riverside)
        theirs = Changed(1, "Femi's")
        save_draft(another.engine, Request("femi saves", femi), another.program, draft, theirs)
        with riverside.refuses("Femi Manager changed this draft meanwhile: it is at revision 2", EditedMeanwhileError):
            saved(riverside, draft, 1, "mine")
        with riverside.refuses("Look at theirs, or keep yours as another draft", EditedMeanwhileError):
            undo(riverside.engine, riverside.request(), riverside.program, draft, 1)
        begun(riverside, name="Mine", text="mine")
        assert {one.text for one in drafts_of(riverside.engine, riverside.program)} == {"mine", "Femi's"}
        assert draft_of(riverside.engine, riverside.program, draft).changed_by == femi


def test_a_draft_may_say_anything_while_it_is_written(migrated_sqlite_url: str) -> None:
    with clinic(migrated_sqlite_url, HIGGINS) as riverside:
        draft = begun(riverside, text='name = "hig', note="for Ada's group")
        assert shown(riverside, draft)[1] == 'name = "hig'
        assert draft_of(riverside.engine, riverside.program, draft).note == "for Ada's group"
        assert not [row for row in riverside.rows() if "Ada's group" in row]  # it is sealed
        engine, program = riverside.engine, riverside.program
        save_draft(engine, riverside.request(), program, draft, Changed(1, TEXT, "Dearer", ""))
        found = draft_of(engine, program, draft)
        assert (found.name, found.note, found.text) == ("Dearer", "", TEXT)
        assert riverside.ask("SELECT * FROM draft_notes") == []


def test_a_preset_is_tried_in_place_of_what_the_program_has(migrated_sqlite_url: str) -> None:
    with clinic(migrated_sqlite_url, HIGGINS) as riverside:
        draft = begun(riverside, text=preset_text("silverman-voucher"))
        policy = parse_policy("draft", shown(riverside, draft)[1])
        assert (policy.name, policy.title) == ("higgins-voucher", load_policy("silverman-voucher").title)


def test_one_is_made_of_a_version_put_away_and_taken_back(migrated_url: str) -> None:
    with clinic(migrated_url, HIGGINS) as riverside:
        [(version,)] = riverside.ask("SELECT id FROM policy_versions")
        draft = begun(riverside, based_on=version)
        engine, program = riverside.engine, riverside.program
        assert draft_of(engine, program, draft).based_on == version
        discard_draft(engine, riverside.request(), program, draft)
        assert drafts_of(engine, program) == []
        take_back_draft(engine, riverside.request(), program, draft)
        assert [one.id for one in drafts_of(engine, program)] == [draft]


def test_what_cannot_be_begun_or_saved_is_refused(migrated_sqlite_url: str) -> None:
    with clinic(migrated_sqlite_url, HIGGINS) as riverside:
        for more, what in (
            ({"policy": "va-prize"}, 'has no policy "va-prize"; an admin adds one in the program\'s file'),
            ({"based_on": "v9"}, 'has no version "v9"'),
            ({"name": " "}, "a draft needs a name"),
            ({"name": "x" * 101}, "a name has at most 100 characters; this has 101"),
            ({"text": "x" * 100_001}, "a draft has at most 100,000 characters"),
            ({"note": "x" * 4_001}, "a note has at most 4,000 characters"),
        ):
            with riverside.refuses(what):
                begun(riverside, **more)
        with pytest.raises(NoDraftError):
            draft_of(riverside.engine, riverside.program, "none")
        with riverside.refuses("no such draft", NoDraftError):
            saved(riverside, "none", 1, "")
