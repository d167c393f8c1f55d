"""Audits: what is due, doing one with a signature, and reading one that was signed."""

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, PasswordField, TextAreaField
from wtforms.validators import DataRequired, Length

from cm_engine.actions.audit import KINDS, Signing, audit_figures, audit_tasks, read_audit, sign_audit
from cm_engine.actions.roll_up import roll_up
from cm_engine.actions.secure import confirm_password
from cm_engine.actions.sign_in import NotLetInError
from cm_engine.errors import CmError
from cm_engine.money import LARGEST
from cm_engine.standing import RefusedError
from web.access import Permission
from web.at_hand import asked, engine
from web.at_hand import program as running_of
from web.doors import needs
from web.manager.rooms import manager
from web.manager.told import period_name
from web.viewer import present, viewer

TITLES = {"slips": "Slip audit", "purchases": "Purchase audit"}

LONGEST_NOTE = 4000
LONGEST_COUNT = len(str(LARGEST))

# In front of the name of a field in which somebody writes what they counted.
COUNT = "count:"


class SignForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """The signature below an audit."""

    seen = HiddenField()
    note = TextAreaField("Note", [Length(max=LONGEST_NOTE, message=f"Write at most {LONGEST_NOTE} characters.")])
    present = PasswordField("Your password", [DataRequired("Write your password to sign."), Length(max=1000)])
    sure = BooleanField("I looked at these figures, and what I counted is right.", [DataRequired("Tick this to sign.")])


@manager.get("/programs/<program>/audits")
@needs(Permission.SIGN_AUDITS)
def audits(program: str) -> ResponseReturnValue:
    """Show what is overdue, due, to come and done."""
    tasks = audit_tasks(engine(), program)["tasks"]
    return render_template("manager/audits.html", running=running_of(program), tasks=tasks, titled=titled)


@manager.get("/programs/<program>/audits/<kind>/<period>")
@needs(Permission.SIGN_AUDITS)
def audit(program: str, kind: str, period: str) -> ResponseReturnValue:
    """Show what an audit holds against each other, and the form to sign it."""
    told = _figures(program, kind, period)
    return _page(program, told, SignForm(seen=told["seen"]), {})


@manager.post("/programs/<program>/audits/<kind>/<period>")
@needs(Permission.SIGN_AUDITS)
def sign(program: str, kind: str, period: str) -> ResponseReturnValue:
    """Sign an audit."""
    told = _figures(program, kind, period)
    form = SignForm()
    typed = {name.removeprefix(COUNT): text.strip() for name, text in request.form.items() if name.startswith(COUNT)}
    counted, wrong = _counts(typed)
    if not form.validate() or wrong or not _is_signed(form):
        return _page(program, told, form, typed, wrong), 422
    signing = Signing(told["task"]["kind"], period, counted, form.note.data or "", viewer().name, form.seen.data or "")
    try:
        answer = sign_audit(engine(), asked(), program, signing)
    except CmError as error:
        form.seen.data = told["seen"]
        return _page(program, told, form, typed, said=str(error)), 422
    flash("The audit is signed.", "good")
    return redirect(url_for("manager.signed", program=program, audit=answer["audit"]), 303)


@manager.post("/programs/<program>/audits/<kind>/<period>/refresh")
@needs(Permission.SIGN_AUDITS)
def refresh_audit(program: str, kind: str, period: str) -> ResponseReturnValue:
    """Sum up what is new, and show the audit again."""
    roll_up(engine())
    return redirect(url_for("manager.audit", program=program, kind=kind, period=period), 303)


@manager.get("/programs/<program>/audits/signed/<audit>")
@needs(Permission.SIGN_AUDITS)
def signed(program: str, audit: str) -> ResponseReturnValue:
    """Show an audit that was signed, to read or to print."""
    try:
        told = read_audit(engine(), program, audit)
    except RefusedError:
        abort(404)
    return render_template("manager/signed.html", running=running_of(program), told=told, titled=titled)


def _figures(program: str, kind: str, period: str) -> dict[str, Any]:
    """Give what an audit is of; the page is not found where there is none."""
    found = next((known for known in KINDS if known == kind), None)
    if found is None:
        abort(404)
    try:
        return audit_figures(engine(), program, found, period)
    except RefusedError:
        abort(404)


def _page(
    program: str,
    told: dict[str, Any],
    form: SignForm,
    typed: dict[str, str],
    wrong: dict[str, str] | None = None,
    said: str = "",
) -> str:
    shown = {"told": told, "form": form, "typed": typed, "wrong": wrong or {}, "said": said}
    return render_template("manager/audit.html", running=running_of(program), titled=titled, count=COUNT, **shown)


def titled(audit: dict[str, Any]) -> str:
    """Write what an audit is, and of when."""
    return f"{TITLES[audit['kind']]}, {period_name(audit['period'])}"


def _counts(typed: dict[str, str]) -> tuple[dict[str, int], dict[str, str]]:
    """Read what was counted; an empty field was not. Beside it, what is no number."""
    counted: dict[str, int] = {}
    wrong: dict[str, str] = {}
    for what, text in typed.items():
        if text.isascii() and text.isdecimal() and len(text) <= LONGEST_COUNT and int(text) <= LARGEST:
            counted[what] = int(text)
        elif text:
            wrong[what] = "Write a whole number, or leave it empty."
    return counted, wrong


def _is_signed(form: SignForm) -> bool:
    """Tell whether the password is that of whoever signs; where not, say so beside it."""
    here = present()
    if here is None:
        abort(401)
    try:
        confirm_password(engine(), here, form.present.data or "")
    except NotLetInError as error:
        form.present.errors = [str(error)[:1].upper() + str(error)[1:] + "."]
        return False
    return True
