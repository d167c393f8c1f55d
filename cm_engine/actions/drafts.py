"""Drafts: a policy that somebody tries out under a name of its own, kept each time that it is saved, so that nothing is lost.

A draft may say anything while it is being written, mistakes too; they are named when it is looked at. Two people may have the same
draft open: who saves second is told, and may keep theirs as another draft.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import NamedTuple

from cm_engine.actions.requests import Answer, Doing, Request, answer_program
from cm_engine.engine import Engine
from cm_engine.errors import InputError, quoted
from cm_engine.exchange.policy_file import parse_policy, policy_text
from cm_engine.standing import RefusedError
from cm_engine.store.chains import Chain
from cm_engine.store.drafts import (
    Draft,
    Revision,
    add_draft,
    add_revision,
    draft_in,
    drafts_in,
    end_draft,
    keep_draft_note,
    rename,
    show,
)

SOURCE = "draft"

LONGEST_TEXT = 100_000
LONGEST_NAME = 100
LONGEST_NOTE = 4000


class EditedMeanwhileError(RefusedError):
    """Somebody else changed the draft since it was looked at; what was to be saved is not, and may become another draft."""


class NoDraftError(RefusedError):
    """A draft that the program does not have."""


class Begun(NamedTuple):
    """A draft that is to begin: for which policy of the program, its name, its text, a note, the version that it is made of."""

    policy: str
    name: str
    text: str
    note: str = ""
    based_on: str | None = None


class Changed(NamedTuple):
    """What a draft is to say: behind which revision that was seen, and its text; name and note only where they change."""

    seen: int
    text: str
    name: str | None = None
    note: str | None = None


def begin_draft(engine: Engine, request: Request, program: str, begun: Begun) -> Answer:
    """Begin a draft: of a preset, a version, another draft or a file.

    Where the text names another policy than the one it is for, it takes that one's name: a preset is tried in place of what a
    program has. Raises RefusedError for a policy or version that the program does not have.
    """

    def act(doing: Doing, _: Chain) -> Answer:
        _refuse_unknown(doing, program, begun)
        draft, text = doing.new_id(), _in_its_place(engine, begun)
        made = Revision(0, _fitting(text, "a draft", LONGEST_TEXT), request.actor, doing.recorded_at)
        add_draft(doing.tx, draft, program, (begun.policy, _named(begun.name), begun.based_on), made)
        keep_draft_note(doing.tx, engine.vault, draft, _fitting(begun.note, "a note", LONGEST_NOTE))
        return {"draft": draft, "revision": 1}

    return answer_program(engine, request, program, ("begin draft", begun._asdict()), act)


def save_draft(engine: Engine, request: Request, program: str, draft: str, changed: Changed) -> Answer:
    """Save what a draft is to say, behind the revision that was seen. Raises EditedMeanwhileError where it is not the latest."""

    def act(doing: Doing, kept: Draft) -> int:
        if changed.name is not None:
            rename(doing.tx, draft, _named(changed.name))
        if changed.note is not None:
            keep_draft_note(doing.tx, engine.vault, draft, _fitting(changed.note, "a note", LONGEST_NOTE))
        text = _fitting(changed.text, "a draft", LONGEST_TEXT)
        if text == kept.text:
            return kept.revision
        return add_revision(doing.tx, draft, Revision(kept.revision, text, request.actor, doing.recorded_at))

    return _change(engine, request, program, (draft, changed.seen), ("save draft", changed._asdict(), act))


def undo(engine: Engine, request: Request, program: str, draft: str, seen: int) -> Answer:
    """Show the revision before the one that was seen. Raises RefusedError where there is none."""
    return _turn(engine, request, program, (draft, seen), ("undo", lambda kept: kept.undo))


def redo(engine: Engine, request: Request, program: str, draft: str, seen: int) -> Answer:
    """Show the revision that was undone last. Raises RefusedError where none was."""
    return _turn(engine, request, program, (draft, seen), ("redo", lambda kept: kept.redo))


def discard_draft(engine: Engine, request: Request, program: str, draft: str) -> Answer:
    """Put a draft away; nothing of it is removed."""
    return _put(engine, request, program, draft, is_away=True)


def take_back_draft(engine: Engine, request: Request, program: str, draft: str) -> Answer:
    """Take a draft back that was put away."""
    return _put(engine, request, program, draft, is_away=False)


def drafts_of(engine: Engine, program: str) -> list[Draft]:
    """Give a program's drafts, the one that was changed last first; not those that were put away."""
    with engine.database.reading() as tx:
        return drafts_in(tx, engine.vault, program)


