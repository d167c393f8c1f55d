"""What-if: one person's facts, told as they were and as they would have been under drafts."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cm_engine import ledger
from cm_engine.bowl import Bowl, Slip
from cm_engine.caps import Cap
from cm_engine.events import Result
from cm_engine.exchange.policy_file import load_policy
from cm_engine.facts import (
    Discharged,
    Enrolled,
    EventRecorded,
    Moved,
    ParticipantFact,
    PrizeChosen,
    Purged,
    ResultCorrected,
    SlipDrawnByHand,
    VersionTaken,
)
from cm_engine.policies.contract import Policy
from cm_engine.policies.escalating import Escalating
from cm_engine.replay import Line, in_order, open_accounts, replay
from cm_engine.rulebook import Payer, Paying, Rulebook
from cm_engine.side_by_side import SideBySide, steps
from cm_engine.standing import Standing
from cm_engine.testing import EARLIEST, histories
from cm_engine.what_if import Draft, Drafts, Told, retell
from tests.stories import LETTERS
from tests.strategies import policies
from tests.test_standing_laws import EVERY_POLICY, NAMES, PAYER, apart, facts_of

AnyPolicy = Policy[Any]

HIGGINS, VA_PRIZE = load_policy("higgins-voucher"), load_policy("va-prize")
MONDAY = date(2026, 3, 2)
ONE_DAY = timedelta(days=1)


def with_ladder(policy: AnyPolicy, **terms: Any) -> AnyPolicy:
    """Give a policy with other terms of its ladder."""
    assert isinstance(policy, Escalating)
    return replace(policy, ladder=replace(policy.ladder, **terms))


def rulebook(*versions: AnyPolicy, payers: Sequence[Payer] = ()) -> Rulebook:
    """Give versions v1, v2, … of policies, and two programs with the same payers."""
    numbered = {f"v{number}": policy for number, policy in enumerate(versions, 1)}
    paying = (Paying(date.min, tuple(payers)),)
    return Rulebook(numbered, {"program": paying, "elsewhere": paying})


def told(facts: Sequence[ParticipantFact], rules: Rulebook, draft: AnyPolicy, from_day: date = date.min) -> list[Told]:
    versions = {version: policy.name for version, policy in rules.policies.items()}
    drafts = Drafts(rules, versions, {draft.name: Draft(draft, from_day)})
    return list(retell("p1", "program", facts, rules, drafts))


def amounts(tale: Sequence[Told]) -> list[tuple[int, int]]:
    """Give what each event paid, and would have paid."""
    return [(sum(line.amount for line in one.before), sum(line.amount for line in one.after)) for one in tale]


def enrolled(policy: AnyPolicy, *, program: str = "program", on: date = MONDAY, version: str = "v1") -> Enrolled:
    return Enrolled(f"enrolled {on}", program, "payer", on, ((policy.name, version),))


def came(letters: str, first: date = MONDAY) -> list[ParticipantFact]:
    """Give a test a day, by the letters of the protocols."""
    facts: list[ParticipantFact] = []
    for number, letter in enumerate(letters):
        on = first + number * ONE_DAY
        at = datetime.combine(on, time(12), UTC)
        facts.append(EventRecorded(f"event {on}", at, on, "test", Result(LETTERS["test"][letter]), "", on))
    return facts


def plain(lines: Sequence[Line]) -> list[tuple[Any, ...]]:
    return [(line.event, line.parts, line.amount, line.capped, line.uncollected, line.balance) for line in lines]


@pytest.mark.parametrize("policy", EVERY_POLICY, ids=NAMES)
def test_under_the_version_in_force_everything_is_as_it_was(policy: st.SearchStrategy[AnyPolicy]) -> None:
    @settings(max_examples=30)
    @given(policy, st.data())
    def law(policy: AnyPolicy, data: st.DataObject) -> None:
        rules = rulebook(policy, payers=[PAYER])
        from_day = data.draw(st.sampled_from((date.min, EARLIEST + 9 * ONE_DAY)))
        facts = [enrolled(policy, on=EARLIEST), *facts_of(apart(data.draw(histories(policy))))]
        whole = Standing("p1", rules)
        posted = [line for fact in facts for line in whole.take(fact).lines]
        tale = told(facts, rules, replace(policy), from_day)
        assert plain([line for one in tale for line in one.before]) == plain(posted)
        assert plain([line for one in tale for line in one.after]) == plain(posted)

    law()


@settings(max_examples=60)
@given(st.tuples(policies(), policies()), st.data())
def test_a_draft_pays_what_a_replay_of_the_same_events_pays(
    pair: tuple[AnyPolicy, AnyPolicy], data: st.DataObject
) -> None:
    policy, draft = pair
    events = apart(data.draw(histories(policy)))
    account = open_accounts([draft], events, EARLIEST)[0]
    alone = [line.amount for _, line in replay(in_order(events), [account])]
    tale = told([enrolled(policy, on=EARLIEST), *facts_of(events)], rulebook(policy), draft)
    if draft.on == policy.on:
        assert [line.amount for one in tale for line in one.after] == alone


@settings(max_examples=60)
@given(st.tuples(policies(), policies()), st.data(), st.integers(1, 40))
def test_a_draft_from_a_day_is_the_version_that_everybody_takes_that_day(
    pair: tuple[AnyPolicy, AnyPolicy], data: st.DataObject, days: int
) -> None:
    policy, draft = pair[0], replace(pair[1], on=pair[0].on, pays=pair[0].pays, worth=pair[0].worth)
    from_day = EARLIEST + days * ONE_DAY
    events = facts_of(apart(data.draw(histories(policy))))
    begun = enrolled(policy, on=EARLIEST)
    tale = told([begun, *events], rulebook(policy), draft, from_day)
    real = Standing("p1", rulebook(policy, draft))
    lines: list[Line] = []
    for fact in [begun, VersionTaken(begun.id, policy.name, "v2", from_day), *events]:
        lines += real.take(fact).lines
    assert plain([line for one in tale for line in one.after]) == plain(lines)


DEARER = with_ladder(HIGGINS, start=5_00)


def test_each_event_that_would_have_paid_something_else_is_explained_twice() -> None:
    tale = told([enrolled(HIGGINS), *came("NPN")], rulebook(HIGGINS), DEARER)
    first, second = steps(tale)  # the positive between pays nothing under either
    assert (first.on, first.amount, second.amount) == (MONDAY, (2_50, 5_00), (2_50, 5_00))
    assert first.why == (
        "first negative in a row: ladder place 1, 2.50 usd",
        "first negative in a row: ladder place 1, 5.00 usd",
    )


def test_a_version_that_was_taken_holds_until_the_drafts_day_and_the_draft_behind_it() -> None:
    begun = enrolled(HIGGINS)
    taken = [VersionTaken(begun.id, HIGGINS.name, "v2", MONDAY + n * ONE_DAY) for n in (1, 3)]
    facts = [begun, *came("N"), taken[0], *came("N", MONDAY + ONE_DAY), taken[1], *came("NN", MONDAY + 2 * ONE_DAY)]
    third = with_ladder(DEARER, start=7_00)
    tale = told(facts, rulebook(HIGGINS, DEARER), third, MONDAY + 2 * ONE_DAY)
    assert amounts(tale) == [(2_50, 2_50), (6_25, 6_25), (17_50, 19_50), (8_75, 10_75)]


def test_who_is_readmitted_or_steps_over_behind_the_drafts_day_begins_under_it() -> None:
    back = enrolled(HIGGINS, on=MONDAY + 9 * ONE_DAY)
    first = enrolled(HIGGINS)
    facts = [first, *came("N"), Discharged(first.id, MONDAY), back, *came("N", back.first_day), Purged(MONDAY)]
    assert amounts(told(facts, rulebook(HIGGINS), DEARER, MONDAY + 5 * ONE_DAY)) == [(2_50, 2_50), (2_50, 5_00)]


def test_only_what_was_earned_in_the_program_counts() -> None:
    begun = Enrolled("e1", "elsewhere", "payer", MONDAY, ())
    over = Moved("e1", "program", "payer", MONDAY + 2 * ONE_DAY, ((HIGGINS.name, "v1"),))
    facts = [begun, *came("NN"), over, *came("NN", MONDAY + 2 * ONE_DAY)]
    assert amounts(told(facts, rulebook(HIGGINS), DEARER)) == [(2_50, 5_00), (3_75, 6_25)]
    assert amounts(told(facts, rulebook(HIGGINS), DEARER, MONDAY + 3 * ONE_DAY)) == [(2_50, 2_50), (3_75, 6_25)]
    away = [enrolled(HIGGINS), *came("N"), Moved(enrolled(HIGGINS).id, "elsewhere", "payer", MONDAY + ONE_DAY, ())]
    assert amounts(told([*away, *came("N", MONDAY + ONE_DAY)], rulebook(HIGGINS), DEARER)) == [(2_50, 5_00)]


def test_a_correction_is_told_where_its_event_was() -> None:
    facts = [enrolled(HIGGINS), *came("NN")]
    first = f"event {MONDAY}"
    corrected = ResultCorrected(
        first, datetime.combine(MONDAY + 2 * ONE_DAY, time(12), UTC), MONDAY + 2 * ONE_DAY, Result("void")
    )
    tale = told([*facts, corrected], rulebook(HIGGINS), DEARER)
    assert amounts(tale)[-1] == (-3_75, -6_25)  # and the second negative is the first now
    assert (tale[-1].event, tale[-1].visit_on) == (first, MONDAY)


def test_what_the_draft_leaves_too_little_for_is_not_bought_and_not_taken_back_either() -> None:
    """A void takes back what is unspent: under a cheaper draft the prize was never bought, so that all of it is there."""
    bought = PrizeChosen("r1", "prize", "", "usd", 6_00, MONDAY + ONE_DAY)
    void = ResultCorrected(
        f"event {MONDAY}", datetime.combine(MONDAY + 2 * ONE_DAY, time(12), UTC), MONDAY + 2 * ONE_DAY, Result("void")
    )
    facts = [enrolled(HIGGINS), *came("NN"), bought, void]
    cheaper = with_ladder(HIGGINS, start=1_00)
    [*_, last] = told(facts, rulebook(HIGGINS), cheaper)
    assert [(line.debited, line.uncollected) for line in (*last.before, *last.after)] == [(25, 3_50), (2_25, 0)]


def bowl(value: int) -> Bowl:
    return Bowl(slips=(Slip(label="half", count=1, value=value), Slip(label="none", count=1, value=0)))


def spent(facts: Sequence[ParticipantFact], policy: AnyPolicy, draft: AnyPolicy) -> int:
    """Tell what the payer's cap of 30.00 leaves for a voucher behind draws, under a draft of the policy of the draws."""
    vouchers = with_ladder(HIGGINS, start=100_00)
    payer = Payer("payer", "Payer", (Cap(amount=30_00, per="calendar-year"),))
    begun = Enrolled("e1", "program", "payer", MONDAY, ((policy.name, "v1"),))
    again = Enrolled("e2", "program", "payer", MONDAY + 30 * ONE_DAY, ((vouchers.name, "v2"),))
    whole = [begun, *facts, Discharged("e1", MONDAY + 20 * ONE_DAY), again, *came("N", again.first_day)]
    [*_, last] = told(whole, rulebook(policy, vouchers, payers=[payer]), draft)
    [line] = last.after
    return line.amount


