"""Steps: what a session asks for before it shows anything else: the second factor, a first password, a first app."""

from collections.abc import Callable
from functools import wraps

from flask import render_template, request
from flask.typing import ResponseReturnValue

from cm_engine.actions.secure import Offer, offer_again, offer_factor, set_password, take_factor
from cm_engine.actions.sign_in import Here, NotLetInError, Step, pass_factor
from cm_engine.standing import RefusedError
from web.at_hand import asked, engine
from web.doors import open_to_all
from web.sign_in.forms import CodeForm, NewPasswordForm, typed
from web.sign_in.picture import picture
from web.sign_in.rooms import sign_in
from web.sign_in.way import go_on, said, way
from web.throttle import guarded
from web.viewer import forget_present, let_in, present

View = Callable[[Here], ResponseReturnValue]


def at(*steps: Step) -> Callable[[View], Callable[[], ResponseReturnValue]]:
    """Let in whose session asks for one of these steps; everybody else goes where theirs leads."""

    def decorate(view: View) -> Callable[[], ResponseReturnValue]:
        @wraps(view)
        def reached() -> ResponseReturnValue:
            here = present()
            return view(here) if here and here.step in steps else go_on(way())

        return open_to_all(reached)

    return decorate


@sign_in.post("/sign-in/on", endpoint="on")
@open_to_all
def lead_on() -> ResponseReturnValue:
    """Lead on to what the session still asks for, with the form that waits; there is no address that could carry that."""
    here = present()
    if here is None or here.step is Step.IN or not way().kept:
        return go_on(way())
    if here.step is Step.FACTOR:
        return _code_page(CodeForm(formdata=None))
    if here.step is Step.PASSWORD:
        return _password_page(NewPasswordForm(formdata=None))
    return _app_page(CodeForm(formdata=None), offer_factor(engine(), here))


@sign_in.get("/sign-in/code", endpoint="second_factor")
@at(Step.FACTOR)
def ask_for_code(_: Here) -> ResponseReturnValue:
    """Ask for what the app shows."""
    return _code_page(CodeForm())


@sign_in.post("/sign-in/code", endpoint="show_factor")
@guarded
@at(Step.FACTOR)
def take_code(here: Here) -> ResponseReturnValue:
    """Take what the app shows, or a recovery code."""
    form = CodeForm()
    if not form.validate():
        return _code_page(form), 422
    try:
        token = pass_factor(engine(), asked(actor=here.staff), here, typed(form.code))
    except NotLetInError as error:
        return _code_page(CodeForm(formdata=None), said(error)), 422
    let_in(token)
    return go_on(way())


@sign_in.get("/sign-in/password", endpoint="first_password")
@at(Step.PASSWORD)
def ask_for_password(_: Here) -> ResponseReturnValue:
    """Ask whoever came with a one-time code for a password of their own."""
    return _password_page(NewPasswordForm())


@sign_in.post("/sign-in/password", endpoint="choose_password")
@at(Step.PASSWORD)
def choose_password(here: Here) -> ResponseReturnValue:
    """Take the first password."""
    form = NewPasswordForm()
    if not form.validate():
        return _password_page(form), 422
    try:
        set_password(engine(), here, typed(form.password))
    except RefusedError as error:
        form.password.errors = [said(error)]
        return _password_page(form), 422
    forget_present()
    return go_on(way())


@sign_in.get("/sign-in/app", endpoint="first_app")
@at(Step.SET_UP)
def ask_for_app(here: Here) -> ResponseReturnValue:
    """Ask for a second factor, where somebody's role needs one."""
    return _app_page(CodeForm(), offer_factor(engine(), here))


@sign_in.post("/sign-in/app", endpoint="take_app")
@at(Step.SET_UP, Step.IN)  # sent twice, the second finds the first done, and shows the same codes
def take_app(here: Here) -> ResponseReturnValue:
    """Take the code of an app that was set up, and show the recovery codes."""
    form, sealed = CodeForm(), request.form.get("offer", "")
    try:
        offer = offer_again(engine(), here, sealed)
    except RefusedError as error:
        return _app_page(CodeForm(formdata=None), offer_factor(engine(), here), said(error)), 422
    if not form.validate():
        return _app_page(form, offer), 422
    try:
        codes = take_factor(engine(), asked(actor=here.staff), here, sealed, typed(form.code))
    except RefusedError as error:
        form.code.errors = [said(error)]
        return _app_page(form, offer), 422
    forget_present()
    return render_template("sign_in/codes.html", codes=codes, way=way(), is_first=True)


def _code_page(form: CodeForm, said: str = "") -> str:
    return render_template("sign_in/second_factor.html", form=form, way=way(), said=said)


def _password_page(form: NewPasswordForm) -> str:
    return render_template("sign_in/first_password.html", form=form, way=way())


def _app_page(form: CodeForm, offer: Offer, said: str = "") -> str:
    return render_template(
        "sign_in/first_app.html", form=form, offer=offer, picture=picture(offer.address), way=way(), said=said
    )
