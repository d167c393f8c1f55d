"""Appoint: who works here, and what each of them is at which site.

Who is added gets a one-time code, which is shown once and lets them choose their password. Nobody is ever deleted: who leaves is
ended, since the log names them by their id. Every site keeps an admin who can sign in. An admin changes people of their own
sites alone; where nobody of the staff asks (a command on the machine), there is no such limit. All of it is noted in the activity
log.

The same request gives the same one-time code again: it follows from the request's key, so that it need not be kept.
"""

from collections.abc import Collection
from datetime import timedelta

from cm_engine.actions.activity import note_in
from cm_engine.actions.requests import Answer, Doing, Request, answer_staff
from cm_engine.clock import written
from cm_engine.engine import Engine
from cm_engine.errors import nearest, quoted
from cm_engine.one_time_code import code_from, digest_of
from cm_engine.standing import RefusedError
from cm_engine.store.activity import Deed
from cm_engine.store.factors import remove_factor
from cm_engine.store.sessions import end_sessions
from cm_engine.store.staff import (
    ADMIN,
    Person,
    add_person,
    change_person,
    give_role,
    person_by_id,
    person_by_name,
    roles_of,
    site_ids,
    sites_without_admin,
    take_role,
)
from cm_engine.store.tries import forget_tries, name_index

ROLES = ("front-desk", "clinician", "manager", "admin", "auditor")
LONGEST_NAME = 200
CODE_LASTS = timedelta(days=7)


def add_staff(engine: Engine, request: Request, name: str, site: str, roles: Collection[str]) -> Answer:
    """Add somebody with roles at a site; gives `staff` (id), `code` (to be shown once) and `code_until`.

    Raises RefusedError for a name that is taken or is none, for no or unknown roles, and at a site where the asker is no admin.
    """

    def act(doing: Doing) -> Answer:
        _refuse_elsewhere(doing, {site})
        refuse_bad_name(name)
        _refuse_taken(doing, name)
        if not roles:
            raise RefusedError("somebody without a role sees nothing; choose one")
        added = doing.new_id()
        add_person(doing.tx, added, " ".join(name.split()), doing.recorded_at)
        _change_roles(doing, added, site, frozenset(roles))
        note_in(doing, Deed.STAFF_ADDED, site=site, about=added)
        return _with_new_code(doing, added)

    asked = {"name": name, "site": site, "roles": sorted(roles)}
    return _code_shown(engine, request, answer_staff(engine, request, ("add staff", asked), act))


def set_roles(engine: Engine, request: Request, staff: str, site: str, roles: Collection[str]) -> Answer:
    """Give somebody exactly these roles at a site, and take all others that they had there; none is allowed.

    Gives `staff`, `site`, `roles` (sorted), `given` and `taken`. Takes effect at their next click; a role that asks for a second
    factor lets them see nothing else until they have one. Raises RefusedError where the site would be left without an admin.
    """

    def act(doing: Doing) -> Answer:
        _refuse_elsewhere(doing, {site})
        person = _somebody(doing, staff)
        if roles and person.ended_at:
            raise RefusedError(f"{person.name} has left; take them back first")
        given, taken = _change_roles(doing, staff, site, frozenset(roles))
        _refuse_without_admin(doing, {site} if ADMIN in taken else ())
        return {"staff": staff, "site": site, "roles": sorted(roles), "given": given, "taken": taken}

    asked = {"staff": staff, "site": site, "roles": sorted(roles)}
    return answer_staff(engine, request, ("set roles", asked), act)


def rename_staff(engine: Engine, request: Request, staff: str, name: str) -> Answer:
    """Give somebody another name, by which they sign in from now on. Raises RefusedError for one that is taken or is none."""

    def act(doing: Doing) -> Answer:
        person = _of_own_sites(doing, staff)
        refuse_bad_name(name)
        _refuse_taken(doing, name, besides=staff)
        forget_tries(doing.tx, name_index(engine.vault, person.name))
        change_person(doing.tx, staff, name=" ".join(name.split()))
        for site in sorted(roles_of(doing.tx, staff)):
            note_in(doing, Deed.STAFF_RENAMED, site=site, about=staff)
        return {"staff": staff}

    return answer_staff(engine, request, ("rename staff", {"staff": staff, "name": name}), act)


def end_staff(engine: Engine, request: Request, staff: str) -> Answer:
    """End somebody's access, because they left: signed out everywhere at once, and not let in any more. `take_back` undoes it.

    Gives `staff`, `ended_at`. Raises RefusedError where a site would be left without an admin, or for somebody of other sites too.
    """

    def act(doing: Doing) -> Answer:
        person = _of_own_sites(doing, staff)
        if person.ended_at:
            return {"staff": staff, "ended_at": person.ended_at}
        held = roles_of(doing.tx, staff)
        for site in sorted(held):
            note_in(doing, Deed.ACCESS_ENDED, site=site, about=staff)
        _shut_out(doing, person)
        change_person(doing.tx, staff, ended_at=doing.recorded_at, code_digest=None, code_until=None)
        _refuse_without_admin(doing, _administered(held))
        return {"staff": staff, "ended_at": doing.recorded_at}

    return answer_staff(engine, request, ("end staff", {"staff": staff}), act)


def take_back(engine: Engine, request: Request, staff: str) -> Answer:
    """Let somebody in again who had left, with the roles they had; gives `staff`, `code` (to be shown once) and `code_until`."""

    def act(doing: Doing) -> Answer:
        person = _of_own_sites(doing, staff)
        if not person.ended_at:
            raise RefusedError(f"{person.name} has not left")
        change_person(doing.tx, staff, ended_at=None)
        for site in sorted(roles_of(doing.tx, staff)):
            note_in(doing, Deed.ACCESS_GIVEN_BACK, site=site, about=staff)
        return _with_new_code(doing, staff)

    return _code_shown(engine, request, answer_staff(engine, request, ("take back", {"staff": staff}), act))


