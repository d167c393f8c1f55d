"""Told: figures as a page shows them, each with what it means, its chart and the table behind it."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any, NamedTuple

from flask_babel import format_currency, format_date, format_decimal

from cm_engine.contribution import LONGER, MINUTES
from cm_engine.money import MONEY
from cm_engine.periods import MOST_WEEKS, Period, named_period
from web.charts import Chart, Series, Told
from web.filters import percent

Figures = dict[str, Any]

# Longest runs are counted together from one of these to before the next.
RUNS = (0, 1, 3, 6, 11, 16, 21, 31, 41)

NONE_YET = "none yet"


class Stat(NamedTuple):
    """A key figure: its name, the value, a note below, and what it means."""

    name: str
    value: str
    note: str
    means: str


def key_figures(told: Figures) -> list[Stat]:
    """Give the key figures."""
    return [_active(told), _visits(told), *_tests(told), *_money(told), _to_award(told), *_prizes(told)]


def charts(told: Figures) -> list[Told]:
    """Give the charts."""
    return [
        *[_negative_chart(told, tests) for tests in told["tests"]],
        _visits_chart(told),
        _active_chart(told),
        _retention_chart(told),
        *[_runs_chart(tests) for tests in told["tests"]],
        _to_award_chart(told),
        *([_payers_chart(told)] if any(payer["budget"] for payer in told["payers"]) else []),
    ]


# --- key figures -------------------------------------------------------------------------------------------------------------


def _active(told: Figures) -> Stat:
    active = told["active"]
    note = f"{active['begun']} began, {active['ended']} ended"
    return Stat("Active people", _number(active["number"]), note, "Enrolments that last on the last day of the period.")


def _visits(told: Figures) -> Stat:
    visits = told["visits"]
    note = f"{_number(visits['kept'])} of {_number(visits['expected'])}; {_number(visits['excused'])} excused"
    means = (
        "Tests and sessions that somebody came to, of those that were expected. Excused ones are not expected any more. "
        "A day counts once it is recorded or closed out."
    )
    return Stat("Visits kept", _share(visits["percent"]), note, means)


def _tests(told: Figures) -> list[Stat]:
    stats: list[Stat] = []
    for tests in told["tests"]:
        of = f" · {tests['title']}" if len(told["tests"]) > 1 else ""
        negatives = _number(tests["negatives"])
        stats += [
            Stat(
                f"Negative, of scheduled{of}",
                _share(tests["of_scheduled"]),
                f"{negatives} of {_counted(tests['scheduled'], 'test')}",
                "Negative tests, of all that were scheduled: one that was missed, excused, refused or invalid counts as not negative.",
            ),
            Stat(
                f"Negative, of submitted{of}",
                _share(tests["of_submitted"]),
                f"{negatives} of {_counted(tests['submitted'], 'test')}",
                "Negative tests, of those that came out negative or positive. What was missed is left out.",
            ),
            _runs_stat(told, tests, of),
        ]
    return stats


def _runs_stat(told: Figures, tests: Figures, of: str) -> Stat:
    strict, lenient = tests["longest"]["missing-positive"], tests["longest"]["missing-ignored"]
    began: Period = told["began"]
    means = (
        "The longest run of negative tests of each person, and of these the middle one. Missing as positive: a missed test ends "
        f"a run. Missing left out: it does not. Of everybody who began from {long_day(began.first)} on: a run needs time to grow."
    )
    value = NONE_YET if strict["median"] is None else _counted(strict["median"], "test")
    note = (
        "" if lenient["median"] is None else f"{lenient['median']} with missing left out; longest {lenient['longest']}"
    )
    return Stat(f"Longest abstinence, median{of}", value, note, means)


def _money(told: Figures) -> list[Stat]:
    stats: list[Stat] = []
    for payer in told["payers"]:
        budget = (
            f"of {money(payer['budget'])} for {payer['year']}"
            if payer["budget"]
            else f"in {payer['year']}; no budget is set"
        )
        share = (
            f", {percent(payer['percent'])}; {percent(payer['through'])} of the year is over" if payer["budget"] else ""
        )
        means = (
            "What this payer paid in the calendar year, in all programs of the site: money, points by their worth, and prizes by "
            "their value from the day they were won, less what was taken back."
        )
        stats.append(Stat(f"Paid by {payer['name']}", money(payer["paid"]), budget + share, means))
    return stats


def _to_award(told: Figures) -> Stat:
    to_award = told["to_award"]
    note = f"9 in 10 {minutes(to_award['p90'])}; {_counted(to_award['tests'], 'test')}" if to_award["tests"] else ""
    means = (
        "From the moment of a test until its award was recorded; half of the tests took at most this long. Tests that were "
        "recorded without a time of day are left out."
    )
    return Stat("From test to award", minutes(to_award["median"]), note, means)


def _prizes(told: Figures) -> list[Stat]:
    waiting, handed_over = told["waiting"], told["handed_over"]
    oldest = f"the oldest since {long_day(waiting['oldest'])}, {_days(waiting['days'])}" if waiting["prizes"] else ""
    days = handed_over["median_days"]
    note = (
        f"{_counted(handed_over['prizes'], 'prize')}, worth {money(handed_over['value'])}"
        if handed_over["prizes"]
        else ""
    )
    return [
        Stat(
            "Prizes waiting now",
            _number(waiting["prizes"]),
            oldest,
            "Prizes that were won or chosen and are not handed over yet.",
        ),
        Stat(
            "From earned to handed over",
            NONE_YET if days is None else _days(days),
            note,
            "From the day a prize was earned until it was handed over; half of the prizes took at most this long.",
        ),
    ]


# --- charts ------------------------------------------------------------------------------------------------------------------


def _labels(told: Figures) -> tuple[tuple[str, ...], str]:
    """Give the labels of the steps, and what they are."""
    steps: list[Period] = told["steps"]
    if (told["last"] - told["first"]).days + 1 > MOST_WEEKS * 7:
        return tuple(str(format_date(step.first, "MMM yy")) for step in steps), "Month"
    return tuple(str(format_date(step.first, "MMM d")) for step in steps), "Week from"


def _over_time(told: Figures, title: str, up: str, series: Sequence[Series], most: float | None = None) -> Chart:
    labels, across = _labels(told)
    return Chart("lines", title, across, up, labels, tuple(series), most)


def _negative_chart(told: Figures, tests: Figures) -> Told:
    steps = tests["by_step"]
    series = [
        Series("of scheduled", tuple(step["of_scheduled"] for step in steps)),
        Series("of submitted", tuple(step["of_submitted"] for step in steps)),
    ]
    chart = _over_time(told, f"Percent negative · {tests['title']}", "Percent of tests", series, 100)
    rows = tuple(
        (label, *(_number(step.get(what, 0)) for what in ("negatives", "scheduled", "submitted")), *_both(step))
        for label, step in zip(chart.labels, steps, strict=True)
    )
    heads = (chart.across, "Negative", "Scheduled", "Submitted", "Of scheduled", "Of submitted")
    means = "Of scheduled: missed and excused tests count as not negative. Of submitted: they are left out."
    return Told(chart, means, heads, rows, "Tests appear here once they are recorded.")


def _both(step: Figures) -> tuple[str, str]:
    return percent(step["of_scheduled"]), percent(step["of_submitted"])


def _visits_chart(told: Figures) -> Told:
    steps = told["visits"]["by_step"]
    chart = _over_time(
        told, "Visits kept", "Percent of visits", [Series("kept", tuple(step["percent"] for step in steps))], 100
    )
    rows = tuple(
        (label, *(_number(step[what]) for what in ("kept", "missed", "excused")), percent(step["percent"]))
        for label, step in zip(chart.labels, steps, strict=True)
    )
    means = "Tests and sessions that somebody came to, of those expected and not excused."
    return Told(
        chart,
        means,
        (chart.across, "Kept", "Missed", "Excused", "Kept, percent"),
        rows,
        "Visits appear here once they are recorded.",
    )


def _active_chart(told: Figures) -> Told:
    numbers = told["active"]["by_step"]
    chart = _over_time(told, "Active people", "People", [Series("active people", tuple(map(float, numbers)))])
    rows = tuple((label, _number(number)) for label, number in zip(chart.labels, numbers, strict=True))
    return Told(
        chart,
        "Enrolments that last at the end of each step.",
        (chart.across, "Active people"),
        rows,
        "People appear here once they are enrolled.",
    )


def _retention_chart(told: Figures) -> Told:
    weeks = told["retention"]
    chart = Chart(
        "lines",
        "Retention",
        "Program week",
        "Percent still coming",
        tuple(str(week["week"]) for week in weeks),
        (Series("still coming", tuple(week["percent"] for week in weeks)),),
        100,
    )
    rows = tuple(
        (str(week["week"]), _number(week["of"]), _number(week["stopped"]), percent(week["percent"])) for week in weeks
    )
    means = (
        "The share still coming, week by week: of those who came until then and have the week behind them, how many came on. "
        "Whoever is enrolled and missed fewer than four whole weeks counts as coming. Of everybody who began from "
        f"{long_day(told['began'].first)} on."
    )
    return Told(
        chart,
        means,
        ("Program week", "Came until then", "Stopped", "Still coming"),
        rows,
        "The first week appears here once somebody has it behind them.",
    )


def _runs_chart(tests: Figures) -> Told:
    strict, lenient = (tests["longest"][how]["counts"] for how in ("missing-positive", "missing-ignored"))
    longest = max([*strict, *lenient], default=0)
    ends = [(first, until - 1) for first, until in pairwise((*RUNS, 10_000)) if first <= longest]
    counted = [
        tuple(sum(people for run, people in counts.items() if first <= run <= last) for first, last in ends)
        for counts in (strict, lenient)
    ]
    labels = tuple(_from_to(first, last, longest) for first, last in ends) if strict or lenient else ()
    names = ("missing as positive", "missing left out")
    series = tuple(Series(name, tuple(map(float, counts))) for name, counts in zip(names, counted, strict=True))
    chart = Chart(
        "bars", f"Longest abstinence · {tests['title']}", "Longest run, negative tests", "People", labels, series
    )
    rows = tuple((label, *map(_number, row)) for label, *row in zip(labels, *counted, strict=False))
    means = "How many people have a longest run of negative tests of each length, told both ways that trials do."
    return Told(
        chart,
        means,
        ("Longest run", "Missing as positive", "Missing left out"),
        rows,
        "Runs appear here once tests are recorded.",
    )


def _from_to(first: int, last: int, longest: int) -> str:
    if first == last:
        return str(first)
    return f"{first}+" if first == RUNS[-1] and longest > last else f"{first} to {last}"


def _to_award_chart(told: Figures) -> Told:
    found: dict[int, int] = told["to_award"]["counts"]
    counts = {most: found.get(most, 0) for most in (*MINUTES, LONGER) if found and most <= max(found)}
    labels = tuple(_bucket(most) for most in counts)
    chart = Chart(
        "bars",
        "From test to award",
        "At most",
        "Tests",
        labels,
        (Series("tests", tuple(map(float, counts.values()))),),
    )
    rows = tuple((minutes(most), _number(number)) for most, number in counts.items())
    means = "How long it took from a test until its award was recorded. An award works best when it comes at once."
    return Told(
        chart, means, ("Time", "Tests"), rows, "Awards appear here once tests are recorded with their time of day."
    )


def _payers_chart(told: Figures) -> Told:
    payers = [payer for payer in told["payers"] if payer["budget"]]
    series = (
        Series("budget used", tuple(payer["percent"] for payer in payers)),
        Series("year over", tuple(payer["through"] for payer in payers)),
    )
    most = 100 if all(payer["percent"] <= 100 for payer in payers) else None
    chart = Chart("across", "Budgets", "Percent", "", tuple(payer["name"] for payer in payers), series, most)
    rows = tuple(
        (
            payer["name"],
            money(payer["paid"]),
            money(payer["budget"]),
            percent(payer["percent"]),
            percent(payer["through"]),
        )
        for payer in payers
    )
    means = "What each payer paid this calendar year, of what it gives a year, beside how much of the year is over."
    return Told(
        chart,
        means,
        ("Payer", "Paid", "Budget", "Used", "Year over"),
        rows,
        "Budgets appear here once something was paid.",
    )


# --- how figures are written ---------------------------------------------------------------------------------------------------


def _share(share: float | None) -> str:
    return NONE_YET if share is None else percent(share)


def money(amount: str) -> str:
    """Write an amount of money."""
    return str(format_currency(Decimal(amount), MONEY.code.upper()))


def minutes(most: int | None) -> str:
    """Write a time that is counted by the bucket it fell into."""
    if most is None:
        return NONE_YET
    return "more than 7 days" if most == LONGER else f"at most {_bucket(most)}"


def period_name(name: str) -> str:
    """Write a month or a quarter: `March 2026`, `January to March 2026`."""
    period = named_period(name)
    last = str(format_date(period.last, "MMMM y"))
    return last if period.first.month == period.last.month else f"{format_date(period.first, 'MMMM')} to {last}"


def long_day(on: date) -> str:
    """Write a day."""
    return str(format_date(on, "MMM d, y"))


def _bucket(most: int) -> str:
    if most == LONGER:
        return "longer"
    if most < 60:
        return f"{most} min"
    return f"{most // 60} h" if most < 1440 else _days(most // 1440)


def _days(number: int) -> str:
    return "1 day" if number == 1 else f"{number} days"


def _counted(number: int, what: str) -> str:
    return f"1 {what}" if number == 1 else f"{_number(number)} {what}s"


def _number(number: int) -> str:
    return str(format_decimal(number))
