"""What happened: tests, attendance and activities, as they were verified and recorded."""

from datetime import date, datetime
from typing import Literal, NamedTuple

Kind = Literal["test", "attendance", "activity"]
Finding = Literal["negative", "positive", "explained"]

# The outcomes of each kind of event, in the order in which people are told of them.
OUTCOMES: dict[Kind, tuple[str, ...]] = {
    "test": ("negative", "positive", "refused", "invalid", "insufficient", "missed", "excused", "pending", "cancelled"),
    "attendance": ("attended", "late", "left-early", "missed", "excused", "cancelled"),
    "activity": ("completed", "incomplete", "excused"),
}
KINDS: tuple[Kind, ...] = tuple(OUTCOMES)

# Outcomes of a test that stand whatever its analytes say: there was no specimen to read, or it cannot be read.
STANDING = frozenset({"refused", "invalid", "insufficient", "missed", "excused", "pending", "cancelled"})

# What a correction says of an event that was entered in error.
VOID = "void"

FINDINGS: tuple[Finding, ...] = ("negative", "positive", "explained")

ANALYTES = frozenset(
    """
    alcohol amphetamine barbiturate benzodiazepine buprenorphine cocaine ethyl-glucuronide fentanyl mdma methadone
    methamphetamine nicotine opiate opioid oxycodone pcp propoxyphene thc tramadol xylazine
    """.split()
)


# The years that a date may lie in; another is a slip of the pen.
YEARS = range(1900, 2200)


def slot_of(kind: Kind, session: str) -> tuple[Kind, str]:
    """Give the slot of a day that an event is in; tests share one, whatever their session is called."""
    return kind, "" if kind == "test" else session


class Result(NamedTuple):
    """What an event showed: its outcome and, for a test, what was found of each analyte (name, finding), by name.

    `outcome` is empty for a test that is told by its analytes alone.
    """

    outcome: str
    analytes: tuple[tuple[str, Finding], ...] = ()

    @property
    def came_out(self) -> str:
        """What it came out as, whichever analytes a policy looks at: positive where any is."""
        return self.outcome or ("positive" if "positive" in dict(self.analytes).values() else "negative")


class Event(NamedTuple):
    """One thing that happened to one participant, or the correction of one.

    `at` orders events (UTC); `on` is the date in the site's time zone; `written_at` is how the sender wrote it. `place`
    is where the event stands among others of the same moment: in a file, its line. `corrects` is the sender's id of the
    event that this one corrects, or empty.
    """

    participant: str
    at: datetime
    on: date
    written_at: str
    place: int
    kind: Kind
    result: Result
    session: str = ""
    id: str = ""
    corrects: str = ""
    reason: str = ""
    note: str = ""

    @property
    def slot(self) -> tuple[Kind, str]:
        """What it is one of on its day: a test, or the attendance or activity of a session."""
        return slot_of(self.kind, self.session)

    @property
    def name(self) -> str:
        """How records call the event: the sender's id, or the line of the file it stands on."""
        return self.id or f"line {self.place}"
