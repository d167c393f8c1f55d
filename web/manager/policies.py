"""Policies: which are in force, their versions and what each changed, who is under which."""

from collections import defaultdict
from typing import TYPE_CHECKING

from flask import abort, render_template, request
from flask.typing import ResponseReturnValue

from cm_engine.actions.compare import compare, marked, policies_of, version_text
from cm_engine.actions.drafts import drafts_of
from cm_engine.actions.publishing import proposals_of
from cm_engine.standing import RefusedError
from web.access import Permission
from web.at_hand import engine, here
from web.at_hand import program as running_of
from web.doors import needs
from web.manager.rooms import manager
from web.people import called_all
from web.viewer import viewer

if TYPE_CHECKING:
    from cm_engine.store.drafts import Draft


@manager.get("/programs/<program>/policies")
@needs(Permission.SEE_POLICIES)
def policies(program: str) -> ResponseReturnValue:
    """Show all policies with their versions."""
    told = policies_of(engine(), program)
    may_draft = viewer().may(Permission.DRAFT_POLICIES, here())
    drafts: defaultdict[str, list[Draft]] = defaultdict(list)
    for draft in drafts_of(engine(), program) if may_draft else ():
        drafts[draft.policy].append(draft)
    return render_template(
        "manager/policies.html",
        running=running_of(program),
        told=told,
        may_draft=may_draft,
        drafts=drafts,
        running_from={one.answered.version: one.running_from for one in proposals_of(engine(), program)},
    )


@manager.get("/programs/<program>/policies/<version>")
@needs(Permission.SEE_POLICIES)
def version(program: str, version: str) -> ResponseReturnValue:
    """Show one version as its file, and who is under it."""
    try:
        text = version_text(engine(), program, version)
    except RefusedError:
        abort(404)
    proposal = next((one for one in proposals_of(engine(), program) if one.answered.version == version), None)
    found = marked(engine(), program, f"under:{version}", request.args.get("behind", ""))
    return render_template(
        "manager/version.html",
        running=running_of(program),
        version=version,
        told=text,
        proposal=proposal,
        may_draft=viewer().may(Permission.DRAFT_POLICIES, here()),
        may_approve=viewer().may(Permission.APPROVE_POLICIES, here()),
        to_person=viewer().may(Permission.SEE_PEOPLE, here()),
        people=found["people"],
        more=found["more"],
        called=called_all([one["participant"] for one in found["people"]]),
    )


@manager.get("/programs/<program>/policies/<earlier>/to/<later>")
@needs(Permission.SEE_POLICIES)
def differences(program: str, earlier: str, later: str) -> ResponseReturnValue:
    """Show what two versions say otherwise."""
    try:
        told = compare(engine(), program, earlier, later)
    except RefusedError:
        abort(404)
    return render_template("manager/differences.html", running=running_of(program), told=told)
