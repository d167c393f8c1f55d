"""The editor: a draft's terms as controls, and beside them, live, what it would pay and cost."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

from flask import render_template, request, session
from flask.typing import ResponseReturnValue

from cm_engine.actions.change_program import earliest
from cm_engine.actions.drafts import EditedMeanwhileError
from cm_engine.actions.learn_behaviour import learn_behaviour
from cm_engine.engine import Engine
from cm_engine.errors import CmError
from cm_engine.exchange.policy_file import policy_text
from cm_engine.forecast.forecasting import ForecastError
from cm_engine.learning import Learned
from cm_engine.policies.contract import Policy
from cm_engine.store.drafts import Draft
from cm_engine.store.published import Running, Version
from cm_engine.timetable import Schedule
from web.access import Permission
from web.at_hand import engine, new_key, published, today
from web.at_hand import program as running_of
from web.charts import drawn
from web.doors import needs
from web.filters import day, moment
from web.studio import at_draft
from web.studio.controls import Group, marked, says, stands
from web.studio.figures import Figures, figures
from web.studio.plan import BEHAVIOURS, FIELDS, FILE, Planned, at_first, read_plan
from web.studio.posted import added, removed, table_of
from web.studio.reading import Read, read_table, read_text
from web.studio.rewards import next_told
from web.studio.rooms import studio
from web.studio.words import already, in_force, said
from web.viewer import viewer

# Under this name a session keeps for whom figures were told last; a file of one's own is too long for it.
KEPT = "plan"

# The live page asks for what changes alone.
PART = "X-Part"

# What is done without reading the form.
TURNS = ("undo", "redo")

UNPROCESSABLE = 422

# What is open when somebody comes: what is changed most.
OPEN = frozenset({"Ladder", "Bowl"})


@dataclass
class Desk:
    """What lies on the desk of an editor: the draft as it was read, for whom it is told, and what it is held against."""

    running: Running
    draft: Draft
    read: Read
    planned: Planned
    refused: CmError | None = None

    @property
    def against(self) -> Version | None:
        """The latest version of the policy whose place the draft takes."""
        return in_force(self.running, self.draft.policy)


@studio.get("/programs/<program>/studio/<draft>")
@needs(Permission.DRAFT_POLICIES)
def edit(program: str, draft: str) -> ResponseReturnValue:
    """Show a draft as it is kept."""
    running, found = running_of(program), at_draft.draft_of(program, draft)
    read = read_text(found.text)
    return _page(Desk(running, found, read, planned(running, found.policy, read, session.get(KEPT, {}))))


@studio.post("/programs/<program>/studio/<draft>")
@needs(Permission.DRAFT_POLICIES)
def change_draft(program: str, draft: str) -> ResponseReturnValue:
    """Keep what was changed, add or take away a row, undo or redo; and show what comes of it."""
    running, found = running_of(program), at_draft.draft_of(program, draft)
    deed, _, where = request.form.get("do", "save").partition(":")
    typed = {name: request.form.get(name, "") for name in FIELDS}
    session[KEPT] = {name: text for name, text in typed.items() if name != FILE}
    before = read_text(found.text)
    read = None if deed in TURNS else read_table(_changed(before.kind, deed, where))
    try:
        if read is None:
            at_draft.turn(found, deed)
        else:
            at_draft.save(found, found.text if read.says_the_same(before) else read.text)
    except CmError as error:
        desk = Desk(running, found, read or read_text(found.text), planned(running, found.policy, read, typed), error)
        return _page(desk), UNPROCESSABLE
    found = at_draft.draft_of(program, draft)
    read = read or read_text(found.text)
    return _page(Desk(running, found, read, planned(running, found.policy, read, typed)))


def _changed(kind: type[Policy[Any]], deed: str, where: str) -> dict[str, Any]:
    """Give the table of the form, with a row more or less where one was asked for."""
    table = table_of(kind, request.form)
    if deed == "add":
        return added(kind, table, where)
    return removed(kind, table, where) if deed == "remove" else table


def planned(running: Running, policy: str, read: Read | None, kept: Mapping[str, str]) -> Planned:
    """Read for whom figures are told: as it was typed, or kept, or usual."""
    typed = at_first(read.policy if read else None, running.terms[-1][1], kept)
    analytes = tuple(sorted(read.policy.extra_analytes)) if read and read.policy else ()
    learned = partial(_learned, engine(), running.id, policy, analytes, (today(running), published().stamp))
    return read_plan(typed, earliest(engine(), running), learned, running.terms[-1][1].payers)


@lru_cache(maxsize=16)
def _learned(
    of: Engine, program: str, policy: str, analytes: tuple[str, ...], _stands: object, schedule: Schedule
) -> Learned:
    """Learn from a program's history; it is remembered until another day, since a day more teaches little."""
    return learn_behaviour(of, program, policy, schedule, analytes)


def _page(desk: Desk) -> str:
    part = "studio/editor_body.html" if request.headers.get(PART) == "editor" else "studio/editor.html"
    held = desk.against
    called = f"version {held.number}" if held else ""
    told, mended = _figures(desk, held, called)
    return render_template(
        part,
        running=desk.running,
        draft=desk.draft,
        under=f"A draft of {desk.draft.policy}" + (f", held against {called}" if called else ""),
        groups=_groups(desk, held, called),
        nowhere=desk.read.nowhere,
        says=says,
        open_groups=OPEN,
        planned=desk.planned,
        behaviours=BEHAVIOURS,
        figures=told,
        drawn=drawn,
        mended=mended,
        next=next_told(desk.running, desk.read.policy) if told and desk.read.policy else None,
        stands=_stands(desk),
        refused=said(desk.refused),
        is_edited=isinstance(desk.refused, EditedMeanwhileError),
        key=new_key()
        if desk.refused
        else secrets.token_urlsafe(16),  # what was kept is answered; the next change is another
        revision=at_draft.seen() if desk.refused else desk.draft.revision,
    )


def _groups(desk: Desk, held: Version | None, called: str) -> tuple[Group, ...]:
    """Give the controls; each that differs from the version which the draft is held against says what stands there."""
    groups = desk.read.groups
    if held is None:
        return groups
    here = stands(read_text(desk.read.text).groups if desk.read.policy else groups)
    there = stands(read_text(policy_text(held.policy)).groups)
    differs = {name: there.get(name, "") for name in here if here[name] != there.get(name, "")}
    return marked(groups, {name: f"{called}: {what or 'nothing'}" for name, what in differs.items()})


def _stands(desk: Desk) -> str:
    """Say whether everything is saved, by whom, where it is somebody else's, and which version says the same."""
    if desk.refused:
        return "Not saved."
    if desk.read.policy is None:
        return f"Saved. {desk.read.to_mend}"
    same = already(desk.running, desk.read.policy)
    when = f", which holds from {day(same.from_day)}" if same and same.from_day > today(desk.running) else ""
    says = f" It says what version {same.number} says{when}." if same else ""
    if desk.draft.changed_by == viewer().id:
        return f"Everything is saved.{says}"
    return f"Saved by {desk.draft.changed_by_name}: {moment(desk.draft.changed_at, desk.running.zone)}.{says}"


def _figures(desk: Desk, held: Version | None, called: str) -> tuple[Figures | None, str]:
    """Give the figures, or what has to be mended first."""
    policy, plan = desk.read.policy, desk.planned.plan
    if policy is None:
        return None, desk.read.to_mend
    if plan is None:
        return None, "Say for whom the figures are told."
    try:
        return figures(policy, plan, held.policy if held else None, called), ""
    except ForecastError as error:
        return None, str(error)
