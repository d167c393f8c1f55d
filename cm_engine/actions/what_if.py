"""What-if: a program's own history under drafts of its policies, beside what was posted. Reads, and writes nothing.

Everybody who was ever in the program is told twice, by the fold that pays people (`cm_engine.what_if`); people stand in the answer by their ids.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any, NamedTuple

from sqlalchemy import bindparam, select, union

from cm_engine.actions.look import reading_it
from cm_engine.actions.requests import SYSTEM, Answer, Doing, Request
from cm_engine.engine import Engine
from cm_engine.errors import quoted
from cm_engine.explain import CAPS
from cm_engine.money import MONEY, Unit
from cm_engine.policies.contract import Policy
from cm_engine.rest import collector_off
from cm_engine.side_by_side import NO_GAIN, Both, Got, HeldBack, Share, Side, SideBySide, Step, Which, steps
from cm_engine.standing import RefusedError
from cm_engine.store.cabinet import shelf
from cm_engine.store.chains import facts_of
from cm_engine.store.database import Statement, Transaction
from cm_engine.store.published import Published, Running
from cm_engine.store.tables import enrolments, log, programs
from cm_engine.what_if import Draft, Drafts, Told, retell

# How many people have their steps told: those who would win and lose the most.
MOST_TOLD = 10

Progress = Callable[[int, int], None]

_THERE = programs.alias("there")

# Who is in a program, or was before they stepped over to another one of the site.
PEOPLE = Statement(
    union(
        select(enrolments.c.participant_id).where(enrolments.c.program_id == bindparam("program")),
        select(enrolments.c.participant_id)
        .join_from(enrolments, programs, programs.c.id == enrolments.c.program_id)
        .join(_THERE, _THERE.c.site_id == programs.c.site_id)
        .join(log, (log.c.chain == enrolments.c.participant_id) & (log.c.fact == "moved"))
        .where(_THERE.c.id == bindparam("program")),
    ).order_by("participant_id")
)


def _silent(done: int, of: int) -> None:
    """Tell nobody how far it is."""


class Wanted(NamedTuple):
    """What is asked: drafts by the name of the program's policy whose place each takes, and from which day (None: always)."""

    program: str
    drafts: Mapping[str, Policy[Any]]
    from_day: date | None = None


def what_if(engine: Engine, wanted: Wanted, progress: Progress = _silent) -> Answer:
    """Tell what a program's history would have paid under drafts, beside what was posted.

    `progress` is told how many people of how many are done; what it raises ends the work. Raises RefusedError for a policy that
    the program does not have, or that is on another kind of event.
    """

    def look(tx: Transaction) -> Answer:
        telling = _Telling(engine, tx, wanted)
        both = SideBySide()
        people = [participant for (participant,) in tx.rows(PEOPLE, {"program": wanted.program})]
        with collector_off():
            for count, participant in enumerate(people, 1):
                both.add(participant, telling.of(participant))
                progress(count, len(people))
        return _answer(tx, telling, both)

    return reading_it(engine, look)


def what_if_for(engine: Engine, wanted: Wanted, participant: str) -> list[Answer]:
    """Tell one participant's events whose awards would have been others, each explained twice. Raises RefusedError likewise."""
    return reading_it(engine, lambda tx: _steps(_Telling(engine, tx, wanted).of(participant)))


class _Telling:
    """A program's history, being told twice."""

    def __init__(self, engine: Engine, tx: Transaction, wanted: Wanted) -> None:
        doing = Doing(engine, tx, Request("", SYSTEM))
        self.running: Running = doing.program(wanted.program)
        self.today = doing.today(self.running.zone)
        self.wanted = wanted
        self._tx = tx
        self._rulebook = doing.published.rulebook
        self._drafts = _drafts(doing.published, wanted)

    def of(self, participant: str) -> Iterator[Told]:
        """Tell one participant's events."""
        facts = list(facts_of(self._tx, participant))
        return retell(participant, self.running.id, facts, self._rulebook, self._drafts)


def _drafts(published: Published, wanted: Wanted) -> Drafts:
    versions = {one.id: one.policy for one in published.versions.values() if one.program == wanted.program}
    for name, draft in wanted.drafts.items():
        of_name = [policy for policy in versions.values() if policy.name == name]
        if not of_name:
            raise RefusedError(f"the program has no policy {quoted(name)} whose history a draft could be tried on")
        for policy in of_name:
            _refuse_other_events(policy, draft)
            if wanted.from_day:
                _refuse_other_unit(policy, draft)
    placed = {
        name: Draft(replace(draft, name=name), wanted.from_day or date.min) for name, draft in wanted.drafts.items()
    }
    return Drafts(published.rulebook, {version: policy.name for version, policy in versions.items()}, placed)


def _refuse_other_events(policy: Policy[Any], draft: Policy[Any]) -> None:
    if draft.on != policy.on:
        raise RefusedError(
            f"{policy.name} is on {policy.on}, and the draft is on {draft.on}: they cannot be held against each other"
        )


def _refuse_other_unit(policy: Policy[Any], draft: Policy[Any]) -> None:
    if draft.pays != policy.pays:
        raise RefusedError(
            f"{policy.name} pays in {policy.pays.code}, and the draft in {draft.pays.code}: "
            "try it on the whole history, without a day from which it holds"
        )


