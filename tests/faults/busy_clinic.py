"""A clinic in which everything can be done next: what each action needs is there, once, and every action is named.

`Ada` has a draw to open and one opened, won slips, points, money, a reserved prize and a missed visit; `Gus` was discharged.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from cm_engine.actions.batch import Line, record_batch
from cm_engine.actions.cards import end_card, issue_card
from cm_engine.actions.close_out import close_day, close_out, confirm_day
from cm_engine.actions.consents import Agreed, give_consent, revoke_consent
from cm_engine.actions.correct import Correction, correct, excuse, void
from cm_engine.actions.draw import draw_by_hand, open_draws, pick, reseal
from cm_engine.actions.enrol import discharge, enrol, readmit, step_over
from cm_engine.actions.exempt import Wanted, end_exemption, exempt
from cm_engine.actions.pictures import remove_picture, show_picture
from cm_engine.actions.place_kiosk import register
from cm_engine.actions.plan import plan
from cm_engine.actions.purge import purge
from cm_engine.actions.record import Happening, record
from cm_engine.actions.redeem import cancel, choose, hand_over, trade_up
from cm_engine.actions.remark import remark
from cm_engine.actions.requests import Request
from cm_engine.actions.reset_pin import issue_code, unlock_card
from cm_engine.actions.revise import publish, set_program, set_up, take_version
from cm_engine.actions.roll_up import roll_up
from cm_engine.actions.seal_day import seal_day
from cm_engine.actions.stock import count_stock, restock
from cm_engine.actions.take_in import Taking, take_in
from cm_engine.actions.viewing import site_of
from cm_engine.engine import Engine
from cm_engine.events import Event, Result
from cm_engine.exchange.policy_file import load_policy
from cm_engine.exchange.program_file import parse_terms
from cm_engine.store.database import Database
from cm_engine.vault import Keys, Vault
from tests.clinic import ALL, DEV, PROGRAM, Clinic, LoadedDice, SetClock, clinic
from tests.pictures import picture_file
from tests.weeks import GROUPS

POLICIES = ("va-prize", "treatment-goals", "higgins-voucher")
KEYS = Keys.listed([b"kHaLpfO9U7wCNNQ0pk8gUvyyr8j9cElo6UNA9qLUDgk="])
TODAY = date(2026, 3, 2)
TOMORROW = TODAY + timedelta(days=1)
NEGATIVE = Result("negative")
REQUEST = Request("the key", DEV)

AGREED = Agreed(date(2026, 2, 20), None, "attendance", "State Medicaid", "payment")
SHEET = [
    Line("", Happening(TODAY, "test", NEGATIVE)),
    Line("", Happening(TODAY, "activity", Result("completed"), "recovery-activity")),
]

Act = Callable[[Engine, "There"], Any]


@dataclass(frozen=True)
class There:
    """The ids of what is there."""

    program: str
    other_program: str
    ada: str
    gus: str
    event: str
    draw: str
    redemption: str
    exemption: str
    version: str
    consent: str
    prizes: dict[str, str]


def fill(url: str) -> There:
    """Fill a migrated database, and leave no connection open."""
    with clinic(url, *POLICIES, program=PROGRAM + UNCONFIRMED) as riverside:
        riverside.engine.vault = Vault(KEYS)
        return _fill(riverside)


def _fill(riverside: Clinic) -> There:
    engine = riverside.engine
    other = set_up(engine, Request("other", DEV), _other_program(), [load_policy("va-prize")])["program"]
    riverside.clock.go_on(days=-9)
    ada, gus = riverside.enrol("Ada"), riverside.enrol("Gus")
    plan(engine, riverside.program)
    event = riverside.record(ada)["event"]
    riverside.clock.go_on(days=2)
    riverside.record(ada, "completed", kind="activity", session="housing-plan")
    for _ in range(3):
        riverside.clock.go_on(days=1)
        riverside.record(ada)
    riverside.clock.go_on(days=1)
    riverside.record(ada, "missed", riverside.today)
    for _ in range(5):
        draw_by_hand(engine, riverside.request(), ada, "va-prize", "small")
    draw = open_draws(engine, riverside.request(), ada, "va-prize")["draws"][0]["draw"]
    discharge(engine, riverside.request(), gus, riverside.today)
    confirm_day(engine, riverside.request(), riverside.program, GROUP_DAY)
    prizes = {name: id_ for id_, name in riverside.ask("SELECT id, name FROM prizes")}
    redemption = choose(engine, riverside.request(), ada, prizes["Grocery card"])["redemption"]
    exemption = exempt(engine, riverside.request(), ada, PRESCRIBED)["exemption"]
    issue_card(engine, riverside.request(), gus)
    consent = give_consent(engine, riverside.request(), ada, AGREED)["consent"]
    show_picture(engine, riverside.request(), riverside.program, prizes["Headphones"], picture_file())
    riverside.clock.go_on(days=1)
    version = publish(engine, riverside.request(), riverside.program, _steeper(), riverside.today + timedelta(days=1))
    return There(
        riverside.program, other, ada, gus, event, draw, redemption, exemption, version["version"], consent, prizes
    )


def _other_program() -> Any:
    return replace(parse_terms("program", PROGRAM), name="riverside-php", prizes=())


def _steeper() -> Any:
    policy: Any = load_policy("va-prize")
    return replace(policy, title="Prize bowl, another title")


def _file() -> dict[str, list[Event]]:
    at = datetime(2026, 3, 1, 18, tzinfo=UTC)
    blank = Event("", at, at.date(), "", 2, "test", NEGATIVE)
    ada = [blank._replace(participant="Ada", id="a-1", note="by post")]
    ben = [
        blank._replace(participant="Ben", id="b-1", place=3),
        blank._replace(participant="Ben", kind="activity", place=4),
    ]
    ben[1] = ben[1]._replace(result=Result("completed"), at=at + timedelta(hours=1), id="b-2")
    late = ben[0]._replace(id="b-3", corrects="b-1", result=Result("positive"), at=at + timedelta(hours=2), place=5)
    return {"Ada": ada, "Ben": [*ben, late]}


def _new_terms() -> Any:
    terms = parse_terms("program", PROGRAM)
    mug = replace(terms.prizes[0], name="Mug", stock=4)
    return replace(terms, title="Riverside anew", prizes=(*terms.prizes, mug))


def _policies(*names: str) -> list[Any]:
    return [load_policy(name) for name in names]


GROUP_DAY = date(2026, 2, 25)
TEST_DAY = date(2026, 2, 26)
UNCONFIRMED = GROUPS.replace("confirm = true", "confirm = false")
PERSON = {"name": "Ada Lovelace"}
PRESCRIBED = Wanted("opioid", date(2026, 3, 1), date(2026, 4, 1), "prescription seen")
VISIT = Happening(TODAY, "test", NEGATIVE, sender_id="lab-7", reason="routine", note="calm")

# What is done by itself keeps no answer: asked again, it says what is left to do.
BY_ITSELF = frozenset({"set up", "take in", "plan", "seal day", "roll up"})

# Every action, by its name.
ACTIONS: dict[str, Act] = {
    "set up": lambda engine, _: set_up(
        engine, REQUEST, replace(parse_terms("program", PROGRAM), name="third", site="hillside"), _policies("va-prize")
    ),
    "enrol": lambda engine, there: enrol(engine, REQUEST, there.program, "Cleo", TODAY, person=PERSON),
    "enrol somebody who was there": lambda engine, there: enrol(engine, REQUEST, there.program, "Gus", TODAY),
    "readmit": lambda engine, there: readmit(engine, REQUEST, there.gus, there.program, TODAY),
    "discharge": lambda engine, there: discharge(engine, REQUEST, there.ada, TODAY),
    "step over": lambda engine, there: step_over(engine, REQUEST, there.ada, there.other_program, TODAY),
    "record": lambda engine, there: record(engine, REQUEST, there.ada, VISIT),
    "correct": lambda engine, there: correct(engine, REQUEST, there.ada, Correction(there.event, Result("positive"))),
    "void": lambda engine, there: void(engine, REQUEST, there.ada, there.event, "another person's"),
    "excuse what was missed": lambda engine, there: excuse(engine, REQUEST, there.ada, date(2026, 3, 1), "test"),
    "excuse": lambda engine, there: excuse(engine, REQUEST, there.ada, TODAY, "test", reason="ill"),
    "exempt": lambda engine, there: exempt(engine, REQUEST, there.ada, PRESCRIBED),
    "end exemption": lambda engine, there: end_exemption(engine, REQUEST, there.ada, there.exemption, TODAY, "over"),
    "open draws": lambda engine, there: open_draws(engine, REQUEST, there.ada, "va-prize", 2),
    "pick": lambda engine, there: pick(engine, REQUEST, there.ada, there.draw, 7),
    "draw by hand": lambda engine, there: draw_by_hand(engine, REQUEST, there.ada, "va-prize", "large"),
    "reseal": lambda engine, there: reseal(engine, REQUEST, there.ada),
    "choose": lambda engine, there: choose(engine, REQUEST, there.ada, there.prizes["Bus pass"]),
    "hand over": lambda engine, there: hand_over(engine, REQUEST, there.ada, there.redemption),
    "cancel": lambda engine, there: cancel(engine, REQUEST, there.ada, there.redemption),
    "trade up": lambda engine, there: trade_up(engine, REQUEST, there.ada, "small", "large"),
    "issue card": lambda engine, there: issue_card(engine, REQUEST, there.ada),
    "issue another card": lambda engine, there: issue_card(engine, REQUEST, there.gus),
    "end card": lambda engine, there: end_card(engine, REQUEST, there.gus),
    "give consent": lambda engine, there: give_consent(engine, REQUEST, there.ada, AGREED),
    "revoke consent": lambda engine, there: revoke_consent(
        engine, REQUEST, there.ada, there.consent, "changed her mind"
    ),
    "record batch": lambda engine, there: record_batch(
        engine, REQUEST, there.program, [line._replace(participant=there.ada) for line in SHEET]
    ),
    "show picture": lambda engine, there: show_picture(
        engine, REQUEST, there.program, there.prizes["Coffee card"], picture_file()
    ),
    "remove picture": lambda engine, there: remove_picture(engine, REQUEST, there.program, there.prizes["Headphones"]),
    "restock": lambda engine, there: restock(engine, REQUEST, there.program, there.prizes["Headphones"], 5),
    "count stock": lambda engine, there: count_stock(engine, REQUEST, there.program, there.prizes["Headphones"], 2),
    "publish": lambda engine, there: publish(engine, REQUEST, there.program, load_policy("iop-attendance"), TOMORROW),
    "set program": lambda engine, there: set_program(
        engine, REQUEST, there.program, _new_terms(), _policies(*POLICIES, "iop-attendance"), TOMORROW
    ),
    "take version": lambda engine, there: take_version(engine, REQUEST, there.ada, "va-prize", there.version, TOMORROW),
    "remark": lambda engine, there: remark(engine, REQUEST, there.ada, "I was there", there.event),
    "issue code": lambda engine, there: issue_code(engine, REQUEST, there.ada),
    "unlock card": lambda engine, there: unlock_card(engine, REQUEST, there.ada),
    "register kiosk": lambda engine, there: register(engine, REQUEST, site_of(engine, there.ada) or "", "Front desk"),
    "plan": lambda engine, there: plan(engine, there.program),
    "confirm day": lambda engine, there: confirm_day(engine, REQUEST, there.program, TEST_DAY),
    "close day": lambda engine, there: close_day(engine, REQUEST, there.program, TEST_DAY, "snow"),
    "close out": lambda engine, there: close_out(engine, REQUEST, there.program, GROUP_DAY),
    "seal day": lambda engine, _: seal_day(engine, TODAY - timedelta(days=1)),
    "roll up": lambda engine, _: roll_up(engine),
    "purge": lambda engine, there: purge(engine, REQUEST, there.gus, retention_years=0),
    "take in": lambda engine, there: take_in(
        engine, REQUEST, Taking("file", there.program, tuple(_policies("treatment-goals"))), _file()
    ),
}


def opened(url: str, **options: Any) -> Engine:
    """Open the filled clinic once more, as another process would; dice start anew."""
    return Engine(Database(url, **options), Vault(KEYS), clock=SetClock(), dice=LoadedDice("next"))


def all_rows(engine: Engine) -> dict[str, list[Any]]:
    """Give all rows of all tables, with what is sealed opened."""
    with engine.database.reading() as tx:
        return {
            table.name: [
                tuple(_shown(engine, column.name, value) for column, value in zip(table.columns, row, strict=True))
                for row in tx.rows(rows)
            ]
            for table, rows in ALL.items()
        }


def _shown(engine: Engine, column: str, value: Any) -> Any:
    if isinstance(value, bytes | memoryview):
        return engine.vault.open_bytes(bytes(value)) if column == "sealed" else bytes(value)
    return value
