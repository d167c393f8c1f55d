"""Facts: what the log holds, a kind each. A fact says what happened, and is never changed.

`id` is the random id of what the fact begins: an enrolment, an event, a draw, a redemption. Dates are the site's.
"""

from datetime import date, datetime
from typing import NamedTuple

from cm_engine.events import Kind, Result


class Enrolled(NamedTuple):
    """Somebody began a program, under versions of policies (name, version); `payer` gives what is paid."""

    id: str
    program: str
    payer: str
    first_day: date
    policies: tuple[tuple[str, str], ...]


class Discharged(NamedTuple):
    """An enrolment ended with its last day: later events earn nothing, what was earned may still be spent."""

    enrolment: str
    last_day: date


class Moved(NamedTuple):
    """Somebody stepped from one program to another on a day; under policies of the same name all goes on."""

    enrolment: str
    program: str
    payer: str
    on: date
    policies: tuple[tuple[str, str], ...]


class ConsentGiven(NamedTuple):
    """Somebody consented in writing, on a day, until a last one: the end of days where it lasts as long as treatment does."""

    id: str
    given_on: date
    last_day: date
    on: date


class ConsentRevoked(NamedTuple):
    """Somebody took a consent back: from that day on nothing more may be shared by it."""

    consent: str
    on: date


class VersionTaken(NamedTuple):
    """Another version of a policy takes over on a day."""

    enrolment: str
    policy: str
    version: str
    on: date


class EventRecorded(NamedTuple):
    """A test, an attendance or an activity was recorded; `made_on` is the date on which that was done."""

    id: str
    at: datetime
    on: date
    kind: Kind
    result: Result
    session: str
    made_on: date


class ResultCorrected(NamedTuple):
    """An event was given another result, or voided, at a moment."""

    event: str
    at: datetime
    on: date
    result: Result


class ExemptionGiven(NamedTuple):
    """A clinician saw a prescription: a positive finding of the analyte counts as explained from a day to another."""

    id: str
    analyte: str
    from_day: date
    to_day: date
    on: date


class ExemptionEnded(NamedTuple):
    """An exemption lasts no longer than a day that is earlier than was said."""

    exemption: str
    last_day: date
    on: date


class DrawOpened(NamedTuple):
    """A draw was sealed: 32 random bytes of which only the SHA-256 is shown."""

    id: str
    policy: str
    version: str
    sha256: str
    on: date


class DrawResealed(NamedTuple):
    """An open draw was given new bytes, because a copy of the old ones may be about."""

    draw: str
    sha256: str


class SlipPicked(NamedTuple):
    """A slip of an open draw was picked: the bytes are revealed, and make it the slip of a number (from 1)."""

    draw: str
    pick: int
    secret: str
    slip: int
    on: date


class SlipDrawnByHand(NamedTuple):
    """A slip was drawn from a real bowl, and its label recorded."""

    id: str
    policy: str
    version: str
    label: str
    on: date


class PrizeChosen(NamedTuple):
    """A prize was reserved: for a won slip of a size, or for an amount of a unit."""

    id: str
    prize: str
    size: str
    unit: str
    amount: int
    on: date


class PrizeHandedOver(NamedTuple):
    """A reserved prize was handed over."""

    redemption: str
    on: date


class RedemptionCancelled(NamedTuple):
    """A reserved prize went back into the cabinet, and what was given for it back to the participant."""

    redemption: str
    on: date


class PrizesTraded(NamedTuple):
    """Won prizes of a size were traded for one better; `more` is by how much more it is worth, in cents."""

    give: str
    number: int
    get: str
    more: int
    on: date


class Purged(NamedTuple):
    """The person behind the records was removed after the retention time."""

    on: date


class PrizeRestocked(NamedTuple):
    """So many of a prize were put into the cabinet."""

    prize: str
    number: int
    on: date


class StockCounted(NamedTuple):
    """A count of the cabinet found so many of a prize; the books said `expected`."""

    prize: str
    found: int
    expected: int
    on: date


class PolicyPublished(NamedTuple):
    """A version of a policy was published, to be taken from a day on; the SHA-256 is of its text."""

    id: str
    policy: str
    number: int
    from_day: date
    sha256: str


class ProgramSet(NamedTuple):
    """A program's terms were set, to hold from a day on; the SHA-256 is of its file's text."""

    id: str
    from_day: date
    sha256: str


class PolicyProposed(NamedTuple):
    """A version of a policy was proposed, to be taken from a day on, by running enrolments from `running_from` on.

    That is the end of days where they are left alone. The SHA-256 is of all that was proposed, with what was known of it.
    """

    id: str
    policy: str
    from_day: date
    running_from: date
    sha256: str


class ProposalAnswered(NamedTuple):
    """What became of a proposal: published without being asked, approved, declined or withdrawn; and the version that it is."""

    proposal: str
    answer: str
    version: str


class DayClosed(NamedTuple):
    """The clinic was closed on a day: nobody is expected, nothing is missed."""

    on: date


class DayReopened(NamedTuple):
    """A day that was marked closed by mistake is an ordinary one again."""

    on: date


class DayClosedOut(NamedTuple):
    """A day's list was closed out: what nobody recorded was missed, so many times."""

    on: date
    missed: int


class AuditSigned(NamedTuple):
    """An audit of a period was signed, for the so-many-th time; the SHA-256 is of the text of what was found."""

    id: str
    kind: str
    period: str
    number: int
    sha256: str


ParticipantFact = (
    Enrolled
    | Discharged
    | Moved
    | ConsentGiven
    | ConsentRevoked
    | VersionTaken
    | EventRecorded
    | ResultCorrected
    | ExemptionGiven
    | ExemptionEnded
    | DrawOpened
    | DrawResealed
    | SlipPicked
    | SlipDrawnByHand
    | PrizeChosen
    | PrizeHandedOver
    | RedemptionCancelled
    | PrizesTraded
    | Purged
)
ProgramFact = (
    PrizeRestocked
    | StockCounted
    | PolicyProposed
    | ProposalAnswered
    | PolicyPublished
    | ProgramSet
    | DayClosed
    | DayReopened
    | DayClosedOut
    | AuditSigned
)
Fact = ParticipantFact | ProgramFact

# The word of each kind of fact, as the log writes it. Words are never changed.
WORDS: dict[str, type[Fact]] = {
    "enrolled": Enrolled,
    "discharged": Discharged,
    "moved": Moved,
    "consent-given": ConsentGiven,
    "consent-revoked": ConsentRevoked,
    "version-taken": VersionTaken,
    "event-recorded": EventRecorded,
    "result-corrected": ResultCorrected,
    "exemption-given": ExemptionGiven,
    "exemption-ended": ExemptionEnded,
    "draw-opened": DrawOpened,
    "draw-resealed": DrawResealed,
    "slip-picked": SlipPicked,
    "slip-drawn-by-hand": SlipDrawnByHand,
    "prize-chosen": PrizeChosen,
    "prize-handed-over": PrizeHandedOver,
    "redemption-cancelled": RedemptionCancelled,
    "prizes-traded": PrizesTraded,
    "purged": Purged,
    "prize-restocked": PrizeRestocked,
    "stock-counted": StockCounted,
    "policy-proposed": PolicyProposed,
    "proposal-answered": ProposalAnswered,
    "policy-published": PolicyPublished,
    "program-set": ProgramSet,
    "day-closed": DayClosed,
    "day-reopened": DayReopened,
    "day-closed-out": DayClosedOut,
    "audit-signed": AuditSigned,
}
