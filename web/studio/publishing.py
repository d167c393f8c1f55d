"""Publishing: what a draft changes, what it costs and what is unsafe about it, from which day, and for whom; then it is a version."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask import flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from cm_engine.actions.change_program import earliest
from cm_engine.actions.publishing import Proposed, consider, propose
from cm_engine.errors import CmError
from cm_engine.forecast.forecasting import ForecastError
from cm_engine.policies.contract import Policy
from cm_engine.safety import Finding, check_budget
from cm_engine.store.drafts import Draft
from cm_engine.store.published import Running
from web.access import Permission
from web.at_hand import asked, engine, published, today
from web.at_hand import program as running_of
from web.doors import needs
from web.filters import day as said_day
from web.studio import at_draft
from web.studio.editor import KEPT, planned
from web.studio.figures import Figures, cohort_of, figures
from web.studio.plan import Plan, usual_visits
from web.studio.reading import Read, read_text
from web.studio.rewards import next_told
from web.studio.rooms import studio
from web.studio.words import already, in_force, said

UNPROCESSABLE = 422

# What somebody chooses for those who are enrolled already.
ALONE, TAKE_OVER = "alone", "take-over"


@dataclass
class Typed:
    """What stands in the form: days, for whom, what is accepted; and the mistakes by field."""

    from_day: date
    running: str = ALONE
    running_from: date | None = None
    accepted: tuple[str, ...] = ()
    note: str = ""
    mistakes: dict[str, str] = field(default_factory=dict)


@studio.get("/programs/<program>/studio/<draft>/publish")
@needs(Permission.PUBLISH_POLICIES)
def publishing(program: str, draft: str) -> ResponseReturnValue:
    """Show all that bears on publishing a draft, and the form to do it."""
    running, found = running_of(program), at_draft.draft_of(program, draft)
    return _page(running, found, Typed(_usual_day(running, found.policy)))


@studio.post("/programs/<program>/studio/<draft>/publish")
@needs(Permission.PUBLISH_POLICIES)
def publish(program: str, draft: str) -> ResponseReturnValue:
    """Publish a draft, or propose it where somebody else approves it first."""
    running, found = running_of(program), at_draft.draft_of(program, draft)
    typed, read = _typed(running), read_text(found.text)
    if typed.mistakes or read.policy is None:
        refused = "Nothing is published yet: mend the day below." if typed.mistakes else ""
        return _page(running, found, typed, refused), UNPROCESSABLE
    try:
        answer = propose(engine(), asked(), program, _proposed(running, found, read, typed)[0])
    except CmError as error:
        return _page(running, found, typed, said(error)), UNPROCESSABLE
    flash(_flashed(running, answer), "good")
    return redirect(url_for("studio.proposal", program=program, proposal=answer["proposal"]), 303)


def _typed(running: Running) -> Typed:
    form = request.form
    first = earliest(engine(), running)
    typed = Typed(first, form.get("running", ALONE), None, tuple(form.getlist("accepted")), form.get("note", ""))
    from_day, running_from = _day(form.get("from_day", "")), _day(form.get("running_from", ""))
    if from_day is None:
        typed.mistakes["from_day"] = "Name the day from which it holds."
    elif from_day < first:
        typed.mistakes["from_day"] = f"That day is not to come: name {said_day(first)} or a later one."
    typed.from_day = from_day or first
    if typed.running == TAKE_OVER:
        typed.running_from = running_from or typed.from_day
        if typed.running_from < typed.from_day:
            typed.mistakes["running_from"] = (
                f"Before {said_day(typed.from_day)} it does not hold: name that day or a later one."
            )
    return typed


def _usual_day(running: Running, policy: str) -> date:
    """Give the first day from which a version may hold and no other, that is to come, takes its place."""
    held, first = in_force(running, policy), earliest(engine(), running)
    return max(held.from_day, first) if held else first


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _proposed(running: Running, draft: Draft, read: Read, typed: Typed) -> tuple[Proposed, Figures | None]:
    """Give what is to be published, and the figures that go with it."""
    policy = read.policy
    whom = planned(running, draft.policy, read, session.get(KEPT, {}))
    plan = whom.plan
    told, beside = (
        (_told(running, policy, plan, typed.from_day), _budget(running, policy, plan))
        if policy and plan
        else (None, ())
    )
    proposed = Proposed(
        text=read.text,
        from_day=typed.from_day,
        schedule=plan.schedule if plan else usual_visits(policy, running.terms[-1][1]),
        running_from=typed.running_from,
        acknowledged=typed.accepted,
        beside=beside,
        forecast=_summary(told, whom.whom) if told else None,
        note=typed.note,
        draft=draft.id,
    )
    return proposed, told


def _told(running: Running, policy: Policy[Any], plan: Plan, on: date) -> Figures | None:
    """Tell the figures, held against the version that holds on a day."""
    held = published().latest(running.id, policy.name, on)
    try:
        return figures(policy, plan, held.policy if held else None, f"version {held.number}" if held else "")
    except ForecastError:
        return None


def _summary(told: Figures, whom: str) -> dict[str, Any]:
    """Give the figures as texts, to be kept with what is proposed."""
    return {
        "for": whom,
        "stats": [stat._asdict() for stat in told.stats],
        "caps": list(told.caps),
        "odds": list(told.odds),
    }


def _budget(running: Running, policy: Policy[Any], plan: Plan) -> tuple[Finding, ...]:
    """Tell the chance that the people of the plan cost more than the payers' budgets for a year."""
    payers = running.terms[-1][1].payers
    budgets = [payer.budget for payer in payers if payer.budget is not None]
    try:
        cohort = cohort_of(policy, plan)
    except ForecastError:
        return ()
    if not budgets or len(budgets) < len(payers) or cohort is None:
        return ()
    found = check_budget(sum(budgets), round(cohort.mean), lambda cents: 1 - float(cohort.at_most([cents])[0]))
    return tuple(found)


