"""Safety checks: what the presets say, what bad policies are caught by, and that nothing shorter would prove it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time
from itertools import pairwise, product
from typing import Any

import pytest
from hypothesis import given, settings

from cm_engine.caps import Cap
from cm_engine.catalogue import PRESETS
from cm_engine.events import OUTCOMES, Event, Result
from cm_engine.exchange.policy_file import load_policy, parse_policy
from cm_engine.policies.contract import Policy
from cm_engine.replay import open_accounts, replay
from cm_engine.safety import AWAY, CAME, ORDER, WITHOUT_EXTRAS, Checked, Finding, check, check_budget
from cm_engine.timetable import Schedule, read_schedule
from tests.strategies import policies

AnyPolicy = Policy[Any]

FIRST_DAY = date(2026, 1, 29)  # a month ends between the first visits
FOUR_VISITS = read_schedule("1-2:2")
HEAD = 'name = "p"\ntitle = "P"\nkind = "escalating"\npays = "usd"\non = "test"\n'


def policy(terms: str, head: str = HEAD) -> AnyPolicy:
    return parse_policy("story", head + terms)


def found(checked: Checked, of: str) -> Finding:
    [finding] = [finding for finding in checked.findings if finding.check == of]
    return finding


def story(finding: Finding) -> list[tuple[str, int]]:
    return [(visited.outcome, visited.paid) for visited in finding.story]


@pytest.mark.parametrize("name", PRESETS)
def test_no_preset_fails_a_check(name: str) -> None:
    checked = check(load_policy(name), read_schedule(PRESETS[name]))
    assert checked.is_safe
    assert checked.note == ""
    # Only where a bonus is paid is less to come behind a success than behind an excused absence: it was just paid.
    assert {f.check for f in checked.findings} == ({"order"} if load_policy(name).bonus else set())  # type: ignore[attr-defined]


def test_behind_a_bonus_less_is_to_come_and_the_bonus_makes_up_for_it() -> None:
    finding = found(check(load_policy("iop-attendance"), read_schedule("1-12:4")), "order")
    assert (finding.gravity, story(finding)) == ("note", [("attended", 1)] * 4)
    assert [tuple(branch) for branch in finding.branches] == [("attended", 3, 59), ("excused", 0, 61)]
    assert finding.sentence == (
        "After 4 visits, a perfect run still pays 61 draws behind excused, and 59 draws behind attended. That itself pays "
        "3 draws, which makes up for it: 62 draws against 61 draws in all."
    )


def test_a_ladder_that_falls_pays_for_starting_anew() -> None:
    """10.00 at first and nothing after: whoever fails every other time earns more than whoever never does."""
    checked = check(policy("[ladder]\nvalues = [10, 0]\n"), read_schedule("1:4"))
    finding = found(checked, "order")
    assert (finding.gravity, finding.title) == ("fails", "The wrong outcome is worth more")
    assert story(finding) == [("negative", 10_00)]
    assert [(branch.outcome, branch.together) for branch in finding.branches] == [("excused", 0), ("positive", 10_00)]
    assert not checked.is_safe


def test_of_a_plain_rising_ladder_nothing_is_to_be_said() -> None:
    rising = policy('[ladder]\nstart = "1"\nstep = "1"\n')
    assert check(rising, read_schedule("1-3:2")).findings == ()


def test_who_never_can_earn_again_is_found_by_the_shortest_way_there() -> None:
    capped = policy('[ladder]\nstart = "4"\n[[caps]]\namount = "10"\nper = "episode"\n')
    finding = found(check(capped, read_schedule("1:6")), "nothing left")
    assert story(finding) == [("negative", 4_00), ("negative", 4_00), ("negative", 2_00)]
    assert finding.sentence == "After 3 visits, nothing can be earned any more, whatever comes, though 3 visits remain."
    by_week = policy('[ladder]\nstart = "4"\n[[caps]]\namount = "10"\nper = "week"\n')
    assert story(found(check(by_week, read_schedule("1-2:5")), "nothing left"))[-1][1] == 2_00
    phase = policy('weeks = 4\n[ladder]\nstart = "4"\n[[phases]]\nfrom_week = 3\namount = "0"\n')
    finding = found(check(phase, read_schedule("1-8:1")), "nothing left")
    assert len(finding.story) == 2
    assert "2 visits remain" in finding.sentence


def test_a_bowl_with_nothing_in_it_leaves_nothing_to_win() -> None:
    head = HEAD.replace("usd", "draws")
    empty = policy('[ladder]\nstart = 1\n[bowl]\nslips = [{label = "good job", count = 5, value = "0"}]\n', head)
    assert found(check(empty, FOUR_VISITS), "nothing left").story == ()


@pytest.mark.parametrize(
    ("seen_as", "better"), [("excused", "positive"), ("ignore", "positive"), ("success", "positive")]
)
def test_staying_away_that_is_forgiven_is_worth_more_than_coming_and_being_positive(seen_as: str, better: str) -> None:
    lenient = policy(f'[outcomes]\nmissed = "{seen_as}"\n[ladder]\nstart = "1"\nstep = "1"\n')
    finding = found(check(lenient, FOUR_VISITS), "staying away")
    assert [branch.outcome for branch in finding.branches] == [better, "missed"]
    assert len(finding.story) == (0 if seen_as == "success" else 1)
    lost, kept = finding.branches
    assert kept.together > lost.together


def test_a_cap_that_pays_whole_awards_only_may_reward_a_failure() -> None:
    """1.00 paid, and 3.00 does not fit into the week's 3.00 any more: only a failure brings back a 1.00 that fits."""
    whole = policy('[ladder]\nvalues = [1, 3]\n[[caps]]\namount = "3"\nper = "week"\nmode = "deny"\n')
    checked = check(whole, read_schedule("1:3"))
    for of, outcomes in (("order", ["excused", "positive"]), ("staying away", ["negative", "missed"])):
        finding = found(checked, of)
        assert (finding.gravity, story(finding)) == ("fails", [("negative", 1_00)])
        assert [branch.outcome for branch in finding.branches] == outcomes
        assert [branch.together for branch in finding.branches] == [0, 1_00]


