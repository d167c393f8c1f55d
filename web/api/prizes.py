"""Prizes: the cabinet, and a redemption from its choice to its handover."""

from typing import Any

from cm_engine.actions.redeem import cancel, choose, hand_over
from cm_engine.actions.requests import Answer, Request
from cm_engine.actions.shelves import shelves
from cm_engine.store.published import Running
from web.access import Permission
from web.api.at_hand import cursor_of, participant_in, program_in, programs, site_name, texts_at, whose
from web.api.calls import Call, does, reads
from web.api.participants import A_PARTICIPANT
from web.api.schemas.prizes import (
    CabinetSchema,
    ChoiceSchema,
    ChosenSchema,
    HandedOverSchema,
    PrizesSchema,
    RedemptionSchema,
)
from web.at_hand import engine

PART = "Prizes"
OF_REDEMPTION = {"parameters": {"redemption": "$response.body#/redemption"}}
LINKS = {
    "handover": {"operationId": "hand_prize_over", **OF_REDEMPTION},
    "cancellation": {"operationId": "cancel_redemption", **OF_REDEMPTION},
}


@reads(Call("/prizes", Permission.HAND_OVER, PART, PrizesSchema, query=CabinetSchema))
def list_prizes(wanted: dict[str, Any]) -> Answer:
    """List the prizes of the cabinet."""
    named = "program" in wanted or "site" in wanted
    found = [prize for running in ([program_in(wanted)] if named else programs()) for prize in _prizes(running)]
    behind = [prize for prize in found if _place(prize) > texts_at(wanted.get("cursor", ""))]
    shown = behind[: wanted["limit"]]
    return {"prizes": shown, "next": cursor_of(_place(shown[-1])) if len(behind) > len(shown) else None}


@does(
    Call(
        "/redemptions",
        Permission.HAND_OVER,
        PART,
        ChosenSchema,
        ChoiceSchema,
        status=201,
        example={"participant": A_PARTICIPANT, "prize": "0d7a0f4f3a10be214f0c9a63"},
        links=LINKS,
    )
)
def choose_prize(how: Request, sent: dict[str, Any]) -> Answer:
    """Reserve a prize for a won slip of its size, its points, or its value in money."""
    return choose(engine(), how, participant_in(sent), sent["prize"])


@does(Call("/redemptions/<redemption>/handover", Permission.HAND_OVER, PART, HandedOverSchema))
def hand_prize_over(how: Request, redemption: str) -> Answer:
    """Say that a reserved prize was handed over.

    Whoever recorded a result of the participant that day does not hand over to them: a token that recorded is refused, too.
    """
    return hand_over(engine(), how, whose(), redemption)


@does(Call("/redemptions/<redemption>/cancel", Permission.HAND_OVER, PART, RedemptionSchema))
def cancel_redemption(how: Request, redemption: str) -> Answer:
    """Put a reserved prize back, and give back what was given for it."""
    return cancel(engine(), how, whose(), redemption)


def _prizes(running: Running) -> list[Answer]:
    bears = {"program": running.name, "site": site_name(running)}
    return [{**prize, **bears} for prize in shelves(engine(), running.id)["prizes"]]


def _place(prize: Answer) -> list[str]:
    """Give where a prize stands in the list."""
    return [prize["site"], prize["program"], prize["name"]]
