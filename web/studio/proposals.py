"""Proposals: what was proposed and published, with all that was known of it then; and who approves, declines or withdraws it."""

from collections.abc import Callable

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cm_engine.actions import publishing as actions
from cm_engine.actions.requests import Answer
from cm_engine.errors import CmError
from cm_engine.standing import RefusedError
from cm_engine.store.proposals import Proposal
from web.access import Permission
from web.at_hand import asked, engine, here, published, today
from web.at_hand import program as running_of
from web.doors import needs
from web.studio.rooms import studio
from web.studio.words import said
from web.viewer import viewer

UNPROCESSABLE = 422


@studio.get("/programs/<program>/proposals")
@needs(Permission.APPROVE_POLICIES)
def proposals(program: str) -> ResponseReturnValue:
    """List what was proposed, and what became of it."""
    listed = actions.proposals_of(engine(), program)
    return render_template(
        "studio/proposals.html", running=running_of(program), proposals=listed, versions=published().versions
    )


@studio.get("/programs/<program>/proposals/<proposal>")
@needs(Permission.APPROVE_POLICIES)
def proposal(program: str, proposal: str) -> ResponseReturnValue:
    """Show a proposal with all that was known of it."""
    return _page(program, proposal)


@studio.post("/programs/<program>/proposals/<proposal>/approve")
@needs(Permission.APPROVE_POLICIES)
def approve(program: str, proposal: str) -> ResponseReturnValue:
    """Publish what somebody else proposed."""
    return _answer(
        program,
        proposal,
        lambda: actions.approve(engine(), asked(), program, proposal),
        "It is approved, and published.",
    )


@studio.post("/programs/<program>/proposals/<proposal>/decline")
@needs(Permission.APPROVE_POLICIES)
def decline(program: str, proposal: str) -> ResponseReturnValue:
    """Decline what somebody else proposed, with a reason."""
    reason = request.form.get("reason", "")
    return _answer(
        program, proposal, lambda: actions.decline(engine(), asked(), program, proposal, reason), "It is declined."
    )


@studio.post("/programs/<program>/proposals/<proposal>/withdraw")
@needs(Permission.PUBLISH_POLICIES)
def withdraw(program: str, proposal: str) -> ResponseReturnValue:
    """Withdraw what one proposed oneself."""
    reason = request.form.get("reason", "")
    return _answer(
        program, proposal, lambda: actions.withdraw(engine(), asked(), program, proposal, reason), "It is withdrawn."
    )


def waiting_in(program: str) -> list[Proposal]:
    """Give what waits for approval in a program."""
    return [one for one in actions.proposals_of(engine(), program) if one.waits]


def _answer(program: str, proposal: str, do: Callable[[], Answer], done: str) -> ResponseReturnValue:
    try:
        actions.proposal_of(engine(), program, proposal)
    except RefusedError:
        abort(404)
    try:
        do()
    except CmError as error:
        return _page(program, proposal, said(error)), UNPROCESSABLE
    flash(done, "good")
    return redirect(url_for("studio.proposal", program=program, proposal=proposal), 303)


def _page(program: str, proposal: str, refused: str = "") -> str:
    try:
        found, content = actions.proposal_of(engine(), program, proposal)
    except RefusedError:
        abort(404)
    return render_template(
        "studio/proposal.html",
        running=running_of(program),
        proposal=found,
        content=content,
        version=published().versions.get(found.answered.version),
        today=today(running_of(program)),
        is_mine=found.by == viewer().id,
        may_withdraw=viewer().may(Permission.PUBLISH_POLICIES, here()),
        may_draft=viewer().may(Permission.DRAFT_POLICIES, here()),
        reason=request.form.get("reason", ""),
        refused=refused,
    )