def test_draws_count_under_the_payers_caps_by_what_they_won_or_by_what_a_bowl_gives_on_average() -> None:
    policy = replace(VA_PRIZE, bowl=bowl(4_00))
    drawn = [SlipDrawnByHand(f"d{n}", policy.name, "v1", "half", MONDAY + 3 * ONE_DAY) for n in range(3)]
    facts = [*came("NN"), *drawn]  # three draws are earned, and all of them win
    assert spent(facts, policy, policy) == 30_00 - 3 * 4_00
    assert spent(facts, policy, replace(policy, bowl=bowl(6_00))) == 30_00 - 3 * 3_00
    richer = with_ladder(policy, start=2)
    assert spent(facts, policy, richer) == 30_00 - 3 * 4_00 - 2 * 2_00  # two more draws, that nobody made
    poorer = with_ladder(policy, step=0)
    assert spent(facts, policy, poorer) == 30_00 - 2 * 4_00  # the third draw was not earned
    assert spent([*came("NN"), *drawn[:1]], policy, policy) == 30_00 - 4_00  # who left two undrawn leaves two


def test_people_are_added_up_by_policy_month_size_and_cap() -> None:
    capped = replace(VA_PRIZE, caps=(Cap(amount=2, per="month"),))
    both = SideBySide()
    both.add("p1", told([enrolled(VA_PRIZE), *came("NNN")], rulebook(VA_PRIZE), capped))
    both.add("p2", told([enrolled(VA_PRIZE), *came("NP")], rulebook(VA_PRIZE), capped))
    both.add("p3", told([enrolled(VA_PRIZE)], rulebook(VA_PRIZE), capped))
    assert [side.total().amounts for side in both.sides] == [{"draws": 7}, {"draws": 3}]
    assert both.sides.before.total().value * 500 == 7 * (209 * 1_00 + 40 * 20_00 + 100_00)
    assert {month: got.amounts for month, got in both.sides.after.by_month().items()} == {"2026-03": {"draws": 3}}
    assert both.sides.after.by_size()["large"] * 500 == 3 * 40
    [(which, held)] = both.sides.after.held_back.items()
    assert (which.source, held["p1"].times, held["p1"].got.amounts, "p2" in held) == (
        "va-prize",
        2,
        {"draws": 4},
        False,
    )
    assert [share.participant for share in both.losers(5)] == ["p1"]
    assert both.winners(5) == []
    assert len(both.shares) == 2


def test_what_a_participant_has_under_the_rulebook_is_untouched_by_draws_that_nobody_made() -> None:
    """The real standing is told apart from the other: what is left there is what was left."""
    rules = rulebook(VA_PRIZE)
    drawn = SlipDrawnByHand("d1", VA_PRIZE.name, "v1", "small", MONDAY + 3 * ONE_DAY)
    facts = [enrolled(VA_PRIZE), *came("NN"), drawn]
    real = Standing("p1", rules)
    for fact in facts:
        real.take(fact)
    told(facts, rules, with_ladder(VA_PRIZE, start=5))
    assert (real.undrawn(VA_PRIZE.name), real.has(ledger.WON, ledger.SLIPS, "small")) == (2, 1)
