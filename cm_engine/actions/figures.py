"""Figures: how a program does over a time, from the rollups alone; the log is not read.

Everything is as of the moment at which the rollups were made last. What each figure means is told where it is made.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from fractions import Fraction
from typing import Any, NamedTuple

from sqlalchemy import select

from cm_engine.actions.look import reading_it
from cm_engine.actions.requests import SYSTEM, Answer, Doing, Request
from cm_engine.clock import read
from cm_engine.contribution import LONGER, ONE_DAY
from cm_engine.engine import Engine
from cm_engine.explain import CAPS
from cm_engine.money import MONEY
from cm_engine.outcomes import Measures
from cm_engine.periods import Period, steps
from cm_engine.policies.contract import Policy
from cm_engine.store.database import Statement, Transaction
from cm_engine.store.published import Running
from cm_engine.store.rollups import (
    Made,
    cohorts_between,
    deeds_between,
    made,
    oldest,
    paid_between,
    steps_until,
    sums_between,
)
from cm_engine.store.tables import staff
from cm_engine.tally import rank_in

A_YEAR = timedelta(days=364)

STAFF = Statement(select(staff.c.id, staff.c.name))

# After so many weeks without a kept visit somebody counts as gone.
GONE_AFTER = 4

# Where a program has no end, retention is told for so many weeks.
MOST_WEEKS = 52

KEPT = ("kept", "missed", "absent")
KINDS = ("test", "attendance")

Sums = Mapping[date, Mapping[tuple[str, str], int]]


def summed(engine: Engine) -> Made | None:
    """Tell as of when the rollups are, and how many facts are in them; None before they were ever made."""
    with engine.database.reading() as tx:
        return made(tx)


def figures(engine: Engine, program: str, period: Period) -> Answer:
    """Give all figures of a program over a period; amounts are decimal strings, shares in percent."""

    def look(tx: Transaction) -> Answer:
        doing = Doing(engine, tx, Request("", SYSTEM))
        return _Figures(doing, doing.program(program), period).told()

    return reading_it(engine, look)


def team(engine: Engine, program: str, period: Period) -> Answer:
    """Tell what each of the staff did in a program over a period, by name: tests as they stand now, after all corrections.

    What was taken in from a file, or done by a job, is told together, with neither id nor name.
    """
    with engine.database.reading() as tx:
        found = made(tx)
        deeds = deeds_between(tx, program, period.first, period.last)
        names: dict[str, str] = dict(tx.rows(STAFF))
    others = sum((Counter(did) for actor, did in deeds.items() if actor not in names), Counter[str]())
    people = [{"id": actor, "name": names[actor], **_deeds(did)} for actor, did in deeds.items() if actor in names]
    people.sort(key=lambda one: (one["name"], one["id"]))
    if others:
        people.append({"id": None, "name": None, **_deeds(others)})
    return {"as_of": found.as_of if found else None, "people": people}


def _deeds(did: Mapping[str, int]) -> Answer:
    counts = {what: did.get(what, 0) for what in (*TESTS, "resets", "voids", "corrections", "handovers")}
    return {**counts, **_percents(_measures(did))}


TESTS = ("negatives", "submitted", "scheduled")


def _measures(counts: Mapping[str, int]) -> Measures:
    return Measures(counts.get("submitted", 0), counts.get("scheduled", 0), counts.get("negatives", 0), 0, 0)


def _percents(measures: Measures) -> Answer:
    return {"of_scheduled": measures.percent_negative_scheduled, "of_submitted": measures.percent_negative_submitted}


class _Cohort(NamedTuple):
    """Enrolments that began on a day, by what is measured of them and the number that it came to."""

    first_day: date
    measure: str
    number: int
    people: int


class _Figures:
    """The figures of a program over a period."""

    def __init__(self, doing: Doing, running: Running, period: Period) -> None:
        self._tx = doing.tx
        self._doing = doing
        self._running = running
        self._period = period
        self._steps = steps(period)
        self._today = doing.today(running.zone)
        self._made = made(doing.tx)
        self._sums = sums_between(doing.tx, running.id, period.first, period.last)
        began_from = min(period.first, period.last - A_YEAR)
        self._began = Period(began_from, period.last)
        self._cohorts = [_Cohort(*row) for row in cohorts_between(doing.tx, running.id, *self._began)]

    def told(self) -> Answer:
        """Give all of them."""
        return {
            "as_of": self._made.as_of if self._made else None,
            "first": self._period.first,
            "last": self._period.last,
            "steps": self._steps,
            "active": self._active(),
            "visits": self._visits(),
            "tests": [self._tests(policy) for policy in self._policies() if policy.on == "test"],
            "began": self._began,
            "retention": self._retention(),
            "awarded": [self._awarded(policy) for policy in self._policies()],
            "payers": self._payers(),
            "caps": self._caps(),
            "handed_over": self._handed_over(),
            "to_award": self._to_award(),
            "waiting": self._waiting(),
        }

    def _policies(self) -> list[Policy[Any]]:
        """Give the latest version of each policy that the program has, or had something of in the period."""
        names = list(self._running.on(self._period.last).policies)
        seen = {
            measure.partition(":")[2] for day in self._sums.values() for measure, _ in day if _is_of_policy(measure)
        }
        names += sorted(seen - set(names))
        found = [self._doing.published.latest(self._running.id, name, date.max) for name in names]
        return [version.policy for version in found if version]

    def _by_step(self, *measures: str) -> list[Counter[str]]:
        """Sum some measures up by step of the period."""
        told: list[Counter[str]] = [Counter() for _ in self._steps]
        wanted = frozenset(measures)
        for day, sums in self._sums.items():
            number = next(n for n, step in enumerate(self._steps) if step.first <= day <= step.last)
            for (measure, _), amount in sums.items():
                if measure in wanted:
                    told[number][measure] += amount
        return told

    def _total(self, measure: str, unit: str) -> int:
        return sum(sums.get((measure, unit), 0) for sums in self._sums.values())

    def _active(self) -> Answer:
        """Tell how many people are enrolled: on the last day, and at the end of each step."""
        before = steps_until(self._tx, self._running.id, ("begun", "ended"), self._period.first - ONE_DAY)
        number = before.get("begun", 0) - before.get("ended", 0)
        ends: list[int] = []
        moved = self._by_step("begun", "ended")
        for counts in moved:
            number += counts["begun"] - counts["ended"]
            ends.append(number)
        begun, ended = (sum(counts[what] for counts in moved) for what in ("begun", "ended"))
        return {"number": number, "begun": begun, "ended": ended, "by_step": ends}

    def _visits(self) -> Answer:
        """Tell how many tests and sessions were kept, of those that were expected and not excused."""
        measures = [f"{what}:{kind}" for what in KEPT for kind in KINDS]
        by_step = [_visits(counts) for counts in self._by_step(*measures)]
        return {**_visits(sum(self._by_step(*measures), Counter())), "by_step": by_step}

    def _tests(self, policy: Policy[Any]) -> Answer:
        """Tell the share of negative tests under a policy, of scheduled and of submitted ones, and the longest runs."""
        names = {f"{what}:{policy.name}": what for what in TESTS}
        by_step = [{names[key]: n for key, n in counts.items()} for counts in self._by_step(*names)]
        whole: Counter[str] = Counter()
        for counts in by_step:
            whole.update(counts)
        return {
            "policy": policy.name,
            "title": policy.title,
            **{what: whole[what] for what in TESTS},
            **_percents(_measures(whole)),
            "by_step": [{**counts, **_percents(_measures(counts))} for counts in by_step],
            "longest": {how: self._runs(f"{how}:{policy.name}") for how in ("missing-positive", "missing-ignored")},
        }

    def _runs(self, measure: str) -> Answer:
        """Tell how long the longest run of negatives is of each enrolment that began in the year up to the last day."""
        counts: Counter[int] = Counter()
        for cohort in self._cohorts:
            if cohort.measure == measure:
                counts[cohort.number] += cohort.people
        return {
            "people": counts.total(),
            "median": rank_in(counts, 50),
            "longest": max(counts, default=None),
            "counts": dict(sorted(counts.items())),
        }

    def _retention(self) -> list[Answer]:
        """Tell the share still coming by program week. Somebody enrolled who missed fewer than four whole weeks counts as coming."""
        weeks = self._running.on(self._period.last).weeks or MOST_WEEKS
        today = read(self._made.as_of).astimezone(self._running.zone).date() if self._made else self._today
        return retention(((c.first_day, c.measure, c.number, c.people) for c in self._cohorts), today, weeks)

    def _awarded(self, policy: Policy[Any]) -> Answer:
        """Tell what was awarded under a policy, less what was taken back."""
        amount = self._total(f"awarded:{policy.name}", policy.pays.code)
        return {
            "policy": policy.name,
            "title": policy.title,
            "unit": policy.pays.code,
            "amount": policy.pays.text(amount),
        }

    def _payers(self) -> list[Answer]:
        """Tell what each payer paid this calendar year, in all programs of the site, against what they give a year."""
        last = self._period.last
        year = Period(date(last.year, 1, 1), last)
        payers = self._doing.published.rulebook.payers(self._running.id, last)
        budgets = {payer.name: payer.budget for payer in self._running.on(last).payers}
        of_site = [one.id for one in self._doing.published.programs.values() if one.site == self._running.site]
        paid = paid_between(self._tx, of_site, year.first, year.last) if payers else {}
        return [_payer(payer.name, budgets.get(payer.name), paid.get(payer.id, 0), year) for payer in payers]

    def _caps(self) -> list[Answer]:
        """Tell how many people are at a cap now, or have at most a tenth of it left."""
        found = steps_until(self._tx, self._running.id, ("cap:%",), self._today)
        caps: defaultdict[tuple[str, Any, str], Answer] = defaultdict(lambda: {"near": 0, "at": 0})
        for measure, people in found.items():
            _, near, per, amount, source = measure.split(":", 4)
            caps[source, per, amount][near] += people
        return [
            {"source": source, "cap": CAPS[per], "per": per, **_amount(amount), **counts}
            for (source, per, amount), counts in sorted(caps.items())
            if any(counts.values())
        ]

    def _handed_over(self) -> Answer:
        """Tell how many prizes were handed over, what they are worth, and the days from earned to handed over."""
        days = self._histogram("to-handover:", "prizes")
        value = self._total("handed-over", MONEY.code)
        return {
            "prizes": self._total("handed-over", "prizes"),
            "value": MONEY.text(value),
            "median_days": rank_in(days, 50),
            "most_days": max(days, default=None),
        }

    def _to_award(self) -> Answer:
        """Tell the minutes from a test to its award; of tests whose time of day is known."""
        minutes = self._histogram("to-award:", "tests")
        return {
            "tests": minutes.total(),
            "median": rank_in(minutes, 50),
            "p90": rank_in(minutes, 90),
            "longer": LONGER,
            "counts": dict(sorted(minutes.items())),
        }

    def _histogram(self, lead: str, unit: str) -> Counter[int]:
        counts: Counter[int] = Counter()
        for sums in self._sums.values():
            for (measure, of), amount in sums.items():
                if of == unit and measure.startswith(lead):
                    counts[int(measure.removeprefix(lead))] += amount
        return counts

    def _waiting(self) -> Answer:
        """Tell how many prizes are won and not handed over now, and on which day the oldest was earned."""
        number = steps_until(self._tx, self._running.id, ("waiting",), self._today).get("waiting", 0)
        first = oldest(self._tx, self._running.id, "waiting")
        return {"prizes": number, "oldest": first, "days": (self._today - first).days if first else None}


def retention(cohorts: Iterable[tuple[date, str, int, int]], today: date, weeks: int) -> list[Answer]:
    """Tell the share still coming by program week, the way that Kaplan and Meier do it.

    Of those who were still coming before a week, and have it behind them, so many stopped: their last kept visit was before
    it. What is left of the share is the product over all weeks until then, so that whoever began late takes nothing from it.
    """
    of, stopped = Counter[int](), Counter[int]()
    for first_day, measure, last_week, people in cohorts:
        if measure not in {"coming", "stayed"}:
            continue
        over = (today - first_day).days // 7
        reached = over if measure == "coming" and over - last_week < GONE_AFTER else last_week
        for week in range(1, min(over, weeks, reached + 1) + 1):
            of[week] += people
            stopped[week] += people if week > reached else 0
    share = Fraction(1)
    told: list[Answer] = []
    for week in sorted(of):
        share *= 1 - Fraction(stopped[week], of[week])
        told.append({"week": week, "of": of[week], "stopped": stopped[week], "percent": round(100 * float(share), 6)})
    return told


def _visits(counts: Mapping[str, int]) -> Answer:
    kept, missed, excused = (sum(counts.get(f"{what}:{kind}", 0) for kind in KINDS) for what in KEPT)
    percent = _share(kept, kept + missed)
    return {"kept": kept, "expected": kept + missed, "missed": missed, "excused": excused, "percent": percent}


def _payer(name: str, budget: int | None, paid: int, year: Period) -> Answer:
    """Tell what a payer paid, and what a steady pace would have paid by now."""
    through = (year.last - year.first).days + 1
    return {
        "name": name,
        "paid": MONEY.text(paid),
        "budget": MONEY.text(budget) if budget else None,
        "percent": _share(paid, budget) if budget else None,
        "through": _share(through, 366 if date(year.first.year, 12, 31).timetuple().tm_yday == 366 else 365),
        "year": year.first.year,
    }


def _amount(written: str) -> Answer:
    """Give an amount and its unit, of which a sum's name has both."""
    amount, _, unit = written.partition(" ")
    return {"amount": amount, "unit": unit}


def _share(part: int, whole: int) -> float | None:
    return round(100 * part / whole, 6) if whole else None


def _is_of_policy(measure: str) -> bool:
    return measure.partition(":")[0] in {"awarded", "success", "failure", *TESTS}
