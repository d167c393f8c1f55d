"""Participants: who takes part, in which program, under which policies, from when."""

from marshmallow import fields

from web.api.fields import Choice, Day, Id, Sent, Text, Texts, Told, say

PROGRAM = "the program, by its name as `GET /programs` gives it; may be left out where the token is for only one"
SITE = "the site, by its name; needed where programs of that name are run at several sites of the token"


class PersonSchema(Sent):
    """Name and contacts, which are kept encrypted; who may not see names is never told them."""

    name = Text("the name")
    phone = Text("a telephone number")
    email = Text("an address for e-mail")


class EnrolmentToBeginSchema(Sent):
    """An enrolment that is to begin."""

    program = Text(PROGRAM, metadata={"examples": ["riverside-iop"]})
    site = Text(SITE, metadata={"examples": ["riverside"]})
    first_day = Day("the first day, at the site: day 1 of program week 1", required=True)
    policies = Texts("policies by name; all of the program's where none is named", "a policy's name", load_default=list)
    payer = Text("whose money it is, by name; the program's first where none is named")


class ParticipantToEnrolSchema(EnrolmentToBeginSchema):
    """Somebody who is to be enrolled."""

    code = Text("the clinic's code of the person; the same code again at a site is the same person", required=True)
    person = fields.Nested(PersonSchema, metadata=say("name and contacts"))


class CodeSchema(Sent):
    """A code by which somebody is to be found."""

    code = Text("the clinic's code of the person", required=True)
    site = Text("the site, by its name; all of the token's where none is named", metadata={"examples": ["riverside"]})


class EnrolledSchema(Told):
    """An enrolment that began."""

    participant = Id("the participant's id")
    enrolment = Id("the enrolment's id")
    first_day = Day("its first day")
    policies = fields.List(fields.String(), metadata=say("the policies, by name"))


class EnrolmentSchema(Told):
    """Somebody's time in a program."""

    enrolment = Id("the enrolment's id")
    program = fields.String(metadata=say("the program that it is in, by name"))
    first_day = Day("its first day: day 1 of program week 1")
    last_day = Day("its last day; null while it is open", allow_none=True)
    payer = fields.String(allow_none=True, metadata=say("whose money it is; null where the program names nobody"))
    policies = fields.List(fields.String(), metadata=say("the policies, by name"))


class ParticipantSchema(Told):
    """Somebody who takes part."""

    participant = Id("the participant's id")
    site = fields.String(metadata=say("the site, by name"))
    code = fields.String(
        allow_none=True,
        metadata=say("the clinic's code; null without the scope see-codes or see-names, and once purged"),
    )
    name = fields.String(
        allow_none=True, metadata=say("the name; null without the scope see-names, or where none is kept")
    )
    state = Choice("whether an enrolment is open", "enrolled", "discharged", "purged")
    enrolments = fields.List(fields.Nested(EnrolmentSchema), metadata=say("all enrolments, the latest last"))


class FoundSchema(Told):
    """Who was found."""

    participants = fields.List(
        fields.Nested(ParticipantSchema), metadata=say("one at most for each site; none where nobody is found")
    )
