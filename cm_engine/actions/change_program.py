"""Change a program by its file: what it would change is shown first, then it is set from a day on; or a program is begun by one.

A file names policies: presets, and what was published in the program. No path that stands in it is followed.
"""

import difflib
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, NamedTuple

from cm_engine.actions.activity import note_in
from cm_engine.actions.requests import Answer, Doing, Request, answer_staff
from cm_engine.actions.revise import A_WHILE, begin_program, set_program
from cm_engine.catalogue import PRESETS
from cm_engine.engine import Engine
from cm_engine.errors import quoted
from cm_engine.exchange import toml_file
from cm_engine.exchange.policy_file import load_policy, policy_text
from cm_engine.exchange.program_file import parse_under, program_text
from cm_engine.forms import Path
from cm_engine.policies.contract import Policy
from cm_engine.program import Program
from cm_engine.standing import RefusedError
from cm_engine.store.activity import Deed
from cm_engine.store.published import Published, Running
from cm_engine.store.staff import ADMIN, give_role, roles_of

SOURCE = "program file"

# How many lines around a change are shown with it.
AROUND = 2


class Change(NamedTuple):
    """A line of a difference: `mark` is "+", "-", " ", or "…" where lines that stay are left out."""

    mark: str
    text: str


class Proposed(NamedTuple):
    """What a file says, and what it changes of the terms that would hold without it; `publishes` names new policies."""

    terms: Program
    policies: tuple[Policy[Any], ...]
    changes: list[Change]
    publishes: list[str]


def earliest(engine: Engine, running: Running) -> date:
    """Give the earliest day from which new terms may hold."""
    return (engine.clock() + A_WHILE).astimezone(running.zone).date() + timedelta(days=1)


def propose(engine: Engine, published: Published, running: Running, text: str, from_day: date) -> Proposed:
    """Read a program file, and tell what it would change from a day on. Raises InputError with every mistake, by line."""
    latest = _latest(published, running)
    terms, policies = parse_under(SOURCE, text, _presets(engine) | latest, engine.analytes)
    held = running.on(from_day)
    if mistakes := list(_not_kept(terms, held)):
        raise toml_file.refuse(SOURCE, text, mistakes)
    changes = list(_difference(program_text(held), program_text(terms)))
    return Proposed(terms, policies, changes, [policy.name for policy in policies if policy.name not in latest])


def change(engine: Engine, request: Request, running: Running, proposed: Proposed, from_day: date) -> Answer:
    """Set what was proposed from a day on. Raises RefusedError for a day that is not to come."""
    return set_program(engine, request, running.id, proposed.terms, proposed.policies, from_day)


def read_new(engine: Engine, text: str) -> tuple[Program, tuple[Policy[Any], ...]]:
    """Read the file of a program that is to begin, with presets alone. Raises InputError with every mistake, by line."""
    return parse_under(SOURCE, text, _presets(engine), engine.analytes)


def add_program(engine: Engine, request: Request, program: Program, policies: tuple[Policy[Any], ...]) -> Answer:
    """Begin a program, and its site where that is new; then whoever asks is its first admin.

    Raises RefusedError for a program that is there already, and at a site where the asker is no admin.
    """

    def act(doing: Doing) -> Answer:
        answer = begin_program(doing, program, policies)
        held = roles_of(doing.tx, doing.request.actor).get(answer["site"], frozenset())
        is_new_site = len([one for one in doing.published.programs.values() if one.site == answer["site"]]) == 1
        if ADMIN not in held and not (answer["is_new"] and is_new_site):
            raise RefusedError(f"there is a site {quoted(program.site)} already; its own admins add programs there")
        if not answer["is_new"]:
            raise RefusedError(f"there is a program {quoted(program.name)} at this site already; change that one")
        if ADMIN not in held:
            give_role(doing.tx, doing.request.actor, answer["site"], ADMIN)
        note_in(doing, Deed.PROGRAM_BEGUN, site=answer["site"], about=answer["program"])
        return {"program": answer["program"], "site": answer["site"]}

    asked = {"terms": program_text(program), "policies": [policy_text(policy) for policy in policies]}
    return answer_staff(engine, request, ("add program", asked), act)


def _presets(engine: Engine) -> dict[str, Policy[Any]]:
    return {name: load_policy(name, engine.analytes) for name in PRESETS}


def _latest(published: Published, running: Running) -> dict[str, Policy[Any]]:
    """Give the policies that a program has, by name: the latest version of each."""
    names = {version.policy.name for version in published.versions.values() if version.program == running.id}
    found = ((name, published.latest(running.id, name, date.max)) for name in sorted(names))
    return {name: version.policy for name, version in found if version}


def _not_kept(terms: Program, held: Program) -> Iterator[tuple[Path, str]]:
    for key in ("name", "site", "timezone"):
        kept, written = getattr(held, key), getattr(terms, key)
        if kept != written:
            yield (key,), f"a program keeps its {key}: {quoted(kept)}, not {quoted(written)}"


def _difference(earlier: str, later: str) -> Iterator[Change]:
    """Give the lines that differ, with some around them; nothing where none does."""
    lines = difflib.unified_diff(earlier.splitlines(), later.splitlines(), lineterm="", n=AROUND)
    for place, line in enumerate(lines):
        if line.startswith("@@"):
            if place > 2:
                yield Change("…", "")
        elif place > 1:
            yield Change(line[0], line[1:])
