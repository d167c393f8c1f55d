"""Consents: what somebody agreed to in writing; one more; taking one back."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cm_engine.actions.consents import give_consent, revoke_consent
from cm_engine.actions.look import look
from cm_engine.actions.signed import consents_of
from cm_engine.errors import CmError
from web.access import Permission
from web.at_hand import asked, engine, today
from web.at_hand import program as program_at
from web.doors import needs
from web.people import called
from web.staff.enrol import agreed, first_payer
from web.staff.enrolment_forms import LONGEST_WORDS, ConsentForm, offer_consent
from web.staff.rooms import staff


@staff.get("/people/<participant>/consents")
@needs(Permission.ENROL)
def consents(participant: str) -> ResponseReturnValue:
    """Show what was agreed to."""
    form = ConsentForm()
    running = program_at(look(engine(), participant)["program"])
    offer_consent(form, today(running), first_payer(running, today(running)))
    return _page(participant, form)


@staff.post("/people/<participant>/consents")
@needs(Permission.ENROL)
def consented(participant: str) -> ResponseReturnValue:
    """Record one more consent."""
    form = ConsentForm()
    form.today = today(program_at(look(engine(), participant)["program"]))
    if not form.validate():
        return _page(participant, form)
    try:
        give_consent(engine(), asked(), participant, agreed(form))
    except CmError as error:
        return _page(participant, form, refused=str(error))
    flash("The consent is recorded.", "good")
    return redirect(url_for("staff.consents", participant=participant), 303)


@staff.post("/people/<participant>/consents/<consent>/revoke")
@needs(Permission.ENROL)
def revoke(participant: str, consent: str) -> ResponseReturnValue:
    """Record that somebody took a consent back."""
    reason = request.form.get("reason", "").strip()[:LONGEST_WORDS]
    try:
        revoke_consent(engine(), asked(consent), participant, consent, reason)
    except CmError as error:
        return _page(participant, ConsentForm(formdata=None), refused=str(error))
    flash("The consent is taken back, from today. Tell nobody anything more by it.", "good")
    return redirect(url_for("staff.consents", participant=participant), 303)


def _page(participant: str, form: ConsentForm, *, refused: str = "") -> ResponseReturnValue:
    page = render_template(
        "staff/consents.html",
        form=form,
        participant=participant,
        name=called(participant),
        told=consents_of(engine(), participant),
        refused=refused,
    )
    return page, 422 if form.errors or refused else 200