def test_a_payers_cap_counts_money_and_points_by_their_worth() -> None:
    cap = Cap(amount=10_00, per="calendar-year")
    vouchers = policy('[ladder]\nstart = "5"\n')
    points = policy("[ladder]\nstart = 20\n", HEAD.replace('"usd"', '"points"\nworth = "0.25"'))
    draws = policy(
        '[ladder]\nstart = 20\n[bowl]\nslips = [{label = "a", count = 1, value = "9"}]\n', HEAD.replace("usd", "draws")
    )
    for held, visits in ((vouchers, 2), (points, 2), (draws, None)):
        findings = check(held, FOUR_VISITS, shared=[cap]).findings
        assert [len(f.story) for f in findings if f.check == "nothing left"] == ([visits] if visits else [])


def test_where_there_is_too_much_to_look_through_it_says_so() -> None:
    checked = check(load_policy("higgins-voucher"), read_schedule("1-12:3"), most_states=500)
    assert 0 < checked.visits < 36
    assert checked.states <= 501
    assert checked.note == (
        f"There are more than 500 states to look through, so that only the first {checked.visits} of 36 visits were "
        "looked at, as if the program ended behind them."
    )


def test_the_chance_to_overrun_a_budget_is_told() -> None:
    [likely] = check_budget(100_00, 90_00, lambda amount: {100_00: 0.2}[amount])
    assert (likely.gravity, likely.sentence) == (
        "fails",
        "The chance is 20.0 % that it costs more than the budget of 100.00 usd; on average it costs 90.00 usd.",
    )
    [unlikely] = check_budget(100_00, 90_00, lambda _: 0.0007)
    assert (unlikely.gravity, unlikely.sentence[:31]) == ("note", "The chance is less than 0.1 % t")
    assert check_budget(100_00, 90_00, lambda _: 1e-9) == []