def draft_of(engine: Engine, program: str, draft: str) -> Draft:
    """Give a draft. Raises NoDraftError where the program has none of that id."""
    with engine.database.reading() as tx:
        return _found(draft_in(tx, engine.vault, program, draft))


Change = Callable[[Doing, Draft], int]


def _change(
    engine: Engine, request: Request, program: str, of: tuple[str, int], asked: tuple[str, dict[str, object], Change]
) -> Answer:
    """Change a draft that was seen at a revision; the change gives the revision that is shown behind it."""
    draft, seen = of
    called, content, change = asked

    def act(doing: Doing, _: Chain) -> Answer:
        kept = _found(draft_in(doing.tx, engine.vault, program, draft))
        _refuse_edited(kept, seen)
        return {"draft": draft, "revision": change(doing, kept)}

    return answer_program(engine, request, program, (called, {"draft": draft, **content}), act)


def _turn(
    engine: Engine,
    request: Request,
    program: str,
    of: tuple[str, int],
    asked: tuple[str, Callable[[Draft], int | None]],
) -> Answer:
    draft, seen = of
    called, where = asked

    def act(doing: Doing, kept: Draft) -> int:
        revision = where(kept)
        if revision is None:
            raise RefusedError(f"there is nothing to {called}")
        show(doing.tx, draft, revision)
        return revision

    return _change(engine, request, program, (draft, seen), (f"{called} draft", {"seen": seen}, act))


def _put(engine: Engine, request: Request, program: str, draft: str, *, is_away: bool) -> Answer:
    def act(doing: Doing, _: Chain) -> Answer:
        _found(draft_in(doing.tx, engine.vault, program, draft))
        end_draft(doing.tx, draft, doing.recorded_at if is_away else None)
        return {"draft": draft, "is_away": is_away}

    called = "discard draft" if is_away else "take back draft"
    return answer_program(engine, request, program, (called, {"draft": draft}), act)


def _found(draft: Draft | None) -> Draft:
    if draft is None:
        raise NoDraftError("the program has no such draft")
    return draft


def _refuse_edited(kept: Draft, seen: int) -> None:
    if kept.revision != seen:
        who = kept.changed_by_name or "somebody else"
        raise EditedMeanwhileError(
            f"{who} changed this draft meanwhile: it is at revision {kept.revision}, and you saw revision {seen}. "
            "Look at theirs, or keep yours as another draft"
        )


def _refuse_unknown(doing: Doing, program: str, begun: Begun) -> None:
    doing.program(program)
    if doing.published.latest(program, begun.policy, date.max) is None:
        raise RefusedError(f"the program has no policy {quoted(begun.policy)}; an admin adds one in the program's file")
    based_on = begun.based_on and doing.published.versions.get(begun.based_on)
    if begun.based_on and (not based_on or based_on.program != program):
        raise RefusedError(f"the program has no version {quoted(begun.based_on)} of a policy")


def _in_its_place(engine: Engine, begun: Begun) -> str:
    """Give the text with the name of the policy that the draft is for; one with mistakes stays as it is."""
    try:
        policy = parse_policy(SOURCE, begun.text, engine.analytes)
    except InputError:
        return begun.text
    return begun.text if policy.name == begun.policy else policy_text(replace(policy, name=begun.policy))


def _named(name: str) -> str:
    said = " ".join(name.split())
    if not said:
        raise RefusedError("a draft needs a name, such as Cheaper bowl")
    return _fitting(said, "a name", LONGEST_NAME)


def _fitting(text: str, what: str, longest: int) -> str:
    if len(text) > longest:
        raise RefusedError(f"{what} has at most {longest:,} characters; this has {len(text):,}")
    return text
