"""The forms of the admins' rooms."""

from typing import Any

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import BooleanField, DateField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget

from cm_engine.actions.appoint import LONGEST_NAME
from web.access import Role

# The words beside them are the page's (`words.ROLES`); the library's types know no names without words.
NAMES: Any = [str(role) for role in Role]


class RolesForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """What somebody is at a site."""

    roles = SelectMultipleField(
        "Roles here",
        choices=NAMES,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )


class AddForm(RolesForm):
    """Somebody to be added to the staff of a site."""

    name = StringField("Name", [DataRequired("Write the name that they sign in by."), Length(max=LONGEST_NAME)])
    is_known = BooleanField("They sign in here already, at another site")


class NameForm(FlaskForm):  # type: ignore[misc]
    """The name that somebody signs in by."""

    name = StringField("Name", [DataRequired("Write the name that they sign in by."), Length(max=LONGEST_NAME)])


class FileForm(FlaskForm):  # type: ignore[misc]
    """A program file, typed or uploaded."""

    upload = FileField("A program file from this device")
    terms = TextAreaField("The program file")


class ChangeForm(FileForm):
    """A program file, and the day from which it is to hold."""

    from_day = DateField("Holds from", [InputRequired("Name the day from which it holds.")])
