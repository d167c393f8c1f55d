"""Safety checks: whether a policy ever rewards the wrong thing, leaves somebody with nothing to win, or may cost too much.

As staff would say it: coming through a visit well must never be worth less than being excused, nor that less than a failure; there must
always be something left to win; staying away must never be better than coming; and the money must last. What fails is shown by the
shortest story that proves it, visit by visit.

What a perfect run still pays *after* a success may be less than after an excused absence, and the success still be worth more: a bonus
that it has just been paid lies behind it, or a cap has less left. That is told as a note; it is a failure only where the award and what is
still to come are less together.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any, Literal, NamedTuple

from cm_engine.caps import Cap, When
from cm_engine.events import OUTCOMES, Kind, Result
from cm_engine.money import MONEY, Unit
from cm_engine.policies.contract import Policy, SeenAs
from cm_engine.reachable import Counted, Walk, Way, walk
from cm_engine.timetable import Schedule

Check = Literal["order", "nothing left", "budget", "staying away"]
Gravity = Literal["fails", "note"]

# A Monday; it stands for any first day where no cap is by month or year.
SOME_MONDAY = date(2026, 1, 5)

MOST_STATES = 200_000

# Above this, the chance to overrun a budget is a failure; below a thousandth of it, it is not worth a word.
TOO_LIKELY = 0.05

# How staying away comes out, and how coming does.
AWAY: dict[Kind, tuple[str, ...]] = {
    "test": ("missed", "refused"),
    "attendance": ("missed",),
    "activity": ("incomplete",),
}
CAME: dict[Kind, tuple[str, ...]] = {
    "test": ("negative", "positive"),
    "attendance": ("attended", "late", "left-early"),
    "activity": ("completed",),
}

# A success at which the further analytes are not negative.
WITHOUT_EXTRAS = "success without the extras"

# From the best to the worst.
ORDER: tuple[SeenAs, ...] = ("success", "excused", "failure")

# The chance that something costs more than an amount, in cents.
ChanceAbove = Callable[[int], float]


class Visited(NamedTuple):
    """A visit of a story: when, what it came out as, and what it paid after caps, in the unit's smallest step."""

    on: date
    week: int
    outcome: str
    paid: int


class Branch(NamedTuple):
    """One way in which the visit behind a story may go on: what it pays, and what a perfect run pays behind it."""

    outcome: str
    paid: int
    to_come: int

    @property
    def together(self) -> int:
        """What it comes to in all."""
        return self.paid + self.to_come


class Finding(NamedTuple):
    """What a check found: a title, a sentence, and the story that proves it, with the ways in which it may go on."""

    check: Check
    gravity: Gravity
    title: str
    sentence: str
    unit: Unit
    story: tuple[Visited, ...] = ()
    branches: tuple[Branch, ...] = ()


@dataclass(frozen=True)
class Checked:
    """What was found, and how far it was looked: over how many visits, in how many states; `note` says what was left out."""

    findings: tuple[Finding, ...]
    visits: int
    states: int
    note: str = ""

    @property
    def is_safe(self) -> bool:
        """Tell whether nothing fails."""
        return all(finding.gravity != "fails" for finding in self.findings)


