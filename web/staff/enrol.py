"""Enrol: one page for who it is, from when, under which policies, who pays, and the consent; then the card to print."""

from datetime import date

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cm_engine.actions import enrol as enrolling
from cm_engine.actions.alike import alike, suggested_code
from cm_engine.actions.cards import issue_card
from cm_engine.actions.consents import Agreed
from cm_engine.actions.requests import Answer, was_answered
from cm_engine.errors import CmError
from cm_engine.store.published import Running
from web.access import Permission
from web.at_hand import asked, engine, here, published, today
from web.at_hand import program as program_at
from web.doors import needs
from web.people import called_all
from web.staff.enrolment_forms import ConsentForm, EnrolForm, PlaceForm, needed, offer_consent
from web.staff.rooms import staff
from web.viewer import viewer

PERSON = ("name", "phone", "email")
NOBODY: Answer = {"code": None, "names": []}


@staff.get("/programs/<program>/enrol")
@needs(Permission.ENROL)
def enrol(program: str) -> ResponseReturnValue:
    """Show the form, filled in as far as it can be."""
    running, form = program_at(program), EnrolForm()
    on = today(running)
    offer_place(form, running, on)
    form.code.data, form.first_day.data = suggested_code(engine(), here()), on
    form.policies.data = names_of(running, on)
    offer_consent(form, on, first_payer(running, on))
    return _page(running, form)


@staff.post("/programs/<program>/enrol")
@needs(Permission.ENROL)
def enrolled(program: str) -> ResponseReturnValue:
    """Enrol somebody who is not known yet, issue their card, and go to it."""
    running, form = program_at(program), EnrolForm()
    form.today = today(running)
    offer_place(form, running, form.first_day.data or form.today)
    if not form.validate():
        return _page(running, form)
    known = NOBODY if was_answered(engine(), asked()) else _known(form)
    if known["code"] or (known["names"] and not request.form.get("is_another")):
        return _page(running, form, known=known)
    try:
        answer = enrolling.enrol(
            engine(),
            asked(),
            program,
            needed(form.code.data),
            needed(form.first_day.data),
            policies=tuple(needed(form.policies.data)),
            payer=form.payer.data or "",
            person={field: form[field].data.strip() for field in PERSON if form[field].data},
            consent=agreed(form),
        )
        issue_card(engine(), asked("card"), answer["participant"])
    except CmError as error:
        return _page(running, form, refused=str(error))
    flash("Enrolled. Here is the card to print.", "good")
    return redirect(url_for("staff.card", participant=answer["participant"]), 303)


def offer_place(form: PlaceForm, running: Running, on: date) -> None:
    """Offer the policies and payers that a program has on a day."""
    terms = running.on(on)
    titles = {version.policy.name: version.policy.title for version in published().versions.values()}
    form.policies.choices = [(name, titles.get(name, name)) for name in names_of(running, on)]
    form.payer.choices = [(payer.name, payer.name) for payer in terms.payers]


def names_of(running: Running, on: date) -> list[str]:
    """Give the names of a program's policies that are in force, or will be, on a day."""
    versions = published().versions.values()
    return sorted(
        {version.policy.name for version in versions if version.program == running.id and version.from_day <= on}
    )


def agreed(form: ConsentForm) -> Agreed:
    """Give the consent that a form tells of."""
    return Agreed(
        needed(form.given_on.data),
        form.last_day.data,
        needed(form.scope.data),
        needed(form.recipient.data),
        needed(form.purpose.data),
    )


def first_payer(running: Running, on: date) -> str:
    """Give who pays where nobody else is named; empty where the program has no payers."""
    payers = running.on(on).payers
    return payers[0].name if payers else ""


def _known(form: EnrolForm) -> Answer:
    """Look who has the code, and who the very name, where the viewer may see names."""
    sees_names = viewer().may(Permission.SEE_NAMES, here())
    return alike(engine(), here(), needed(form.code.data), needed(form.name.data) if sees_names else "")


def _page(running: Running, form: EnrolForm, *, known: Answer | None = None, refused: str = "") -> ResponseReturnValue:
    same = [known["code"], *known["names"]] if known else []
    names = called_all([one["participant"] for one in same if one])
    page = render_template(
        "staff/enrol.html",
        form=form,
        program=running.id,
        today=today(running).isoformat(),
        titles={one.id: one.terms[-1][1].title for one in published().programs.values()},
        known=known,
        names=names,
        refused=refused,
    )
    return page, 422 if form.errors or known or refused else 200