class ByHand:
    """Every sequence of outcomes replayed one by one, as people would be paid."""

    def __init__(self, held: AnyPolicy, schedule: Schedule) -> None:
        self._policy = held
        self._session = held.sessions[0] if held.sessions else ""
        days = list(schedule.days(FIRST_DAY))
        self.days = [day for day in days if held.weeks is None or (day - FIRST_DAY).days // 7 < held.weeks]
        self._paid: dict[tuple[str, ...], int] = {}
        self.results = self._results()
        self.perfect = next(iter(self.results))

    def _results(self) -> dict[str, Result]:
        """Give what is recorded for each outcome, the best first; an outcome that is ignored only where it is compared."""
        held = self._policy
        seen = {one: held.see(Result(one), self._session).seen_as for one in OUTCOMES[held.on]}
        compared = {*AWAY[held.on], *CAME[held.on]}
        kept = [one for seen_as in ORDER for one in seen if seen[one] == seen_as]
        results = {one: self._result(one, is_success=seen[one] == "success") for one in kept}
        if held.extra_analytes and "success" in seen.values():
            results[WITHOUT_EXTRAS] = Result(kept[0])
        return results | {one: Result(one) for one in seen if seen[one] == "ignore" and one in compared}

    def _result(self, outcome: str, *, is_success: bool) -> Result:
        extras = tuple(
            (analyte, "negative") for analyte in sorted({*self._policy.targets, *self._policy.extra_analytes})
        )
        return Result(outcome, extras if is_success and self._policy.extra_analytes else ())  # type: ignore[arg-type]

    def paid(self, outcomes: Sequence[str]) -> int:
        key = tuple(outcomes)
        if key not in self._paid:
            events = [
                self._event(on, place, self.results[one])
                for place, (on, one) in enumerate(zip(self.days, outcomes, strict=False), 1)
            ]
            accounts = open_accounts([self._policy], events, FIRST_DAY) if events else []
            self._paid[key] = sum(line.amount for _, line in replay(events, accounts))
        return self._paid[key]

    def _event(self, on: date, place: int, result: Result) -> Event:
        return Event("p1", datetime.combine(on, time(), UTC), on, "", place, self._policy.on, result, self._session)

    def worth(self, before: Sequence[str], outcome: str) -> tuple[int, int]:
        """Tell what an outcome pays, and what a perfect run pays behind it."""
        rest = [self.perfect] * (len(self.days) - len(before) - 1)
        so_far, now = self.paid(before), self.paid([*before, outcome])
        return now - so_far, self.paid([*before, outcome, *rest]) - now

    def befores(self) -> Iterator[tuple[str, ...]]:
        for visits in range(len(self.days)):
            yield from product(self.results, repeat=visits)

    def shortest(self, is_wrong: Callable[[tuple[str, ...]], bool]) -> int | None:
        return next((len(before) for before in self.befores() if is_wrong(before)), None)


def shortest_proofs(held: AnyPolicy, schedule: Schedule) -> Mapping[tuple[str, str], int | None]:
    """Find by hand how many visits the shortest proof of each failure takes; None where there is none."""
    hand = ByHand(held, schedule)
    seen = {
        one: held.see(result, held.sessions[0] if held.sessions else "").seen_as for one, result in hand.results.items()
    }
    firsts = [next(one for one in seen if seen[one] == seen_as) for seen_as in ORDER if seen_as in seen.values()]
    in_order = list(pairwise(firsts))
    away = [(c, a) for a in AWAY[held.on] for c in CAME[held.on] if c in hand.results and a in hand.results]

    def broken(pairs: Sequence[tuple[str, str]], of: Callable[[tuple[int, int]], int]) -> int | None:
        return hand.shortest(
            lambda before: any(of(hand.worth(before, o)) > of(hand.worth(before, b)) for b, o in pairs)
        )

    def hopeless(before: tuple[str, ...]) -> bool:
        rests = product(hand.results, repeat=len(hand.days) - len(before))
        return all(hand.paid([*before, *rest]) == hand.paid(before) for rest in rests)

    order = broken(in_order, sum)
    return {
        ("order", "fails"): order,
        ("order", "note"): broken(in_order, lambda worth: worth[1]) if order is None else None,
        ("nothing left", "fails"): hand.shortest(hopeless),
        ("staying away", "fails"): broken(away, sum),
    }


@settings(max_examples=40, deadline=None)
@given(policies())
def test_every_failure_is_found_by_its_shortest_proof_and_none_is_made_up(held: AnyPolicy) -> None:
    schedule = read_schedule("1-3:1" if len(OUTCOMES[held.on]) > 6 else "1-2:2")
    checked = check(held, schedule, FIRST_DAY)
    told = {(finding.check, finding.gravity): len(finding.story) for finding in checked.findings}
    by_hand = shortest_proofs(held, schedule)
    if held.bowl and not held.bowl.total:
        return
    assert told == {of: visits for of, visits in by_hand.items() if visits is not None}
