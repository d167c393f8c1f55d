"""A draft as its file: to download, to mend by hand, or to take from another; every mistake by its line."""

from flask import Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from werkzeug.utils import secure_filename

from cm_engine.errors import CmError, InputError, Mistake
from cm_engine.exchange import toml_file
from cm_engine.store.drafts import Draft
from web.access import Permission
from web.at_hand import engine
from web.at_hand import program as running_of
from web.doors import needs
from web.studio import at_draft
from web.studio.drafts import UNPROCESSABLE, UPLOADED, typed_text
from web.studio.reading import read_text
from web.studio.rooms import studio
from web.studio.words import said


@studio.get("/programs/<program>/studio/<draft>/file")
@needs(Permission.DRAFT_POLICIES)
def draft_file(program: str, draft: str) -> ResponseReturnValue:
    """Give a draft as a policy file."""
    found = at_draft.draft_of(program, draft)
    answer = Response(found.text, mimetype="application/toml")
    name = secure_filename(found.name) or secure_filename(found.policy) or "policy"
    answer.headers.set("Content-Disposition", "attachment", filename=f"{name}.toml")
    return answer


@studio.get("/programs/<program>/studio/<draft>/text")
@needs(Permission.DRAFT_POLICIES)
def draft_text(program: str, draft: str) -> ResponseReturnValue:
    """Show a draft as a policy file, with its mistakes by line."""
    found = at_draft.draft_of(program, draft)
    return _page(program, found, found.text, _mistakes(found.text))


@studio.post("/programs/<program>/studio/<draft>/text")
@needs(Permission.DRAFT_POLICIES)
def take_text(program: str, draft: str) -> ResponseReturnValue:
    """Take a policy file's text as the draft. It may hold mistakes, which are named; but it must be TOML."""
    found = at_draft.draft_of(program, draft)
    text = ""
    try:
        text = typed_text()
        toml_file.parse(UPLOADED, text)
        at_draft.save(found, text)
    except InputError as error:
        kept = "Nothing is set yet: the draft says what it said before."
        return _page(program, found, text, error.mistakes, kept), UNPROCESSABLE
    except CmError as error:
        return _page(program, found, text, (), said(error)), UNPROCESSABLE
    if _mistakes(text):
        return redirect(url_for("studio.draft_text", program=program, draft=draft), 303)
    flash("The draft says what the file says. Undo brings back what it said before.", "good")
    return redirect(url_for("studio.edit", program=program, draft=draft), 303)


def _mistakes(text: str) -> tuple[Mistake, ...]:
    read = read_text(text)
    return tuple(toml_file.refuse(UPLOADED, text, list(read.mistakes)).mistakes) if read.mistakes else ()


def _page(program: str, draft: Draft, text: str, mistakes: tuple[Mistake, ...], refused: str = "") -> str:
    analytes = sorted(engine().analytes)
    shown = {"draft": draft, "text": text, "mistakes": mistakes, "refused": refused, "analytes": analytes}
    return render_template("studio/text.html", running=running_of(program), **shown)
