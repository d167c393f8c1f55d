"""The day on one page: who is expected, who came, what is to be recorded with one tap, and what is said of the day itself."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cm_engine.actions import close_out
from cm_engine.actions.day import day as told_day
from cm_engine.actions.record import Happening, record
from cm_engine.actions.requests import ConflictError
from cm_engine.events import Result
from cm_engine.standing import RefusedError
from web.access import Permission
from web.at_hand import asked, engine, program, today
from web.doors import needs
from web.people import called_all
from web.staff.at_desk import CAME, DONE, SEEN, asked_day, asked_program, begins, day_of, time_of
from web.staff.rooms import staff
from web.viewer import viewer

ONE_DAY = timedelta(days=1)
EXCUSED = "excused"
LONGEST_REASON = 200

# What is tapped at once for each kind of visit, and what lies behind one tap more.
TAPS = {
    "test": {"quick": (("missed", "Missed"),), "more": ()},
    "attendance": {
        "quick": tuple(tap for tap in CAME if tap[0] != "left-early"),
        "more": tuple(tap for tap in CAME if tap[0] == "left-early"),
    },
    "activity": {"quick": DONE, "more": ()},
}


@staff.get("/programs/<program>/today", endpoint="today")
@needs(Permission.SEE_DAY)
def go_to_day(program: str) -> ResponseReturnValue:
    """Go to the day that it is at the site; or to the one that was asked for."""
    return redirect(url_for("staff.day", program=program, on=_wanted(program).isoformat()), 303)


@staff.get("/programs/<program>/days/<on>")
@needs(Permission.SEE_DAY)
def day(program: str, on: str) -> ResponseReturnValue:
    """Show a day."""
    return day_page(program, day_of(on))


@staff.post("/people/<participant>/visits")
@needs(Permission.RECORD)
def quick(participant: str) -> ResponseReturnValue:
    """Record with one tap that somebody came, was late or missed, and go back to the day; why somebody is excused is asked."""
    running, on = asked_program(), asked_day()
    sent = request.form
    kind, session = sent.get("kind", ""), sent.get("session", "")
    if sent.get("outcome") == EXCUSED:
        slot = {"program": running.id, "on": on.isoformat(), "kind": kind, "session": session}
        return redirect(f"{url_for('staff.excuse', participant=participant)}?{urlencode(slot)}", 303)
    if sent.get("outcome") not in _offered(kind):
        return day_page(
            running.id, on, refused="Tap one of what is offered; a test's findings are logged.", about=participant
        )
    happening = Happening(
        begins(on, time_of(sent.get("at", ""))),
        kind,  # type: ignore[arg-type]  # the engine refuses what is none
        Result(sent.get("outcome", "")),
        session,
    )
    try:
        answer = record(engine(), asked(f"{participant} {kind} {session}"), participant, happening, at_the_desk=True)
    except (RefusedError, ConflictError) as error:
        return day_page(running.id, on, refused=str(error), about=participant)
    back = url_for("staff.day", program=running.id, on=on.isoformat(), done=answer["event"])
    return redirect(f"{back}#v-{answer['event']}", 303)


@staff.post("/programs/<program>/days/<on>/confirm")
@needs(Permission.CONFIRM_DAY)
def confirm(program: str, on: str) -> ResponseReturnValue:
    """Say that a day's list is right."""
    return _say(program, day_of(on), lambda when: close_out.confirm_day(engine(), asked(), program, when))


@staff.post("/programs/<program>/days/<on>/close")
@needs(Permission.CLOSE_DAY)
def close(program: str, on: str) -> ResponseReturnValue:
    """Mark a day as closed, with the reason."""
    return _say_why(program, on, close_out.close_day)


@staff.post("/programs/<program>/days/<on>/reopen")
@needs(Permission.CLOSE_DAY)
def reopen(program: str, on: str) -> ResponseReturnValue:
    """Take back that a day is closed."""
    return _say_why(program, on, close_out.reopen_day)


