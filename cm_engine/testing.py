"""Laws that every policy keeps, to be tried on policies of a kind of your own.

    import pytest
    from hypothesis import strategies as st
    from cm_engine.testing import LAWS, Law, holds

    @pytest.mark.parametrize("law", LAWS)
    def test_punch_cards_keep_the_law(law: Law) -> None:
        holds(law, st.sampled_from([TEN_STAMPS, FIVE_STAMPS]))

Each law is tried on histories of visits that Hypothesis makes up: results of every kind, several on a day, excused and
cancelled ones, corrections and voids. Needs the extra `testing`: `pip install 'cm-engine[testing]'`.
"""

import json
import pickle
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from cm_engine.caps import Cap, year_before
from cm_engine.events import FINDINGS, OUTCOMES, VOID, Event, Result
from cm_engine.exchange.policy_file import parse_policy, policy_text
from cm_engine.policies.contract import SEEN_AS, Policy, Visit
from cm_engine.replay import Account, Line, in_order, open_accounts, replay

AnyPolicy = Policy[Any]

# Histories start here or a little later: a year's end, and a 29 February, lie within reach.
EARLIEST = date(2023, 12, 18)
MOST_VISITS = 20


def walk(policy: AnyPolicy, events: Sequence[Event], start: date = EARLIEST) -> tuple[Account, list[Line]]:
    """Replay one participant's events under a policy, from a date on."""
    account = open_accounts([policy], events, start)[0]
    return account, [line for _, line in replay(in_order(events), [account])]


def amounts(policy: AnyPolicy, events: Sequence[Event]) -> list[int]:
    """Give what each event posts."""
    return [line.amount for line in walk(policy, events)[1]]


def accepted(events: Sequence[Event]) -> list[Event]:
    """Give the events as they stand after all corrections; what was voided is gone."""
    latest = {event.corrects: event.result for event in in_order(events) if event.corrects}
    standing = [event._replace(result=latest.get(event.id, event.result)) for event in events if not event.corrects]
    return [event for event in standing if event.result.outcome != VOID]


@st.composite
def results(draw: st.DrawFn, policy: AnyPolicy) -> Result:
    """Make up the result of an event of the policy's kind."""
    outcomes = OUTCOMES[policy.on]
    outcome = draw(st.sampled_from((*outcomes[:1] * 6, *outcomes)))
    names = sorted({*policy.targets, *policy.extra_analytes})
    if policy.on != "test" or not names or draw(st.integers(0, 3)) == 0:
        return Result(outcome)
    findings = st.sampled_from((*FINDINGS[:1] * 5, *FINDINGS))
    found = draw(st.dictionaries(st.sampled_from([*names, "xylazine"]), findings, min_size=1))
    return Result(draw(st.sampled_from(("", outcome))), tuple(sorted(found.items())))


@st.composite
def histories(draw: st.DrawFn, policy: AnyPolicy, *, corrected: bool = True) -> list[Event]:
    """Make up the events of one participant, in order; with corrections and voids among them if wished."""
    on = EARLIEST + timedelta(days=draw(st.integers(0, 400)) if policy.weeks is None else draw(st.integers(0, 20)))
    sessions = ("",) if policy.on == "test" else (*policy.sessions, "group", "counselling")
    events: list[Event] = []
    for place in range(1, draw(st.integers(1, MOST_VISITS)) + 1):
        on += timedelta(days=draw(st.sampled_from((0, 1, 2, 3, 3, 4, 7, 30))))
        at = datetime(on.year, on.month, on.day, 12, tzinfo=UTC)
        earlier = [event for event in events if not event.corrects]
        if corrected and earlier and draw(st.integers(0, 3)) == 0:
            original = draw(st.sampled_from(earlier))
            result = draw(st.one_of(results(policy), st.just(Result(VOID))))
            event = original._replace(at=at, on=on, place=place, id="", corrects=original.id, result=result)
        else:
            session = draw(st.sampled_from(sessions))
            event = Event("p1", at, on, "", place, policy.on, draw(results(policy)), session, f"e{place}")
        events.append(event)
    return events


Law = Callable[[AnyPolicy, st.DataObject], None]

LAWS: list[Law] = []


def holds(law: Law, policies: st.SearchStrategy[AnyPolicy], tries: int | None = None) -> None:
    """Try a law on policies that a strategy makes; Hypothesis shows the smallest history that breaks it.

    `tries` is how many histories are tried; None: as many as the settings in force say.
    """
    tried = given(policies, st.data())(law)
    (settings(max_examples=tries)(tried) if tries else tried)()


def _law(law: Law) -> Law:
    LAWS.append(law)
    return law


