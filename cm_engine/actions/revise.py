"""Revise: a program's terms and its policies, each version published once and never changed.

What is set holds from a later day than today, but for the first of its name: whatever was posted until then stays as it
would be computed again.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, insert, select

from cm_engine import ledger
from cm_engine.actions.requests import Answer, Doing, Request, answer_participant, answer_program, doing_it
from cm_engine.engine import Engine
from cm_engine.errors import quoted
from cm_engine.exchange.policy_file import policy_text
from cm_engine.exchange.program_file import misfits, program_text
from cm_engine.facts import PolicyPublished, PrizeRestocked, ProgramSet, VersionTaken
from cm_engine.ledger import Entry
from cm_engine.policies.contract import Policy
from cm_engine.program import Program
from cm_engine.standing import RefusedError
from cm_engine.store.chains import Chain, Participant, begin_chain
from cm_engine.store.database import Statement
from cm_engine.store.links import sha256
from cm_engine.store.tables import payers, policy_versions, prizes, program_terms, programs, sites, stock

ALWAYS = date.min

# How long before midnight a day is too near: as long as somebody may wait for a chain, and clocks may differ.
A_WHILE = timedelta(minutes=5)

SITE = Statement(select(sites.c.id, sites.c.timezone).where(sites.c.name == bindparam("named")))
PROGRAM = Statement(
    select(programs.c.id).where(programs.c.site_id == bindparam("site"), programs.c.name == bindparam("named"))
)


def set_up(engine: Engine, request: Request, program: Program, policies: Sequence[Policy[Any]]) -> Answer:
    """Begin a program, and its site where that is new: terms, payers, policies, prizes with their first stock.

    Where the program is there already, nothing is changed.
    """
    return doing_it(engine, request, lambda doing: begin_program(doing, program, policies))


def begin_program(doing: Doing, program: Program, policies: Sequence[Policy[Any]]) -> Answer:
    """Begin a program in a transaction, or find it there."""
    named = replace(program, policies=tuple(policy.name for policy in policies))
    _refuse_misfits([named], policies)
    site = _site(doing, named)
    row = doing.tx.row(PROGRAM, {"site": site, "named": named.name})
    if row is not None:
        return {"site": site, "program": row[0], "is_new": False, "policies": []}
    program_id = _begin(doing, site, named)
    chain = doing.chain(program_id)
    _set_terms(doing, chain, site, named, ALWAYS)
    today = doing.today(ZoneInfo(named.timezone))
    for prize in named.prizes:
        _add_prize(doing, chain, prize.name, prize.stock or 0, today)
    published = [_publish(doing, chain, policy, None) for policy in policies]
    chain.save("")
    doing.publish()
    return {"site": site, "program": program_id, "is_new": True, "policies": published}


def publish(engine: Engine, request: Request, program: str, policy: Policy[Any], from_day: date) -> Answer:
    """Publish a version of a policy: new enrolments take it from a day on, running ones only where they are told to.

    Raises RefusedError for a day that is not to come, and for a version that pays in something else.
    """

    def act(doing: Doing, chain: Chain) -> Answer:
        answer = publish_version(doing, chain, policy, from_day)
        doing.publish()
        return answer

    asked = {"policy": policy_text(policy), "from_day": from_day.isoformat()}
    return answer_program(engine, request, program, ("publish", asked), act)


def set_program(
    engine: Engine, request: Request, program: str, terms: Program, policies: Sequence[Policy[Any]], from_day: date
) -> Answer:
    """Set a program's terms from a day on: payers and their caps, timetable, tests, prizes, and which policies it has.

    A policy that is new to the program is published with it, and another version of one that is not, from the same day.
    Of two settings for a day the later one holds. Raises RefusedError for a day that is not to come.
    """
    terms = replace(terms, policies=tuple(policy.name for policy in policies))

    def act(doing: Doing, chain: Chain) -> Answer:
        return change_program(doing, chain, terms, policies, from_day)

    texts = [policy_text(policy) for policy in policies]
    asked = {"terms": program_text(terms), "policies": texts, "from_day": from_day.isoformat()}
    return answer_program(engine, request, program, ("set program", asked), act)


def change_program(
    doing: Doing, chain: Chain, terms: Program, policies: Sequence[Policy[Any]], from_day: date
) -> Answer:
    """Set a program's terms from a day on, in a transaction."""
    program = chain.name
    terms = replace(terms, policies=tuple(policy.name for policy in policies))
    running = doing.program(program)
    _refuse_early(doing, running.zone, from_day)
    if (terms.name, terms.timezone) != (running.name, str(running.zone)):
        raise RefusedError(f"a program keeps its name and its time zone: {running.name}, {running.zone}")
    _refuse_misfits([terms], _beside(doing, program, policies))
    _set_terms(doing, chain, running.site, terms, from_day)
    known = {name for (name,) in doing.tx.ask(select(prizes.c.name).where(prizes.c.program_id == program))}
    for prize in terms.prizes:
        if prize.name not in known:
            _add_prize(doing, chain, prize.name, prize.stock or 0, doing.today(running.zone))
    for policy in policies:
        if changes_policy(doing, program, policy):
            is_new = doing.published.latest(program, policy.name, date.max) is None
            _publish(doing, chain, policy, None if is_new else from_day)
    doing.publish()
    return {"program": program, "from_day": from_day.isoformat()}


