"""Races of real processes, on both databases: who comes first wins, nobody wins twice, and nothing is lost."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from cm_engine import ledger
from cm_engine.actions.correct import Correction, correct
from cm_engine.actions.draw import open_draws
from cm_engine.actions.enrol import enrol
from cm_engine.actions.record import Happening, record
from cm_engine.actions.redeem import choose
from cm_engine.actions.requests import Request
from cm_engine.actions.take_in import Taking, take_in
from cm_engine.actions.verify import verify
from cm_engine.events import Event, Kind, Result
from cm_engine.exchange.policy_file import load_policy, parse_policy
from cm_engine.policies.contract import Corrections, Policy
from tests.clinic import DEV, PROGRAM, Clinic, clinic
from tests.faults.busy_clinic import KEYS
from tests.races.crew import SIZE, Crew, Failed, Outcome, Task
from tests.soak import times

TRIALS = times(200, in_soak=1000)
# What the engine says no by: the kinds of its refusals.
REFUSALS = {"RefusedError", "NoneLeftError", "OverCapsError", "TooLittleError"}
DAY = date(2026, 1, 5)
NEGATIVE = Result("negative")
POSITIVE = Result("positive")


def paying(amount: str, on: Kind) -> Policy[Any]:
    """A policy that pays the same amount of money for every success."""
    return parse_policy(
        f"{on}-money",
        f'name = "{on}-money"\ntitle = "Money"\nkind = "escalating"\npays = "usd"\non = "{on}"\n'
        f'[ladder]\nstart = "{amount}"\n[reset]\nto = "start"\n',
    )


@contextmanager
def a_full_house(
    url: str, people: int, *policies: Policy[Any] | str, program: str = PROGRAM, first: Sequence[Event] = ()
) -> Iterator[tuple[Clinic, list[str]]]:
    """Open a clinic with so many people, each enrolled and with the same first events; look afterwards that all is well."""
    with clinic(url, *policies, program=program, keys=KEYS) as riverside:
        held = tuple(policy for policy in _held(riverside))
        files = {f"P{number:04}": _own(first, f"P{number:04}") for number in range(people)}
        take_in(riverside.engine, riverside.request(), Taking("first", riverside.program, held), files)
        ids = dict(riverside.ask("SELECT code, id FROM participants"))
        yield riverside, [ids[code] for code in files]
        assert verify(riverside.engine).faults == []


def _held(riverside: Clinic) -> list[Policy[Any]]:
    with riverside.engine.database.reading() as tx:
        return [version.policy for version in riverside.engine.published(tx).versions.values()]


def _own(events: Sequence[Event], code: str) -> list[Event]:
    return [event._replace(participant=code, id=f"{code} {place}") for place, event in enumerate(events)]


def happened(kind: Kind, outcome: str, day: int = 0) -> Event:
    """Something that happened at noon of a day, counted from the first."""
    on = DAY + timedelta(days=day)
    return Event("", datetime(on.year, on.month, on.day, 20, tzinfo=UTC), on, "", 0, kind, Result(outcome))


def visit(person: str, key: str, kind: Kind, outcome: str, day: int = 0) -> Task:
    """Record what happened on a day."""
    event = happened(kind, outcome, day)
    return Task(record, (Request(key, DEV), person, Happening(event.at, kind, event.result)))


def won(outcome: Outcome) -> list[Any]:
    """Give the answers that are no refusal; anything else than a refusal is an error."""
    failed = [answer for answer in outcome if isinstance(answer, Failed)]
    assert [answer for answer in failed if answer.kind not in REFUSALS] == []
    return [answer for answer in outcome if not isinstance(answer, Failed)]


def amounts(outcome: Outcome) -> list[str]:
    return sorted(award["amount"] for answer in won(outcome) for award in answer["awards"])


def events_of(riverside: Clinic) -> int:
    count: int = riverside.ask("SELECT count(*) FROM log WHERE fact = 'event-recorded'")[0][0]
    return count


def test_the_last_prize_goes_to_one(migrated_url: str, crew: Crew) -> None:
    """Four want the same last mug, again and again: one gets it each time, and pays for it."""
    mugs = "".join(
        f'\n[[prizes]]\nname = "Mug {n:04}"\nclass = "in-kind"\nvalue = "0.10"\nstock = 1\n' for n in range(TRIALS)
    )
    first = [happened("test", "negative")]
    with a_full_house(migrated_url, 4, paying("400.00", "test"), program=PROGRAM + mugs, first=first) as (
        house,
        people,
    ):
        prizes = [id_ for (id_,) in house.ask("SELECT id FROM prizes WHERE name LIKE 'Mug%%' ORDER BY name")]
        trials = [[Task(choose, (Request(f"{prize} {who}", DEV), who, prize)) for who in people] for prize in prizes]
        for outcome in crew.race(migrated_url, trials):
            assert len(won(outcome)) == 1
        left = [house.standing(who).has(ledger.HELD, "usd") for who in people]
        assert sum(left) == 4 * 400_00 - TRIALS * 10
        assert set(house.ask("SELECT on_hand FROM stock JOIN prizes ON id = prize_id WHERE name LIKE 'Mug%%'")) == {
            (0,)
        }


def test_the_same_balance_is_spent_once(migrated_url: str, crew: Crew) -> None:
    """Twenty points, and two at the counter at once for a prize of twenty points: one prize."""
    many = PROGRAM.replace("stock = 10\n", f"stock = {TRIALS + 1}\n")
    first = [happened("activity", "completed")]
    with a_full_house(migrated_url, TRIALS, "treatment-goals", program=many, first=first) as (house, people):
        pass_ = house.ask("SELECT id FROM prizes WHERE name = 'Bus pass'")[0][0]
        trials = [[Task(choose, (Request(f"{who} {n}", DEV), who, pass_)) for n in range(2)] for who in people]
        for outcome in crew.race(migrated_url, trials):
            assert len(won(outcome)) == 1
        assert {house.standing(who).has(ledger.HELD, "points") for who in people[:20]} == {0}
        assert house.ask("SELECT on_hand FROM stock JOIN prizes ON id = prize_id WHERE name = 'Bus pass'") == [(1,)]


def test_the_same_request_sixteen_times_is_done_once(migrated_url: str, crew: Crew) -> None:
    """A nervous client sends its request sixteen times at once: one effect, and sixteen times the same answer."""
    with a_full_house(migrated_url, TRIALS, "va-prize", first=[happened("test", "negative")]) as (house, people):
        before = events_of(house)
        trials = [[visit(who, f"once {who}", "test", "negative", day=2)] * SIZE for who in people]
        for outcome in crew.race(migrated_url, trials):
            answers = won(outcome)
            assert answers == [answers[0]] * SIZE
            assert amounts(answers[:1]) == ["2"]
        assert events_of(house) == before + TRIALS


def test_a_visit_that_two_log_is_paid_once(migrated_url: str, crew: Crew) -> None:
    """Two staff log the same day's test, each in their own request: both are there, and one was paid."""
    with a_full_house(migrated_url, TRIALS, paying("3.00", "test"), first=[happened("test", "negative")]) as (
        house,
        people,
    ):
        trials = [[visit(who, f"{who} {n}", "test", "negative", day=2) for n in range(2)] for who in people]
        for outcome in crew.race(migrated_url, trials):
            assert amounts(outcome) == ["0.00", "3.00"]
        assert events_of(house) == 3 * TRIALS


