"""Alike: whether somebody is known at a site already, by a code or by a name, before they are enrolled as another. Writes nothing."""

from typing import Any

from sqlalchemy import select

from cm_engine.actions.enrol import find_participant
from cm_engine.actions.requests import Answer
from cm_engine.dice import Dice
from cm_engine.engine import Engine
from cm_engine.store.database import Transaction
from cm_engine.store.names import found_by_name, words_of
from cm_engine.store.people import person_of
from cm_engine.store.tables import enrolments, participants

MOST = 20

# Letters and digits that nobody takes for each other, and that make no words.
LETTERS = "BCDFGHJKLMNPQRTVWXZ"
DIGITS = "23456789"
TRIES = 50


def alike(engine: Engine, site: str, code: str, name: str) -> Answer:
    """Tell who has a code, and who else has the very same name; each with code, program and last day."""
    with engine.database.reading() as tx:
        by_code = find_participant(tx, site, code)
        by_name = [one for one in _same_name(engine, tx, site, name) if one != by_code]
        told = {id_: _told(tx, id_) for id_ in (*filter(None, [by_code]), *by_name)}
    return {"code": told[by_code] if by_code else None, "names": [told[one] for one in by_name]}


def suggested_code(engine: Engine, site: str) -> str:
    """Suggest a code that nobody at a site has, and that says nothing about anybody."""
    with engine.database.reading() as tx:
        for _ in range(TRIES):
            code = _code(engine.dice)
            if find_participant(tx, site, code) is None:
                return code
    return ""


def _same_name(engine: Engine, tx: Transaction, site: str, name: str) -> list[str]:
    wanted = sorted(words_of(name))
    return [
        found
        for found in found_by_name(tx, engine.vault, site, name, MOST)
        if sorted(words_of(person_of(tx, engine.vault, found).get("name", ""))) == wanted
    ]


def _told(tx: Transaction, participant: str) -> dict[str, Any]:
    latest = tx.ask(
        select(participants.c.code, enrolments.c.program_id, enrolments.c.last_day)
        .outerjoin_from(participants, enrolments)
        .where(participants.c.id == participant)
        .order_by(enrolments.c.first_day.desc())
        .limit(1)
    )[0]
    code, program, last_day = latest
    return {
        "participant": participant,
        "code": code,
        "program": program,
        "last_day": last_day,
    }


def _code(dice: Dice) -> str:
    letters = "".join(LETTERS[dice.below(len(LETTERS))] for _ in range(2))
    return f"{letters}-{''.join(DIGITS[dice.below(len(DIGITS))] for _ in range(4))}"
