"""Export: reports as rows, each noted in the activity log; where rows are of people, beside each of them.

Whose rows they are is told by code, or for an auditor by a name that tells nobody who it is.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from sqlalchemy import bindparam, select

from cm_engine import ledger
from cm_engine.actions.activity import note_in
from cm_engine.actions.audit import audit_tasks, read_audit
from cm_engine.actions.compare import policies_of
from cm_engine.actions.figures import STAFF, TESTS, figures, summed, team
from cm_engine.actions.requests import Doing, Request, doing_it
from cm_engine.actions.viewing import pseudonym
from cm_engine.engine import Engine
from cm_engine.errors import nearest, quoted
from cm_engine.exchange.report_csv import Cell, Report
from cm_engine.money import MONEY, Unit
from cm_engine.periods import Period
from cm_engine.standing import RefusedError
from cm_engine.store.activity import Deed
from cm_engine.store.database import Statement
from cm_engine.store.published import Running
from cm_engine.store.rollups import sums_between
from cm_engine.store.tables import enrolments, entries, log, participants, prizes

ENTRIES = Statement(
    select(
        entries.c.posted_on,
        entries.c.chain,
        entries.c.debit,
        entries.c.credit,
        entries.c.unit,
        entries.c.amount,
        log.c.recorded_at,
        log.c.actor,
    )
    .join_from(entries, log, (log.c.chain == entries.c.chain) & (log.c.seq == entries.c.seq))
    .where(
        entries.c.chain.in_(select(enrolments.c.participant_id).where(enrolments.c.program_id == bindparam("program"))),
        entries.c.posted_on >= bindparam("first"),
        entries.c.posted_on <= bindparam("last"),
    )
    .order_by(entries.c.posted_on, log.c.recorded_at, entries.c.chain, entries.c.seq, entries.c.place)
)
PRIZES = Statement(select(prizes.c.id, prizes.c.name).where(prizes.c.program_id == bindparam("program")))
AT_ONCE = 400

# Gives what some participants may be called.
Call = Callable[[Collection[str]], Mapping[str, str]]


class Exported(NamedTuple):
    """What a report is made of: the engine, the program, the time, and how people are called."""

    engine: Engine
    running: Running
    period: Period
    call: Call


class Rows(NamedTuple):
    """A report's columns and rows, and the people that it is of."""

    heads: Sequence[str]
    rows: list[Sequence[Cell]]
    people: frozenset[str] = frozenset()


class Kind(NamedTuple):
    """A report that can be had: its title, what it says, what its rows are of (sums or people), and what makes it."""

    title: str
    says: str
    of: Literal["sums", "people"]
    make: Callable[[Exported], Rows]


def export_report(engine: Engine, request: Request, program: str, name: str, period: Period, call: Call) -> Report:
    """Make a report, and note that it was. Raises RefusedError for a name that there is not."""
    kind = REPORTS.get(name)
    if kind is None:
        raise RefusedError(f"there is no report {quoted(name)}{nearest(name, REPORTS)} ({', '.join(REPORTS)})")
    with engine.database.reading() as tx:
        running = Doing(engine, tx, request).program(program)
    made = kind.make(Exported(engine, running, period, call))

    def act(doing: Doing) -> None:
        note_in(doing, Deed.FILE_EXPORTED, site=running.site, about=program)
        for participant in sorted(made.people):
            note_in(doing, Deed.FILE_EXPORTED, site=running.site, participant=participant, about=program)

    doing_it(engine, request, act)
    found = summed(engine)
    as_of = f"as of {found.as_of}" if found else "never summed up"
    about = f"{kind.title}: {running.on(period.last).title}, {period.first} to {period.last}, {as_of}"
    return Report(about, made.heads, made.rows)


def codes(engine: Engine, wanted: Collection[str]) -> dict[str, str]:
    """Give the codes of participants; for whoever has none any more, what tells nobody who it is."""
    found = {id_: pseudonym(id_) for id_ in wanted}
    ids = sorted(wanted)
    with engine.database.reading() as tx:
        for start in range(0, len(ids), AT_ONCE):
            some = participants.c.id.in_(ids[start : start + AT_ONCE])
            rows = tx.ask(select(participants.c.id, participants.c.code).where(some, participants.c.code.is_not(None)))
            found |= dict(rows)
    return found


