"""Correct what was recorded: the exact effect is shown first, and posted only as it was shown."""

import hashlib
import json
from datetime import date
from typing import Any, NamedTuple

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cm_engine.actions.awards import PartialPanelError
from cm_engine.actions.correct import Correction
from cm_engine.actions.correct import correct as post_correction
from cm_engine.actions.exempt import exempted
from cm_engine.actions.requests import ConflictError
from cm_engine.events import VOID, Result
from cm_engine.happened import subject
from cm_engine.specimens import VALID, VALIDITIES
from cm_engine.standing import RefusedError
from web.access import Permission
from web.at_hand import asked, engine, program
from web.doors import needs
from web.people import called
from web.staff.at_desk import CAME, DONE
from web.staff.rooms import staff
from web.staff.test import marked_of, panel_of, result_of
from web.staff.visit import told_of

EXCUSED = ("excused", "Excused")
NEVER = (VOID, "Entered in error: it never happened")
OTHERWISE = {
    "test": (("missed", "Missed"), EXCUSED, NEVER),
    "attendance": (*CAME, EXCUSED, ("cancelled", "Cancelled"), NEVER),
    "activity": (*DONE, EXCUSED, NEVER),
}
LONGEST_REASON = 500


class Effect(NamedTuple):
    """What a correction would do: the awards of a dry run, and a mark by which exactly this is known again."""

    awards: list[dict[str, Any]]
    mark: str


class Problem(NamedTuple):
    """What hinders a correction: at the result, at the reason, at the panel, or as a whole."""

    result: str = ""
    reason: str = ""
    partial: str = ""
    refused: str = ""


@staff.get("/people/<participant>/visits/<event>/correct")
@needs(Permission.CORRECT)
def correct(participant: str, event: str) -> ResponseReturnValue:
    """Show what is recorded, to be changed."""
    return _page(participant, event)


@staff.post("/people/<participant>/visits/<event>/correct")
@needs(Permission.CORRECT)
def correct_it(participant: str, event: str) -> ResponseReturnValue:
    """Show the effect; once that was seen, post it. Where the effect is another one by now, it is shown anew."""
    told = told_of(participant, event)
    result, problem = _wanted(told)
    if result is None or problem:
        return _page(participant, event, problem=problem)
    correction = Correction(event, result, reason=_reason())
    takes_partial = "partial" in request.form
    try:
        tried = post_correction(
            engine(), asked(dry_run=True), participant, correction, allow_partial=takes_partial, at_the_desk=True
        )
        effect = _effect(tried["awards"], result)
        if request.form.get("shown") != effect.mark or request.form.get("do") != "post":
            return _page(participant, event, effect=effect)
        post_correction(engine(), asked(), participant, correction, allow_partial=takes_partial, at_the_desk=True)
    except PartialPanelError as error:
        return _page(participant, event, problem=Problem(partial=str(error)))
    except (RefusedError, ConflictError) as error:
        return _page(participant, event, problem=Problem(refused=str(error)))
    return redirect(url_for("staff.visit", participant=participant, event=event), 303)


def _wanted(told: dict[str, Any]) -> tuple[Result | None, Problem | None]:
    """Read the result that a form asks for, and what is wrong with what it says."""
    what = request.form.get("what", "")
    result: Result | None = Result(what) if what in dict(OTHERWISE[told["kind"]]) else None
    if result is None and told["kind"] == "test":
        result = result_of(marked_of(_panel(told)))
        if not result.outcome and not result.analytes:
            return None, Problem(result="Mark what was found, or say what it was instead.")
    if result is None:
        return None, Problem(result="Choose what it was.")
    if not _reason():
        return result, Problem(reason="Say why it is corrected, such as: the laboratory's result.")
    return result, None


def _reason() -> str:
    return request.form.get("reason", "").strip()[:LONGEST_REASON]


def _effect(awards: list[dict[str, Any]], result: Result) -> Effect:
    said = json.dumps([awards, list(result)], sort_keys=True)
    return Effect(awards, hashlib.sha256(said.encode()).hexdigest())


def _panel(told: dict[str, Any]) -> list[str]:
    """Give the panel of the day, with what was found beside it."""
    panel = panel_of(program(told["program"]), date.fromisoformat(told["on"]))
    return [*panel, *(name for name in told["analytes"] if name not in panel)]


def _page(
    participant: str, event: str, *, effect: Effect | None = None, problem: Problem | None = None
) -> ResponseReturnValue:
    told = told_of(participant, event)
    if told["is_void"]:
        abort(404)
    panel = _panel(told)
    sent = request.form
    marked = marked_of(panel) if sent else None
    page = render_template(
        "staff/correct.html",
        participant=participant,
        name=called(participant),
        visit=told,
        what=subject(told["kind"], told["session"]),
        titles={one["policy"]: one["title"] for one in told["next"]},
        panel=panel,
        findings=marked.findings if marked else told["analytes"],
        validity=marked.validity if marked else VALID.word,
        validities=VALIDITIES,
        exempted=exempted(engine(), participant, date.fromisoformat(told["on"])),
        otherwise=OTHERWISE[told["kind"]],
        sent=sent,
        effect=effect,
        problem=problem or Problem(),
    )
    return page, 422 if problem else 200
