"""Rows of an events file: what each cell may say, whatever format the file has.

The whole file is checked, and every mistake told with its line and column, before anything is done with it.
"""

from collections import defaultdict
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from functools import partial
from typing import NamedTuple
from unicodedata import normalize

from cm_engine.errors import Mistake, nearest, quoted
from cm_engine.events import FINDINGS, KINDS, OUTCOMES, VOID, YEARS, Event, Finding, Kind, Result

A_DATE = 'write a date like "2026-01-05", or a date-time like "2026-01-05T09:30" or "2026-01-05T09:30-08:00"'

TAKEN = "is the id of an earlier row already; give each event an id of its own"

_OF_A_DATE = frozenset("0123456789-:.,+TtWZz ")


class Row(NamedTuple):
    """The cells of one row, as text; a column that the file does not have is empty."""

    participant: str
    at: str
    kind: str
    outcome: str = ""
    analytes: str = ""
    session: str = ""
    id: str = ""
    corrects: str = ""
    reason: str = ""
    note: str = ""


COLUMNS = Row._fields
REQUIRED = COLUMNS[:3]

# Makes an event of its fields in their order, at two thirds of the price of calling Event: there is one for every row.
_event: Callable[[tuple[object, ...]], Event] = partial(tuple.__new__, Event)

# Tells a mistake of a row: the column, and what is wrong in it.
Note = Callable[[str, str], None]


# Finds an event that is not in the file by its id: what a correction may be of.
Elsewhere = Callable[[str], Event | None]


def nowhere(_: str) -> None:
    """Find no event."""


class _Moment(NamedTuple):
    at: datetime
    on: date
    written: str


@dataclass
class Rows:
    """The rows of one file: taken one by one, then handed out as events of each participant."""

    zone: tzinfo
    analytes: Collection[str]
    elsewhere: Elsewhere = nowhere
    mistakes: list[Mistake] = field(default_factory=list)
    _people: defaultdict[str, list[Event]] = field(default_factory=lambda: defaultdict(list))
    _by_id: dict[str, Event] = field(default_factory=dict)
    _broken_ids: set[str] = field(default_factory=set)
    _moments: dict[str, _Moment] = field(default_factory=dict)
    _results: dict[tuple[str, str, str], tuple[Kind, Result]] = field(default_factory=dict)
    _codes: dict[str, str] = field(default_factory=dict)
    _sessions: dict[str, str] = field(default_factory=dict)

    def take(self, line: int, cells: tuple[str, ...]) -> None:
        """Take the row that stands on a line, its cells in the order of COLUMNS; its mistakes are noted."""
        participant, at, kind, outcome, analytes, session, id_, corrects, reason, note = cells
        try:
            moment, on, written_at = self._moments[at]
            known_kind, result = self._results[kind, outcome, analytes]
            code = self._codes[participant]
            held = self._sessions[session]
        except KeyError:
            if self._learn(line, Row._make(cells)):
                self.take(line, cells)
            else:
                self._break(line, id_.strip())
            return
        id_, corrects = id_.strip(), corrects.strip()
        if result.outcome == VOID and not corrects:
            self._wrong(
                line, "outcome", 'void says that an event was entered in error: name it in the column "corrects"'
            )
            self._break(line, id_)
            return
        event = _event((code, moment, on, written_at, line, known_kind, result, held, id_, corrects, reason, note))
        if not id_ or self._is_new(event):
            self._people[code].append(event)

    def refuse(self, line: int, where: str, what: str, broken_id: str = "") -> None:
        """Note a row that could not be taken at all, and its id where that is known."""
        self._wrong(line, where, what)
        self._break(line, broken_id)

    def people(self) -> dict[str, list[Event]]:
        """Check what rows say of one another, and give the events by participant, in the order of their first rows."""
        for events in self._people.values():
            for place, event in enumerate(events):
                if event.corrects:
                    events[place] = self._corrected(event)
        return self._people

    def _break(self, line: int, id_: str) -> None:
        """Remember the id of a row with a mistake, so that a correction of it is not blamed for that."""
        if id_:
            if id_ in self._broken_ids or id_ in self._by_id:
                self._wrong(line, "id", f"{quoted(id_)} {TAKEN}")
            self._broken_ids.add(id_)

    def _wrong(self, line: int, column: str, what: str) -> None:
        self.mistakes.append(Mistake(line, column, what))

    def _learn(self, line: int, row: Row) -> bool:
        """Read and remember the cells that are new to this file; False where there is a mistake."""
        before = len(self.mistakes)
        note = partial(self._wrong, line)
        if not row.participant.strip():
            note("participant", "is missing; every row names its participant by a code")
        for column, text, known in (
            ("participant", row.participant, self._codes),
            ("session", row.session, self._sessions),
        ):
            word = text.strip()
            if not word.isprintable():
                note(column, f"{quoted(word)} has characters that cannot be shown; write it on one line")
            elif word or column == "session":
                known[text] = word
        if moment := _moment(row.at, self.zone, note):
            self._moments[row.at] = moment
        if result := self._result(row, note):
            self._results[row.kind, row.outcome, row.analytes] = result
        return len(self.mistakes) == before

    def _result(self, row: Row, note: Note) -> tuple[Kind, Result] | None:
        kind, outcome = row.kind.strip(), row.outcome.strip()
        if kind not in KINDS:
            what = f"{quoted(kind)} is not a kind of event{nearest(kind, KINDS)}" if kind else "is missing"
            note("kind", f"{what} ({' '.join(KINDS)})")
            return None
        before = len(self.mistakes)
        if what := _wrong_outcome(kind, outcome, told=bool(row.analytes.strip("; "))):
            note("outcome", what)
        findings = self._findings(kind, row.analytes, note)
        return (kind, Result(outcome, () if outcome == VOID else findings)) if len(self.mistakes) == before else None

    def _findings(self, kind: Kind, text: str, note: Note) -> tuple[tuple[str, Finding], ...]:
        findings: dict[str, Finding] = {}
        for written in filter(None, (part.strip() for part in text.split(";"))):
            name, equals, found = (part.strip() for part in written.partition("="))
            if not equals:
                note("analytes", f"{quoted(written)} has no finding; write {quoted(written + '=negative')}")
            elif name not in self.analytes:
                hint = nearest(name, self.analytes) or "; the settings can add it"
                note("analytes", f"{quoted(name)} is not a known analyte{hint}")
            elif found not in FINDINGS:
                note("analytes", f"{quoted(found)} is not a finding{nearest(found, FINDINGS)} ({' '.join(FINDINGS)})")
            elif name in findings:
                note("analytes", f"{name} stands there twice; one finding is right")
            else:
                findings[name] = found
        if findings and kind != "test":
            note("analytes", f"only a test has analytes, and this is {kind}; leave the cell empty")
        return tuple(sorted(findings.items()))

    def _is_new(self, event: Event) -> bool:
        """Tell a new event from a repeated row; the same id with other content is a mistake."""
        known = self._by_id.setdefault(event.id, event)
        if known is event:
            if event.id in self._broken_ids:
                self._wrong(event.place, "id", f"{quoted(event.id)} {TAKEN}")
            if not event.id.isprintable():
                self._wrong(event.place, "id", f"{quoted(event.id)} has characters that cannot be shown")
            return True
        differs = [column for column in COLUMNS if _content(known, column) != _content(event, column)]
        if differs:
            what = f"{quoted(event.id)} is the id of line {known.place} already, with another {', '.join(differs)}"
            self._wrong(event.place, "id", f"{what}; give each event an id of its own")
        return False

    def _corrected(self, correction: Event) -> Event:
        """Check a correction against its event, and give it the event's session."""
        named = f"{quoted(correction.corrects)}"
        original = self._by_id.get(correction.corrects) or self.elsewhere(correction.corrects)
        if correction.corrects == correction.id:
            self._wrong(correction.place, "corrects", "a row cannot correct itself; name the id of the original event")
            return correction
        if original is None:
            if correction.corrects not in self._broken_ids:
                self._wrong(correction.place, "corrects", f"no event has the id {named}")
            return correction
        for what in _mismatches(correction, original):
            self._wrong(correction.place, "corrects", f"{named} {what}")
        return correction._replace(session=original.session)


