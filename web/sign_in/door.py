"""The door: by name and password, or by the one-time code the first time; and out again."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from cm_engine.actions.sign_in import NotLetInError, sign_in, sign_out
from web.at_hand import engine
from web.doors import open_to_all
from web.sign_in.forms import SignInForm, typed
from web.sign_in.kept import keep
from web.sign_in.rooms import sign_in as door
from web.sign_in.way import Way, go_on, here_again, said, way
from web.throttle import guarded
from web.viewer import let_in, let_out, login, present


@door.get("/sign-in", endpoint="sign_in")
@open_to_all
def ask() -> ResponseReturnValue:
    """Ask for name and password."""
    return go_on(way()) if present() else _page(SignInForm(), way())


@door.post("/sign-in", endpoint="enter")
@open_to_all
@guarded
def enter() -> ResponseReturnValue:
    """Let in who shows who they are."""
    form = SignInForm()
    if not form.validate():
        return _page(form, way()), 422
    try:
        token = sign_in(engine(), typed(form.name), typed(form.secret))
    except NotLetInError as error:
        return _page(form, way(), said=said(error)), 422
    let_in(token)
    return go_on(way())


@door.post("/sign-out", endpoint="sign_out")
@open_to_all
def leave() -> ResponseReturnValue:
    """End the session."""
    here = present()
    if here is not None:
        sign_out(engine(), here)
    let_out()
    flash("You are signed out.", "good")
    return redirect(url_for("sign_in.sign_in"), 303)


@login.unauthorized_handler  # type: ignore[untyped-decorator]  # the library has no types
def turned_away() -> ResponseReturnValue:
    """Ask for what is missing, and keep the form that was sent too late."""
    here = present()
    kept = keep()
    if kept and here is None:
        return _page(SignInForm(formdata=None), Way("", kept)), 401
    return go_on(Way(here_again(), kept))


def _page(form: SignInForm, way: Way, said: str = "") -> str:
    return render_template("sign_in/sign_in.html", form=form, way=way, said=said)
