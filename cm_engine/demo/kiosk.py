"""The kiosk of the demo: a tablet that is paired, some people's PINs, and what people wrote to staff there."""

from datetime import date, time, timedelta
from functools import partial
from typing import NamedTuple

from cm_engine.actions.let_in import at_kiosk, choose_pin, come, leave
from cm_engine.actions.place_kiosk import kiosks_of, new_code, pair, register
from cm_engine.actions.remark import remark, reply
from cm_engine.actions.requests import Request
from cm_engine.actions.reset_pin import issue_code
from cm_engine.demo.clinic import Clinic
from cm_engine.demo.people import MadeUp
from cm_engine.engine import Engine

NAME = "Front desk tablet"
PIN = "590273"

# Whose card is told to whoever tries the demo: she saves her draws. The others have the same PIN; everybody else has none yet.
TOLD = "K2093"
HAVE_PINS = (TOLD, "K4817", "K1275", "K9384")

PIN_CHOSEN = timedelta(minutes=15)


class Written(NamedTuple):
    """What somebody wrote so many days ago, and what a clinician replied a day later; empty where nobody has yet."""

    ago: int
    code: str
    text: str
    reply: str = ""


REMARKS = (
    Written(
        13,
        "K9470",
        "My test was negative when I left. Why does it say something else now?",
        "The laboratory looked again. Let us go through it together on Thursday. What you earned since stays yours.",
    ),
    Written(2, "K2981", "I was in the group on Monday, and it says that I missed it."),
    Written(1, "K9384", "No encuentro los boletos que gané el viernes."),
)


def place(clinic: Clinic) -> str:
    """Register the kiosk and pair its tablet; give the token by which the tablet is known."""
    registered = register(clinic.engine, clinic.request(clinic.staff.amir), clinic.site, NAME)
    return pair(clinic.engine, clinic.request(registered.kiosk), registered.code)


def pairing_code(engine: Engine) -> str:
    """Give a new code by which whoever tries the demo makes their browser its kiosk; empty where somebody ended the kiosk."""
    with engine.database.reading() as tx:
        sites = frozenset(running.site for running in engine.published(tx).programs.values())
    for kiosk in kiosks_of(engine, sites):
        return new_code(engine, Request(f"demo pairing {engine.dice.new_id()}", kiosk.id), kiosk.id).code
    return ""


def put_down_remarks(clinic: Clinic) -> None:
    """Put down what people write, and what is replied."""
    for written in REMARKS:
        on = clinic.today - timedelta(days=written.ago)
        clinic.at(on, time(13, 5), partial(_write, clinic, written))


def keep_pin(clinic: Clinic, person: MadeUp, on: date) -> None:
    """Put down that somebody chooses a PIN on their first day, where they do."""
    if person.code in HAVE_PINS:
        clinic.agenda.at(clinic.opens(on) + PIN_CHOSEN, partial(_choose_pin, clinic, person, on))


def _choose_pin(clinic: Clinic, person: MadeUp, on: date) -> None:
    engine, id_ = clinic.engine, clinic.ids[person.code]
    code = issue_code(engine, clinic.request(clinic.at_desk(on)), id_).code
    if here := at_kiosk(engine, clinic.tablet):
        come(engine, here.kiosk, person.code)
    if here := at_kiosk(engine, clinic.tablet):
        choose_pin(engine, clinic.request(id_), here, code, PIN)
    if here := at_kiosk(engine, clinic.tablet):
        leave(engine, clinic.request(id_), here)


def _write(clinic: Clinic, written: Written) -> None:
    id_, engine = clinic.ids[written.code], clinic.engine
    answer = remark(engine, clinic.request(id_), id_, written.text)
    if written.reply:
        request = clinic.request(clinic.staff.elin)
        again = partial(reply, engine, request, id_, answer["remark"], written.reply)
        clinic.agenda.at(clinic.agenda.clock.now + timedelta(days=1), again)
