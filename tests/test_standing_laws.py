"""Laws of standing: any order of arrival leads to the same, and what was kept answers as the whole history does."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cm_engine.caps import Cap
from cm_engine.catalogue import PRESETS
from cm_engine.events import Event
from cm_engine.exchange.policy_file import load_policy
from cm_engine.facts import Discharged, Enrolled, EventRecorded, ParticipantFact, ResultCorrected
from cm_engine.policies.contract import Policy
from cm_engine.replay import Account, Term
from cm_engine.rulebook import Payer, Paying, Rulebook
from cm_engine.settlement import Books
from cm_engine.standing import Standing
from cm_engine.testing import EARLIEST, histories
from tests.soak import times
from tests.strategies import policies

AnyPolicy = Policy[Any]

EVERY_POLICY = [*[st.just(load_policy(name)) for name in PRESETS], policies()]
NAMES = [*PRESETS, "random policies"]
PAYER = Payer("payer", "Payer", (Cap(amount=40_00, per="calendar-year"), Cap(amount=15_00, per="month", mode="deny")))


def apart(events: Sequence[Event]) -> list[Event]:
    """Let each event have a moment of its own."""
    return [event._replace(at=event.at + timedelta(seconds=event.place)) for event in events]


@st.composite
def arrivals(draw: st.DrawFn, events: Sequence[Event]) -> list[Event]:
    """Let events arrive in any order; only, a correction follows its event, and the corrections of one keep theirs."""
    order = draw(st.permutations(range(len(events))))
    groups: dict[str, list[int]] = {}
    for place in order:
        groups.setdefault(events[place].corrects or events[place].id, []).append(place)
    in_turn = {key: iter(sorted(places)) for key, places in groups.items()}
    return [events[next(in_turn[events[place].corrects or events[place].id])] for place in order]


def account_of(policy: AnyPolicy, events: Sequence[Event]) -> Account:
    """Take events as they arrive, the late ones recorded on the day of the latest."""
    account = Account(Term(EARLIEST, ((EARLIEST, policy),), EARLIEST), lambda _visit, _posted: (), Books())
    today = date.min
    for event in events:
        today = max(today, event.on)
        account.take(event, today)
    return account


@pytest.mark.parametrize("policy", EVERY_POLICY, ids=NAMES)
def test_any_order_of_arrival_leads_to_the_same_ladder_and_the_same_dues(policy: st.SearchStrategy[AnyPolicy]) -> None:
    @given(policy, st.data())
    @settings(max_examples=times(50, 1000))
    def law(policy: AnyPolicy, data: st.DataObject) -> None:
        policy = replace(policy, caps=())
        events = apart(data.draw(histories(policy)))
        one = account_of(policy, events)
        other = account_of(policy, data.draw(arrivals(events)))
        assert other.dues() == one.dues()
        assert other.seen == one.seen
        after = events[-1].on
        assert other.next_visit(after) == one.next_visit(after)
        assert other.keep()[:4] == one.keep()[:4]  # the latest moment, the day, the ladder, what is taken of the day

    law()


def facts_of(events: Sequence[Event]) -> list[ParticipantFact]:
    """Give the facts that record events in their order."""
    facts: list[ParticipantFact] = []
    for event in events:
        if event.corrects:
            facts.append(ResultCorrected(event.corrects, event.at, event.on, event.result))
        else:
            recorded = (event.id, event.at, event.on, event.kind, event.result, event.session, event.on)
            facts.append(EventRecorded(*recorded))
    return facts


@pytest.mark.parametrize("policy", EVERY_POLICY, ids=NAMES)
def test_what_was_kept_answers_as_the_whole_history_does(policy: st.SearchStrategy[AnyPolicy]) -> None:
    @given(policy, st.data())
    @settings(max_examples=times(50, 1000))
    def law(policy: AnyPolicy, data: st.DataObject) -> None:
        rulebook = Rulebook({"v1": policy}, {"program": (Paying(date.min, (PAYER,)),)})
        facts = facts_of(apart(data.draw(histories(policy))))
        cut = data.draw(st.integers(0, len(facts)))
        whole = Standing("p1", rulebook)
        whole.take(Enrolled("e1", "program", "payer", EARLIEST, ((policy.name, "v1"),)))
        for fact in facts[:cut]:
            whole.take(fact)
        kept = Standing.recall("p1", rulebook, json.loads(json.dumps(whole.keep())))
        assert json.dumps(kept.keep()) == json.dumps(whole.keep())
        for fact in facts[cut:]:
            if isinstance(fact, ResultCorrected):
                break
            assert kept.take(fact).entries == whole.take(fact).entries
            day = fact.on if isinstance(fact, EventRecorded) else EARLIEST
            assert kept.account(policy.name).next_visit(day) == whole.account(policy.name).next_visit(day)
            assert kept.left(day) == whole.left(day)
            assert kept.paid_in(day.year) == whole.paid_in(day.year)
            assert json.dumps(kept.keep()) == json.dumps(whole.keep())
        end = Discharged("e1", datetime(2190, 1, 1, tzinfo=UTC).date())
        assert kept.take(end) == whole.take(end)
        assert json.dumps(kept.keep()) == json.dumps(whole.keep())

    law()