def changes_policy(doing: Doing, program: str, policy: Policy[Any]) -> bool:
    """Tell whether a policy is another than the latest version of its name in a program."""
    latest = doing.published.latest(program, policy.name, date.max)
    return latest is None or policy_text(latest.policy) != policy_text(policy)


def take_version(engine: Engine, request: Request, participant: str, policy: str, version: str, on: date) -> Answer:
    """Let another version of a policy take over for one participant from a day on; the ladder's state is kept."""

    def act(doing: Doing, person: Participant) -> Answer:
        if version not in doing.published.versions:
            doing.read_anew()
        found = doing.published.versions.get(version)
        running = doing.program_of(person)
        if found is None or found.policy.name != policy or doing.program(found.program).site != running.site:
            raise RefusedError(f"there is no version {version} of the policy {policy}")
        _refuse_early(doing, running.zone, on)
        if on < found.from_day:
            raise RefusedError(f"version {found.number} of {policy} may be taken from {found.from_day} on, not on {on}")
        _refuse_another_thing(person.standing.account(policy).policy, found.policy)
        enrolment_id = next(
            (key for key, held in person.standing.enrolments.items() if held.is_open and policy in held.accounts), ""
        )
        person.take(VersionTaken(enrolment_id, policy, version, on))
        return {"participant": person.id, "policy": policy, "version": version, "on": on.isoformat()}

    asked = {"policy": policy, "version": version, "on": on.isoformat()}
    return answer_participant(engine, request, participant, ("take version", asked), act)


def publish_version(doing: Doing, chain: Chain, policy: Policy[Any], from_day: date | None) -> Answer:
    """Publish a version in a program; the first of its name holds always, others from a day on (None: tomorrow).

    Raises RefusedError for one that does not fit the program's terms as they hold and are set, or its other policies.
    """
    running = doing.program(chain.name)
    today = doing.today(running.zone)
    terms = [running.on(today), *(terms for day, terms in running.terms if day > today)]
    _refuse_misfits(terms, _beside(doing, chain.name, [policy]))
    return _publish(doing, chain, policy, from_day)


def _publish(doing: Doing, chain: Chain, policy: Policy[Any], from_day: date | None) -> Answer:
    program = chain.name
    text = policy_text(policy)
    columns = (policy_versions.c.id, policy_versions.c.number, policy_versions.c.terms)
    of_program = policy_versions.c.program_id == program
    query = select(*columns).where(of_program, policy_versions.c.policy == policy.name)
    earlier = doing.tx.ask(query.order_by(policy_versions.c.number.desc()))
    same = next((version for version, _, terms in earlier if terms == text), None)
    if same is not None and from_day is None:
        return {"version": same, "policy": policy.name, "is_new": False}
    day = ALWAYS
    if earlier:
        running = doing.program(program)
        day = from_day or (doing.now + A_WHILE).astimezone(running.zone).date() + timedelta(days=1)
        _refuse_early(doing, running.zone, day)
        _refuse_another_thing(doing.published.rulebook.policy(earlier[0][0]), policy)
    version = doing.new_id()
    number = earlier[0][1] + 1 if earlier else 1
    row = {"id": version, "program_id": program, "policy": policy.name, "number": number}
    doing.tx.do(insert(policy_versions).values(**row, from_day=day.isoformat(), terms=text))
    chain.add(PolicyPublished(version, policy.name, number, day, sha256(text)))
    return {"version": version, "policy": policy.name, "number": number, "from_day": day.isoformat(), "is_new": True}


