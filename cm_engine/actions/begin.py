"""Begin: make a migrated database ready, in one transaction: proof of the key, a program, and the first admin.

Whatever is there already stays as it is; a program file that says something else holds from the next day on.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, NamedTuple

from sqlalchemy import insert, select

from cm_engine.actions.appoint import CODE_LASTS, refuse_bad_name
from cm_engine.actions.requests import Doing, Request, doing_it
from cm_engine.actions.revise import begin_program, change_program, changes_policy
from cm_engine.clock import written
from cm_engine.engine import Engine
from cm_engine.errors import quoted
from cm_engine.exchange.program_file import program_text
from cm_engine.one_time_code import code_from, digest_of
from cm_engine.policies.contract import Policy
from cm_engine.program import Program
from cm_engine.standing import RefusedError
from cm_engine.store.people import index_names
from cm_engine.store.proof import has_proof, keep_proof, refuse_other_keys
from cm_engine.store.published import Running
from cm_engine.store.staff import add_person, change_person
from cm_engine.store.tables import programs, roles, sites, staff

# What runs where nobody said what is run: a site by UTC, and a program without policies.
PLAIN = Program(name="program", title="Program", site="site", timezone="UTC")

FIRST_ADMIN = "admin"


class Wanted(NamedTuple):
    """What the database is to have: a program with its policies (None: any), and an admin by name (empty: any)."""

    program: Program | None = None
    policies: tuple[Policy[Any], ...] = ()
    admin: str = ""
    new_code: bool = False


class Begun(NamedTuple):
    """What there is now: programs by name and site, the program and the admin that were asked for, and what became of them.

    `from_day` is the day from which a changed program holds, `code` the one-time code of an admin who got one; else empty.
    """

    programs: list[tuple[str, str]]
    program: str
    program_is_new: bool
    from_day: str
    admin: str
    admin_is_new: bool
    code: str


def begin(engine: Engine, request: Request, wanted: Wanted) -> Begun:
    """Make the database ready, or find it so. Raises RefusedError for what cannot be, VaultError for another key."""

    def act(doing: Doing) -> Begun:
        if has_proof(doing.tx):
            refuse_other_keys(doing.tx, engine.vault)
        else:
            keep_proof(doing.tx, engine.vault)
        index_names(doing.tx, engine.vault)
        program, is_new, from_day = _program(doing, wanted)
        admin, admin_is_new, code = _admin(doing, wanted)
        columns = select(programs.c.name, sites.c.name).join_from(programs, sites)
        listed = [(name, site) for name, site in doing.tx.ask(columns.order_by(sites.c.name, programs.c.name))]
        return Begun(listed, program, is_new, from_day, admin, admin_is_new, code)

    return doing_it(engine, request, act)


def _program(doing: Doing, wanted: Wanted) -> tuple[str, bool, str]:
    """Begin the program, or change it, or leave it; give its name, whether it is new, and from which day a change holds."""
    if wanted.program is None and doing.published.programs:
        return "", False, ""
    program = wanted.program or PLAIN
    answer = begin_program(doing, program, wanted.policies)
    if answer["is_new"]:
        return program.name, True, ""
    running = doing.program(answer["program"])
    return program.name, False, _change(doing, running, program, wanted.policies)


def _change(doing: Doing, running: Running, program: Program, policies: Sequence[Policy[Any]]) -> str:
    latest_day, latest = running.terms[-1]
    named = tuple(policy.name for policy in policies)
    same_terms = program_text(latest) == program_text(replace(program, policies=named))
    if same_terms and not any(changes_policy(doing, running.id, policy) for policy in policies):
        return ""
    from_day = max(doing.today(running.zone), latest_day) + timedelta(days=1)
    chain = doing.chain(running.id)
    change_program(doing, chain, program, policies, from_day)
    chain.save("")
    return from_day.isoformat()


def _admin(doing: Doing, wanted: Wanted) -> tuple[str, bool, str]:
    """Find the admin, or make the first one; give the name, whether they are new, and their code where they got one."""
    admins = doing.tx.ask(
        select(staff.c.id, staff.c.name)
        .where(staff.c.id.in_(select(roles.c.staff_id).where(roles.c.role == "admin")), staff.c.ended_at.is_(None))
        .order_by(staff.c.made_at, staff.c.id)
    )
    if not admins:
        name = wanted.admin or FIRST_ADMIN
        admin, code = _add_admin(doing, name)
        _give_sites(doing, admin)
        return name, True, code
    admin, name = next((found for found in admins if found[1] == wanted.admin), admins[0])
    if wanted.admin not in {"", name}:
        what = f"there is an admin already; {quoted(wanted.admin)} was not added"
        raise RefusedError(f"{what}: an admin adds further staff")
    _give_sites(doing, admin)
    if not wanted.new_code:
        return name, False, ""
    return name, False, _give_code(doing, admin)


def _add_admin(doing: Doing, name: str) -> tuple[str, str]:
    refuse_bad_name(name)
    admin = doing.new_id()
    add_person(doing.tx, admin, name, doing.recorded_at)
    return admin, _give_code(doing, admin)


def _give_code(doing: Doing, admin: str) -> str:
    code = code_from(doing.engine.dice.secret())
    digest = digest_of(code, doing.engine.dice.secret())
    change_person(doing.tx, admin, code_digest=digest, code_until=written(doing.now + CODE_LASTS))
    return code


def _give_sites(doing: Doing, admin: str) -> None:
    """Give an admin their role at every site that has no admin yet."""
    has_one = select(roles.c.site_id).where(roles.c.role == "admin")
    for (site,) in doing.tx.ask(select(sites.c.id).where(sites.c.id.not_in(has_one))):
        doing.tx.do(insert(roles).values(staff_id=admin, site_id=site, role="admin"))
