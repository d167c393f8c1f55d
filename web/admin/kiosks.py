"""Kiosks: register one, pair its tablet by a code, unlock it, end it."""

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import SelectField, StringField
from wtforms.validators import InputRequired, Length

from cm_engine.actions.place_kiosk import (
    LONGEST_NAME,
    Registered,
    end_kiosk,
    kiosks_of,
    new_code,
    register,
    unlock_kiosk,
    waits_for_tablet,
)
from cm_engine.errors import CmError
from cm_engine.store.published import Running
from web.access import Permission
from web.admin.rooms import admin
from web.at_hand import asked, engine, published
from web.doors import needs
from web.viewer import viewer


class KioskForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """Where a kiosk stands, and what it is called."""

    site = SelectField("Site", validators=[InputRequired("Choose a site.")])
    name = StringField(
        "Name of the kiosk",
        validators=[
            InputRequired("Give it a name, such as Front desk tablet."),
            Length(max=LONGEST_NAME, message=f"Write at most {LONGEST_NAME} letters."),
        ],
    )


@admin.get("/admin/kiosks")
@needs(Permission.MANAGE_KIOSKS)
def kiosks() -> ResponseReturnValue:
    """List the kiosks of the viewer's sites."""
    return _list(_form())


@admin.post("/admin/kiosks")
@needs(Permission.MANAGE_KIOSKS)
def register_kiosk() -> ResponseReturnValue:
    """Register a kiosk, and show its code this once."""
    form = _form()
    if not form.validate():
        return _list(form), 422
    try:
        made = register(engine(), asked(), form.site.data, form.name.data)
    except CmError as error:
        form.name.errors = [str(error)]
        return _list(form), 422
    return _code(made)


@admin.post("/admin/kiosks/<kiosk>/code")
@needs(Permission.MANAGE_KIOSKS)
def kiosk_code(kiosk: str) -> ResponseReturnValue:
    """Give a kiosk a new code, and show it this once."""
    return _code(new_code(engine(), asked(), kiosk))


@admin.post("/admin/kiosks/<kiosk>/unlock")
@needs(Permission.MANAGE_KIOSKS)
def kiosk_unlock(kiosk: str) -> ResponseReturnValue:
    """Let a locked kiosk take people again."""
    unlock_kiosk(engine(), asked(), kiosk)
    flash("The kiosk takes people again.", "good")
    return redirect(url_for("admin.kiosks"), 303)


@admin.post("/admin/kiosks/<kiosk>/end")
@needs(Permission.MANAGE_KIOSKS)
def kiosk_end(kiosk: str) -> ResponseReturnValue:
    """End a kiosk."""
    end_kiosk(engine(), asked(), kiosk)
    flash("The kiosk is ended: its tablet lets nobody in any more.", "good")
    return redirect(url_for("admin.kiosks"), 303)


def _list(form: KioskForm) -> str:
    now = engine().clock()
    sites = _sites()
    found = kiosks_of(engine(), frozenset(sites))
    rows = [(one, sites[one.site], waits_for_tablet(one, now)) for one in found]
    return render_template("admin/kiosks.html", form=form, rows=rows)


def _code(made: Registered) -> str:
    site = next(one.site for one in kiosks_of(engine(), frozenset(_sites())) if one.id == made.kiosk)
    zone = next(running.zone for running in _running() if running.site == site)
    return render_template("admin/kiosk_code.html", made=made, zone=zone)


def _form() -> Any:
    form = KioskForm()
    form.site.choices = sorted(_sites().items(), key=lambda site: site[1])
    return form


def _sites() -> dict[str, str]:
    """Give the sites that the viewer may place kiosks at, by id, with their names."""
    return {running.site: running.terms[-1][1].site for running in _running()}


def _running() -> list[Running]:
    own = viewer().sites(Permission.MANAGE_KIOSKS)
    return [running for running in published().programs.values() if running.site in own]
