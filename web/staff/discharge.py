"""Discharge, readmit, step over to another program: what it does to somebody's rewards is told before it is done."""

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cm_engine.actions import enrol as enrolling
from cm_engine.actions.consents import Agreed
from cm_engine.actions.look import look
from cm_engine.actions.offers import offers
from cm_engine.actions.requests import Answer, Request
from cm_engine.actions.signed import consents_of
from cm_engine.errors import CmError
from cm_engine.store.published import Running
from web.access import Permission
from web.at_hand import asked, engine, here, published, today
from web.at_hand import program as program_at
from web.doors import needs
from web.people import called
from web.staff.enrol import agreed, first_payer, names_of, offer_place
from web.staff.enrolment_forms import (
    ConsentForm,
    DischargeForm,
    PlaceForm,
    ReadmitAnewForm,
    ReadmitForm,
    StepForm,
    needed,
    offer_consent,
)
from web.staff.rooms import staff

Act = Callable[[Request], Answer]


@staff.get("/people/<participant>/discharge")
@needs(Permission.ENROL)
def discharge(participant: str) -> ResponseReturnValue:
    """Ask for the last day, and say what stays."""
    form = DischargeForm()
    form.last_day.data = today(_running(participant))
    return _page("discharge", participant, form)


@staff.post("/people/<participant>/discharge")
@needs(Permission.ENROL)
def discharged(participant: str) -> ResponseReturnValue:
    """Show what a discharge does; do it once that was seen."""
    form = DischargeForm()
    if not form.validate():
        return _page("discharge", participant, form)
    return _look_or_do(
        "discharge",
        participant,
        form,
        lambda how: enrolling.discharge(engine(), how, participant, needed(form.last_day.data)),
        "The discharge is recorded.",
    )


@staff.get("/people/<participant>/readmit")
@needs(Permission.ENROL)
def readmit(participant: str) -> ResponseReturnValue:
    """Ask from when on, and for a consent where none is in force."""
    running, form = _running(participant), _readmit_form(participant)
    on = today(running)
    offer_place(form, running, on)
    form.first_day.data, form.policies.data = on, names_of(running, on)
    if isinstance(form, ConsentForm):
        offer_consent(form, on, first_payer(running, on))
    return _page("readmit", participant, form)


@staff.post("/people/<participant>/readmit")
@needs(Permission.ENROL)
def readmitted(participant: str) -> ResponseReturnValue:
    """Show what a readmission does; do it once that was seen."""
    running, form = _running(participant), _readmit_form(participant)
    offer_place(form, running, form.first_day.data or today(running))
    if not form.validate():
        return _page("readmit", participant, form)
    consent = agreed(form) if isinstance(form, ConsentForm) else None
    return _look_or_do(
        "readmit",
        participant,
        form,
        lambda how: _readmit(how, participant, running, form, consent),
        "Welcome back: readmitted.",
    )


@staff.get("/people/<participant>/step-over")
@needs(Permission.ENROL)
def step_over(participant: str) -> ResponseReturnValue:
    """Ask into which program, and from when on."""
    form = _step_form(participant)
    form.on.data = today(_running(participant))
    return _page("step_over", participant, form)


@staff.post("/people/<participant>/step-over")
@needs(Permission.ENROL)
def stepped_over(participant: str) -> ResponseReturnValue:
    """Show what the step does; do it once that was seen."""
    form = _step_form(participant)
    if not form.validate():
        return _page("step_over", participant, form)
    return _look_or_do(
        "step_over",
        participant,
        form,
        lambda how: enrolling.step_over(engine(), how, participant, needed(form.program.data), needed(form.on.data)),
        "The step is recorded.",
    )


def _readmit(how: Request, participant: str, running: Running, form: PlaceForm, consent: Agreed | None) -> Answer:
    return enrolling.readmit(
        engine(),
        how,
        participant,
        running.id,
        needed(form.first_day.data),
        policies=tuple(needed(form.policies.data)),
        payer=form.payer.data or "",
        consent=consent,
    )


def _look_or_do(which: str, participant: str, form: Any, act: Act, done: str) -> ResponseReturnValue:
    """Try it, and show what it would do; do it where that was confirmed."""
    is_sure = request.form.get("do") == "sure"
    try:
        act(asked(which, dry_run=not is_sure))
    except CmError as error:
        return _page(which, participant, form, refused=str(error))
    if not is_sure:
        return _page(which, participant, form, is_tried=True)
    flash(done, "good")
    return redirect(url_for("staff.person", participant=participant), 303)


def _page(which: str, participant: str, form: Any, *, refused: str = "", is_tried: bool = False) -> ResponseReturnValue:
    page = render_template(
        f"staff/{which}.html",
        form=form,
        participant=participant,
        name=called(participant),
        stands=look(engine(), participant),
        offers=offers(engine(), participant),
        kept=_kept(participant, form) if isinstance(form, StepForm) else {},
        titles={one.id: one.terms[-1][1].title for one in published().programs.values()},
        refused=refused,
        is_tried=is_tried,
    )
    return page, 422 if form.errors or refused else 200


def _kept(participant: str, form: StepForm) -> dict[str, list[str]]:
    """Tell which policies go on, begin and end with a step into the program that is chosen."""
    target = published().programs.get(form.program.data or "")
    now = {policy["policy"] for policy in look(engine(), participant)["policies"]}
    then = set(target.on(form.on.data or today(target)).policies) if target else set()
    titles = {version.policy.name: version.policy.title for version in published().versions.values()}
    by_fate = {"go_on": now & then, "begin": then - now, "end": now - then}
    return {fate: sorted(titles.get(name, name) for name in names) for fate, names in by_fate.items()}


def _running(participant: str) -> Running:
    return program_at(look(engine(), participant)["program"])


def _readmit_form(participant: str) -> ReadmitForm | ReadmitAnewForm:
    """Ask for a consent where none is in force."""
    if consents_of(engine(), participant)["in_force"]:
        return ReadmitForm()
    form = ReadmitAnewForm()
    form.today = today(_running(participant))
    return form


def _step_form(participant: str) -> StepForm:
    form, present = StepForm(), _running(participant)
    others = [one for one in published().programs.values() if one.site == here() and one.id != present.id]
    form.program.choices = [(one.id, one.terms[-1][1].title) for one in others]
    return form