@_law
def the_same_history_pays_the_same_under_equal_policies(policy: AnyPolicy, data: st.DataObject) -> None:
    """Determinism: nothing but the terms and the history decides."""
    events = data.draw(histories(policy))
    assert walk(policy, events)[1] == walk(replace(policy), events)[1]


@_law
def what_is_left_out_of_a_state_makes_no_difference(policy: AnyPolicy, data: st.DataObject) -> None:
    """From a program week on, a state and what is essential of it pay the same, and come to the same again."""
    whole = short = policy.begin()
    weeks = sorted(data.draw(st.lists(st.integers(1, 16), min_size=1, max_size=MOST_VISITS)))
    analytes = sorted({*policy.targets, *policy.extra_analytes})
    for week in weeks:
        clean = frozenset(data.draw(st.lists(st.sampled_from(analytes)))) if analytes else frozenset[str]()
        visit = Visit(data.draw(st.sampled_from(SEEN_AS[:3])), week, clean)
        (whole, due), (short, due_too) = policy.step(whole, visit), policy.step(policy.essential(short, week), visit)
        assert [part.amount for part in due] == [part.amount for part in due_too]


@_law
def later_events_do_not_change_earlier_awards(policy: AnyPolicy, data: st.DataObject) -> None:
    """What is appended, events or corrections, leaves every earlier award as it was."""
    events = data.draw(histories(policy))
    cut = data.draw(st.integers(0, len(events)))
    assert amounts(policy, events)[:cut] == amounts(policy, events[:cut])


@_law
def parts_add_up_and_balances_run_on(policy: AnyPolicy, data: st.DataObject) -> None:
    """Parts are amount and what a cap held back; the balance is the sum of amounts, and never below zero."""
    balance = 0
    for line in walk(policy, data.draw(histories(policy)))[1]:
        assert sum(part.amount for part in line.parts) == line.amount + line.capped
        assert line.capped >= 0
        balance += line.amount
        assert line.balance == balance >= 0


@_law
def awards_due_after_corrections_are_those_of_the_accepted_events(policy: AnyPolicy, data: st.DataObject) -> None:
    """However often results are corrected, what is due is what one replay of the accepted events pays."""
    events = data.draw(histories(policy))
    corrected, _ = walk(policy, events)
    _, lines = walk(replace(policy, caps=()), accepted(events))
    assert sum(corrected.dues().values()) == sum(line.amount for line in lines)
    assert corrected.dues() == walk(policy, accepted(events))[0].dues()


@_law
def the_next_visit_after_corrections_is_that_of_the_accepted_events(policy: AnyPolicy, data: st.DataObject) -> None:
    """The ladder is rebuilt whole: after any corrections the next success is worth what it would have been."""
    policy = replace(policy, caps=())
    events = data.draw(histories(policy))
    today = events[-1].on
    assert walk(policy, events)[0].next_visit(today) == walk(policy, accepted(events))[0].next_visit(today)


@_law
def without_caps_the_balance_is_what_is_due_and_the_kept_overpayments(policy: AnyPolicy, data: st.DataObject) -> None:
    """Nothing is paid that is neither due nor left in place by a correction."""
    policy = replace(policy, caps=())
    account, _ = walk(policy, data.draw(histories(policy)))
    assert account.balance == sum(account.dues().values()) + account.kept()


@_law
def a_correction_and_back_leaves_the_balance(policy: AnyPolicy, data: st.DataObject) -> None:
    """With clawback and without caps, undoing a correction undoes what it posted.

    Without clawback the balance is never lower than before, and every cent more is a kept overpayment: a changed
    result can shift a bonus to a visit that then keeps it.
    """
    policy = replace(policy, caps=())
    events = data.draw(histories(policy, corrected=False))
    original = data.draw(st.sampled_from(events))
    other = data.draw(st.one_of(results(policy), st.just(Result(VOID))))
    changed = _correction(events[-1], original, other, 1)
    back = _correction(events[-1], original, original.result, 2)
    before, _ = walk(policy, events)
    after, _ = walk(policy, [*events, changed, back])
    if policy.corrections.clawback:
        assert after.balance == before.balance
    assert after.balance == before.balance + after.kept() - before.kept()
    assert after.balance >= before.balance


@_law
def no_history_exceeds_a_cap(policy: AnyPolicy, data: st.DataObject) -> None:
    """In no period is more posted than a cap allows, corrections and all."""
    _, lines = walk(policy, data.draw(histories(policy)))
    for cap in policy.caps:
        for at, line in enumerate(lines):
            assert _counted(policy, cap, lines[: at + 1], line) <= cap.amount