def test_a_correction_beside_a_new_result_ends_the_same_whichever_is_first(migrated_url: str, crew: Crew) -> None:
    """The first result is corrected to positive while the next one is recorded: what is due does not hang on who was first."""
    first = [happened("test", "negative"), happened("test", "negative", day=2)]
    policy = replace(load_policy("higgins-voucher"), corrections=Corrections(clawback=True))
    with a_full_house(migrated_url, TRIALS + 2, policy, first=first) as (house, people):
        events = dict(house.ask("SELECT chain, key FROM log WHERE fact = 'event-recorded' AND seq = 2"))
        pairs = [_correction_and_result(who, events[who]) for who in people]
        one, other = pairs.pop(), pairs.pop()
        for task in (*one, *reversed(other)):
            task.act(house.engine, *task.asked)
        expected = _held_by(house, people[-1])
        assert expected == _held_by(house, people[-2])
        for outcome in crew.race(migrated_url, pairs):
            assert len(won(outcome)) == 2
        assert [who for who in people if _held_by(house, who) != expected] == []


def _correction_and_result(who: str, event: str) -> list[Task]:
    correction = Correction(event, POSITIVE, DAY + timedelta(days=9))
    return [
        Task(correct, (Request(f"{who} correction", DEV), who, correction)),
        visit(who, f"{who} new", "test", "negative", day=4),
    ]


