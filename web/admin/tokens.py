"""Tokens: by what other programs come in. Make one, which is shown this once; see what each may do, and when it was used; revoke it."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import SelectField, SelectMultipleField, StringField
from wtforms.validators import DataRequired, InputRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget

from cm_engine.actions.issue_token import LONGEST_TITLE, Issued, Wished, issue, revoke, tokens_of, why_not
from cm_engine.errors import CmError
from cm_engine.store.tokens import Token
from web.access import SCOPES, Permission, scope_of
from web.admin.at_sites import Site, sites_for
from web.admin.rooms import admin
from web.at_hand import asked, engine
from web.doors import needs

# What each scope lets a program do.
WORDS = {scope_of(permission): str(permission) for permission in SCOPES}

# How long a token may be good for.
DAYS = ((30, "30 days"), (90, "90 days"), (180, "Half a year"), (365, "A year"))


class TokenForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """What a token is for, what it may do, where, and for how long."""

    title = StringField("Title", [DataRequired("Say which program it is for."), Length(max=LONGEST_TITLE)])
    scopes = SelectMultipleField(
        "What it may do",
        [InputRequired("Tick what it needs.")],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    sites = SelectMultipleField(
        "Where",
        [InputRequired("Tick a site.")],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    days = SelectField("Good for", coerce=int, default=365)


class Row(NamedTuple):
    """A token as the list shows it: with those of its sites that are the viewer's, and why it is not good any more."""

    token: Token
    sites: Sequence[str]
    others: int
    why_not: str


@admin.get("/admin/tokens")
@needs(Permission.MANAGE_TOKENS)
def tokens() -> ResponseReturnValue:
    """List the tokens of the viewer's sites."""
    return _list(_form())


@admin.post("/admin/tokens")
@needs(Permission.MANAGE_TOKENS)
def make_token() -> ResponseReturnValue:
    """Make a token, and show it this once."""
    form = _form()
    if not form.validate():
        return _list(form), 422
    wished = Wished(form.title.data, frozenset(form.scopes.data), frozenset(form.sites.data), form.days.data)
    try:
        made = issue(engine(), asked(), wished)
    except CmError as error:
        form.title.errors = [str(error)]
        return _list(form), 422
    return _shown(made, wished)


@admin.post("/admin/tokens/<token>/revoke")
@needs(Permission.MANAGE_TOKENS)
def revoke_it(token: str) -> ResponseReturnValue:
    """Revoke a token."""
    revoke(engine(), asked(), token)
    flash("The token is revoked: it lets nobody in any more.", "good")
    return redirect(url_for("admin.tokens"), 303)


def _list(form: TokenForm) -> str:
    sites = sites_for(Permission.MANAGE_TOKENS)
    rows = [_row(token, sites) for token in tokens_of(engine(), [site.id for site in sites])]
    return render_template("admin/tokens.html", form=form, rows=rows, zone=sites[0].zone, words=WORDS)


def _row(token: Token, sites: Sequence[Site]) -> Row:
    named = [site.name for site in sites if site.id in token.sites]
    return Row(token, named, len(token.sites) - len(named), why_not(token, engine().clock()))


def _shown(made: Issued, wished: Wished) -> str:
    zone = sites_for(Permission.MANAGE_TOKENS)[0].zone
    return render_template("admin/token.html", made=made, wished=wished, zone=zone)


def _form() -> Any:
    form = TokenForm()
    form.scopes.choices = list(WORDS.items())
    form.days.choices = DAYS
    form.sites.choices = [(site.id, site.name) for site in sites_for(Permission.MANAGE_TOKENS)]
    return form