def pseudonyms(wanted: Collection[str]) -> dict[str, str]:
    """Give what tells nobody who participants are."""
    return {participant: pseudonym(participant) for participant in wanted}


# --- reports -----------------------------------------------------------------------------------------------------------------


def _days(wanted: Exported) -> Rows:
    with wanted.engine.database.reading() as tx:
        sums = sums_between(tx, wanted.running.id, *wanted.period)
    rows: list[Sequence[Cell]] = [
        (day.isoformat(), *_parted(measure), unit, Unit(unit).text(amount) if unit == MONEY.code else amount)
        for day, sums_of in sorted(sums.items())
        for (measure, unit), amount in sorted(sums_of.items())
    ]
    return Rows(("date", "measure", "of", "unit", "amount"), rows)


def _parted(measure: str) -> tuple[str, str]:
    what, _, of = measure.partition(":")
    return what, of


def _outcomes(wanted: Exported) -> Rows:
    told = figures(wanted.engine, wanted.running.id, wanted.period)
    rows: list[Sequence[Cell]] = []
    for number, step in enumerate(told["steps"]):
        visits = told["visits"]["by_step"][number]
        for tests in told["tests"]:
            of_step = tests["by_step"][number]
            counts = [of_step.get(what, 0) for what in TESTS]
            rows.append(
                (
                    step.first.isoformat(),
                    step.last.isoformat(),
                    tests["policy"],
                    told["active"]["by_step"][number],
                    *(visits[what] for what in ("kept", "expected", "excused")),
                    *counts,
                    _percent(of_step["of_scheduled"]),
                    _percent(of_step["of_submitted"]),
                )
            )
    heads = ("first", "last", "policy", "active people", "visits kept", "visits expected", "visits excused", *TESTS)
    return Rows((*heads, "percent negative of scheduled", "percent negative of submitted"), rows)


def _retention(wanted: Exported) -> Rows:
    told = figures(wanted.engine, wanted.running.id, wanted.period)
    rows: list[Sequence[Cell]] = [
        (week["week"], week["of"], week["stopped"], _percent(week["percent"])) for week in told["retention"]
    ]
    return Rows(("program week", "people still coming before it", "stopped", "percent still coming"), rows)


def _team(wanted: Exported) -> Rows:
    people = team(wanted.engine, wanted.running.id, wanted.period)["people"]
    rows: list[Sequence[Cell]] = [
        (
            did["name"] or "not by staff",
            *(did[what] for what in TESTS),
            _percent(did["of_scheduled"]),
            _percent(did["of_submitted"]),
            *(did[what] for what in ("resets", "voids", "corrections", "handovers")),
        )
        for did in people
    ]
    percents = ("percent negative of scheduled", "percent negative of submitted")
    return Rows(("staff member", *TESTS, *percents, "resets", "voids", "corrections", "handovers"), rows)


def _payers(wanted: Exported) -> Rows:
    told = figures(wanted.engine, wanted.running.id, wanted.period)
    rows: list[Sequence[Cell]] = [
        (one["name"], one["year"], one["paid"], one["budget"], _percent(one["percent"])) for one in told["payers"]
    ]
    return Rows(("payer", "year", "paid", "budget", "percent"), rows)


def _policies(wanted: Exported) -> Rows:
    rows: list[Sequence[Cell]] = [
        (policy["name"], version["number"], str(version["from_day"] or ""), version["state"], version["under"])
        for policy in policies_of(wanted.engine, wanted.running.id)["policies"]
        for version in policy["versions"]
    ]
    return Rows(("policy", "version", "from", "state", "people under it"), rows)


def _audits(wanted: Exported) -> Rows:
    rows: list[Sequence[Cell]] = []
    for task in audit_tasks(wanted.engine, wanted.running.id)["tasks"]:
        for signed in task["signed"]:
            counted = read_audit(wanted.engine, wanted.running.id, signed["audit"])["found"]["counted"]
            differences = "; ".join(f"{one['what']} {one['difference']:+}" for one in counted if one["difference"])
            row = (task["kind"], task["period"], signed["number"], signed["signed_as"], signed["at"], differences)
            rows.append(row)
    return Rows(("audit", "period", "number", "signed by", "signed at", "differences"), rows)


