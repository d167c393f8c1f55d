"""Look: what somebody has, what the next visit is worth, and what the caps leave. Reads, and writes nothing."""

from collections.abc import Callable
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import select

from cm_engine import ledger
from cm_engine.actions.awards import left_records
from cm_engine.actions.enrol import known_as
from cm_engine.actions.requests import Answer
from cm_engine.engine import Engine
from cm_engine.errors import quoted
from cm_engine.money import MONEY, Unit
from cm_engine.rulebook import NotInTheRulebookError
from cm_engine.standing import RefusedError, Standing
from cm_engine.store.chains import standing_of
from cm_engine.store.database import Transaction
from cm_engine.store.tables import participants, sites

TaxAlert = Callable[[int], int | None]
Result = TypeVar("Result")


def _no_alert(_: int) -> None:
    """Name no total."""


def look(engine: Engine, participant: str, *, tax_alert: TaxAlert = _no_alert) -> Answer:
    """Tell where a participant stands today; amounts are decimal strings.

    `tax_alert` gives the yearly total, in cents, that is to be told of a calendar year; None for none. Raises RefusedError where there is nobody.
    """
    return reading_it(engine, lambda tx: _look(engine, tx, participant, tax_alert))


def reading_it(engine: Engine, read: Callable[[Transaction], Result]) -> Result:
    """Read in one transaction; once more where something was published that this process has not read yet."""
    try:
        return _read(engine, read)
    except NotInTheRulebookError:
        engine.forget()
    return _read(engine, read)


def _read(engine: Engine, read: Callable[[Transaction], Result]) -> Result:
    with engine.database.reading() as tx:
        return read(tx)


def _look(engine: Engine, tx: Transaction, participant: str, tax_alert: TaxAlert) -> Answer:
    published = engine.published(tx)
    standing = standing_of(tx, participant, published.rulebook)
    if not standing.enrolments:
        raise RefusedError("this participant was never enrolled; enrol first")
    latest = next(reversed(standing.enrolments.values()))
    program = published.programs.get(latest.places[-1].program)
    if program is None:
        raise NotInTheRulebookError(f"there is no program {latest.places[-1].program}")
    today = engine.clock().astimezone(program.zone).date()
    return {
        "participant": participant,
        "program": program.id,
        "first_day": latest.first_day.isoformat(),
        "last_day": None if latest.is_open else latest.last_day.isoformat(),
        "week": latest.week(today),
        "has": balances(standing),
        "policies": _policies(standing, today),
        "open_draws": {draw: opened.sha256 for draw, opened in standing.draws.items()},
        "reserved": {key: reserved.prize for key, reserved in standing.reserved.items()},
        "left": left_records(standing.left(today)),
        "tax_year": _tax_year(standing, today.year, tax_alert(today.year)),
    }


def balances(standing: Standing) -> list[dict[str, str]]:
    """Give what a participant has: money and points, draws and tickets by their policy, won prizes by size."""
    kinds = (ledger.HELD, ledger.WON, ledger.RESERVED, ledger.UNCOLLECTED)
    told = []
    for (account, unit), balance in sorted(standing.purse.items()):
        what, _, of = account.rpartition("@")[0].partition(":")
        if what in kinds:
            written = str(balance) if unit in {ledger.SLIPS, ledger.PRIZES} else Unit(unit).text(balance)
            told.append({"what": what, "of": of, "unit": unit, "balance": written})
    return told


def _policies(standing: Standing, today: date) -> list[dict[str, str]]:
    return [
        {
            "policy": account.policy.name,
            "unit": account.policy.pays.code,
            "earned": account.policy.pays.text(account.balance),
            "next": account.policy.pays.text(account.next_visit(today)),
        }
        for _, enrolment, account in standing.accounts()
        if enrolment is next(reversed(standing.enrolments.values()))
    ]


def _tax_year(standing: Standing, year: int, alert: int | None) -> dict[str, Any]:
    """Tell what was paid this calendar year, and whether that reaches the total that is to be told."""
    paid = standing.paid_in(year)
    threshold = None if alert is None else MONEY.text(alert)
    return {"year": year, "paid": MONEY.text(paid), "alert_at": threshold, "alert": alert is not None and paid >= alert}


def said(has: list[dict[str, str]]) -> str:
    """Say what somebody has, as `balances` tells it."""
    return ", ".join(" ".join(filter(None, (one["balance"], one["unit"], one["what"], one["of"]))) for one in has)


def find_by_code(engine: Engine, code: str, site: str | None) -> str:
    """Find a participant by code. Raises RefusedError where there is none, or more than one."""
    query = select(participants.c.id, sites.c.name).join_from(participants, sites)
    query = query.where(participants.c.code == known_as(code))
    with engine.database.reading() as tx:
        rows = tx.ask(query.order_by(sites.c.name))
    found = [row for row in rows if site in {None, row[1]}]
    if len(found) == 1:
        return str(found[0][0])
    if found:
        names = ", ".join(quoted(name) for _, name in found)
        raise RefusedError(f"the code is in use at several sites; name one of them with --site: {names}")
    where = f" at the site {quoted(site)}" if site else ""
    raise RefusedError(f"nobody has the code {quoted(code)}{where}; a person who was purged has none any more")
