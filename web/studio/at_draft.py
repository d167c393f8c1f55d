"""A draft at hand: found by its address, and changed by what a form asks for."""

from flask import abort, request

from cm_engine.actions import drafts
from cm_engine.actions.drafts import Changed, NoDraftError
from cm_engine.actions.requests import Answer
from cm_engine.store.drafts import Draft
from web.at_hand import asked, engine


def draft_of(program: str, draft: str) -> Draft:
    """Give a draft by its id; the page is not found where the program has none."""
    try:
        return drafts.draft_of(engine(), program, draft)
    except NoDraftError:
        abort(404)


def seen() -> int:
    """Tell which revision was before the eyes of whoever sent the form."""
    text = request.form.get("revision", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


def save(draft: Draft, text: str) -> Answer:
    """Keep what a form says: the text, and the draft's name and note where the form has them."""
    name = request.form.get("draft-name", "").strip() or None
    note = request.form.get("draft-note")
    return drafts.save_draft(engine(), asked(), draft.program, draft.id, Changed(seen(), text, name, note))


def turn(draft: Draft, where: str) -> Answer:
    """Undo what was saved last, or do it again."""
    go = drafts.undo if where == "undo" else drafts.redo
    return go(engine(), asked(), draft.program, draft.id, seen())