def day_page(id_: str, on: date, *, refused: str = "", about: str = "") -> ResponseReturnValue:
    """Make the page of a day; with what was refused, and about whom, where something was."""
    running = program(id_)
    told = told_day(engine(), id_, on)
    names = called_all({visit["participant"] for visit in told["visits"]} | set(told["collect"]))
    done = next(
        (visit for visit in told["visits"] if visit["event"] and visit["event"] == request.args.get("done")), None
    )
    page = render_template(
        "staff/day.html",
        told=told,
        on=on,
        earlier=on - ONE_DAY,
        later=on + ONE_DAY,
        is_today=on == today(running),
        has_come=on <= today(running),
        groups=_groups(told, names),
        collecting=sorted(told["collect"], key=lambda who: names[who].casefold()),
        waiting=_waiting(id_, on),
        would_excuse=sum(map(_would_excuse, told["visits"])),
        names=names,
        pages={who: url_for("staff.person", participant=who) for who in names},
        done=done,
        refused=refused,
        about=names.get(about, ""),
        taps=TAPS,
        looks=SEEN,
        zone=running.zone,
        may=_may(running.site),
    )
    return page, 422 if refused else 200


def _offered(kind: str) -> set[str]:
    """Give what can be tapped for a kind of visit; nothing for what is none."""
    taps = TAPS.get(kind, {"quick": (), "more": ()})
    return {outcome for outcome, _ in (*taps["quick"], *taps["more"])}


def _wanted(id_: str) -> date:
    written = request.args.get("on", "")
    return day_of(written) if written else today(program(id_))


def _say_why(id_: str, on: str, act: Callable[..., object]) -> ResponseReturnValue:
    reason = request.form.get("reason", "").strip()[:LONGEST_REASON]
    if not reason:
        return day_page(id_, day_of(on), refused="Say why: whoever checks the day later reads it.")
    return _say(id_, day_of(on), lambda when: act(engine(), asked(), id_, when, reason))


def _say(id_: str, on: date, act: Callable[[date], object]) -> ResponseReturnValue:
    try:
        act(on)
    except (RefusedError, ConflictError) as error:
        return day_page(id_, on, refused=str(error))
    return redirect(url_for("staff.day", program=id_, on=on.isoformat()), 303)


def _would_excuse(visit: Mapping[str, Any]) -> bool:
    """Tell whether closing the day would excuse a visit: nothing is recorded of it, or that it was missed."""
    return visit["is_expected"] and (not visit["event"] or visit["outcome"] == close_out.ABSENT[visit["kind"]])


def _waiting(id_: str, on: date) -> dict[date, str]:
    """Give the earlier days that wait for a person, but for the one that is shown; only to who may do something about it."""
    if not viewer().may(Permission.CONFIRM_DAY, program(id_).site):
        return {}
    return {day: why for day, why in close_out.days_that_wait(engine(), id_).items() if day != on}


def _groups(told: Mapping[str, Any], names: Mapping[str, str]) -> list[dict[str, Any]]:
    """Put the visits of a day together: tests first, then what begins at a time, what is open, and who was not expected."""
    groups: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for visit in told["visits"]:
        where = (not visit["is_expected"], visit["kind"] != "test", visit["at"] or "~", visit["kind"], visit["session"])
        groups.setdefault(where if visit["is_expected"] else where[:1], []).append(visit)
    return [
        {
            "is_expected": not where[0],
            **{key: people[0][key] for key in ("kind", "session", "at")},
            "visits": sorted(people, key=lambda visit: names[visit["participant"]].casefold()),
            "recorded": sum(visit["event"] is not None for visit in people),
        }
        for where, people in sorted(groups.items())
    ]


def _may(site: str) -> dict[str, bool]:
    asking = {
        "record": Permission.RECORD,
        "undo": Permission.UNDO,
        "excuse": Permission.EXCUSE,
        "confirm": Permission.CONFIRM_DAY,
        "close": Permission.CLOSE_DAY,
        "find": Permission.FIND_PEOPLE,
        "enrol": Permission.ENROL,
    }
    return {word: viewer().may(permission, site) for word, permission in asking.items()}