def _wrong_outcome(kind: Kind, outcome: str, *, told: bool) -> str:
    """Say what is wrong with an outcome; empty where nothing is. `told` by analytes, a test needs none."""
    known = OUTCOMES[kind]
    if outcome in known or outcome == VOID or (not outcome and told and kind == "test"):
        return ""
    choice = f"({' '.join(known)})"
    if outcome:
        return f"{quoted(outcome)} is not an outcome of {_a(kind)}{nearest(outcome, (*known, VOID))} {choice}"
    return f"is missing; {_a(kind)} needs {'an outcome or analytes' if kind == 'test' else 'one'} {choice}"


def _a(kind: Kind) -> str:
    return {"test": "a test", "activity": "an activity"}.get(kind, kind)


def _moment(written: str, zone: tzinfo, note: Note) -> _Moment | None:
    text = written.strip()
    if not text:
        note("at", f"is missing; {A_DATE}")
        return None
    try:
        parsed = datetime.fromisoformat(text if _OF_A_DATE.issuperset(text) else "")
    except ValueError:
        note("at", f"{quoted(text)} is not a date; {A_DATE}")
        return None
    if parsed.year not in YEARS:
        note("at", f"the year {parsed.year} is not believable; {A_DATE}")
        return None
    here = parsed.replace(tzinfo=zone) if parsed.tzinfo is None else parsed.astimezone(zone)
    return _Moment(here.astimezone(UTC), here.date(), text)


def _content(event: Event, column: str) -> object:
    value = getattr(event.result if column in {"outcome", "analytes"} else event, column)
    return value.strip() if isinstance(value, str) else value


def _is_kept_as(correction: Event, original: Event) -> bool:
    """Tell whether a correction names the participant of an event in the books, where codes have one form only."""
    return not original.place and normalize("NFC", correction.participant) == original.participant


def _mismatches(correction: Event, original: Event) -> list[str]:
    wrong = []
    if original.corrects:
        wrong.append(f"is a correction itself; name the original event, {quoted(original.corrects)}")
    if correction.participant != original.participant and not _is_kept_as(correction, original):
        wrong.append("is an event of another participant")
    if correction.kind != original.kind:
        wrong.append(f"is {_a(original.kind)}, not {_a(correction.kind)}; to undo it, correct it to void")
    if correction.session and correction.session != original.session:
        wrong.append("is of another session; to undo it, correct it to void")
    if correction.on < original.on:
        wrong.append(f"is dated {original.on}, after this correction; a correction is dated when it was made")
    return wrong
