"""My account: what somebody of the staff sets for themselves. What protects it asks for the present password first."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cm_engine.actions.secure import (
    Offer,
    confirm_password,
    drop_factor,
    new_recovery_codes,
    offer_again,
    offer_factor,
    recovery_codes_left,
    set_password,
    take_factor,
)
from cm_engine.actions.sign_in import Here, NotLetInError, sign_out_everywhere
from cm_engine.standing import RefusedError
from web.at_hand import asked, engine, published
from web.doors import open_to_staff
from web.sign_in.forms import ChangePasswordForm, CodeForm, ConfirmForm, typed
from web.sign_in.picture import picture
from web.sign_in.rooms import sign_in
from web.sign_in.way import Way, said
from web.throttle import guarded
from web.viewer import let_out, present

NOWHERE = Way("", "")


@sign_in.get("/account", endpoint="account")
@open_to_staff
def account() -> ResponseReturnValue:
    """Show how somebody signs in, and what they are where."""
    here = _here()
    sites = {running.site: running.terms[-1][1].site for running in published().programs.values()}
    return render_template(
        "sign_in/account.html", here=here, codes_left=recovery_codes_left(engine(), here), site_names=sites
    )


@sign_in.get("/account/password", endpoint="password")
@open_to_staff
def ask_for_password() -> ResponseReturnValue:
    """Ask for another password."""
    return _password_page(ChangePasswordForm())


@sign_in.post("/account/password", endpoint="change_password")
@open_to_staff
@guarded
def change_password() -> ResponseReturnValue:
    """Take another password; other devices are signed out."""
    form = ChangePasswordForm()
    if not form.validate() or not _is_confirmed(form):
        return _password_page(form), 422
    try:
        set_password(engine(), _here(), typed(form.password))
    except RefusedError as error:
        form.password.errors = [said(error)]
        return _password_page(form), 422
    flash("Your password is changed. Wherever else you were signed in, you are signed out.", "good")
    return redirect(url_for("sign_in.account"), 303)


@sign_in.get("/account/app", endpoint="app")
@open_to_staff
def ask_before_app() -> ResponseReturnValue:
    """Ask for the password before a second factor is set up, or another one."""
    return _confirm_page(ConfirmForm(), "app")


@sign_in.post("/account/app", endpoint="offer_app")
@open_to_staff
@guarded
def offer_app() -> ResponseReturnValue:
    """Show the picture that an app scans."""
    form = ConfirmForm()
    if not form.validate() or not _is_confirmed(form):
        return _confirm_page(form, "app"), 422
    return _app_page(CodeForm(formdata=None), offer_factor(engine(), _here()))


@sign_in.post("/account/app/code", endpoint="take_other_app")
@open_to_staff
def take_app() -> ResponseReturnValue:
    """Take the code of the app, and show new recovery codes."""
    form, sealed, here = CodeForm(), request.form.get("offer", ""), _here()
    try:
        offer = offer_again(engine(), here, sealed)
    except RefusedError as error:
        flash(said(error), "bad")
        return redirect(url_for("sign_in.app"), 303)
    if not form.validate():
        return _app_page(form, offer), 422
    try:
        codes = take_factor(engine(), asked(), here, sealed, typed(form.code))
    except RefusedError as error:
        form.code.errors = [said(error)]
        return _app_page(form, offer), 422
    return render_template("sign_in/codes.html", codes=codes, way=NOWHERE, is_first=False)


@sign_in.get("/account/no-app", endpoint="no_app")
@open_to_staff
def ask_before_dropping() -> ResponseReturnValue:
    """Ask for the password before the second factor is removed."""
    return _confirm_page(ConfirmForm(), "no-app")


@sign_in.post("/account/no-app", endpoint="drop_app")
@open_to_staff
@guarded
def drop_app() -> ResponseReturnValue:
    """Remove the second factor, where the role lets somebody do without."""
    form = ConfirmForm()
    if not form.validate() or not _is_confirmed(form):
        return _confirm_page(form, "no-app"), 422
    drop_factor(engine(), _here())
    flash("You sign in with your password alone now.", "good")
    return redirect(url_for("sign_in.account"), 303)


@sign_in.get("/account/codes", endpoint="codes")
@open_to_staff
def ask_before_codes() -> ResponseReturnValue:
    """Ask for the password before new recovery codes are made."""
    return _confirm_page(ConfirmForm(), "codes")


@sign_in.post("/account/codes", endpoint="make_codes")
@open_to_staff
@guarded
def make_codes() -> ResponseReturnValue:
    """Show new recovery codes; those of before count no more."""
    form = ConfirmForm()
    if not form.validate() or not _is_confirmed(form):
        return _confirm_page(form, "codes"), 422
    codes = new_recovery_codes(engine(), asked(), _here())
    return render_template("sign_in/codes.html", codes=codes, way=NOWHERE, is_first=False)


@sign_in.post("/account/everywhere", endpoint="everywhere")
@open_to_staff
def leave_everywhere() -> ResponseReturnValue:
    """Sign out on every device, this one too."""
    sign_out_everywhere(engine(), _here())
    let_out()
    flash("You are signed out everywhere.", "good")
    return redirect(url_for("sign_in.sign_in"), 303)


def _here() -> Here:
    """Give whose session this is; behind a door that lets nobody else in."""
    here = present()
    if here is None:
        raise RefusedError("you were signed out meanwhile; sign in again")
    return here


def _is_confirmed(form: ChangePasswordForm | ConfirmForm) -> bool:
    """Tell whether the present password is right; where not, say so beside its field."""
    try:
        confirm_password(engine(), _here(), typed(form.present))
    except NotLetInError as error:
        form.present.errors = [said(error)]
        return False
    return True


def _password_page(form: ChangePasswordForm) -> str:
    return render_template("sign_in/password.html", form=form)


def _confirm_page(form: ConfirmForm, what: str) -> str:
    return render_template("sign_in/confirm.html", form=form, what=what)


def _app_page(form: CodeForm, offer: Offer) -> str:
    return render_template("sign_in/app.html", form=form, offer=offer, picture=picture(offer.address))
