"""Draws: opening earned ones, each sealed, and picking a slip."""

from marshmallow import fields

from cm_engine.actions.draw import MOST_AT_ONCE
from web.api.fields import Amount, Id, Sent, Text, Told, Whole, say
from web.api.schemas.awards import LeftSchema

LARGEST_BOWL = 1_000_000_000


class DrawsToOpenSchema(Sent):
    """Which draws are to be opened."""

    policy = Text("the policy that they were earned under, by name", required=True, metadata={"examples": ["va-prize"]})
    number = Whole("how many", 1, MOST_AT_ONCE, load_default=1)


class SealedSchema(Told):
    """A draw that was opened."""

    draw = Id("the draw's id: by it a slip is picked")
    sha256 = fields.String(allow_none=True, metadata=say("the SHA-256 of its sealed bytes; null in a dry run"))


class OpenedSchema(Told):
    """Draws that were opened."""

    participant = Id("the participant's id")
    draws = fields.List(fields.Nested(SealedSchema), metadata=say("the draws, each sealed"))
    slips = fields.Integer(metadata=say("how many slips are in the bowl: pick a number from 1 to this"))
    largest = Amount("what the best slip is worth")
    pays_at_most = Amount("what the caps leave of it")
    left = fields.List(fields.Nested(LeftSchema), metadata=say("what each cap leaves now"))


class PickSchema(Sent):
    """The number that the participant names."""

    number = Whole("from 1 to the number of slips in the bowl", 1, LARGEST_BOWL, required=True)


class BowlSlipSchema(Told):
    """Slips of one label."""

    label = fields.String(metadata=say("what they say"))
    count = fields.Integer(metadata=say("how many there are"))
    value = Amount("what each is worth in money")


class BowlSchema(Told):
    """The bowl that was drawn from."""

    slips = fields.List(fields.Nested(BowlSlipSchema), metadata=say("the slips, in their order"))


class ReceiptSchema(Told):
    """All that is needed to compute a draw again, and nothing about who drew; `cm-engine verify-draw` checks it."""

    receipt = fields.String(metadata=say("what this is, and of which edition", "cm-engine draw 1"))
    draw = Id("the draw's id")
    sha256 = fields.String(metadata=say("the SHA-256 of the sealed bytes, as it was shown before the pick"))
    secret = fields.String(metadata=say("the sealed bytes"))
    bowl = fields.Nested(BowlSchema, metadata=say("the bowl that was drawn from"))
    bowl_sha256 = fields.String(metadata=say("the SHA-256 of the bowl's slips"))
    pick = fields.Integer(metadata=say("the number that was picked"))
    hmac = fields.String(metadata=say("the HMAC-SHA-256 that decided the slip"))
    slip = fields.Integer(metadata=say("the number of the slip, counted through the bowl"))
    label = fields.String(metadata=say("what the slip says"))
    value = Amount("what the slip is worth in money")
    paid = Amount("what was paid: less where the caps left less")
