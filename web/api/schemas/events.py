"""Events: what happened, and what it earned; corrections."""

from marshmallow import fields

from cm_engine.events import ANALYTES, FINDINGS, KINDS, OUTCOMES, VOID
from web.api.fields import Choice, Day, Findings, Id, Moment, Sent, Text, Told, Truth, say
from web.api.schemas.awards import AwardSchema, LeftSchema

ALL_OUTCOMES = sorted({outcome for outcomes in OUTCOMES.values() for outcome in outcomes})
BY_KIND = "; ".join(f"{kind}: {' '.join(outcomes)}" for kind, outcomes in OUTCOMES.items())
FOUND = (
    f"a test's findings by analyte: each {', '.join(f'`{finding}`' for finding in FINDINGS)} (explained by a valid prescription; it "
    "needs a clinician's exemption, or the scope `exempt`). They decide under every policy that names one of them as a target, "
    "whatever `outcome` says; where nobody could read a specimen, `outcome` does. "
    f"Names: {', '.join(sorted(ANALYTES))}, and those that the site added"
)
PARTIAL = "take a test that reports some, but not all, of a policy's targets; it counts by what it reports"


class EventToRecordSchema(Sent):
    """What happened to one participant."""

    participant = Id("the participant's id", required=True)
    at = Moment("when: a date-time with its offset, or a date alone, which is its beginning at the site", required=True)
    kind = Choice("the kind of event", *KINDS, required=True)
    outcome = Choice(f"what it came out as ({BY_KIND}). A test with analytes may leave it out", *ALL_OUTCOMES)
    analytes = Findings(FOUND, load_default=dict)
    session = Text("what was attended or done", most=64, metadata={"examples": ["early-recovery-group"]})
    id = Text("your own id of the event; the same id again with the same content is the same event")
    reason = Text("why, in free text; kept encrypted", most=2000, lines=True)
    note = Text("a note, in free text; kept encrypted", most=2000, lines=True)
    allow_partial_panel = Truth(PARTIAL, load_default=False)


class CorrectionSchema(Sent):
    """Another result for an event."""

    outcome = Choice(
        f"what it came out as ({BY_KIND}). `{VOID}`: entered in error, it never happened. Needed, "
        "unless a test's analytes are given",
        *ALL_OUTCOMES,
        VOID,
    )
    analytes = Findings(FOUND, load_default=dict)
    at = Moment("when that was found; now, where it is left out")
    reason = Text("why, in free text; kept encrypted", most=2000, lines=True)
    note = Text("a note, in free text; kept encrypted", most=2000, lines=True)
    allow_partial_panel = Truth(PARTIAL, load_default=False)


class _AwardedSchema(Told):
    participant = Id("the participant's id")
    event = Id("the event's id: by it the event is corrected")
    on = Day("the date at the site")
    awards = fields.List(
        fields.Nested(AwardSchema),
        metadata=say(
            "what it earned, under each policy that was in force on its date; none before somebody began, or behind their last day"
        ),
    )
    left = fields.List(fields.Nested(LeftSchema), metadata=say("what each cap leaves now"))


class RecordedSchema(_AwardedSchema):
    """An event that was recorded, and what it earned."""

    already_there = Truth(
        "whether it was there already, under your own id; then nothing was done, and no awards are told"
    )


class CorrectedSchema(_AwardedSchema):
    """A correction, and what it credited or took back."""

    in_force = Truth("whether the event now has this result; a later correction that came earlier goes before it")
