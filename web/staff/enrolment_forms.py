"""The forms by which somebody is enrolled, readmitted or discharged, and by which they consent."""

from datetime import date
from typing import TypeVar

from flask import abort
from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

Value = TypeVar("Value")

LONGEST = 120
LONGEST_CODE = 40
LONGEST_WORDS = 400

SCOPE = "that this person takes part, attendance and test results, and the rewards earned"
PURPOSE = "to pay for rewards and account for them"


class Boxes(SelectMultipleField):
    """Several of some, as boxes to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class ConsentForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """What somebody signed, by `today`."""

    today = date.max
    given_on = DateField("Signed on", validators=[InputRequired("When was it signed?")])
    last_day = DateField("Lasts until", validators=[Optional()])
    scope = TextAreaField("What may be told", validators=[DataRequired("What may be told?"), Length(max=LONGEST_WORDS)])
    recipient = StringField("To whom", validators=[DataRequired("To whom may it be told?"), Length(max=LONGEST_WORDS)])
    purpose = StringField("What for", validators=[DataRequired("What is it for?"), Length(max=LONGEST_WORDS)])
    is_signed = BooleanField(
        "The signed form is in the file",
        validators=[DataRequired("Have it signed first; without it nobody is enrolled.")],
    )

    def validate_given_on(self, field: DateField) -> None:
        """Take no consent that is not signed yet."""
        if field.data and field.data > self.today:
            raise ValidationError("This day has not come yet.")

    def validate_last_day(self, field: DateField) -> None:
        """Take no consent that ends before it begins."""
        signed = self.given_on.data
        if field.data and signed and field.data < signed:
            raise ValidationError(f"It was signed on {signed}, so this cannot be before.")


class PlaceForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """From when somebody is in a program, under which policies, and who pays."""

    first_day = DateField("First day", validators=[InputRequired("From which day on?")])
    payer = SelectField("Payer", validators=[Optional()])
    policies = Boxes("Policies", validators=[DataRequired("Choose one policy at least.")])


class EnrolForm(ConsentForm, PlaceForm):
    """Everything that enrolling somebody asks for, in one page."""

    code = StringField("Code", validators=[DataRequired("A code is needed."), Length(max=LONGEST_CODE)])
    name = StringField("Name", validators=[DataRequired("What are they called?"), Length(max=LONGEST)])
    phone = StringField("Phone", validators=[Optional(), Length(max=LONGEST)])
    email = StringField("E-mail", validators=[Optional(), Length(max=LONGEST)])


class ReadmitForm(PlaceForm):
    """Readmitting under the consent that is in force."""


class ReadmitAnewForm(ConsentForm, PlaceForm):
    """Readmitting somebody whose consent is over."""


class DischargeForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """The last day of an enrolment."""

    last_day = DateField("Last day", validators=[InputRequired("Which was, or will be, the last day?")])


class StepForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """Into which program somebody steps over, and on which day."""

    program = SelectField("Program", validators=[DataRequired("Into which program?")])
    on = DateField("From", validators=[InputRequired("From which day on?")])


def needed(value: Value | None) -> Value:
    """Give what a form has that was found right; one that has it not was not sent by our page."""
    if value is None:
        abort(400)
    return value


def offer_consent(form: ConsentForm, on: date, recipient: str) -> None:
    """Fill in what a consent usually says."""
    form.given_on.data, form.recipient.data = on, recipient
    form.scope.data, form.purpose.data = SCOPE, PURPOSE
