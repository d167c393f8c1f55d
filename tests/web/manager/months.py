"""Months of a program in a test: what managers look at."""

from dataclasses import replace
from datetime import timedelta

from cm_engine.actions.draw import draw_by_hand
from cm_engine.actions.record import Happening, record
from cm_engine.actions.redeem import choose, hand_over
from cm_engine.actions.requests import Answer, Request
from cm_engine.actions.revise import set_program
from cm_engine.actions.roll_up import roll_up
from cm_engine.caps import Cap
from cm_engine.events import Finding, Result
from cm_engine.exchange.program_file import load_program, policies_of
from cm_engine.store.staff import change_person
from tests.web.rooms import SHIPPED, Rooms

PASSWORD = "seven calm otters at noon"  # noqa: S105 - of nobody

PANEL = ("amphetamine", "methamphetamine", "cocaine", "opioid", "fentanyl")


def record_test(rooms: Rooms, participant: str, outcome: str, actor: str = "dev") -> Answer:
    """Let somebody of the staff record a test now."""
    found: Finding = "negative" if outcome == "negative" else "positive"
    analytes = tuple(sorted((name, found) for name in PANEL))
    result = Result("", analytes) if outcome in {"negative", "positive"} else Result(outcome)
    clinic = rooms.clinic
    request = Request(f"{clinic.request().key} of {actor}", actor)
    return record(clinic.engine, request, participant, Happening(clinic.clock.now, "test", result))


def a_fortnight(rooms: Rooms) -> dict[str, str]:
    """Two people are tested on four days; Ada wins a coffee card and gets it, Ben leaves one waiting. All is summed up."""
    clinic = rooms.clinic
    ada, ben = rooms.enrol("R-1001", "Ada Lovelace"), rooms.enrol("R-1002", "Ben King")
    for ada_is, ben_is in (
        ("negative", "negative"),
        ("negative", "positive"),
        ("negative", "missed"),
        ("positive", "negative"),
    ):
        record_test(rooms, ada, ada_is)
        record_test(rooms, ben, ben_is, "elin")
        clinic.clock.go_on(days=3)
    for who in (ada, ben):
        draw_by_hand(clinic.engine, clinic.request(), who, "va-prize", "small")
    card = choose(clinic.engine, clinic.request(), ada, clinic.prize("Coffee card"))
    hand_over(clinic.engine, Request("hand over", "dev"), ada, card["redemption"])
    roll_up(clinic.engine)
    return {"ada": ada, "ben": ben}


def give_password(rooms: Rooms, persona: str) -> None:
    """Let somebody have a password."""
    engine = rooms.clinic.engine
    digest = engine.passwords.digest(PASSWORD)
    with engine.database.writing() as tx:
        change_person(tx, persona, password=digest)


def cap_payers(rooms: Rooms, cents: int) -> None:
    """Let each participant get so much a year at most, from tomorrow on; and let it be tomorrow."""
    clinic = rooms.clinic
    with clinic.engine.database.reading() as tx:
        terms = clinic.engine.published(tx).programs[rooms.program].terms[-1][1]
    payers = tuple(replace(payer, caps=(Cap(amount=cents, per="calendar-year"),)) for payer in terms.payers)
    tomorrow = clinic.today + timedelta(days=1)
    policies = policies_of(load_program(SHIPPED))
    set_program(clinic.engine, clinic.request(), rooms.program, replace(terms, payers=payers), policies, tomorrow)
    clinic.clock.go_on(days=1)