def _held_by(house: Clinic, who: str) -> int:
    return house.standing(who).has(ledger.HELD, "usd")


def test_a_cap_over_two_policies_is_met_and_never_passed(migrated_url: str, crew: Crew) -> None:
    """A test and a group at once, 400 dollars each, where a payer gives at most 599: together they get 599."""
    policies = paying("400.00", "test"), paying("400.00", "attendance")
    first = [happened("test", "positive")]
    with a_full_house(migrated_url, TRIALS, *policies, first=first) as (house, people):
        trials = [
            [visit(who, f"{who} t", "test", "negative", 2), visit(who, f"{who} a", "attendance", "attended", 2)]
            for who in people
        ]
        for outcome in crew.race(migrated_url, trials):
            assert amounts(outcome) == ["199.00", "400.00"]
        assert {_held_by(house, who) for who in people[:20]} == {599_00}


def test_files_that_name_people_in_another_order_do_not_wait_for_each_other(migrated_url: str, crew: Crew) -> None:
    """Two labs send files at once that name the same people, one from A to Z, one from Z to A: both are taken in."""
    names = 8
    with a_full_house(migrated_url, names, "va-prize", first=[happened("test", "negative")]) as (house, people):
        before = events_of(house)
        codes = [code for (code,) in house.ask("SELECT code FROM participants ORDER BY code")]
        trials = [_two_files(house.program, codes, number) for number in range(TRIALS // 4)]
        for outcome in crew.race(migrated_url, trials):
            assert [answer.created for answer in won(outcome)] == [names, names]
        assert events_of(house) == before + 2 * names * len(trials)
        assert len(people) == names


def test_a_file_that_two_take_in_at_once_is_taken_in_once(migrated_url: str, crew: Crew) -> None:
    names = 8
    with a_full_house(migrated_url, names, "va-prize", first=[happened("test", "negative")]) as (house, people):
        codes = [code for (code,) in house.ask("SELECT code FROM participants ORDER BY code")]
        files = [_two_files(house.program, codes, number)[0] for number in range(TRIALS // 4)]
        for outcome in crew.race(migrated_url, [[file, file] for file in files]):
            assert sorted((answer.created, answer.already_there) for answer in won(outcome)) == [(0, names), (names, 0)]
        assert events_of(house) == len(people) * (1 + len(files))


def test_a_newcomer_whom_two_enrol_at_once_is_enrolled_once(migrated_url: str, crew: Crew) -> None:
    with a_full_house(migrated_url, 1, "va-prize", first=[happened("test", "negative")]) as (house, _):
        trials = [
            [Task(enrol, (Request(f"{number} {who}", DEV), house.program, f"N{number}", DAY)) for who in range(2)]
            for number in range(TRIALS)
        ]
        for outcome in crew.race(migrated_url, trials):
            assert len(won(outcome)) == 1
        assert house.ask("SELECT count(*) FROM participants") == [(TRIALS + 1,)]
        assert house.ask("SELECT count(*) FROM enrolments") == [(TRIALS + 1,)]


def test_the_last_draw_is_opened_once(migrated_url: str, crew: Crew) -> None:
    with a_full_house(migrated_url, TRIALS, "va-prize", first=[happened("test", "negative")]) as (house, people):
        trials = [[Task(open_draws, (Request(f"{who} {n}", DEV), who, "va-prize")) for n in range(2)] for who in people]
        for outcome in crew.race(migrated_url, trials):
            assert len(won(outcome)) == 1
        assert house.ask("SELECT count(*) FROM seals") == [(TRIALS,)]


def _two_files(program: str, codes: list[str], number: int) -> list[Task]:
    event = happened("test", "missed", day=number % 50 + 1)
    files = [
        {code: [event._replace(participant=code, id=f"{lab} {number} {code}")] for code in order}
        for lab, order in (("one", codes), ("other", codes[::-1]))
    ]
    return [
        Task(take_in, (Request(f"{number} {place}", DEV), Taking("file", program), file))
        for place, file in enumerate(files)
    ]
