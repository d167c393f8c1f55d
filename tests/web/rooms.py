"""The rooms in a test: a clinic with its application, and the people who use it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from secrets import token_hex
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert

from cm_engine.actions.enrol import enrol
from cm_engine.actions.requests import Request
from cm_engine.actions.revise import set_up
from cm_engine.actions.sign_in import NEED_FACTOR
from cm_engine.catalogue import shipped_program
from cm_engine.clock import written
from cm_engine.engine import Engine
from cm_engine.exchange.program_file import load_program, parse_terms, policies_of
from cm_engine.store.database import Database
from cm_engine.store.factors import keep_factor, seal_secret
from cm_engine.store.sessions import PASSWORD, begin_session
from cm_engine.store.tables import roles, staff
from cm_engine.vault import Keys, Vault
from tests.clinic import Clinic, clinic
from web.app import create_app
from web.at_hand import EXTENSION
from web.options import Options
from web.viewer import TOKEN, WHO

SHIPPED = "intensive-outpatient"
SECRET = token_hex()
LONG = timedelta(days=3650)
SERVED: dict[str, Any] = {"is_throttled": False, "idle": LONG, "longest": LONG}

# What the apps make the codes of that managers and admins sign in with.
APP = bytes(range(20))

# The people of the stories: what they are at the site, and at the other one.
PERSONAS = {
    "dev": ("Dev Patel", "front-desk", "main"),
    "elin": ("Elin Berg", "clinician", "main"),
    "femi": ("Femi Ade", "manager", "main"),
    "amir": ("Amir Said", "admin", "main"),
    "olga": ("Olga Ruiz", "auditor", "main"),
    "otto": ("Otto Elsewhere", "manager", "north"),
}

ELSEWHERE = """
name = "north-iop"
title = "North intensive outpatient"
site = "north"
timezone = "America/Chicago"
weeks = 12
policies = ["va-prize"]
"""


@dataclass
class Rooms:
    """A clinic with its application. `elsewhere` is a program at another site."""

    clinic: Clinic
    app: Flask
    elsewhere: str

    @property
    def program(self) -> str:
        """The program that most stories are of."""
        return self.clinic.program

    def as_(self, persona: str) -> FlaskClient:
        """Give a client in which somebody of the staff is signed in."""
        return signed_in(self.app, self.clinic.engine, persona)

    def nobody(self) -> FlaskClient:
        """Give a client in which nobody is signed in."""
        return self.app.test_client()

    def enrol(self, code: str, name: str = "", program: str = "") -> str:
        """Enrol somebody today, with a name where one is given, and give their id."""
        answer = enrol(
            self.clinic.engine,
            self.clinic.request(),
            program or self.program,
            code,
            self.clinic.today,
            person={"name": name} if name else None,
        )
        participant: str = answer["participant"]
        return participant


def signed_in(app: Flask, engine: Engine, staff_id: str) -> FlaskClient:
    """Give a client in which somebody of the staff is signed in, past the door."""
    token, now = token_hex(), written(engine.clock())
    with engine.database.writing() as tx:
        begin_session(tx, token, staff_id, PASSWORD, now, factor_at=now)
    client = app.test_client()
    with client.session_transaction() as session:
        session[TOKEN], session[WHO] = token, staff_id
    return client


@contextmanager
def open_rooms(url: str, **options: Any) -> Iterator[Rooms]:
    """Open the rooms of a clinic that runs the shipped program, on a migrated database.

    Nobody is signed out while a story goes on for days, unless the options say so.
    """
    text = shipped_program(SHIPPED)
    policies = policies_of(load_program(SHIPPED))
    with clinic(url, *policies, program=text) as opened:
        north = parse_terms("program", ELSEWHERE)
        answer = set_up(opened.engine, Request("set up north", "system"), north, policies[:1])
        _employ(opened)
        served = Options(secret=SECRET, **SERVED | options)
        app = create_app(opened.engine, served) if options else _shared()
        app.extensions[EXTENSION] = (opened.engine, served)
        app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
        yield Rooms(opened, app, answer["program"])


@cache
def _shared() -> Flask:
    """Give an application for all stories of this process that are served alike: its templates are compiled once."""
    return create_app(Engine(Database("sqlite:////nowhere"), Vault(Keys.new())), Options(secret=SECRET, **SERVED))


def _employ(opened: Clinic) -> None:
    """Give the personas their roles."""
    sites = {name: id_ for id_, name in opened.ask("SELECT id, name FROM sites")}
    with opened.engine.database.writing() as tx:
        for id_, (name, role, site) in PERSONAS.items():
            tx.do(insert(staff).values(id=id_, name=name, made_at="2026-03-01T09:00:00.000000Z"))
            tx.do(insert(roles).values(staff_id=id_, site_id=sites[site], role=role))
            if role in NEED_FACTOR:
                keep_factor(tx, id_, seal_secret(opened.engine.vault, id_, APP), 0, "2026-03-01T09:00:00.000000Z")
