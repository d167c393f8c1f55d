"""Every action: a dry run is the real run without its traces, and a request is answered once."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, NamedTuple

import pytest

from cm_engine.actions.cards import issue_card
from cm_engine.actions.consents import Agreed, give_consent
from cm_engine.actions.correct import Correction, correct, excuse, void
from cm_engine.actions.drafts import Begun, Changed, begin_draft, discard_draft, redo, save_draft, undo
from cm_engine.actions.draw import draw_by_hand, open_draws, pick, reseal
from cm_engine.actions.enrol import discharge, enrol, readmit, step_over
from cm_engine.actions.publishing import Proposed, approve, decline, propose, withdraw
from cm_engine.actions.purge import purge
from cm_engine.actions.record import Happening, record
from cm_engine.actions.redeem import cancel, choose, hand_over, trade_up
from cm_engine.actions.requests import Answer, ConflictError, Request
from cm_engine.actions.revise import publish, set_program, set_up, take_version
from cm_engine.actions.stock import count_stock, restock
from cm_engine.actions.verify import verify
from cm_engine.engine import Engine
from cm_engine.events import Result
from cm_engine.exchange.policy_file import load_policy, parse_policy, policy_text
from cm_engine.exchange.program_file import parse_terms
from cm_engine.policies.contract import Policy
from cm_engine.timetable import read_schedule
from cm_engine.vault import Keys, Vault
from tests.clinic import DEV, PROGRAM, Clinic, clinic

HIGGINS, VA_PRIZE = load_policy("higgins-voucher"), load_policy("va-prize")
DEARER = parse_policy("story", policy_text(HIGGINS).replace("2.50", "5.00"))
TERMS = parse_terms("program", PROGRAM)


AGREED = Agreed(date(2026, 3, 2), None, "attendance and rewards earned", "State Medicaid", "payment")
FEMI = "femi-the-manager"


class World(NamedTuple):
    """A clinic in which every action can be done: by Ada, who is enrolled, and by Gus, who left long ago."""

    engine: Engine
    program: str
    other: str
    ada: str
    gus: str
    today: date
    event: str
    draw: str
    reserved: str
    coffee: str
    grocery: str
    version: str
    draft: str
    mine: str
    theirs: str


def world(riverside: Clinic) -> World:
    engine, ask = riverside.engine, riverside.request
    gus = riverside.enrol("Gus")
    discharge(engine, ask(), gus, riverside.today)
    riverside.clock.go_on(days=400)
    ada = riverside.enrol("Ada")
    riverside.tests(ada, "NNNN")
    for _ in range(6):
        draw_by_hand(engine, ask(), ada, VA_PRIZE.name, "small")
    draw = open_draws(engine, ask(), ada, VA_PRIZE.name)["draws"][0]["draw"]
    coffee = riverside.prize("Coffee card")
    reserved = choose(engine, ask(), ada, coffee)["redemption"]
    today = riverside.today
    version = publish(engine, ask(), riverside.program, DEARER, today + timedelta(days=1))["version"]
    other = set_up(engine, ask(), parse_terms("p", PROGRAM.replace("riverside-iop", "another")), [HIGGINS])["program"]
    event = riverside.event(ada)
    grocery = riverside.prize("Grocery card")
    draft, mine, theirs = drafted(riverside)
    return World(
        engine,
        riverside.program,
        other,
        ada,
        gus,
        today,
        event,
        draw,
        reserved,
        coffee,
        grocery,
        version,
        draft,
        mine,
        theirs,
    )


def drafted(riverside: Clinic) -> tuple[str, str, str]:
    """Begin a draft, saved three times and undone once; and propose a version of each policy: one's own, and somebody else's."""
    engine, program, ask = riverside.engine, riverside.program, riverside.request
    draft = begin_draft(engine, ask(), program, Begun(HIGGINS.name, "Dearer", "1"))["draft"]
    for seen in (1, 2):
        save_draft(engine, ask(), program, draft, Changed(seen, str(seen + 1)))
    undo(engine, ask(), program, draft, 3)
    engine.policy_approval = True
    mine = propose(engine, ask(), program, proposed(HIGGINS, riverside.today, 9))["proposal"]
    theirs = propose(engine, ask()._replace(actor=FEMI), program, proposed(VA_PRIZE, riverside.today, 9))["proposal"]
    return draft, mine, theirs


def proposed(policy: Policy[Any], today: date, days: int) -> Proposed:
    """Ask for a policy from a later day on, for running enrolments too."""
    day = today + timedelta(days=days)
    return Proposed(policy_text(policy), day, read_schedule("1-12:2"), day, acknowledged=("nothing left",))


Act = Callable[[World, Request, int], Answer]

NEGATIVE, POSITIVE = Result("negative"), Result("positive")


def day(w: World, number: int) -> date:
    return w.today + timedelta(days=number)


# Every action as it is asked for with a number, 1 or 2, that is part of its content.
ACTIONS: dict[str, Act] = {
    "enrol": lambda w, r, n: enrol(w.engine, r, w.program, f"Cleo {n}", w.today, person={"name": "Cleo"}),
    "discharge": lambda w, r, n: discharge(w.engine, r, w.ada, day(w, n)),
    "readmit": lambda w, r, n: readmit(w.engine, r, w.gus, w.program, day(w, n)),
    "step over": lambda w, r, n: step_over(w.engine, r, w.ada, w.other, day(w, n)),
    "record": lambda w, r, n: record(
        w.engine, r, w.ada, Happening(day(w, -1), "test", NEGATIVE, "", f"sender {n}", "why", "note")
    ),
    "correct": lambda w, r, n: correct(w.engine, r, w.ada, Correction(w.event, POSITIVE, note=str(n))),
    "void": lambda w, r, n: void(w.engine, r, w.ada, w.event, f"entered {n} times"),
    "excuse": lambda w, r, n: excuse(w.engine, r, w.ada, day(w, -20 - n), "test"),
    "give consent": lambda w, r, n: give_consent(w.engine, r, w.ada, AGREED._replace(recipient=f"Payer {n}")),
    "issue card": lambda w, r, n: issue_card(w.engine, r, (w.ada, w.gus)[n - 1]),
    "draw by hand": lambda w, r, n: draw_by_hand(w.engine, r, w.ada, VA_PRIZE.name, ("", "small", "large")[n]),
    "choose": lambda w, r, n: choose(w.engine, r, w.ada, ("", w.coffee, w.grocery)[n]),
    "take version": lambda w, r, n: take_version(w.engine, r, w.ada, HIGGINS.name, w.version, day(w, n)),
    "publish": lambda w, r, n: publish(w.engine, r, w.program, VA_PRIZE, day(w, n)),
    "set program": lambda w, r, n: set_program(w.engine, r, w.program, TERMS, [HIGGINS], day(w, n)),
    "begin draft": lambda w, r, n: begin_draft(w.engine, r, w.program, Begun(HIGGINS.name, str(n), "")),
    "save draft": lambda w, r, n: save_draft(w.engine, r, w.program, w.draft, Changed(2, f"say {n}")),
    "undo draft": lambda w, r, n: undo(w.engine, r, w.program, w.draft, (2, 1)[n - 1]),
    "redo draft": lambda w, r, n: redo(w.engine, r, w.program, w.draft, (2, 1)[n - 1]),
    "discard draft": lambda w, r, n: discard_draft(w.engine, r, w.program, (w.draft, "another")[n - 1]),
    "approve": lambda w, r, n: approve(w.engine, r, w.program, w.theirs, day(w, 8 + n)),
    "decline": lambda w, r, n: decline(w.engine, r, w.program, w.theirs, f"reason {n}"),
    "withdraw": lambda w, r, n: withdraw(w.engine, r, w.program, w.mine, f"reason {n}"),
    "propose": lambda w, r, n: propose(w.engine, r, w.other, proposed(HIGGINS, w.today, n)),
    "restock": lambda w, r, n: restock(w.engine, r, w.program, w.coffee, n),
    "count stock": lambda w, r, n: count_stock(w.engine, r, w.program, w.coffee, n),
    "purge": lambda w, r, n: purge(w.engine, r, w.gus, retention_years=n),
    # What has nothing that could be asked for otherwise, but by whom or of whom, which is refused before.
    "hand over": lambda w, r, n: hand_over(w.engine, r._replace(actor=FEMI), w.ada, (w.reserved, "another")[n - 1]),
    "cancel": lambda w, r, n: cancel(w.engine, r, w.ada, (w.reserved, "another")[n - 1]),
    "trade up": lambda w, r, n: trade_up(w.engine, r, w.ada, "small", ("large", "jumbo")[n - 1]),
}

# In these something is thrown, so a dry run tells what it can (`test_draw` has what that is).
THROWN: dict[str, Act] = {
    "open draws": lambda w, r, n: open_draws(w.engine, r, w.ada, VA_PRIZE.name, n),
    "pick": lambda w, r, n: pick(w.engine, r, w.ada, w.draw, n),
    "reseal": lambda w, r, n: reseal(w.engine, r, (w.ada, w.gus)[n - 1]),
}


@pytest.mark.parametrize("name", list(ACTIONS | THROWN))
def test_a_dry_run_is_the_real_run_and_a_request_is_answered_once(name: str, migrated_url: str) -> None:
    with clinic(migrated_url, HIGGINS, VA_PRIZE) as riverside:
        here, act = world(riverside), (ACTIONS | THROWN)[name]
        before = riverside.rows()
        tried = act(here, Request("key", DEV, dry_run=True), 1)
        assert riverside.rows() == before
        first = act(here, Request("key", DEV), 1)
        assert name in THROWN or first == tried
        after = riverside.rows()
        assert after != before
        assert act(here, Request("key", DEV), 1) == first
        assert act(here, Request("key", "somebody else", dry_run=True), 1) == first
        riverside.restart()
        here = here._replace(engine=riverside.engine)
        assert act(here, Request("key", DEV), 1) == first
        assert riverside.rows() == after
        with riverside.refuses("was used before, to ask for something else", ConflictError):
            act(here, Request("key", DEV), 2)
        assert verify(riverside.engine).is_clean


def test_without_the_key_nobody_can_try_names_until_one_fits_a_request(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        asked, person = riverside.request(), {"name": "August Gustavson"}

        def again(engine: Engine) -> Answer:
            return enrol(engine, asked, riverside.program, "Gus", riverside.today, person=person)

        assert again(riverside.engine) == again(riverside.engine)
        guesser = riverside.engine
        guesser.vault = Vault(Keys.new())
        with riverside.refuses("to ask for something else", ConflictError):
            again(guesser)
