"""A problem as a program is told of it (RFC 9457)."""

from marshmallow import Schema, fields

from web.api.fields import say


class MistakeSchema(Schema):
    """One field that is not right: a place in the body, or a parameter of the address."""

    pointer = fields.String(metadata=say("a JSON pointer into the body", "#/analytes/cocain"))
    parameter = fields.String(metadata=say("the name of a parameter", "limit"))
    detail = fields.String(required=True, metadata=say("what is wrong, and what would be right"))


class ProblemSchema(Schema):
    """What went wrong, and what to do about it."""

    type = fields.String(required=True, metadata=say("the kind of problem: an address at which it is explained"))
    title = fields.String(required=True, metadata=say("the kind of problem in words"))
    status = fields.Integer(required=True, metadata=say("the status of the answer"))
    detail = fields.String(required=True, metadata=say("what is wrong here"))
    errors = fields.List(fields.Nested(MistakeSchema), metadata=say("each field that is not right"))
