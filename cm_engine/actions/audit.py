"""Audit: slips each month, purchases each quarter; what was found is signed once, and never changed.

As staff would say it: each month, look whether the bowl gives what it should, and count the slips of a real one. Each quarter, hold
the receipts of what was bought against the cabinet's book: what was put in, handed over, counted. Either is due fourteen days after
its time is over. Whoever did one anew signs another; the first stays.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal, NamedTuple

import orjson
from sqlalchemy import bindparam, func, insert, select

from cm_engine import ledger
from cm_engine.actions.figures import summed
from cm_engine.actions.look import reading_it
from cm_engine.actions.requests import SYSTEM, Answer, Doing, Request, answer_program
from cm_engine.actions.roll_up import roll_up
from cm_engine.chances import Drawn, held_against, is_chance
from cm_engine.clock import read
from cm_engine.engine import Engine
from cm_engine.errors import quoted
from cm_engine.facts import AuditSigned
from cm_engine.money import LARGEST
from cm_engine.periods import ONE_DAY, Period, month_of, months_back, named_period, quarter_of
from cm_engine.standing import RefusedError
from cm_engine.store.chains import Chain
from cm_engine.store.database import Statement, Transaction
from cm_engine.store.links import sha256
from cm_engine.store.notes import keep_note, note_of
from cm_engine.store.published import Running, Version
from cm_engine.store.rollups import made, steps_until, sums_between
from cm_engine.store.tables import audits, entries, log, prizes

AuditKind = Literal["slips", "purchases"]
KINDS: tuple[AuditKind, ...] = ("slips", "purchases")

DUE_AFTER = timedelta(days=14)

# How many months back audits are asked for.
MONTHS = 24

BEGAN = Statement(select(func.min(log.c.recorded_at)).where(log.c.chain == bindparam("of")))
SIGNED = Statement(
    select(
        audits.c.id,
        audits.c.kind,
        audits.c.period,
        audits.c.number,
        audits.c.found,
        log.c.seq,
        log.c.recorded_at,
        log.c.actor,
    )
    .join_from(audits, log, log.c.key == audits.c.id)
    .where(audits.c.program_id == bindparam("of"))
    .order_by(audits.c.period, audits.c.kind, audits.c.number)
)
SHELF_MOVES = Statement(
    select(entries.c.debit, entries.c.credit, entries.c.amount, entries.c.posted_on).where(
        entries.c.chain == bindparam("of"), entries.c.unit == ledger.PRIZES, entries.c.posted_on <= bindparam("until")
    )
)
PRIZES = Statement(
    select(prizes.c.id, prizes.c.name).where(prizes.c.program_id == bindparam("of")).order_by(prizes.c.name)
)
KEEP = Statement(insert(audits))


class Signing(NamedTuple):
    """What somebody signs: which audit, what they counted by name of label or prize, a note, and as who.

    `seen` is the digest of the figures that they had before them.
    """

    kind: AuditKind
    period: str
    counted: Mapping[str, int]
    note: str
    signed_as: str
    seen: str


def audit_tasks(engine: Engine, program: str) -> Answer:
    """Give the audits of a program: overdue, due, to come, and those that are signed; the latest first."""

    def look(tx: Transaction) -> Answer:
        doing = Doing(engine, tx, Request("", SYSTEM))
        return {"tasks": _tasks(doing, doing.program(program))}

    return reading_it(engine, look)


def audit_figures(engine: Engine, program: str, kind: AuditKind, period: str) -> Answer:
    """Give what an audit holds against each other, as of the last roll-up, with their digest. Raises RefusedError for none."""

    def look(tx: Transaction) -> Answer:
        doing = Doing(engine, tx, Request("", SYSTEM))
        running = doing.program(program)
        task = _task(doing, running, kind, period)
        figures = _figures(doing, running, kind, Period(task["first"], task["last"]))
        return {"task": task, "as_of": _as_of(doing), "figures": figures, "seen": _digest(figures)}

    return reading_it(engine, look)


def read_audit(engine: Engine, program: str, audit: str) -> Answer:
    """Give an audit that was signed, with its note. Raises RefusedError where there is none."""
    with engine.database.reading() as tx:
        for row in tx.rows(SIGNED, {"of": program}):
            if row[0] == audit:
                note = note_of(tx, engine.vault, program, row[5])[1]
                return {**_signed(row), "found": orjson.loads(row[4]), "note": note}
    raise RefusedError(f"there is no audit {audit} in this program")


def sign_audit(engine: Engine, request: Request, program: str, signing: Signing) -> Answer:
    """Sign an audit. Raises RefusedError before its time is over, and where the figures are not those that were seen."""
    if _is_behind(engine, signing.period):
        roll_up(engine)

    def act(doing: Doing, chain: Chain) -> Answer:
        running = doing.program(program)
        task = _task(doing, running, signing.kind, signing.period)
        figures = _figures(doing, running, signing.kind, Period(task["first"], task["last"]))
        if _digest(figures) != signing.seen:
            raise RefusedError("the figures changed since you saw them; look at the new ones, then sign")
        counted = _counted(signing.kind, figures, signing.counted)
        found = {"figures": figures, "counted": counted, "as_of": _as_of(doing), "signed_as": signing.signed_as}
        return _keep(doing, chain, signing, orjson.dumps(found).decode(), len(task["signed"]) + 1)

    asked = {**signing._asdict(), "counted": dict(sorted(signing.counted.items()))}
    return answer_program(engine, request, program, ("sign audit", asked), act)


def _keep(doing: Doing, chain: Chain, signing: Signing, text: str, number: int) -> Answer:
    audit = doing.new_id()
    seq = chain.add(AuditSigned(audit, signing.kind, signing.period, number, sha256(text)))
    row = {"id": audit, "program_id": chain.name, "kind": signing.kind, "period": signing.period}
    doing.tx.run(KEEP, {**row, "number": number, "found": text})
    keep_note(doing.tx, doing.engine.vault, chain.name, seq, "", signing.note)
    return {"audit": audit, "kind": signing.kind, "period": signing.period, "number": number}


# --- tasks -------------------------------------------------------------------------------------------------------------------


def _task(doing: Doing, running: Running, kind: str, period: str) -> Answer:
    """Give one task that can be done. Raises RefusedError where there is none."""
    task = next((one for one in _tasks(doing, running) if (one["kind"], one["period"]) == (kind, period)), None)
    if task is None:
        raise RefusedError(f"there is no audit of {quoted(kind)} for {quoted(period)} in this program")
    if task["state"] == "to come":
        raise RefusedError(f"{period} is not over yet; its audit can be done from {task['last'] + ONE_DAY} on")
    return task


def _tasks(doing: Doing, running: Running) -> list[Answer]:
    today = doing.today(running.zone)
    [(began,)] = doing.tx.rows(BEGAN, {"of": running.id})
    since = max(read(began).astimezone(running.zone).date(), months_back(today, MONTHS)) if began else today
    signed: defaultdict[tuple[str, str], list[Answer]] = defaultdict(list)
    for row in doing.tx.rows(SIGNED, {"of": running.id}):
        signed[row[1], row[2]].append(_signed(row))
    kinds = _kinds(doing, running)
    periods = dict.fromkeys(
        (kind, name(day)) for day in _months(since, today) for kind, name in _NAMED if kind in kinds
    )
    tasks = [_told(kind, period, today, signed.pop((kind, period), [])) for kind, period in periods]
    tasks += [_told(kind, period, today, done) for (kind, period), done in signed.items()]
    return sorted(tasks, key=lambda task: (task["last"], task["kind"]), reverse=True)


_NAMED = (("slips", month_of), ("purchases", quarter_of))


def _kinds(doing: Doing, running: Running) -> set[str]:
    """Tell which audits a program has: of slips where a policy has a bowl, of purchases where there are prizes."""
    bowls = any(one.program == running.id and one.policy.bowl for one in doing.published.versions.values())
    return {kind for kind, there in (("slips", bowls), ("purchases", bool(running.terms[-1][1].prizes))) if there}


def _months(since: date, until: date) -> Iterator[date]:
    month = since.replace(day=1)
    while month <= until:
        yield month
        month = months_back(month, -1)


def _told(kind: str, name: str, today: date, signed: list[Answer]) -> Answer:
    period = named_period(name)
    due = period.last + DUE_AFTER
    if signed:
        state = "done"
    elif today <= period.last:
        state = "to come"
    else:
        state = "due" if today <= due else "overdue"
    return {"kind": kind, "period": name, **period._asdict(), "due": due, "state": state, "signed": signed}


def _signed(row: tuple[Any, ...]) -> Answer:
    audit, kind, period, number, found, _, recorded_at, actor = row
    signed_as = orjson.loads(found)["signed_as"]
    told = {"audit": audit, "kind": kind, "period": period, "number": number}
    return {**told, "signed_as": signed_as, "at": recorded_at, "actor": actor}


def _as_of(doing: Doing) -> str | None:
    found = made(doing.tx)
    return found.as_of if found else None


def _is_behind(engine: Engine, period: str) -> bool:
    """Tell whether the sums do not reach to the end of a period yet."""
    found = summed(engine)
    return found is None or read(found.as_of).date() <= named_period(period).last + ONE_DAY


# --- figures -----------------------------------------------------------------------------------------------------------------


def _digest(figures: Answer) -> str:
    return sha256(orjson.dumps(figures, option=orjson.OPT_SORT_KEYS).decode())


def _figures(doing: Doing, running: Running, kind: str, period: Period) -> Answer:
    return _slips(doing, running, period) if kind == "slips" else _purchases(doing, running, period)


def _slips(doing: Doing, running: Running, period: Period) -> Answer:
    """Hold the slips that were drawn in a period against the bowls, each version's and way of drawing for itself."""
    counts: defaultdict[tuple[str, str], defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    for sums in sums_between(doing.tx, running.id, *period).values():
        for (measure, _), amount in sums.items():
            how, _, of = measure.partition(":")
            if how in {"drawn", "by-hand"}:
                version, _, label = of.partition(":")
                counts[how, version][label] += amount
    known = doing.published.versions
    return {
        "bowls": [_bowl(how, known[version], labels) for (how, version), labels in sorted(counts.items())],
        "to_count": [
            {"policy": version.policy.name, "label": slip.label, "slips": slip.count}
            for version in _latest_bowls(doing, running, period.last)
            for slip in (version.policy.bowl.slips if version.policy.bowl else ())
        ],
    }


def _latest_bowls(doing: Doing, running: Running, on: date) -> list[Version]:
    names = running.on(on).policies
    found = [doing.published.latest(running.id, name, on) for name in names]
    return [version for version in found if version and version.policy.bowl]


def _bowl(how: str, version: Version, labels: Mapping[str, int]) -> Answer:
    bowl = version.policy.bowl
    drawn = held_against(bowl, labels) if bowl else []
    return {
        "policy": version.policy.name,
        "version": version.number,
        "how": how,
        "draws": sum(labels.values()),
        "slips": bowl.size if bowl else 0,
        "labels": [_label(one) for one in drawn],
        "is_chance": is_chance(drawn),
    }


def _label(one: Drawn) -> Answer:
    return {
        "label": one.label,
        "slips": one.slips,
        "drawn": one.drawn,
        "expected": f"{one.expected:.1f}",
        "chance": f"{100 * one.chance:.3g}",
    }


@dataclass
class _Shelf:
    """What became of a prize in a period: what was there before, and what came and went."""

    before: int = 0
    bought: int = 0
    handed_over: int = 0
    reserved: int = 0
    found: int = 0

    @property
    def behind(self) -> int:
        """How many are in the cabinet at the end."""
        return self.before + self.bought - self.handed_over - self.reserved + self.found

    def told(self, name: str) -> Answer:
        """Give it with the prize's name."""
        return {
            "prize": name,
            "before": self.before,
            "bought": self.bought,
            "handed_over": self.handed_over,
            "reserved": self.reserved,
            "found": self.found,
            "behind": self.behind,
        }


def _purchases(doing: Doing, running: Running, period: Period) -> Answer:
    """Hold what was bought in a period against what was handed over, reserved and counted, for each prize."""
    shelves: defaultdict[str, _Shelf] = defaultdict(_Shelf)
    for debit, credit, amount, on in doing.tx.rows(SHELF_MOVES, {"of": running.id, "until": period.last.isoformat()}):
        _move(shelves, debit, credit, amount, is_before=on < period.first.isoformat())
    measures = ("chosen:%", "cancelled:%", "given:%")
    before = steps_until(doing.tx, running.id, measures, period.first - ONE_DAY)
    until = steps_until(doing.tx, running.id, measures, period.last)
    for prize, shelf in shelves.items():
        was = {what: before.get(f"{what}:{prize}", 0) for what in ("chosen", "cancelled", "given")}
        now = {what: until.get(f"{what}:{prize}", 0) - was[what] for what in was}
        shelf.before += was["cancelled"] - was["chosen"]
        shelf.handed_over = now["given"]
        shelf.reserved = now["chosen"] - now["cancelled"] - now["given"]
    names = doing.tx.rows(PRIZES, {"of": running.id})
    return {"prizes": [shelves[prize].told(name) for prize, name in names]}


def _move(shelves: Mapping[str, _Shelf], debit: str, credit: str, amount: int, *, is_before: bool) -> None:
    """Take one movement between cabinet, supply and what was miscounted."""
    other, sign = (debit, 1) if credit.startswith(f"{ledger.STOCK}@") else (credit, -1)
    shelf = shelves[ledger.owner(debit)]
    if is_before:
        shelf.before += sign * amount
    elif other.startswith(f"{ledger.SUPPLY}@"):
        shelf.bought += sign * amount
    else:
        shelf.found += sign * amount


def _counted(kind: str, figures: Answer, counted: Mapping[str, int]) -> list[Answer]:
    """Hold what somebody counted against what is written; what nobody counted is left out."""
    if kind == "slips":
        due = {f"{one['policy']}: {one['label']}": one["slips"] for one in figures["to_count"]}
    else:
        due = {one["prize"]: one["bought"] for one in figures["prizes"]}
    if unknown := sorted(set(counted) - set(due)):
        raise RefusedError(f"there is nothing called {quoted(unknown[0])} to count")
    if wrong := next((name for name, number in counted.items() if not 0 <= number <= LARGEST), None):
        raise RefusedError(f"{wrong}: count from 0 to {LARGEST}")
    return [
        {"what": name, "counted": counted[name], "written": number, "difference": counted[name] - number}
        for name, number in due.items()
        if name in counted
    ]