@_law
def what_is_ignored_is_as_if_it_had_not_happened(policy: AnyPolicy, data: st.DataObject) -> None:
    """Leaving out an event that is not counted changes no award of the others."""
    events = data.draw(histories(policy, corrected=False))
    _, lines = walk(policy, events)
    counted = [line for line in lines if line.seen.seen_as != "ignore"]
    assert [line.amount for line in counted] == amounts(policy, [line.event for line in counted])


@_law
def nothing_is_paid_outside_the_programs_weeks(policy: AnyPolicy, data: st.DataObject) -> None:
    """After the last week an event pays nothing; a correction may come later, and looks at its event's week."""
    _, lines = walk(policy, data.draw(histories(policy)))
    for line in lines:
        if not line.event.corrects and policy.weeks is not None and line.week > policy.weeks:
            assert line.amount == 0


@_law
def what_lies_before_the_start_pays_nothing_and_changes_nothing(policy: AnyPolicy, data: st.DataObject) -> None:
    """From a later start on, everything is as if the program had been given only what came from then on."""
    events = data.draw(histories(policy))
    start = data.draw(st.sampled_from(events)).on
    account, lines = walk(policy, events, start)
    early = {event.id for event in events if event.on < start and not event.corrects}
    late = [event for event in events if event.on >= start and event.corrects not in early]
    assert sum(line.amount for line in lines if line.event not in late) == 0
    assert [line.amount for line in lines if line.event in late] == [
        line.amount for line in walk(policy, late, start)[1]
    ]
    assert account.dues() == walk(policy, late, start)[0].dues()


@_law
def only_a_success_is_paid(policy: AnyPolicy, data: st.DataObject) -> None:
    """A failure, an excused absence and what is ignored pay nothing."""
    _, lines = walk(policy, data.draw(histories(policy)))
    for line in lines:
        if not line.event.corrects and line.seen.seen_as != "success":
            assert line.parts == ()


@_law
def a_step_gives_amounts_of_zero_or_more_and_a_state_that_can_be_kept(policy: AnyPolicy, data: st.DataObject) -> None:
    """States are hashable values; the same step from an equal state gives the same again."""
    state = policy.begin()
    week = 1
    for seen_as in data.draw(st.lists(st.sampled_from(SEEN_AS[:3]), max_size=40)):
        week += data.draw(st.integers(0, 1))
        visit = Visit(seen_as, week, frozenset(data.draw(st.sets(st.sampled_from(("opioid", "thc"))))))
        again = policy.follow(state, visit) if policy.weeks is None or week <= policy.weeks else (state, ())
        assert policy.step(state, visit) == again
        state, parts = again
        assert policy.recall(json.loads(json.dumps(policy.keep(state)))) == state
        assert all(part.amount >= 0 for part in parts)
        hash(state)


@_law
def a_policy_can_be_sent_to_another_process(policy: AnyPolicy, data: st.DataObject) -> None:
    """Pickled and back it is equal to itself, whatever it was asked before, and pays the same."""
    events = data.draw(histories(policy))
    paid = amounts(policy, events)
    sent = pickle.loads(pickle.dumps(policy))
    assert sent == policy
    assert amounts(sent, events) == paid


@_law
def what_is_shown_loads_back_to_the_same_policy(policy: AnyPolicy, data: st.DataObject) -> None:
    """Written as a policy file and read again, a policy is equal to itself."""
    assert parse_policy("shown", policy_text(policy)) == policy


def _correction(last: Event, original: Event, result: Result, place: int) -> Event:
    """Correct an event on the day after the last one."""
    on = last.on + timedelta(days=1)
    at = last.at + timedelta(days=1)
    return original._replace(at=at, on=on, place=last.place + place, id="", corrects=original.id, result=result)


def _counted(policy: AnyPolicy, cap: Cap, lines: Sequence[Line], last: Line) -> int:
    """Add up what counts against a cap in the period of a line, in the cap's unit, the plain way."""
    if cap.per == "event":
        return (sum(part.amount for part in last.parts if part.amount > 0) - last.capped) * policy.cap_worth
    posted: defaultdict[bool, int] = defaultdict(int)
    for line in lines:
        posted[_same_period(cap, line, last)] += line.amount
    return posted[True] * policy.cap_worth


def _same_period(cap: Cap, line: Line, last: Line) -> bool:
    one, other = line.event.on, last.event.on
    return {
        "day": one == other,
        "week": line.week == last.week,
        "month": (one.year, one.month) == (other.year, other.month),
        "calendar-year": one.year == other.year,
        "fiscal-year": _fiscal_year(one, cap.first_day) == _fiscal_year(other, cap.first_day),
        "rolling-year": year_before(other) < one <= other,
        "episode": True,
    }[cap.per]


def _fiscal_year(on: date, first_day: str) -> int:
    """Name a fiscal year by the year that it begins in."""
    return on.year if f"{on:%m-%d}" >= first_day else on.year - 1
