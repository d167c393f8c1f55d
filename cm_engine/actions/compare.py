"""Compare: which policies are in force, their versions and what each says otherwise, and who is under which."""

from datetime import date
from itertools import pairwise
from typing import Any

from sqlalchemy import bindparam, func, select

from cm_engine.actions.look import reading_it
from cm_engine.actions.requests import SYSTEM, Answer, Doing, Request
from cm_engine.differences import Difference, differences
from cm_engine.engine import Engine
from cm_engine.errors import quoted
from cm_engine.exchange.policy_file import policy_text
from cm_engine.policies.contract import Policy
from cm_engine.standing import RefusedError
from cm_engine.store.database import Statement, Transaction
from cm_engine.store.published import Running, Version
from cm_engine.store.rollups import made, steps_until
from cm_engine.store.tables import participants, rollups_by_person

MOST_A_PAGE = 100

BEHIND = select(participants.c.code).where(participants.c.id == bindparam("behind")).scalar_subquery()

# Whoever is marked in a program on a day, by code.
MARKED = Statement(
    select(rollups_by_person.c.participant_id, participants.c.code, rollups_by_person.c.from_day)
    .join_from(rollups_by_person, participants)
    .where(
        rollups_by_person.c.program_id == bindparam("program"),
        rollups_by_person.c.what == bindparam("what"),
        rollups_by_person.c.from_day <= bindparam("on_day"),
        rollups_by_person.c.until >= bindparam("until_day"),
        participants.c.code > func.coalesce(BEHIND, ""),
    )
    .order_by(participants.c.code)
    .limit(bindparam("most"))
)


def policies_of(engine: Engine, program: str) -> Answer:
    """Give a program's policies, the ones that it has today first: each with its versions, the latest first."""

    def look(tx: Transaction) -> Answer:
        doing = Doing(engine, tx, Request("", SYSTEM))
        running = doing.program(program)
        today = doing.today(running.zone)
        under = steps_until(tx, program, ["under:%"], today)
        found = made(tx)
        has = running.on(today).policies
        versions = [one for one in doing.published.versions.values() if one.program == program]
        names = dict.fromkeys([*has, *sorted(one.policy.name for one in versions)])
        listed = [
            _policy(running, name, [one for one in versions if one.policy.name == name], today, under) for name in names
        ]
        return {"as_of": found.as_of if found else None, "today": today, "policies": listed}

    return reading_it(engine, look)


def _policy(running: Running, name: str, versions: list[Version], today: date, under: dict[str, int]) -> Answer:
    versions = sorted(versions, key=lambda one: (one.from_day, one.number))
    held = [one for one in versions if one.from_day <= today]
    latest = held[-1] if held else versions[0]
    told = [_version(one, latest, today, under) for one in versions]
    for (earlier, _), (later, answer) in pairwise(zip(versions, told, strict=True)):
        answer["earlier"] = earlier.id
        answer["changes"] = changes(earlier.policy, later.policy)
    return {
        "name": name,
        "title": latest.policy.title,
        "unit": latest.policy.pays.code,
        "on": latest.policy.on,
        "is_in_force": name in running.on(today).policies,
        "versions": told[::-1],
    }


def _version(version: Version, latest: Version, today: date, under: dict[str, int]) -> Answer:
    taken = "new enrolments take it" if version is latest else "earlier"
    return {
        "id": version.id,
        "number": version.number,
        "from_day": _from(version),
        "state": "to come" if version.from_day > today else taken,
        "under": under.get(f"under:{version.id}", 0),
        "earlier": None,
        "changes": [],
    }


def _from(version: Version) -> date | None:
    """Give the day from which a version holds; None for the one that a program began with."""
    return None if version.from_day == date.min else version.from_day


def changes(before: Policy[Any], after: Policy[Any]) -> list[Difference]:
    """Tell what one version says otherwise than another, term by term."""
    kind = (
        [Difference("kind", "the rule that it goes by", before.kind, after.kind)] if before.kind != after.kind else []
    )
    return [*kind, *differences(before, after, (before.reader(), after.reader()))]


def compare(engine: Engine, program: str, earlier: str, later: str) -> Answer:
    """Hold two versions of a policy against each other, in the order of their days. Raises RefusedError for other ones."""
    with engine.database.reading() as tx:
        published = engine.published(tx)
    found = [published.versions.get(id_) for id_ in (earlier, later)]
    versions = [version for version in found if version and version.program == program]
    if len(versions) < 2 or versions[0].policy.name != versions[1].policy.name:
        raise RefusedError("there are no such two versions of one policy in this program")
    before, after = sorted(versions, key=lambda one: (one.from_day, one.number))
    return {
        "name": after.policy.name,
        "title": after.policy.title,
        "before": before.number,
        "after": after.number,
        "changes": changes(before.policy, after.policy),
    }


def version_text(engine: Engine, program: str, version: str) -> Answer:
    """Give a version of a policy as its file. Raises RefusedError where the program has none."""
    with engine.database.reading() as tx:
        published = engine.published(tx)
    found = published.versions.get(version)
    if found is None or found.program != program:
        raise RefusedError(f"there is no version {quoted(version)} of a policy in this program")
    policy = found.policy
    return {
        "name": policy.name,
        "title": policy.title,
        "number": found.number,
        "from_day": _from(found),
        "text": policy_text(policy),
    }


def marked(engine: Engine, program: str, what: str, behind: str = "") -> Answer:
    """List whoever is under a version, or near a cap, today: by code, a page from behind somebody; `more` is the last where more are.

    Whoever was purged has no code, and is not listed.
    """

    def look(tx: Transaction) -> Answer:
        doing = Doing(engine, tx, Request("", SYSTEM))
        today = doing.today(doing.program(program).zone).isoformat()
        values = {"program": program, "what": what, "on_day": today, "until_day": today, "behind": behind}
        rows = tx.rows(MARKED, {**values, "most": MOST_A_PAGE + 1})
        people = [{"participant": id_, "since": day} for id_, _, day in rows[:MOST_A_PAGE]]
        return {"people": people, "more": people[-1]["participant"] if len(rows) > MOST_A_PAGE else ""}

    return reading_it(engine, look)
