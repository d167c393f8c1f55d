"""Drafts: which there are, and how one is begun: of a version, a preset, another draft, a file, or with nothing said yet."""

from typing import NamedTuple

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cm_engine.actions import drafts as actions
from cm_engine.actions.drafts import Begun
from cm_engine.catalogue import PRESETS, kind_names, preset_text
from cm_engine.errors import CmError, InputError
from cm_engine.exchange import toml_file
from cm_engine.exchange.opening import decoded
from cm_engine.exchange.policy_file import load_policy, policy_text
from cm_engine.standing import RefusedError
from cm_engine.store.drafts import Draft
from cm_engine.store.published import Running, Version
from web.access import Permission
from web.at_hand import asked, engine, published, today
from web.at_hand import program as running_of
from web.doors import needs
from web.studio import at_draft
from web.studio.posted import table_of
from web.studio.proposals import waiting_in
from web.studio.reading import read_table, read_text
from web.studio.rooms import studio
from web.studio.words import already, in_force, said, titled, versions_of

UNPROCESSABLE = 422

UPLOADED = "policy file"

# As much of a name as the name of a draft begins with that is made of it.
LONGEST_LEAD = 80


class Start(NamedTuple):
    """Something that a draft may be made of: by what a form names it, and how a page does."""

    value: str
    words: str


@studio.get("/programs/<program>/studio")
@needs(Permission.DRAFT_POLICIES)
def drafts(program: str) -> ResponseReturnValue:
    """List the drafts, what waits for approval, and what a draft may be made of."""
    return _page(running_of(program))


@studio.post("/programs/<program>/studio")
@needs(Permission.DRAFT_POLICIES)
def begin(program: str) -> ResponseReturnValue:
    """Begin a draft, and go to it."""
    running = running_of(program)
    try:
        begun = _begun(running)
        answer = actions.begin_draft(engine(), asked(), program, begun)
    except InputError as error:
        return _page(running, error), UNPROCESSABLE
    except CmError as error:
        return _page(running, refused=said(error)), UNPROCESSABLE
    return redirect(url_for("studio.edit", program=program, draft=answer["draft"]), 303)


@studio.post("/programs/<program>/studio/<draft>/another")
@needs(Permission.DRAFT_POLICIES)
def keep_mine(program: str, draft: str) -> ResponseReturnValue:
    """Keep what a form says as a draft of its own, where somebody else changed the draft meanwhile."""
    found = at_draft.draft_of(program, draft)
    read = read_table(table_of(read_text(found.text).kind, request.form))
    begun = Begun(
        found.policy,
        f"{found.name[:LONGEST_LEAD]}, my version",
        read.text,
        request.form.get("draft-note", found.note),
        found.based_on,
    )
    try:
        answer = actions.begin_draft(engine(), asked(), program, begun)
    except CmError as error:
        return _page(running_of(program), refused=said(error)), UNPROCESSABLE
    flash("What you typed is kept as another draft.", "good")
    return redirect(url_for("studio.edit", program=program, draft=answer["draft"]), 303)


@studio.post("/programs/<program>/studio/<draft>/away")
@needs(Permission.DRAFT_POLICIES)
def put_away(program: str, draft: str) -> ResponseReturnValue:
    """Put a draft away, or take it back."""
    found = at_draft.draft_of(program, draft)
    put = actions.discard_draft if found.ended_at is None else actions.take_back_draft
    put(engine(), asked(), program, draft)
    if found.ended_at is None:
        flash(f"{found.name} is put away.", "good")
        return redirect(url_for("studio.drafts", program=program, away=draft), 303)
    flash(f"{found.name} is back.", "good")
    return redirect(url_for("studio.drafts", program=program), 303)


def _page(running: Running, mistaken: InputError | None = None, refused: str = "") -> str:
    policies = {one.policy.name: titled(one.policy) for one in reversed(versions_of(running))}
    held = [version for name in running.terms[-1][1].policies if (version := in_force(running, name))]
    return render_template(
        "studio/drafts.html",
        running=running,
        drafts=[(one, _published_as(running, one)) for one in actions.drafts_of(engine(), running.id)],
        today=today(running),
        waiting=waiting_in(running.id),
        held=held,
        policies=policies,
        starts=_starts(running),
        away=request.args.get("away", ""),
        mistakes=mistaken.mistakes if mistaken else (),
        refused=refused,
        typed=request.form,
    )


def _published_as(running: Running, draft: Draft) -> Version | None:
    policy = read_text(draft.text).policy
    return already(running, policy) if policy else None


def _starts(running: Running) -> list[Start]:
    presets = [Start(f"preset:{name}", f"the preset {titled(load_policy(name))}") for name in PRESETS]
    versions = [
        Start(f"version:{one.id}", f"version {one.number} of {titled(one.policy)}") for one in versions_of(running)
    ]
    kinds = [Start(f"kind:{kind}", f"nothing yet, of the kind {kind}") for kind in kind_names()]
    return [*versions, *presets, *kinds, Start("file:", "a policy file, below")]


def _begun(running: Running) -> Begun:
    """Read what a draft is to begin with. Raises InputError for a file that is none."""
    sort, _, of = request.form.get("from", "").partition(":")
    policy, name = request.form.get("policy", ""), request.form.get("name", "").strip()
    match sort:
        case "version":
            return _of_version(running, of, policy, name)
        case "preset" if of in PRESETS:
            return Begun(policy or of, name or f"The preset {of}", preset_text(of))
        case "kind" if of in kind_names():
            called = name or "A new policy"
            return Begun(policy, called, toml_file.write({"name": policy, "title": called, "kind": of}))
        case "file":
            text = typed_text()
            toml_file.parse(UPLOADED, text)
            return Begun(policy, name or "From a file", text)
        case _:
            raise RefusedError("choose what the draft is made of")


def _of_version(running: Running, version: str, policy: str, name: str) -> Begun:
    found = published().versions.get(version)
    if found is None or found.program != running.id:
        abort(404)
    called = name or f"{found.policy.name[:LONGEST_LEAD]}, changed"
    return Begun(policy or found.policy.name, called, policy_text(found.policy), based_on=found.id)


def typed_text() -> str:
    """Give the text that was uploaded, or else what stands in the box. Raises InputError for what is no text."""
    upload = request.files.get("upload")
    content = upload.read() if upload else b""
    text = decoded(UPLOADED, content) if content else request.form.get("terms", "")
    return text.replace("\r\n", "\n")
