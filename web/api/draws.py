"""Draws: open earned ones, and pick a slip."""

from typing import Any

from cm_engine.actions.draw import open_draws as open_earned
from cm_engine.actions.draw import pick
from cm_engine.actions.requests import Answer, Request
from web.access import Permission
from web.api.at_hand import whose
from web.api.calls import Call, does
from web.api.schemas.draws import DrawsToOpenSchema, OpenedSchema, PickSchema, ReceiptSchema
from web.at_hand import engine

PART = "Draws"


@does(
    Call(
        "/participants/<participant>/draws",
        Permission.HAND_OVER,
        PART,
        OpenedSchema,
        DrawsToOpenSchema,
        status=201,
        example={"policy": "va-prize", "number": 1},
        links={"pick": {"operationId": "pick_slip", "parameters": {"draw": "$response.body#/draws/0/draw"}}},
    )
)
def open_draws(how: Request, sent: dict[str, Any], participant: str) -> Answer:
    """Open earned draws.

    Each gets 32 random bytes, which are sealed, and shows their SHA-256. A dry run shows none.
    """
    return open_earned(engine(), how, participant, sent["policy"], sent["number"])


@does(
    Call(
        "/draws/<draw>/pick",
        Permission.HAND_OVER,
        PART,
        ReceiptSchema,
        PickSchema,
        status=201,
        example={"number": 17},
        can_be_tried=False,
    )
)
def pick_slip(how: Request, sent: dict[str, Any], draw: str) -> Answer:
    """Pick a slip of an open draw.

    The answer is the receipt: it reveals the sealed bytes, so that anybody can compute the slip again. It cannot be tried dry,
    since nobody may look before picking.
    """
    return pick(engine(), how, whose(), draw, sent["number"])
