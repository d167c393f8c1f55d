"""A process that records one event after another, and tells each that was acknowledged: to be killed while it does."""

from contextlib import closing
from datetime import date, timedelta
from itertools import count
from multiprocessing.connection import Connection

from cm_engine.actions.record import Happening, record
from cm_engine.actions.requests import Answer, Request
from cm_engine.engine import Engine
from cm_engine.events import Result
from tests.clinic import DEV
from tests.faults.busy_clinic import opened

FIRST_DAY = date(2000, 1, 1)


def record_from(url: str, participant: str, first: int, told: Connection) -> None:
    """Record the events from a number on, for ever."""
    with closing(opened(url)) as engine:
        for number in count(first):
            told.send((number, record_one(engine, participant, number)["event"]))


def record_one(engine: Engine, participant: str, number: int) -> Answer:
    """Record the event of a number: a goal that was reached on a day of its own."""
    reached = Happening(FIRST_DAY + timedelta(days=number), "activity", Result("completed"), sender_id=f"goal {number}")
    return record(engine, Request(key(number), DEV), participant, reached)


def key(number: int) -> str:
    """Give the key of the request that records an event."""
    return f"visit {number}"
