"""The account: what somebody has, where they stand under each policy, what the caps leave, and their statement, a page at a time.

It is for other programs: words and values, no page. Reads, and writes nothing.
"""

from typing import Any

from cm_engine.actions.awards import left_records
from cm_engine.actions.ladders import ladders
from cm_engine.actions.look import balances, reading_it
from cm_engine.actions.requests import SYSTEM, Answer, Doing, Request
from cm_engine.actions.statement import Row, Slip, statement_in
from cm_engine.engine import Engine
from cm_engine.explain import sentence
from cm_engine.money import MONEY
from cm_engine.standing import Standing
from cm_engine.store.cabinet import prize_names
from cm_engine.store.chains import standing_of
from cm_engine.store.codec import word_of
from cm_engine.store.database import Transaction

A_PAGE = 50


def account(engine: Engine, participant: str, before: int | None = None, most: int = A_PAGE) -> Answer:
    """Tell what somebody has, and the latest of their statement; `before` is the number of the row behind which it goes on.

    `earlier` is the number to ask for next, None where nothing came before. Raises RefusedError where there is nobody.
    """

    def read(tx: Transaction) -> Answer:
        doing = Doing(engine, tx, Request("", SYSTEM))
        standing = standing_of(tx, participant, doing.published.rulebook)
        running = doing.program_in(standing)
        today = doing.today(running.zone)
        rows = [row for row in statement_in(engine, tx, participant) if before is None or row.number < before]
        return {
            "participant": participant,
            "program": running.name,
            "today": today.isoformat(),
            "has": balances(standing),
            "policies": ladders(standing, today),
            "left": left_records(standing.left(today)),
            "open_draws": [
                {"draw": draw, "policy": one.policy, "sha256": one.sha256} for draw, one in standing.draws.items()
            ],
            "reserved": _reserved(tx, standing),
            "statement": [_row(row) for row in rows[:most]],
            "earlier": rows[most - 1].number if len(rows) > most else None,
        }

    return reading_it(engine, read)


def _reserved(tx: Transaction, standing: Standing) -> list[dict[str, str]]:
    names = prize_names(tx, [one.prize for one in standing.reserved.values()]) if standing.reserved else {}
    return [{"redemption": key, "prize": one.prize, "name": names[one.prize]} for key, one in standing.reserved.items()]


def _row(row: Row) -> dict[str, Any]:
    event = row.event
    return {
        "on": row.on.isoformat(),
        "what": word_of(row.fact),
        "about": row.about or None,
        "kind": event.kind if event else None,
        "session": event.session if event else None,
        "outcome": event.result.came_out if event else None,
        "awards": [
            {
                "policy": line.policy.name,
                "unit": line.policy.pays.code,
                "amount": line.policy.pays.text(line.amount),
                "why": sentence(line),
            }
            for line in row.lines
        ],
        "slip": _slip(row.slip) if row.slip else None,
        "prize": row.prize or None,
    }


def _slip(slip: Slip) -> dict[str, Any]:
    return {"label": slip.label, "wins": slip.wins, "paid": MONEY.text(slip.paid)}
