"""Forms of the door and of the account."""

from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField
from wtforms.validators import DataRequired, EqualTo, Length

from cm_engine.passwords import LONGEST, SHORTEST

NAME = [DataRequired("Write your name."), Length(max=200)]
CODE = [DataRequired("Write the code."), Length(max=40)]
NEW = [
    DataRequired("Write a password."),
    Length(min=SHORTEST, max=LONGEST, message=f"Between {SHORTEST} and {LONGEST} characters."),
]
AGAIN = [EqualTo("password", "These two are not the same; write it once more.")]


class SignInForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """Who, and by what they show it."""

    name = StringField("Your name", NAME)
    secret = PasswordField("Password", [DataRequired("Write your password, or your one-time code."), Length(max=1000)])


class CodeForm(FlaskForm):  # type: ignore[misc]
    """What the app shows, or a recovery code."""

    code = StringField("Code", CODE)


class NewPasswordForm(FlaskForm):  # type: ignore[misc]
    """A password, twice."""

    password = PasswordField("New password", NEW)
    again = PasswordField("The same again", AGAIN)


class ChangePasswordForm(NewPasswordForm):
    """The present password, and a new one, twice."""

    present = PasswordField("Present password", [DataRequired("Write your present password."), Length(max=1000)])


class ConfirmForm(FlaskForm):  # type: ignore[misc]
    """The present password, before what protects an account is changed."""

    present = PasswordField("Present password", [DataRequired("Write your present password."), Length(max=1000)])


def typed(field: StringField) -> str:
    """Give what was typed into a field."""
    return field.data or ""