def reset_staff(engine: Engine, request: Request, staff: str) -> Answer:
    """Let somebody begin anew who forgot their password or lost their second factor: both go, and they are signed out everywhere.

    Gives `staff`, `code` (to be shown once) and `code_until`. A lock after wrong tries is lifted. Raises RefusedError for
    somebody who left, or of other sites too.
    """

    def act(doing: Doing) -> Answer:
        person = _of_own_sites(doing, staff)
        if person.ended_at:
            raise RefusedError(f"{person.name} has left; take them back first")
        _shut_out(doing, person)
        forget_tries(doing.tx, name_index(engine.vault, person.name))
        for site in sorted(roles_of(doing.tx, staff)):
            note_in(doing, Deed.ACCESS_RESET, site=site, about=staff)
        return _with_new_code(doing, staff)

    return _code_shown(engine, request, answer_staff(engine, request, ("reset staff", {"staff": staff}), act))


def lift_lock(engine: Engine, request: Request, staff: str) -> Answer:
    """Let somebody try again at once who waits after too many wrong tries."""

    def act(doing: Doing) -> Answer:
        person = _of_own_sites(doing, staff)
        forget_tries(doing.tx, name_index(engine.vault, person.name))
        for site in sorted(roles_of(doing.tx, staff)):
            note_in(doing, Deed.LOCK_LIFTED, site=site, about=staff)
        return {"staff": staff}

    return answer_staff(engine, request, ("lift lock", {"staff": staff}), act)


def staff_by_name(engine: Engine, name: str) -> str:
    """Give the id of somebody by their name, however it is typed. Raises RefusedError for nobody."""
    with engine.database.reading() as tx:
        person = person_by_name(tx, name)
    if person is None:
        raise RefusedError(f"nobody of the staff is called {quoted(name)}; cm-engine admin list names them")
    return person.id


def refuse_bad_name(name: str) -> None:
    """Raise RefusedError for what cannot be somebody's name."""
    if not name.strip() or not name.isprintable() or len(name) > LONGEST_NAME:
        raise RefusedError(f"{quoted(name)} cannot be somebody's name; write one on one line")


def _refuse_taken(doing: Doing, name: str, besides: str = "") -> None:
    there = person_by_name(doing.tx, name)
    if there is not None and there.id != besides:
        raise RefusedError(f"somebody is called {quoted(name)} already; add a second name, so that both can sign in")


def _somebody(doing: Doing, staff: str) -> Person:
    person = person_by_id(doing.tx, staff)
    if person is None:
        raise RefusedError(f"there is nobody of the staff {quoted(staff)}")
    return person


def _of_own_sites(doing: Doing, staff: str) -> Person:
    """Give somebody all of whose roles are at sites that the asker administers."""
    person = _somebody(doing, staff)
    _refuse_elsewhere(doing, set(roles_of(doing.tx, staff)))
    return person


def _refuse_elsewhere(doing: Doing, concerned: Collection[str]) -> None:
    """Raise RefusedError where whoever asks is of the staff, and no admin of a site that is concerned."""
    if unknown := set(concerned) - site_ids(doing.tx):
        raise RefusedError(f"there is no site {quoted(min(unknown))}")
    asker = person_by_id(doing.tx, doing.request.actor)
    if asker is None:
        return
    own = frozenset() if asker.ended_at else _administered(roles_of(doing.tx, asker.id))
    if not concerned or not own.issuperset(concerned):
        raise RefusedError("this person works at a site too that you are no admin of; ask an admin there")


def _administered(held: dict[str, frozenset[str]]) -> frozenset[str]:
    return frozenset(site for site, some in held.items() if ADMIN in some)


def _refuse_without_admin(doing: Doing, concerned: Collection[str]) -> None:
    if not sites_without_admin(doing.tx, doing.recorded_at).isdisjoint(concerned):
        raise RefusedError("then nobody could sign in there as an admin; make somebody else an admin first")


def _change_roles(doing: Doing, staff: str, site: str, wanted: frozenset[str]) -> tuple[list[str], list[str]]:
    for role in sorted(wanted - set(ROLES)):
        raise RefusedError(f"there is no role {quoted(role)}{nearest(role, ROLES)}")
    held = roles_of(doing.tx, staff).get(site, frozenset())
    given, taken = sorted(wanted - held), sorted(held - wanted)
    for role in given:
        give_role(doing.tx, staff, site, role)
        note_in(doing, Deed.ROLE_GIVEN, site=site, about=staff)
    for role in taken:
        take_role(doing.tx, staff, site, role)
        note_in(doing, Deed.ROLE_TAKEN, site=site, about=staff)
    return given, taken


def _shut_out(doing: Doing, person: Person) -> None:
    """Leave nothing by which somebody can sign in, or is signed in."""
    end_sessions(doing.tx, person.id)
    remove_factor(doing.tx, person.id)
    change_person(doing.tx, person.id, password=None)


def _with_new_code(doing: Doing, staff: str) -> Answer:
    """Give somebody a new one-time code, and tell until when it counts; what is kept of the answer holds no code."""
    until = written(doing.now + CODE_LASTS)
    code = _code(doing.engine, doing.request)
    digest = digest_of(code, doing.engine.dice.secret())
    change_person(doing.tx, staff, code_digest=digest, code_until=until)
    return {"staff": staff, "code_until": until}


def _code_shown(engine: Engine, request: Request, answer: Answer) -> Answer:
    return {**answer, "code": _code(engine, request)}


def _code(engine: Engine, request: Request) -> str:
    return code_from(engine.vault.index(f"cm-engine one-time code 1\n{request.key}"))