def _refuse_early(doing: Doing, zone: Any, from_day: date) -> None:
    """Refuse a day that has begun, or begins before everybody may have heard of it."""
    latest = (doing.now + A_WHILE).astimezone(zone).date()
    if from_day <= latest:
        raise RefusedError(f"{from_day} is not to come: name {latest + timedelta(days=1)} or a later day")


def _refuse_another_thing(earlier: Policy[Any], policy: Policy[Any]) -> None:
    for what, one, other in (
        ("pays in", earlier.pays.code, policy.pays.code),
        ("is on", earlier.on, policy.on),
        ("pays points", _worth(earlier), _worth(policy)),
    ):
        if one != other:
            raise RefusedError(
                f"{policy.name} {what} {one}, and this version {what} {other}: that is another policy; name it so"
            )


def _beside(doing: Doing, program: str, policies: Sequence[Policy[Any]]) -> list[Policy[Any]]:
    """Give some policies, and the latest versions of a program's others."""
    doing.read_anew()
    of_program = {v.policy.name for v in doing.published.versions.values() if v.program == program}
    others = sorted(of_program - {policy.name for policy in policies})
    found = [doing.published.latest(program, name, date.max) for name in others]
    return [*policies, *(version.policy for version in found if version)]


def _refuse_misfits(terms: Sequence[Program], policies: Sequence[Policy[Any]]) -> None:
    """Refuse policies of one name, and what does not fit a program's terms."""
    names = [policy.name for policy in policies]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise RefusedError(f"two policies are called {quoted(twice)}; leave one out, or give it another name")
    found = dict.fromkeys(what for program in terms for _, what in misfits(program, policies))
    if found:
        raise RefusedError("; and ".join(found))


def _worth(policy: Policy[Any]) -> str:
    """Tell whether the caps of a policy count money or points; it is never both."""
    return "without a worth" if policy.worth is None else "with a worth"


def _site(doing: Doing, program: Program) -> str:
    row = doing.tx.row(SITE, {"named": program.site})
    if row is None:
        _refuse_likeness(doing, program.site)
        site = doing.new_id()
        doing.tx.do(insert(sites).values(id=site, name=program.site, timezone=program.timezone))
        return site
    site, timezone = row
    if timezone != program.timezone:
        raise RefusedError(f"the site {program.site} is in the time zone {timezone}, and the program says otherwise")
    return str(site)


def _refuse_likeness(doing: Doing, named: str) -> None:
    """Refuse a new site whose name differs from another's by capital letters alone: it is a slip of the pen."""
    for (name,) in doing.tx.ask(select(sites.c.name)):
        if name.casefold() == named.casefold():
            raise RefusedError(f"there is a site {name}; write it so, or give the new site another name")


def _begin(doing: Doing, site: str, program: Program) -> str:
    program_id = doing.new_id()
    doing.tx.do(insert(programs).values(id=program_id, site_id=site, name=program.name))
    begin_chain(doing.tx, program_id)
    return program_id


def _set_terms(doing: Doing, chain: Chain, site: str, program: Program, from_day: date) -> None:
    text = program_text(program)
    known = {name for (name,) in doing.tx.ask(select(payers.c.name).where(payers.c.site_id == site))}
    for payer in program.payers:
        if payer.name not in known:
            doing.tx.do(insert(payers).values(id=doing.new_id(), site_id=site, name=payer.name))
    terms_id = doing.new_id()
    row = {"id": terms_id, "program_id": chain.name, "from_day": from_day.isoformat(), "terms": text}
    doing.tx.do(insert(program_terms).values(**row))
    chain.add(ProgramSet(terms_id, from_day, sha256(text)))


def _add_prize(doing: Doing, chain: Chain, name: str, number: int, on: date) -> None:
    prize = doing.new_id()
    doing.tx.do(insert(prizes).values(id=prize, program_id=chain.name, name=name))
    doing.tx.do(insert(stock).values(prize_id=prize, on_hand=number))
    if number:
        supply, shelf = ledger.account(ledger.SUPPLY, prize), ledger.account(ledger.STOCK, prize)
        chain.add(PrizeRestocked(prize, number, on), [Entry(supply, shelf, ledger.PRIZES, number, on)])
