"""The account: what a participant has, what the next visit is worth, and where it all comes from."""

from marshmallow import fields

from web.api.fields import Amount, Day, Id, Told, Truth, say
from web.api.schemas.awards import LeftSchema, PartSchema


class BalanceSchema(Told):
    """What somebody has of one kind."""

    what = fields.String(
        metadata=say(
            "`held`: to spend; `won`: prizes by slips; `reserved`: chosen prizes; `uncollected`: owed back and spent"
        )
    )
    of = fields.String(
        metadata=say(
            "draws and tickets: of which policy; won prizes: of which size; reserved ones: the prize's id; else empty"
        )
    )
    unit = fields.String(metadata=say("a currency such as `usd`, or `points`, `draws`, `tickets`, `slips`, `prizes`"))
    balance = Amount("how much")


class StandsSchema(Told):
    """Where somebody stands under a policy."""

    policy = fields.String(metadata=say("the policy, by name"))
    title = fields.String(metadata=say("what people call it"))
    on = fields.String(metadata=say("the kind of event that it rewards"))
    unit = fields.String(metadata=say("what it pays in"))
    place = fields.Integer(allow_none=True, metadata=say("the place on the ladder that the next success is paid at"))
    run = fields.Integer(allow_none=True, metadata=say("successes in a row so far"))
    earned = Amount("all that was posted so far")
    next = Amount("what a plain success today would pay, after caps")
    parts = fields.List(fields.Nested(PartSchema), metadata=say("what that is made of, before caps"))
    over_on = Day("the last day on which it paid; null while it goes on", allow_none=True)


class OpenDrawSchema(Told):
    """A draw that is open: sealed, and waiting for its pick."""

    draw = Id("the draw's id")
    policy = fields.String(metadata=say("the policy, by name"))
    sha256 = fields.String(metadata=say("the SHA-256 of its sealed bytes"))


class ReservedSchema(Told):
    """A prize that waits to be handed over."""

    redemption = Id("the redemption's id")
    prize = Id("the prize's id")
    name = fields.String(metadata=say("the prize's name"))


class EarnedSchema(Told):
    """What an event earned under a policy, as the statement tells it."""

    policy = fields.String(metadata=say("the policy, by name"))
    unit = fields.String(metadata=say("what it pays in"))
    amount = Amount("what was posted")
    why = fields.String(metadata=say("a sentence that says where the amount comes from"))


class SlipSchema(Told):
    """What a slip said and brought."""

    label = fields.String(metadata=say("what it says"))
    wins = Truth("whether it won a prize of its size")
    paid = Amount("what was paid as money instead, where the caps left less")


class StatementRowSchema(Told):
    """One thing that happened."""

    on = Day("the date at the site")
    what = fields.String(
        metadata=say("what happened", "event-recorded", "result-corrected", "slip-picked", "prize-chosen")
    )
    about = Id("the id of the event, draw or redemption; null for a trade", allow_none=True)
    kind = fields.String(allow_none=True, metadata=say("an event's kind"))
    session = fields.String(allow_none=True, metadata=say("an event's session"))
    outcome = fields.String(allow_none=True, metadata=say("what the event came out as then"))
    awards = fields.List(fields.Nested(EarnedSchema), metadata=say("what it earned, or a correction changed"))
    slip = fields.Nested(SlipSchema, allow_none=True, metadata=say("what a slip said"))
    prize = fields.String(allow_none=True, metadata=say("the prize's name"))


class AccountSchema(Told):
    """What somebody has, and why."""

    participant = Id("the participant's id")
    program = fields.String(metadata=say("the program that they were last in, by name"))
    today = Day("the date at the site")
    has = fields.List(fields.Nested(BalanceSchema), metadata=say("balances; what is nothing may be left out"))
    policies = fields.List(
        fields.Nested(StandsSchema), metadata=say("where they stand under each policy of the latest enrolment")
    )
    left = fields.List(fields.Nested(LeftSchema), metadata=say("what each cap leaves now"))
    open_draws = fields.List(fields.Nested(OpenDrawSchema), metadata=say("draws that wait for their pick"))
    reserved = fields.List(fields.Nested(ReservedSchema), metadata=say("prizes that wait to be handed over"))
    statement = fields.List(fields.Nested(StatementRowSchema), metadata=say("what happened, the latest first"))
    next = fields.String(
        allow_none=True, metadata=say("the cursor of the rows before these; null where there are none")
    )
