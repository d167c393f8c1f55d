"""Prizes: the cabinet, and each step of a redemption."""

from marshmallow import fields

from web.api.at_hand import PageSchema
from web.api.fields import Amount, Id, Sent, Text, Told, Truth, say
from web.api.schemas.participants import SITE


class CabinetSchema(PageSchema):
    """Whose cabinet is wanted, and which part of it."""

    program = Text("one program's, by its name; all of the token's where none is named")
    site = Text(SITE)


class CostSchema(Told):
    """What a prize takes."""

    size = fields.String(metadata=say("a won slip of this size; else empty"))
    amount = Amount("how much")
    unit = fields.String(metadata=say("`slips`, `points`, or a currency such as `usd`"))


class PrizeSchema(Told):
    """A prize of the cabinet."""

    prize = Id("the prize's id")
    program = fields.String(metadata=say("the program whose cabinet it is in, by name"))
    site = fields.String(metadata=say("the site, by name"))
    name = fields.String(metadata=say("the prize's name"))
    class_ = fields.String(data_key="class", attribute="class", metadata=say("what it counts as", "limited-use-card"))
    value = Amount("what it is worth in money")
    takes = fields.Nested(CostSchema, metadata=say("what it takes"))
    on_hand = fields.Integer(metadata=say("how many can be chosen"))


class PrizesSchema(Told):
    """Prizes."""

    prizes = fields.List(fields.Nested(PrizeSchema), metadata=say("by site, program and name"))
    next = fields.String(allow_none=True, metadata=say("the cursor of those that follow; null where none do"))


class ChoiceSchema(Sent):
    """Which prize is chosen, and by whom."""

    participant = Id("the participant's id", required=True)
    prize = Id("the prize's id", required=True)


class RedemptionSchema(Told):
    """A prize that was handed over, or put back."""

    participant = Id("the participant's id")
    redemption = Id("the redemption's id")
    prize = Id("the prize's id")
    state = fields.String(metadata=say("`reserved`, `handed over` or `cancelled`"))


class ChosenSchema(RedemptionSchema):
    """A prize that was chosen, and waits to be handed over."""

    name = fields.String(metadata=say("the prize's name"))


class HandedOverSchema(RedemptionSchema):
    """A prize that was handed over."""

    alone = Truth(
        "whether it was by whoever had recorded for the participant that day, at a one-person site; it is noted"
    )
