"""People: who works at a site, what each of them is there, and how they get in."""

from collections.abc import Callable

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from cm_engine.actions.appoint import (
    add_staff,
    end_staff,
    lift_lock,
    rename_staff,
    reset_staff,
    set_roles,
    staff_by_name,
    take_back,
)
from cm_engine.actions.requests import Answer
from cm_engine.actions.roster import roster
from cm_engine.standing import RefusedError
from web.access import Permission, Role
from web.admin.at_sites import site_by_id, sites_for
from web.admin.forms import AddForm, NameForm, RolesForm
from web.admin.rooms import admin
from web.admin.words import ROLES
from web.at_hand import asked, engine
from web.doors import needs
from web.viewer import viewer

UNPROCESSABLE = 422


@admin.get("/admin/people")
@needs(Permission.MANAGE_STAFF)
def people() -> ResponseReturnValue:
    """List the staff of the viewer's sites."""
    listed = [(site, roster(engine(), site.id)) for site in sites_for(Permission.MANAGE_STAFF)]
    return render_template("admin/people.html", listed=listed, words=ROLES, role=Role)


@admin.route("/admin/sites/<site>/people/add", methods=["GET", "POST"])
@needs(Permission.MANAGE_STAFF)
def add_person(site: str) -> ResponseReturnValue:
    """Add somebody, and show their one-time code; or give roles here to somebody who signs in already."""
    form = AddForm()
    refused = ""
    if form.validate_on_submit():
        try:
            return _added(site, form)
        except RefusedError as error:
            refused = str(error)
    page = render_template("admin/add_person.html", form=form, site=site_by_id(site), words=ROLES, refused=refused)
    return page, UNPROCESSABLE if form.is_submitted() else 200


@admin.get("/admin/sites/<site>/people/<staff>")
@needs(Permission.MANAGE_STAFF)
def person(site: str, staff: str) -> ResponseReturnValue:
    """Show what somebody is here, and how they get in."""
    return _page(site, staff)


@admin.post("/admin/sites/<site>/people/<staff>/roles")
@needs(Permission.MANAGE_STAFF)
def change_roles(site: str, staff: str) -> ResponseReturnValue:
    """Give somebody exactly the roles that are ticked."""
    wanted = RolesForm().roles.data or []
    return _acted(site, staff, lambda: set_roles(engine(), asked(), staff, site, wanted), "The roles are changed.")


@admin.post("/admin/sites/<site>/people/<staff>/name")
@needs(Permission.MANAGE_STAFF)
def rename_person(site: str, staff: str) -> ResponseReturnValue:
    """Give somebody another name."""
    form = NameForm()
    if not form.validate():
        return _page(site, staff, " ".join(form.name.errors)), UNPROCESSABLE
    name = str(form.name.data)
    return _acted(site, staff, lambda: rename_staff(engine(), asked(), staff, name), "The name is changed.")


@admin.post("/admin/sites/<site>/people/<staff>/reset")
@needs(Permission.MANAGE_STAFF)
def reset_person(site: str, staff: str) -> ResponseReturnValue:
    """Let somebody begin anew, with a one-time code."""
    return _coded(site, staff, lambda: reset_staff(engine(), asked(), staff))


@admin.post("/admin/sites/<site>/people/<staff>/back")
@needs(Permission.MANAGE_STAFF)
def take_person_back(site: str, staff: str) -> ResponseReturnValue:
    """Let somebody in again who had left, with a one-time code."""
    return _coded(site, staff, lambda: take_back(engine(), asked(), staff))


@admin.post("/admin/sites/<site>/people/<staff>/end")
@needs(Permission.MANAGE_STAFF)
def end_person(site: str, staff: str) -> ResponseReturnValue:
    """End somebody's access."""
    told = "Their access has ended. They are signed out everywhere; you can let them back in below."
    return _acted(site, staff, lambda: end_staff(engine(), asked(), staff), told)


@admin.post("/admin/sites/<site>/people/<staff>/unlock")
@needs(Permission.MANAGE_STAFF)
def unlock_person(site: str, staff: str) -> ResponseReturnValue:
    """Let somebody try again at once who waits after wrong tries."""
    return _acted(site, staff, lambda: lift_lock(engine(), asked(), staff), "They may try again now.")


def _added(site: str, form: AddForm) -> ResponseReturnValue:
    roles, name = form.roles.data or [], str(form.name.data)
    if form.is_known.data:
        staff = staff_by_name(engine(), name)
        if not roles:
            raise RefusedError("somebody without a role sees nothing; choose one")
        set_roles(engine(), asked(), staff, site, roles)
        flash("They have their roles here, and sign in as they do already.", "good")
        return redirect(url_for("admin.people"), 303)
    return _code(site, add_staff(engine(), asked(), name, site, roles), name)


def _acted(site: str, staff: str, act: Callable[[], Answer], told: str) -> ResponseReturnValue:
    """Do something to somebody of this site's staff, and show them again."""
    _somebody(site, staff)
    try:
        act()
    except RefusedError as error:
        return _page(site, staff, str(error)), UNPROCESSABLE
    flash(told, "good")
    is_here = any(one["staff"] == staff for one in roster(engine(), site))
    may_stay = is_here and viewer().id != staff
    return redirect(url_for("admin.person", site=site, staff=staff) if may_stay else url_for("front.start"), 303)


def _coded(site: str, staff: str, act: Callable[[], Answer]) -> ResponseReturnValue:
    """Do something to somebody of this site's staff that gives a one-time code, and show it."""
    name = _somebody(site, staff)["name"]
    try:
        answer = act()
    except RefusedError as error:
        return _page(site, staff, str(error)), UNPROCESSABLE
    return _code(site, answer, name)


def _code(site: str, answer: Answer, name: str) -> ResponseReturnValue:
    """Show a one-time code: in the answer itself, since it stands nowhere else; the same form again shows it again."""
    return render_template("admin/code.html", site=site_by_id(site), name=name, answer=answer)


def _page(site: str, staff: str, refused: str = "") -> str:
    one = _somebody(site, staff)
    form = RolesForm(data={"roles": one["roles"].get(site, [])})
    name = NameForm(data={"name": one["name"]})
    at = site_by_id(site)
    return render_template("admin/person.html", one=one, site=at, form=form, name=name, words=ROLES, refused=refused)


def _somebody(site: str, staff: str) -> Answer:
    """Give somebody of this site's staff; not found for anybody else."""
    return next((one for one in roster(engine(), site) if one["staff"] == staff), None) or abort(404)
