"""One of everything that an address of the rooms may name, made by the engine's own actions in a program."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from cm_engine.actions.audit import Signing, audit_figures, audit_tasks, sign_audit
from cm_engine.actions.compare import version_text
from cm_engine.actions.consents import Agreed, give_consent
from cm_engine.actions.drafts import Begun, begin_draft
from cm_engine.actions.draw import draw_by_hand
from cm_engine.actions.enrol import enrol
from cm_engine.actions.exempt import Wanted, exempt
from cm_engine.actions.export import REPORTS
from cm_engine.actions.issue_token import Wished as WishedToken
from cm_engine.actions.issue_token import issue
from cm_engine.actions.place_kiosk import register
from cm_engine.actions.plan import plan
from cm_engine.actions.publishing import Proposed, propose
from cm_engine.actions.record import Happening, record
from cm_engine.actions.redeem import choose
from cm_engine.actions.remark import remark
from cm_engine.actions.revise import publish, set_program
from cm_engine.actions.roll_up import roll_up
from cm_engine.events import Result
from cm_engine.exchange.program_file import parse_terms
from cm_engine.timetable import read_schedule
from tests.web.rooms import Rooms

Ids = dict[str, str]

GROUP, AT = "early-recovery-group", "10:00"
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
GROUPS = ", ".join(f'{{day = "{day}", at = "{AT}", session = "{GROUP}"}}' for day in DAYS)

# What every program gets here: a group on every day of the week, and a prize.
OFFERED = parse_terms(
    "program",
    f"""
name = "offered"
title = "Offered"
site = "offered"
timezone = "UTC"

[[timetable]]
weeks = "1-"
sessions = [{GROUPS}]

[[prizes]]
name = "Coffee card"
size = "small"
class = "limited-use-card"
value = "1.00"
stock = 9
""",
)


def make_places(rooms: Rooms, staff: dict[str, str]) -> list[Ids]:
    """Make one of everything in some programs, each with somebody of the staff; give the ids of each."""
    for program in staff:
        _offer(rooms, program)
    rooms.clinic.clock.go_on(days=40)  # so that a month's audit is due
    made = [
        _program_ids(rooms, program) | {"staff": name} | _person_ids(rooms, program) for program, name in staff.items()
    ]
    roll_up(rooms.clinic.engine)
    return made


def _offer(rooms: Rooms, program: str) -> None:
    """Let a program have a group every day and a prize from tomorrow on, and its first policy a second version."""
    engine, tomorrow = rooms.clinic.engine, rooms.clinic.today + timedelta(days=1)
    with engine.database.reading() as tx:
        published = engine.published(tx)
    terms = published.programs[program].terms[-1][1]
    policies = [one.policy for one in published.versions.values() if one.program == program]
    offered = replace(terms, timetable=OFFERED.timetable, prizes=OFFERED.prizes, trades=())
    set_program(engine, rooms.clinic.request(), program, offered, policies, tomorrow)
    publish(engine, rooms.clinic.request(), program, replace(policies[0], title="Another title"), tomorrow)


def _program_ids(rooms: Rooms, program: str) -> Ids:
    engine, ask = rooms.clinic.engine, rooms.clinic.ask
    site = ask(f"SELECT site_id FROM programs WHERE id = '{program}'")[0][0]
    of_program = f"policy_versions WHERE program_id = '{program}'"
    versions = ask(
        f"SELECT id FROM {of_program} AND policy IN (SELECT policy FROM {of_program} AND number = 2) ORDER BY number"
    )
    prize = ask(f"SELECT id FROM prizes WHERE program_id = '{program}' AND name = 'Coffee card'")[0][0]
    wished = WishedToken("Laboratory", frozenset({"record"}), frozenset({site}), 30)
    token = issue(engine, rooms.clinic.request(), wished).token
    kiosk = register(engine, rooms.clinic.request(), site, "Waiting room").kiosk
    (earlier,), (later,) = versions
    report = next(iter(REPORTS))
    return {
        "site": site,
        "program": program,
        "version": later,
        "earlier": earlier,
        "later": later,
        "prize": prize,
        "kiosk": kiosk,
        "token": token,
        "report": report,
        **_audit_ids(rooms, program),
        **_studio_ids(rooms, program, later),
    }


def _studio_ids(rooms: Rooms, program: str, version: str) -> Ids:
    """Begin a draft of a version, and propose it."""
    engine, clinic = rooms.clinic.engine, rooms.clinic
    found = version_text(engine, program, version)
    begun = Begun(found["name"], "Longer", found["text"].replace("weeks = 12", "weeks = 16"), based_on=version)
    draft = begin_draft(engine, clinic.request(), program, begun)["draft"]
    proposed = Proposed(begun.text, clinic.today + timedelta(days=1), read_schedule("1-12:2"), draft=draft)
    return {"draft": draft, "proposal": propose(engine, clinic.request(), program, proposed)["proposal"]}


def _audit_ids(rooms: Rooms, program: str) -> Ids:
    """Sign the first audit that is due; another one stays due."""
    engine = rooms.clinic.engine
    signed, due, *_ = [task for task in audit_tasks(engine, program)["tasks"] if task["state"] in {"due", "overdue"}]
    seen: Any = audit_figures(engine, program, signed["kind"], signed["period"])
    signing = Signing(signed["kind"], signed["period"], {}, "", "Femi Ade", seen["seen"])
    audit = sign_audit(engine, rooms.clinic.request(), program, signing)["audit"]
    return {"audit": audit, "kind": due["kind"], "period": due["period"]}


def _person_ids(rooms: Rooms, program: str) -> Ids:
    clinic, engine, today = rooms.clinic, rooms.clinic.engine, rooms.clinic.today
    ada: str = enrol(engine, clinic.request(), program, f"A-{program[:4]}", today)["participant"]
    plan(engine, program)
    tested = Happening(clinic.clock.now, "test", Result("negative"))
    event = record(engine, clinic.request(), ada, tested)["event"]
    consent = give_consent(engine, clinic.request(), ada, Agreed(today, None, "attendance", "a clinic", "treatment"))
    exemption = exempt(engine, clinic.request(), ada, Wanted("opioid", today, today + timedelta(days=9)))
    draw_by_hand(engine, clinic.request(), ada, "va-prize", "small")
    prize = clinic.ask(f"SELECT id FROM prizes WHERE program_id = '{program}' AND name = 'Coffee card'")[0][0]
    return {
        "participant": ada,
        "event": event,
        "on": today.isoformat(),
        "session": GROUP,
        "consent": consent["consent"],
        "exemption": exemption["exemption"],
        "redemption": choose(engine, clinic.request(), ada, prize)["redemption"],
        "remark": remark(engine, clinic.request(), ada, "This is not right")["remark"],
    }
