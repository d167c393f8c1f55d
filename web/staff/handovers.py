"""Handovers: what waits to be handed over; and for one person, what they may draw, choose and trade, chosen at the desk."""

from collections.abc import Callable
from datetime import timedelta

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cm_engine.actions.draw import draw_by_hand
from cm_engine.actions.offers import offers
from cm_engine.actions.redeem import cancel, choose, hand_over, trade_up
from cm_engine.actions.requests import Answer, Request
from cm_engine.actions.waiting import handed_over_alone, waiting
from cm_engine.errors import CmError
from web.access import Permission
from web.at_hand import asked, engine, here, published, today
from web.at_hand import program as program_at
from web.doors import needs
from web.people import called, called_all
from web.staff.rooms import staff
from web.viewer import viewer

LISTED_DAYS = timedelta(days=30)

Act = Callable[[Request], Answer]


@staff.get("/programs/<program>/handovers")
@needs(Permission.HAND_OVER)
def handovers(program: str) -> ResponseReturnValue:
    """Show what waits, by person, whoever waits longest first."""
    return _waiting_page(program)


@staff.get("/people/<participant>/prizes")
@needs(Permission.HAND_OVER)
def prizes(participant: str) -> ResponseReturnValue:
    """Show what somebody has, and what they may have for it."""
    return _prizes_page(participant)


@staff.post("/people/<participant>/redemptions/<redemption>/hand-over")
@needs(Permission.HAND_OVER)
def handed_over(participant: str, redemption: str) -> ResponseReturnValue:
    """Hand a reserved prize over."""
    return _do(participant, lambda how: hand_over(engine(), how, participant, redemption), _said_handed_over)


@staff.post("/people/<participant>/redemptions/<redemption>/cancel")
@needs(Permission.HAND_OVER)
def cancelled(participant: str, redemption: str) -> ResponseReturnValue:
    """Put a reserved prize back."""
    return _do(
        participant, lambda how: cancel(engine(), how, participant, redemption), lambda _: "It is back in the cabinet."
    )


@staff.post("/people/<participant>/prizes/<prize>/choose")
@needs(Permission.HAND_OVER)
def chosen(participant: str, prize: str) -> ResponseReturnValue:
    """Reserve a prize that somebody chose at the desk."""
    return _do(
        participant, lambda how: choose(engine(), how, participant, prize), lambda told: f"{told['name']} is reserved."
    )


@staff.post("/people/<participant>/draws-by-hand")
@needs(Permission.HAND_OVER)
def drawn(participant: str) -> ResponseReturnValue:
    """Record the slip that somebody drew from a real bowl."""
    policy, label = request.form.get("policy", ""), request.form.get("label", "")
    return _do(participant, lambda how: draw_by_hand(engine(), how, participant, policy, label), _said_drawn)


@staff.post("/people/<participant>/trades")
@needs(Permission.HAND_OVER)
def traded(participant: str) -> ResponseReturnValue:
    """Trade small prizes for a better one."""
    give, get = request.form.get("give", ""), request.form.get("get", "")
    return _do(
        participant,
        lambda how: trade_up(engine(), how, participant, give, get),
        lambda told: f"Traded: {told['gave']} {told['of']} for one {told['got']}.",
    )


def _do(participant: str, act: Act, said: Callable[[Answer], str]) -> ResponseReturnValue:
    """Do it, and go back to the page that it was asked on."""
    program = request.form.get("program", "")
    is_listed = program in published().programs and published().programs[program].site == here()
    try:
        answer = act(asked(request.path))
    except CmError as error:
        return (
            _waiting_page(program, refused=str(error)) if is_listed else _prizes_page(participant, refused=str(error))
        )
    flash(said(answer), "good")
    if is_listed:
        return redirect(url_for("staff.handovers", program=program), 303)
    return redirect(url_for("staff.prizes", participant=participant), 303)


def _said_handed_over(told: Answer) -> str:
    return f"Handed over.{' You had recorded for them today, so it is noted.' if told['alone'] else ''}"


def _said_drawn(told: Answer) -> str:
    won = any(account.startswith("won:") for account in told["won"])
    if won:
        return f"“{told['label']}” is recorded: a prize is won."
    if told["won"]:
        return f"“{told['label']}” is recorded: what the caps leave of it is paid as money."
    return f"“{told['label']}” is recorded."


def _waiting_page(program: str, *, refused: str = "") -> ResponseReturnValue:
    running = program_at(program)
    told = waiting(engine(), program, viewer().id)
    by_person: dict[str, list[Answer]] = {}
    for one in told["waiting"]:
        by_person.setdefault(one["participant"], []).append(one)
    on = today(running)
    alone = handed_over_alone(engine(), program, on - LISTED_DAYS, on)["handovers"] if told["alone"] else []
    names = called_all({*by_person, *(one["participant"] for one in alone)})
    page = render_template(
        "staff/handovers.html",
        program=program,
        zone=running.zone,
        told=told,
        by_person=by_person,
        names=names,
        alone=alone,
        refused=refused,
    )
    return page, 422 if refused else 200


def _prizes_page(participant: str, *, refused: str = "") -> ResponseReturnValue:
    told = offers(engine(), participant, viewer().id)
    page = render_template(
        "staff/prizes.html",
        participant=participant,
        name=called(participant),
        told=told,
        zone=program_at(told["program"]).zone,
        refused=refused,
    )
    return page, 422 if refused else 200
