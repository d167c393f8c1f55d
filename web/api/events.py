"""What happened: record an event, and correct one; the answer says what it earned, and why."""

from typing import Any

from cm_engine.actions.correct import Correction, correct
from cm_engine.actions.record import Happening, record
from cm_engine.actions.requests import Answer, Request
from cm_engine.events import Result
from web.access import Permission
from web.api.at_hand import participant_in, whose
from web.api.calls import Call, does
from web.api.participants import A_PARTICIPANT
from web.api.schemas.events import CorrectedSchema, CorrectionSchema, EventToRecordSchema, RecordedSchema
from web.at_hand import engine
from web.caller import caller

PART = "Events"
OF_EVENT = {"parameters": {"event": "$response.body#/event"}}


@does(
    Call(
        "/events",
        Permission.RECORD,
        PART,
        RecordedSchema,
        EventToRecordSchema,
        status=201,
        example={
            "participant": A_PARTICIPANT,
            "at": "2026-03-02T10:05:00-08:00",
            "kind": "test",
            "outcome": "negative",
        },
        links={"correction": {"operationId": "correct_event", **OF_EVENT}},
    )
)
def record_event(how: Request, sent: dict[str, Any]) -> Answer:
    """Record a test, an attendance or an activity.

    One event a call. The answer says what it earned under each policy, and why.
    """
    happening = Happening(
        sent["at"], sent["kind"], _result(sent), sent.get("session", ""), sent.get("id", ""), *_words(sent)
    )
    partial = sent["allow_partial_panel"]
    return record(
        engine(), how, participant_in(sent), happening, allow_partial=partial, needs_exemption=not _may_explain()
    )


@does(
    Call(
        "/events/<event>/corrections",
        Permission.CORRECT,
        PART,
        CorrectedSchema,
        CorrectionSchema,
        status=201,
        example={"outcome": "positive", "reason": "the laboratory overturned it"},
    )
)
def correct_event(how: Request, sent: dict[str, Any], event: str) -> Answer:
    """Give an event another result, or say that it never happened.

    Nothing is edited: what is owed more is credited; what was paid too much is left, or taken back where the policy says so.
    """
    correction = Correction(event, _result(sent), sent.get("at"), *_words(sent))
    partial = sent["allow_partial_panel"]
    return correct(engine(), how, whose(), correction, allow_partial=partial, at_the_desk=not _may_explain())


def _result(sent: dict[str, Any]) -> Result:
    return Result(sent.get("outcome", ""), tuple(sorted(sent["analytes"].items())))


def _words(sent: dict[str, Any]) -> tuple[str, str]:
    return sent.get("reason", ""), sent.get("note", "")


def _may_explain() -> bool:
    """Tell whether a finding is explained by the token's word; by a clinician's exemption it always is."""
    return caller().may(Permission.EXEMPT)