def _answer(tx: Transaction, telling: _Telling, both: SideBySide) -> Answer:
    before, after = both.sides
    by_gain = sorted(both.shares, key=lambda share: share.gain, reverse=True)
    winners, losers = both.winners(MOST_TOLD), both.losers(MOST_TOLD)
    gains = [share.gain for share in both.shares]
    return {
        "program": telling.running.id,
        "policies": sorted(telling.wanted.drafts),
        "from_day": telling.wanted.from_day,
        **_got(Both(before.total(), after.total())),
        "by_policy": _grouped("policy", before.by_policy(), after.by_policy()),
        "by_month": _grouped("month", before.by_month(), after.by_month()),
        "caps": _caps(before, after),
        "prizes": _prizes(tx, telling, before, after),
        "better": sum(gain > NO_GAIN for gain in gains),
        "same": sum(gain == NO_GAIN for gain in gains),
        "worse": sum(gain < NO_GAIN for gain in gains),
        "people": [_share(share) for share in by_gain],
        "winners": [{**_share(one), "steps": _steps(telling.of(one.participant))} for one in winners],
        "losers": [{**_share(one), "steps": _steps(telling.of(one.participant))} for one in losers],
    }


def _share(share: Share) -> Answer:
    return {"participant": share.participant, **_got(share.got)}


def _got(got: Both[Got]) -> Answer:
    """Give amounts by unit and their worth, before and after, as decimal strings."""
    before, after = got
    amounts = [
        _pair(Unit(unit), before.amounts.get(unit, 0), after.amounts.get(unit, 0))
        for unit in sorted({*before.amounts, *after.amounts})
    ]
    return {"amounts": amounts, "value": _pair(MONEY, round(before.value), round(after.value))}


def _pair(unit: Unit, before: int, after: int) -> Answer:
    texts = {"before": unit.text(before), "after": unit.text(after), "difference": unit.text(after - before)}
    return {"unit": unit.code, **texts}


NOTHING = Got({}, Fraction())


def _grouped(called: str, before: Mapping[str, Got], after: Mapping[str, Got]) -> list[Answer]:
    names = sorted({*before, *after})
    return [{called: name, **_got(Both(before.get(name, NOTHING), after.get(name, NOTHING)))} for name in names]


def _caps(before: Side, after: Side) -> list[Answer]:
    """Give every cap that held something back on either side: of whom, how often, and how much."""
    sides = (before.held_back, after.held_back)
    return [
        _cap(which, Both(*(side.get(which, {}) for side in sides))) for which in dict.fromkeys([*sides[0], *sides[1]])
    ]


def _cap(which: Which, held: Both[Mapping[str, HeldBack]]) -> Answer:
    told = {side: _held_back(list(people.values())) for side, people in held._asdict().items()}
    people = sorted({*held.before, *held.after})
    return {
        "source": which.source,
        "cap": CAPS[which.cap.per],
        "per": which.cap.per,
        **told,
        "people": [
            {
                "participant": one,
                **{side: _held_back([hit] if (hit := of.get(one)) else []) for side, of in held._asdict().items()},
            }
            for one in people
        ],
    }


def _held_back(held: Sequence[HeldBack]) -> Answer:
    amounts: dict[str, int] = {}
    for one in held:
        for unit, amount in one.got.amounts.items():
            amounts[unit] = amounts.get(unit, 0) + amount
    return {
        "people": len(held),
        "times": sum(one.times for one in held),
        "amounts": [{"unit": unit, "amount": Unit(unit).text(amount)} for unit, amount in sorted(amounts.items())],
        "value": MONEY.text(round(sum((one.got.value for one in held), Fraction()))),
    }


def _prizes(tx: Transaction, telling: _Telling, before: Side, after: Side) -> list[Answer]:
    """Give the prizes that the draws bring on average, by size, and how many of that size are in the cabinet today."""
    on_hand: dict[str, int] = {}
    terms = {prize.name: prize for prize in telling.running.on(telling.today).prizes}
    for shelved in shelf(tx, telling.running, terms):
        if shelved.prize.size:
            on_hand[shelved.prize.size] = on_hand.get(shelved.prize.size, 0) + shelved.on_hand
    were, would_be = before.by_size(), after.by_size()
    return [
        {
            "size": size,
            "before": _tenths(were.get(size, Fraction())),
            "after": _tenths(would_be.get(size, Fraction())),
            "on_hand": on_hand.get(size, 0),
        }
        for size in dict.fromkeys([*were, *would_be])
    ]


def _tenths(number: Fraction) -> str:
    whole, tenth = divmod(round(number * 10), 10)
    return f"{whole}.{tenth}"


def _steps(told: Iterator[Told]) -> list[Answer]:
    return [_step(step) for step in steps(told)]


def _step(step: Step) -> Answer:
    sides = zip(step._asdict()["unit"], step.amount, step.why, strict=True)
    before, after = (
        {"unit": unit, "amount": Unit(unit).text(amount) if unit else "0", "why": why} for unit, amount, why in sides
    )
    return {"event": step.event, "on": step.on, "policy": step.policy, "before": before, "after": after}
