"""Roster: who works here, what each of them is at which site, and whether they can sign in. Reads, and writes nothing."""

from cm_engine.actions.requests import Answer
from cm_engine.clock import written
from cm_engine.engine import Engine
from cm_engine.store.staff import Listed, listed
from cm_engine.store.tries import locked_now, name_index

ACTIVE, NEW, ENDED = "active", "new", "ended"


def roster(engine: Engine, site: str | None = None) -> list[Answer]:
    """List the staff who have, or had, a role at a site, by name; everybody where no site is named.

    Each: `staff` (id), `name`, `roles` ({site: sorted roles}; of the named site alone), `state` ("active"; "new": has yet to
    choose a password; "ended": left), `code_until` (when their one-time code ends; None where there is none that counts),
    `has_factor`, `codes_left` (recovery codes not used), `locked_until` (None unless they wait after wrong tries), `made_at`,
    `ended_at`.
    """
    now = written(engine.clock())
    with engine.database.reading() as tx:
        everybody, locked = listed(tx), locked_now(tx, now)
    return [
        _record(person, now, locked.get(name_index(engine.vault, person.name)), site)
        for person in everybody
        if site is None or site in person.roles
    ]


def _record(person: Listed, now: str, locked_until: str | None, site: str | None) -> Answer:
    counts = person.has_code and (person.code_until is None or now < person.code_until)
    return {
        "staff": person.id,
        "name": person.name,
        "roles": {at: sorted(held) for at, held in person.roles.items() if site in {None, at}},
        "state": _state(person),
        "has_code": counts,
        "code_until": person.code_until if counts else None,
        "has_factor": person.has_factor,
        "codes_left": person.codes_left,
        "locked_until": locked_until,
        "made_at": person.made_at,
        "ended_at": person.ended_at,
    }


def _state(person: Listed) -> str:
    if person.ended_at:
        return ENDED
    return ACTIVE if person.has_password else NEW
