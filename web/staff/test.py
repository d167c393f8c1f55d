"""Log a test: what the panel found, in one tap where all is negative; or how the specimen was, where it cannot be read."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cm_engine.actions.awards import PartialPanelError
from cm_engine.actions.exempt import exempted
from cm_engine.actions.record import Happening, record
from cm_engine.actions.requests import ConflictError
from cm_engine.events import FINDINGS, Finding, Result
from cm_engine.program import Program
from cm_engine.specimens import BY_WORD, VALID, VALIDITIES
from cm_engine.standing import RefusedError
from cm_engine.store.published import Running
from web.access import Permission
from web.at_hand import asked, engine, published, today
from web.doors import needs
from web.people import called
from web.staff.at_desk import asked_day, asked_program
from web.staff.rooms import staff
from web.viewer import viewer

LONGEST_NOTE = 1000


class Marked(NamedTuple):
    """What a form says of a test: how the specimen is, what was marked of each analyte, a note, and whether a part will do."""

    validity: str
    findings: dict[str, str]
    note: str
    takes_partial: bool


@staff.get("/people/<participant>/test")
@needs(Permission.RECORD)
def test(participant: str) -> ResponseReturnValue:
    """Show the panel."""
    return _page(participant, Marked(VALID.word, {}, "", takes_partial=False))


@staff.post("/people/<participant>/test")
@needs(Permission.RECORD)
def log_test(participant: str) -> ResponseReturnValue:
    """Record what was found, and go to what it earned."""
    running, on = asked_program(), asked_day()
    panel = panel_of(running, on)
    marked = marked_of(panel)
    if clash := _clash(marked):
        return _page(participant, marked, wrong=clash)
    happening = Happening(
        _at(running, on), "test", result_of(marked), reason=_reason(marked), note=marked.note[:LONGEST_NOTE]
    )
    try:
        answer = record(engine(), asked(), participant, happening, allow_partial=marked.takes_partial, at_the_desk=True)
    except PartialPanelError as error:
        return _page(participant, marked, partial=str(error))
    except (RefusedError, ConflictError) as error:
        return _page(participant, marked, refused=str(error))
    return redirect(url_for("staff.visit", participant=participant, event=answer["event"]), 303)


def panel_of(running: Running, on: date) -> list[str]:
    """Give what a program's tests look for on a date; where it names no panel, what its policies ask for."""
    terms = running.on(on)
    return list(terms.testing.panel) or _asked_for(running, terms)


def marked_of(panel: Sequence[str]) -> Marked:
    """Read what was marked; "all" marks every analyte negative, "rest" those that nothing is marked of."""
    sent = request.form
    findings = {name: sent.get(f"finding-{name}", "") for name in panel}
    if sent.get("do") in {"all", "rest"}:
        findings = {name: found or "negative" for name, found in findings.items()}
    validity = sent.get("validity", VALID.word)
    word = validity if validity in BY_WORD else VALID.word
    return Marked(
        word,
        {name: found for name, found in findings.items() if found},
        sent.get("note", "").strip(),
        "partial" in sent,
    )


def result_of(marked: Marked) -> Result:
    """Give what the test comes out as: the findings of a specimen that can be read, else the outcome of one that cannot."""
    outcome = BY_WORD[marked.validity].outcome
    if outcome:
        return Result(outcome)
    found: list[tuple[str, Finding]] = [
        (name, finding) for name, marked_as in marked.findings.items() for finding in FINDINGS if finding == marked_as
    ]
    return Result("", tuple(found))


def _clash(marked: Marked) -> str:
    """Tell what does not go together, and what would; empty where all does."""
    if request.form.get("do") == "all":
        other = [name for name, found in marked.findings.items() if found != "negative"]
        if other:
            return (
                f"{', '.join(other).capitalize()} is marked otherwise. Record the findings below, or mark it negative."
            )
        if BY_WORD[marked.validity].outcome:
            return "The specimen is not marked as valid, so its findings cannot be read. Record it below."
    elif not BY_WORD[marked.validity].outcome and not marked.findings:
        return "Nothing is marked yet. Mark what was found, or say below why the specimen cannot be read."
    return ""


def _reason(marked: Marked) -> str:
    return "" if marked.validity == VALID.word else BY_WORD[marked.validity].title


def _at(running: Running, on: date) -> datetime | date:
    """Give the moment of the test: now, or the day, where it is recorded later."""
    return engine().clock() if on == today(running) else on


def _asked_for(running: Running, terms: Program) -> list[str]:
    named = [version.policy for version in published().versions.values() if version.program == running.id]
    wanted = {
        name for policy in named if policy.name in terms.policies for name in (*policy.targets, *policy.extra_analytes)
    }
    return sorted(wanted) or sorted(engine().analytes)


def _page(
    participant: str, marked: Marked, *, wrong: str = "", partial: str = "", refused: str = ""
) -> ResponseReturnValue:
    running, on = asked_program(), asked_day()
    page = render_template(
        "staff/test.html",
        participant=participant,
        name=called(participant),
        program=running.id,
        on=on,
        is_today=on == today(running),
        panel=panel_of(running, on),
        exempted=exempted(engine(), participant, on),
        marked=marked,
        validities=VALIDITIES,
        wrong=wrong,
        partial=partial,
        refused=refused,
        may_exempt=viewer().may(Permission.EXEMPT, running.site),
    )
    return page, 422 if wrong or partial or refused else 200