def check(
    policy: Policy[Any],
    schedule: Schedule,
    start: date | None = None,
    shared: Sequence[Cap] = (),
    most_states: int = MOST_STATES,
) -> Checked:
    """Check a policy over the visits of a schedule that lie within its weeks.

    `shared` are caps in money that hold beside the policy's own, as payers' do; they count for awards in money or worth some. Prizes that
    draws bring are not looked at: a draw counts as a draw.
    """
    first = start or SOME_MONDAY
    planned = [When(on, (on - first).days // 7 + 1, "safety") for on in schedule.days(first)]
    visits = [when for when in planned if policy.weeks is None or when.week <= policy.weeks]
    outcomes = _outcomes(policy)
    ways = tuple(dict.fromkeys(outcomes.values()))
    walked = walk(policy, visits, ways, _caps(policy, shared), most_states)
    looked = _Looked(policy, walked, outcomes)
    found = [*looked.order(), *looked.nothing_left(), *looked.staying_away()]
    return Checked(tuple(found), len(walked.visits), walked.states, _note(walked, len(visits), most_states))


def check_budget(budget: int, expected: int, chance_above: ChanceAbove) -> list[Finding]:
    """Tell the chance that a cohort costs more than a budget, where it is one to speak of. Amounts are in cents."""
    chance = chance_above(budget)
    if chance < TOO_LIKELY / 1000:
        return []
    said = f"The chance is {_percent(chance)} that it costs more than the budget of {MONEY.said(budget)}"
    sentence = f"{said}; on average it costs {MONEY.said(expected)}."
    gravity: Gravity = "fails" if chance > TOO_LIKELY else "note"
    return [Finding("budget", gravity, "The budget may be overrun", sentence, MONEY)]


def _percent(chance: float) -> str:
    return f"{chance:.1%}".replace("%", " %") if chance >= 0.001 else "less than 0.1 %"


def _note(walked: Walk, visits: int, most_states: int) -> str:
    if not walked.is_cut:
        return ""
    return (
        f"There are more than {most_states:,} states to look through, so that only the first {len(walked.visits)} of "
        f"{visits} visits were looked at, as if the program ended behind them."
    )


def _caps(policy: Policy[Any], shared: Sequence[Cap]) -> list[Counted]:
    own = [Counted(cap, policy.cap_worth) for cap in policy.caps]
    in_money = 1 if policy.pays.is_money else policy.worth
    return own + [Counted(cap, in_money) for cap in shared if in_money]


def _outcomes(policy: Policy[Any]) -> dict[str, Way]:
    """Give in which way each outcome is seen that is looked at, a success with all extras first."""
    session = policy.sessions[0] if policy.sessions else ""
    seen = {outcome: policy.see(Result(outcome), session).seen_as for outcome in OUTCOMES[policy.on]}
    clean = policy.extra_analytes
    ways: dict[str, Way] = {}
    for seen_as in ORDER:
        for outcome in [outcome for outcome, known_as in seen.items() if known_as == seen_as]:
            ways[outcome] = Way(seen_as, clean if seen_as == "success" else frozenset())
    if clean and any(way.seen_as == "success" for way in ways.values()):
        ways[WITHOUT_EXTRAS] = Way("success")
    looked_at = [*AWAY[policy.on], *CAME[policy.on]]
    return ways | {outcome: Way("ignore") for outcome in looked_at if seen[outcome] == "ignore"}


class _Looked:
    """A walk that is being looked at."""

    def __init__(self, policy: Policy[Any], walked: Walk, outcomes: dict[str, Way]) -> None:
        self._policy = policy
        self._walk = walked
        self._way = {outcome: walked.ways.index(way) for outcome, way in outcomes.items()}
        self._called = {place: outcome for outcome, place in reversed(self._way.items())}
        firsts = {way.seen_as: outcome for outcome, way in reversed(outcomes.items())}
        self._by_class = [firsts[seen_as] for seen_as in ORDER if seen_as in firsts]
        self._said = policy.pays.said

    def order(self) -> Iterator[Finding]:
        """Check that a success leaves no less than an excused absence, and that no less than a failure."""
        pairs = list(pairwise(self._by_class))
        worse = self._first(pairs, lambda better, other: other.together > better.together)
        if worse is not None:
            yield self._broken_order(*worse)
            return
        lower = self._first(pairs, lambda better, other: other.to_come > better.to_come)
        if lower is not None:
            yield self._lower_behind(*lower)

    def _broken_order(self, visit: int, place: int, pair: tuple[str, str]) -> Finding:
        better, other = branches = self._branches(visit, place, pair)
        sentence = (
            f"{self._after(visit)}, {other.outcome} is worth more than {better.outcome}: with a perfect run behind it, it comes to "
            f"{self._said(other.together)}, and {better.outcome} to {self._said(better.together)}."
        )
        return self._finding("order", "fails", "The wrong outcome is worth more", sentence, (visit, place), branches)

    def _lower_behind(self, visit: int, place: int, pair: tuple[str, str]) -> Finding:
        better, other = branches = self._branches(visit, place, pair)
        sentence = (
            f"{self._after(visit)}, a perfect run still pays {self._said(other.to_come)} behind {other.outcome}, and "
            f"{self._said(better.to_come)} behind {better.outcome}. That itself pays {self._said(better.paid)}, "
            f"which makes up for it: {self._said(better.together)} against {self._said(other.together)} in all."
        )
        title = "The better outcome pays more at once, and leaves less to come"
        return self._finding("order", "note", title, sentence, (visit, place), branches)

    def nothing_left(self) -> Iterator[Finding]:
        """Check that wherever somebody stands, something can still be earned while visits remain."""
        visits = len(self._walk.visits)
        bowl = self._policy.bowl
        is_worthless = bowl is not None and not bowl.total
        for visit, most in enumerate(self._walk.most[:visits]):
            place = 0 if is_worthless else next((place for place, worth in enumerate(most) if not worth), None)
            if place is not None:
                remain = "1 visit remains" if visits - visit == 1 else f"{visits - visit} visits remain"
                sentence = f"{self._after(visit)}, nothing can be earned any more, whatever comes, though {remain}."
                yield self._finding("nothing left", "fails", "Nothing is left to win", sentence, (visit, place), ())
                return

    def staying_away(self) -> Iterator[Finding]:
        """Check that staying away is never worth more than coming, however that comes out."""
        kind = self._policy.on
        pairs = [(came, away) for away in AWAY[kind] for came in CAME[kind] if came in self._way and away in self._way]
        found = self._first(pairs, lambda came, away: away.together > came.together)
        if found is not None:
            visit, place, pair = found
            came, away = branches = self._branches(visit, place, pair)
            sentence = (
                f"{self._after(visit)}, {away.outcome} is worth more than coming: with a perfect run behind it, it comes to "
                f"{self._said(away.together)}, and {came.outcome} to {self._said(came.together)}."
            )
            title = "Staying away is worth more than coming"
            yield self._finding("staying away", "fails", title, sentence, (visit, place), branches)

    def _first(
        self, pairs: Sequence[tuple[str, str]], is_wrong: Callable[[Branch, Branch], bool]
    ) -> tuple[int, int, tuple[str, str]] | None:
        """Find the earliest visit and node at which something is wrong with a pair of outcomes."""
        for visit in range(len(self._walk.visits)):
            for place in range(len(self._walk.layers[visit].nodes)):
                for pair in pairs:
                    if is_wrong(*self._branches(visit, place, pair)):
                        return visit, place, pair
        return None

    def _branches(self, visit: int, place: int, outcomes: Sequence[str]) -> tuple[Branch, ...]:
        layer, later = self._walk.layers[visit], self._walk.later[visit + 1]
        paid, leads = layer.paid[place], layer.leads[place]
        return tuple([Branch(one, paid[way], later[leads[way]]) for one in outcomes for way in (self._way[one],)])

    def _finding(
        self, of: Check, gravity: Gravity, title: str, sentence: str, at: tuple[int, int], branches: tuple[Branch, ...]
    ) -> Finding:
        return Finding(of, gravity, title, sentence, self._policy.pays, tuple(self._story(*at)), branches)

    def _story(self, visit: int, place: int) -> Iterator[Visited]:
        for number, at, way in self._walk.route(visit, place):
            when = self._walk.visits[number]
            yield Visited(when.on, when.week, self._called[way], self._walk.layers[number].paid[at][way])

    @staticmethod
    def _after(visit: int) -> str:
        return {0: "At the first visit", 1: "After one visit"}.get(visit, f"After {visit} visits")
