"""A whole group on one screen: everybody starts with nothing, one tap says that all came, and one more records it."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cm_engine.actions.correct import excuse
from cm_engine.actions.day import day as told_day
from cm_engine.actions.record import Happening, record
from cm_engine.actions.requests import ConflictError
from cm_engine.events import Result
from cm_engine.specimens import EXCUSES
from cm_engine.standing import RefusedError
from web.access import Permission
from web.at_hand import asked, engine, today
from web.at_hand import program as program_at
from web.doors import needs
from web.people import called_all
from web.staff.at_desk import CAME, SEEN, begins, day_of, time_of
from web.staff.rooms import staff

EXCUSED = "excused"
MARKS = (*CAME, (EXCUSED, "Excused"))

# What a form says of people: how each was marked, and why they are excused.
Marks = dict[str, tuple[str, str]]


@staff.get("/programs/<program>/days/<on>/groups/<session>")
@needs(Permission.RECORD)
def group(program: str, on: str, session: str) -> ResponseReturnValue:
    """Show who belongs to a group, with what is recorded."""
    return _page(program, day_of(on), session, {}, {})


@staff.post("/programs/<program>/days/<on>/groups/<session>")
@needs(Permission.RECORD)
def record_group(program: str, on: str, session: str) -> ResponseReturnValue:
    """Record everybody who is marked, each once however often it is sent; who is refused is told, and the others are recorded.

    What somebody else has recorded meanwhile, and just so, is as good as recorded.
    """
    day, at = day_of(on), request.values.get("at", "")
    people = _expected(program, day, session, at)
    marks = _marks(people)
    if request.form.get("do") == "all":
        all_came = {one["participant"]: ("attended", "") for one in people if not one["event"]}
        return _page(program, day, session, {**all_came, **marks}, {})
    refused = {who: said for who, mark in marks.items() if (said := _record(who, day, session, at, mark))}
    if refused:
        there = {one["participant"]: one["outcome"] for one in _expected(program, day, session, at)}
        refused = {who: said for who, said in refused.items() if there[who] != marks[who][0]}
    if refused or not marks:
        return _page(program, day, session, marks, refused, is_empty=not marks)
    return redirect(url_for("staff.group", program=program, on=on, session=session, at=at, done=len(marks)), 303)


def _expected(id_: str, on: date, session: str, at: str) -> list[dict[str, Any]]:
    """Give whoever is expected in a group of a day; there is no such page where nobody ever is."""
    visits = told_day(engine(), id_, on)["visits"]
    people = [
        visit
        for visit in visits
        if (visit["kind"], visit["session"]) == ("attendance", session) and (visit["at"] or "") == at
    ]
    if not people:
        abort(404)
    return people


def _marks(people: list[dict[str, Any]]) -> Marks:
    """Read how those are marked who are expected."""
    known = {value for value, _ in MARKS}
    sent = request.form
    marked = {one["participant"]: sent.get(f"mark-{one['participant']}", "") for one in people}
    return {who: (mark, sent.get(f"why-{who}", "")) for who, mark in marked.items() if mark in known}


def _record(who: str, on: date, session: str, at: str, mark: tuple[str, str]) -> str:
    """Record one of the group; give what was refused, empty where it went well."""
    outcome, why = mark
    try:
        if outcome == EXCUSED:
            if why not in EXCUSES:
                return "choose why they are excused"
            excuse(engine(), asked(who), who, on, "attendance", session, why)
        else:
            happening = Happening(begins(on, time_of(at)), "attendance", Result(outcome), session)
            record(engine(), asked(who), who, happening, at_the_desk=True)
    except (RefusedError, ConflictError) as error:
        return str(error)
    return ""


def _page(
    id_: str, on: date, session: str, marks: Marks, refused: Mapping[str, str], *, is_empty: bool = False
) -> ResponseReturnValue:
    at = request.values.get("at", "")
    people = _expected(id_, on, session, at)
    names = called_all([one["participant"] for one in people], short=True)
    page = render_template(
        "staff/group.html",
        program=id_,
        on=on,
        session=session,
        at=at,
        people=sorted(people, key=lambda one: names[one["participant"]].casefold()),
        names=names,
        marks=marks,
        refused=refused,
        is_empty=is_empty,
        left=[one for one in people if not one["event"]],
        has_come=on <= today(program_at(id_)),
        done=request.args.get("done", type=int) if request.method == "GET" else None,
        choices=MARKS,
        excuses=EXCUSES,
        looks=SEEN,
    )
    return page, 422 if refused or is_empty else 200