def _rewards(wanted: Exported) -> Rows:
    moved = [move for move in _moves(wanted) if _is_reward(move)]
    called = wanted.call({move["who"] for move in moved})
    rows: list[Sequence[Cell]] = [
        (move["on"], called[move["who"]], *_reward(move), move["recorded_at"]) for move in moved
    ]
    people = frozenset(move["who"] for move in moved)
    return Rows(("date", "participant", "what", "of", "unit", "amount", "recorded at"), rows, people)


def _handovers(wanted: Exported) -> Rows:
    with wanted.engine.database.reading() as tx:
        names: dict[str, str] = dict(tx.rows(PRIZES, {"program": wanted.running.id}))
    by = _staff(wanted.engine)
    moved = [move for move in _moves(wanted) if move["credit"][0] == ledger.HANDED_OVER]
    called = wanted.call({move["who"] for move in moved})
    rows: list[Sequence[Cell]] = [
        (
            move["on"],
            called[move["who"]],
            names.get(move["credit"][1], move["credit"][1]),
            by.get(move["actor"], move["actor"]),
            move["recorded_at"],
        )
        for move in moved
    ]
    heads = ("date", "participant", "prize", "handed over by", "recorded at")
    return Rows(heads, rows, frozenset(move["who"] for move in moved))


def _moves(wanted: Exported) -> Iterator[dict[str, Any]]:
    """Give what was moved between accounts of whoever was ever enrolled in the program."""
    period = wanted.period
    values = {"program": wanted.running.id, "first": period.first.isoformat(), "last": period.last.isoformat()}
    with wanted.engine.database.reading() as tx:
        rows = tx.rows(ENTRIES, values)
    for on, who, debit, credit, unit, amount, recorded_at, actor in rows:
        told = {"on": on, "who": who, "unit": unit, "amount": amount, "recorded_at": recorded_at, "actor": actor}
        yield {**told, "debit": _account(debit), "credit": _account(credit)}


def _account(name: str) -> tuple[str, str]:
    what, _, of = name.rpartition("@")[0].partition(":")
    return what, of


def _is_reward(move: dict[str, Any]) -> bool:
    kept = {ledger.HELD, ledger.WON}
    return {move["debit"][0], move["credit"][0]} & {ledger.FUND} != set() and bool(
        {move["debit"][0], move["credit"][0]} & kept
    )


def _reward(move: dict[str, Any]) -> tuple[Cell, ...]:
    is_given = move["debit"][0] == ledger.FUND
    what, of = move["credit"] if is_given else move["debit"]
    said = {ledger.HELD: "awarded", ledger.WON: "prize won"}[what] if is_given else "taken back"
    is_counted = move["unit"] == ledger.SLIPS
    amount = move["amount"] if is_counted else Unit(move["unit"]).text(move["amount"])
    return said, of, "prizes" if is_counted else move["unit"], amount


def _staff(engine: Engine) -> dict[str, str]:
    with engine.database.reading() as tx:
        return dict(tx.rows(STAFF))


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share:.1f}"


REPORTS: Mapping[str, Kind] = {
    "outcomes": Kind(
        "Outcomes", "Active people, visits kept and percent negative, by week or month.", "sums", _outcomes
    ),
    "retention": Kind("Retention", "The share still coming, by program week.", "sums", _retention),
    "payers": Kind("Payers", "What each payer paid this year, against the budget.", "sums", _payers),
    "days": Kind("Sums by day", "Every sum that the figures are made of, day by day.", "sums", _days),
    "team": Kind("Team", "Tests, resets, voids and hand-overs of each staff member.", "sums", _team),
    "policies": Kind("Policies", "Every version, from when it holds, and how many are under it.", "sums", _policies),
    "audits": Kind("Audits", "Which audits were signed by whom, and the differences found.", "sums", _audits),
    "rewards": Kind("Rewards", "Every award, prize won and amount taken back, by participant.", "people", _rewards),
    "handovers": Kind("Hand-overs", "Every prize handed over: to whom, by whom, when.", "people", _handovers),
}
