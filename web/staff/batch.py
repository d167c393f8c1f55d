"""The batch form: what was ticked on a day sheet is recorded later, with the true times; every line, or none.

A line that says nothing is left for later. What somebody has recorded meanwhile is shown, and not asked for again.
"""

from collections.abc import Iterator
from datetime import date, datetime, time
from typing import NamedTuple

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cm_engine.actions.batch import BatchError, Line, record_batch
from cm_engine.actions.day import day
from cm_engine.actions.record import Happening
from cm_engine.actions.requests import Answer
from cm_engine.errors import CmError
from cm_engine.events import Kind, Result
from cm_engine.store.published import Running
from web.access import Permission
from web.at_hand import asked, engine
from web.at_hand import program as program_at
from web.doors import needs
from web.people import called_all
from web.staff.at_desk import day_of
from web.staff.rooms import staff
from web.staff.sheet import grouped

OUTCOMES: dict[str, tuple[tuple[str, str], ...]] = {
    "test": (("negative", "Negative"), ("positive", "Positive"), ("refused", "Refused"), ("invalid", "Not readable")),
    "attendance": (("attended", "Came"), ("late", "Late"), ("left-early", "Left early"), ("missed", "Absent")),
    "activity": (("completed", "Done"), ("incomplete", "Not done")),
}
READ_BY_PANEL = frozenset({"negative", "positive"})
UNTIMED = frozenset({"missed", "incomplete"})


class Written(NamedTuple):
    """What was typed on a line of the form, as it was typed."""

    participant: str
    kind: str
    session: str
    at: str
    outcome: str
    found: tuple[str, ...]

    @property
    def slot(self) -> tuple[str, str, str]:
        """Which visit it is of."""
        return self.participant, self.kind, self.session


class WrongError(Exception):
    """A line that cannot be read; the message says what would be right."""


@staff.get("/programs/<program>/days/<on>/batch")
@needs(Permission.RECORD)
def batch(program: str, on: str) -> ResponseReturnValue:
    """Show a line for each visit that is expected and not recorded."""
    return _page(program, day_of(on), [])


@staff.post("/programs/<program>/days/<on>/batch")
@needs(Permission.RECORD)
def batched(program: str, on: str) -> ResponseReturnValue:
    """Record every line that says something, or show what is wrong with which."""
    running, when, written = program_at(program), day_of(on), list(_written())
    said = [line for line in written if line.outcome]
    wrong: dict[tuple[str, str, str], str] = {}
    lines: list[Line] = []
    for line in said:
        try:
            lines.append(Line(line.participant, _happening(running, when, line)))
        except WrongError as error:
            wrong[line.slot] = str(error)
    if wrong or not said:
        refused = "" if wrong else "Nothing is filled in yet. Say what happened on one line at least."
        return _page(program, when, written, wrong, refused)
    try:
        answer = record_batch(engine(), asked(request.path), program, lines)
    except BatchError as error:
        wrong = {said[number].slot: _sentence(what) for number, what in error.lines.items()}
        return _page(program, when, written, wrong)
    except CmError as error:
        return _page(program, when, written, refused=_sentence(str(error)))
    flash(_told(answer), "good")
    return redirect(url_for("staff.day", program=program, on=when), 303)


def _written() -> Iterator[Written]:
    """Read the lines of the form, each under its number."""
    sent = request.form
    for number in sent.getlist("line"):
        yield Written(
            sent.get(f"participant-{number}", ""),
            sent.get(f"kind-{number}", ""),
            sent.get(f"session-{number}", ""),
            sent.get(f"at-{number}", "").strip(),
            sent.get(f"outcome-{number}", ""),
            tuple(sent.getlist(f"found-{number}")),
        )


def _happening(running: Running, on: date, line: Written) -> Happening:
    """Give what a line says. Raises WrongError where it cannot be."""
    kinds: dict[str, Kind] = {"test": "test", "attendance": "attendance", "activity": "activity"}
    if line.kind not in kinds or line.outcome not in dict(OUTCOMES[line.kind]):
        raise WrongError("Choose one of what is offered here.")
    return Happening(_at(running, on, line), kinds[line.kind], _result(running, on, line), line.session)


def _at(running: Running, on: date, line: Written) -> datetime | date:
    """Give the moment of a line; the day, where it is at no time."""
    if not line.at and (line.kind == "activity" or line.outcome in UNTIMED):
        return on
    at = _time(line.at)
    if at is None:
        raise WrongError("When was it? Write the time that stands on the sheet, such as 10:05.")
    moment = datetime.combine(on, at, running.zone)
    if moment > engine().clock():
        raise WrongError("This time has not come yet. Write when it was.")
    return moment


def _time(typed: str) -> time | None:
    try:
        return time.fromisoformat(typed.zfill(5)) if typed else None
    except ValueError:
        return None


def _result(running: Running, on: date, line: Written) -> Result:
    """Give the result of a line: a test that was read, with a finding for each analyte of the panel."""
    panel = running.on(on).testing.panel
    if line.kind != "test" or line.outcome not in READ_BY_PANEL or not panel:
        return Result(line.outcome)
    found = [analyte for analyte in panel if analyte in line.found]
    if line.outcome == "positive" and not found:
        raise WrongError("For what was it positive? Tick it.")
    if line.outcome == "negative" and found:
        raise WrongError("It is said to be negative, and something is ticked as found. Which is right?")
    return Result("", tuple((analyte, "positive" if analyte in found else "negative") for analyte in sorted(panel)))


def _told(answer: Answer) -> str:
    there = sum(line["already_there"] for line in answer["lines"])
    done = len(answer["lines"]) - there
    also = f" {there} {'was' if there == 1 else 'were'} there already." if there else ""
    return f"{done} {'visit is' if done == 1 else 'visits are'} recorded.{also}"


def _sentence(said: str) -> str:
    return f"{said[:1].upper()}{said[1:]}."


def _page(
    program: str,
    on: date,
    written: list[Written],
    wrong: dict[tuple[str, str, str], str] | None = None,
    refused: str = "",
) -> ResponseReturnValue:
    running, told = program_at(program), day(engine(), program, on)
    visits = [visit for visit in told["visits"] if visit["is_expected"]]
    left = [visit for visit in visits if not visit["event"]]
    names = called_all({visit["participant"] for visit in visits}, short=True)
    asked_for = {(visit["participant"], visit["kind"], visit["session"]) for visit in left}
    page = render_template(
        "staff/batch.html",
        program=program,
        on=on,
        has_come=on.isoformat() <= told["today"],
        groups=grouped(left, names),
        done=grouped([visit for visit in visits if visit["event"]], names),
        names=names,
        outcomes=OUTCOMES,
        panel=running.on(on).testing.panel,
        written={line.slot: line for line in written},
        wrong=wrong or {},
        elsewhere=[
            (names.get(slot[0], "Somebody"), slot[2], said)
            for slot, said in (wrong or {}).items()
            if slot not in asked_for
        ],
        refused=refused,
    )
    return page, 422 if wrong or refused else 200
