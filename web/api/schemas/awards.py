"""Awards: what an event earned under each policy, why, and what the caps leave."""

from marshmallow import fields

from web.api.fields import Amount, Choice, Told, say


class PartSchema(Told):
    """A part of an award, before caps."""

    amount = Amount("how much")
    why = fields.String(metadata=say("for what", "ladder place 3"))


class AwardSchema(Told):
    """What an event earned under a policy."""

    policy = fields.String(metadata=say("the policy, by name"))
    class_ = Choice(
        "how the policy sees the event", "success", "failure", "excused", "ignore", data_key="class", attribute="class"
    )
    unit = fields.String(metadata=say("a currency such as `usd`, or `points`, `draws`, `tickets`", "usd"))
    amount = Amount("what was posted; below zero where something was taken back")
    parts = fields.List(fields.Nested(PartSchema), metadata=say("what it is made of, before caps"))
    capped = Amount("what caps held back")
    uncollected = Amount("what was to be taken back and is spent")
    balance = Amount("all that was posted so far under the policy")
    next = Amount("what a plain success the next day would pay")
    why = fields.String(metadata=say("a sentence that says where the amount comes from"))


class LeftSchema(Told):
    """What a cap leaves."""

    source = fields.String(metadata=say("whose cap it is: a payer, or a policy"))
    cap = fields.String(metadata=say("its period, in words"))
    amount = Amount("the cap")
    left = Amount("what it leaves in its period")
    unit = fields.String(metadata=say("in what both are", "usd"))
    why = fields.String(metadata=say("the same as a sentence"))
