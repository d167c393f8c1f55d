"""Who takes part: enrol somebody, enrol them anew, look, and find somebody by their code."""

from typing import Any

from cm_engine.actions.enrol import enrol, readmit
from cm_engine.actions.requests import Answer, Request
from cm_engine.actions.take_part import taking_part
from cm_engine.actions.viewing import found_by_code
from web.access import Permission
from web.api.at_hand import program_in, programs, site_name
from web.api.calls import Call, does, finds, reads
from web.api.schemas.participants import (
    CodeSchema,
    EnrolledSchema,
    EnrolmentToBeginSchema,
    FoundSchema,
    ParticipantSchema,
    ParticipantToEnrolSchema,
)
from web.at_hand import engine
from web.caller import caller

PART = "Participants"
A_PARTICIPANT = "4f0c9a630d7a0f4f3a10be21"
OF_PARTICIPANT = {"parameters": {"participant": "$response.body#/participant"}}
LINKS = {
    "look": {"operationId": "get_participant", **OF_PARTICIPANT},
    "account": {"operationId": "get_account", **OF_PARTICIPANT},
    "draws": {"operationId": "open_draws", **OF_PARTICIPANT},
    "event": {"operationId": "record_event", "requestBody": {"participant": "$response.body#/participant"}},
    "redemption": {"operationId": "choose_prize", "requestBody": {"participant": "$response.body#/participant"}},
}


@does(
    Call(
        "/participants",
        Permission.ENROL,
        PART,
        EnrolledSchema,
        ParticipantToEnrolSchema,
        status=201,
        example={"code": "K1042", "first_day": "2026-03-02"},
        links=LINKS,
    )
)
def enrol_participant(how: Request, sent: dict[str, Any]) -> Answer:
    """Enrol somebody by their code, who need not be known yet.

    They take part from the first day, under all policies of the program, or those that are named.
    """
    running = program_in(sent)
    return enrol(engine(), how, running.id, sent["code"], sent["first_day"], person=sent.get("person"), **_under(sent))


@does(
    Call(
        "/participants/<participant>/enrolments",
        Permission.ENROL,
        PART,
        EnrolledSchema,
        EnrolmentToBeginSchema,
        status=201,
        example={"first_day": "2026-03-02"},
    )
)
def enrol_again(how: Request, sent: dict[str, Any], participant: str) -> Answer:
    """Enrol somebody anew who was discharged.

    Every ladder begins at its start; caps go on.
    """
    return readmit(engine(), how, participant, program_in(sent).id, sent["first_day"], **_under(sent))


@reads(Call("/participants/<participant>", Permission.SEE_PEOPLE, PART, ParticipantSchema))
def get_participant(_: dict[str, Any], participant: str) -> Answer:
    """Tell of somebody: in which programs they are or were, under which policies, from when."""
    return _told(participant)


@finds(
    Call(
        "/participants/find",
        Permission.FIND_PEOPLE,
        PART,
        FoundSchema,
        CodeSchema,
        example={"code": "K1042"},
        can_be_tried=False,
    )
)
def find_participants(sent: dict[str, Any]) -> Answer:
    """Find somebody by their code.

    It is a POST so that no code stands in an address. It does nothing, and needs no `Idempotency-Key`.
    """
    sites = {one.site for one in programs() if sent.get("site") in {None, site_name(one)}}
    return {"participants": [_told(one) for one in found_by_code(engine(), sites, sent["code"])]}


def _under(sent: dict[str, Any]) -> dict[str, Any]:
    return {"policies": tuple(sent["policies"]), "payer": sent.get("payer", "")}


def _told(participant: str) -> Answer:
    """Tell of somebody, by what the token may call them."""
    told = taking_part(engine(), participant)
    may_see_name = caller().may(Permission.SEE_NAMES)
    may_see_code = may_see_name or caller().may(Permission.SEE_CODES)
    return {**told, "code": told["code"] if may_see_code else None, "name": told["name"] if may_see_name else None}
