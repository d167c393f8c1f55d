"""Navigation: the rooms that a viewer may go to."""

from typing import Any, NamedTuple

from flask import current_app, g, request, session, url_for

from cm_engine.store.published import Running
from web.access import Permission
from web.at_hand import published
from web.viewer import is_signed_in, viewer

# Under this name a session keeps which program somebody worked with last.
PROGRAM = "program"


class Room(NamedTuple):
    """A room: its name, the view that leads into it, who may go there, and whether it is of a program."""

    name: str
    endpoint: str
    permission: Permission
    is_of_program: bool = True
    also: tuple[str, ...] = ()


# What is done for one person.
OF_PERSON = (
    "staff.card",
    "staff.consents",
    "staff.correct",
    "staff.correct_it",
    "staff.discharge",
    "staff.excuse",
    "staff.excuse_it",
    "staff.log_test",
    "staff.pin",
    "staff.pin_code",
    "staff.readmit",
    "staff.step_over",
    "staff.test",
)

ROOMS = (
    Room("Day", "staff.today", Permission.SEE_DAY, also=("staff.day", "staff.group", "staff.sheet", "staff.batch")),
    Room(
        "People", "staff.find", Permission.FIND_PEOPLE, also=("staff.person", "staff.enrol", "staff.visit", *OF_PERSON)
    ),
    Room("Prizes", "staff.handovers", Permission.HAND_OVER, also=("staff.prizes",)),
    Room("Cabinet", "staff.cabinet", Permission.STOCK),
    Room("Remarks", "staff.notes", Permission.ANSWER_REMARKS),
    Room("Overview", "manager.overview", Permission.SEE_FIGURES, also=("manager.near",)),
    Room("Policies", "manager.policies", Permission.SEE_POLICIES, also=("manager.version", "manager.differences")),
    Room(
        "Studio",
        "studio.drafts",
        Permission.DRAFT_POLICIES,
        also=(
            "studio.begin",
            "studio.beside",
            "studio.change_draft",
            "studio.draft_text",
            "studio.edit",
            "studio.publish",
            "studio.publishing",
            "studio.take_text",
            "studio.what_if_told",
        ),
    ),
    Room("Proposals", "studio.proposals", Permission.APPROVE_POLICIES, also=("studio.proposal",)),
    Room("Audits", "manager.audits", Permission.SIGN_AUDITS, also=("manager.audit", "manager.sign", "manager.signed")),
    Room("Team", "manager.team", Permission.SEE_TEAM),
    Room("Exports", "manager.exports", Permission.EXPORT),
    Room(
        "Staff", "admin.people", Permission.MANAGE_STAFF, is_of_program=False, also=("admin.add_person", "admin.person")
    ),
    Room(
        "Programs",
        "admin.sites",
        Permission.MANAGE_PROGRAMS,
        is_of_program=False,
        also=("admin.program", "admin.change_program", "admin.check_or_set", "admin.new_program"),
    ),
    Room("Kiosks", "admin.kiosks", Permission.MANAGE_KIOSKS, is_of_program=False),
    Room("Tokens", "admin.tokens", Permission.MANAGE_TOKENS, is_of_program=False, also=("admin.make_token",)),
    Room("Awards", "admin.awards", Permission.TRACE_AWARDS, is_of_program=False, also=("admin.trail",)),
    Room("Activity", "admin.activity", Permission.SEE_ACTIVITY, is_of_program=False, also=("admin.record_viewers",)),
    Room("Status", "admin.status", Permission.SEE_STATUS, is_of_program=False),
)


# Where somebody begins: the first of these that is open to them, or else their first room.
HOMES = ("Day", "Overview", "Staff")


class Link(NamedTuple):
    """A room as the navigation shows it."""

    name: str
    address: str
    is_here: bool


def programs_of_viewer() -> list[Running]:
    """Give the programs at the sites where the viewer has a role, by title."""
    found = [running for running in published().programs.values() if running.site in viewer().roles]
    return sorted(found, key=lambda running: (running.terms[-1][1].title, running.id))


def program_at_hand() -> Running | None:
    """Give the program of the address, or the one worked with last, or the viewer's first; None where there is none."""
    programs = {running.id: running for running in programs_of_viewer()}
    named = (request.view_args or {}).get("program")
    for id_ in (named, g.get("program"), session.get(PROGRAM)):
        if id_ in programs:
            if session.get(PROGRAM) != id_:
                session[PROGRAM] = id_
            return programs[id_]
    return next(iter(programs.values()), None)


def links(running: Running | None) -> list[Link]:
    """Give the rooms that the viewer may go to, with the program at hand."""
    return [_link(room, running) for room in ROOMS if _is_open(room, running)]


def home() -> str | None:
    """Give the address of the room that the viewer begins in; None where there is none."""
    found = {link.name: link.address for link in links(program_at_hand())}
    begins = next((found[name] for name in HOMES if name in found), None)
    return begins or next(iter(found.values()), None)


def context() -> dict[str, Any]:
    """Give what every page of the staff's needs of it; one that stands alone needs nothing."""
    if g.get("is_alone") or not is_signed_in():
        return {}
    running = program_at_hand()
    return {"viewer": viewer(), "rooms": links(running), "running": running, "programs": programs_of_viewer()}


def _is_open(room: Room, running: Running | None) -> bool:
    if room.endpoint not in current_app.view_functions:
        return False
    if not room.is_of_program:
        return viewer().may(room.permission)
    return running is not None and viewer().may(room.permission, running.site)


def _link(room: Room, running: Running | None) -> Link:
    ids: dict[str, Any] = {"program": running.id} if room.is_of_program and running else {}
    return Link(room.name, url_for(room.endpoint, **ids), request.endpoint in {room.endpoint, *room.also})