def _page(running: Running, draft: Draft, typed: Typed, refused: str = "") -> str:
    read = read_text(draft.text)
    told: Figures | None = None
    considered: dict[str, Any] = {}
    if read.policy is not None:
        proposed, told = _proposed(running, draft, read, typed)
        try:
            considered = consider(engine(), running.id, proposed)
        except CmError as error:
            refused = refused or said(error)
    return render_template(
        "studio/publish.html",
        running=running,
        draft=draft,
        typed=typed,
        first=earliest(engine(), running),
        today=today(running),
        mended=read.to_mend,
        to_mend_at=read.to_mend_at,
        already=already(running, read.policy) if read.policy else None,
        figures=told,
        next=next_told(running, read.policy) if read.policy else None,
        considered=considered,
        failing={one["check"]: one["title"] for one in considered.get("findings", ()) if one["gravity"] == "fails"},
        needs_approval=engine().policy_approval,
        refused=refused,
    )


def _flashed(running: Running, answer: dict[str, Any]) -> str:
    if answer["state"] == "waiting":
        return "It is proposed. Somebody else approves it, or declines it; until then nothing changes."
    told = [
        f"Version {answer['number']} of {answer['policy']} is published, and holds from {said_day(answer['from_day'])}."
    ]
    if taken := answer["taken"]:
        when = said_day(answer["running_from"])
        told.append(f"{taken} of those who are enrolled {'takes' if taken == 1 else 'take'} it from {when}.")
    if left := len(answer["left"]):
        told.append(
            f"{left} {'keeps' if left == 1 else 'keep'} what is set for them already: a last day, or a version that is to come."
        )
    latest = in_force(running, answer["policy"])
    if latest and latest.from_day > date.fromisoformat(answer["from_day"]):
        told.append(f"Version {latest.number} takes its place on {said_day(latest.from_day)}.")
    return " ".join(told)
