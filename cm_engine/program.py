"""Programs: what a site runs, as a program file tells it: weeks, policies, timetable, tests, payers, goals and prizes."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from decimal import Decimal
from itertools import combinations, pairwise
from typing import Any, Literal

from cm_engine.caps import Cap
from cm_engine.errors import quoted
from cm_engine.forms import WRONG, Amount, Analyte, Choice, Flag, Path, Several, Text, Whole
from cm_engine.prizes import Prize, Trade
from cm_engine.terms import Table, Terms, term
from cm_engine.weekly import DAYS, WEEK, Hours, Span, TimeOfDay, Weekday, Weeks, Zone, week_days


@dataclass(frozen=True, kw_only=True)
class Session(Terms):
    """Something that is expected once a week."""

    day: str = term(Weekday(), "the day of the week")
    at: time | None = term(TimeOfDay(), "when it begins; only an activity may leave it open", default=None)
    hours: Decimal | None = term(Hours(), "how long it is; absent: not one of the program's hours", default=None)
    session: str = term(Text(), "what it is called where attendance and activities are recorded")
    kind: Literal["attendance", "activity"] = term(
        Choice(("attendance", "activity")),
        "whether coming is recorded, or something done elsewhere with its proof",
        default="attendance",
    )

    @classmethod
    def clashes(cls, given: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
        """Refuse a session of the program that begins at no time."""
        if "at" not in given and given.get("kind", "attendance") == "attendance":
            what = '"at" is missing: say when it begins, such as "10:00"'
            yield ("at",), f'{what}; or kind = "activity", if it is done elsewhere at some time of the day'


@dataclass(frozen=True, kw_only=True)
class Timetable(Terms):
    """What is expected in each of some program weeks. A program's timetables add up."""

    weeks: Weeks = term(Span(), "the program weeks that it holds in")
    sessions: tuple[Session, ...] = term(Several(Table(Session)), "what is expected in each of these weeks")

    @classmethod
    def clashes(cls, given: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
        """Refuse a session that stands twice on a day."""
        listed = given.get("sessions", WRONG)
        if isinstance(listed, tuple):
            sessions = [(place, session) for place, session in enumerate(listed) if isinstance(session, Session)]
            for (_, first), (place, second) in combinations(sessions, 2):
                if _is_same(first, second):
                    yield ("sessions", place), f"{_slot(second)} stands here twice; {ONE_SLOT}"


@dataclass(frozen=True, kw_only=True)
class Screening(Terms):
    """When tests are expected, and what they look for."""

    panel: tuple[str, ...] = term(
        Several(Analyte(), unique=True), "the analytes of a test; none: whatever is reported", default=()
    )
    per_week: int | None = term(Whole(), "tests a week, on random days", default=None)
    least_gap_days: int | None = term(
        Whole(), "the fewest days from one random test to the next; absent: 1", default=None
    )
    among: tuple[str, ...] = term(
        Several(Weekday(), unique=True), "the days that random tests may fall on; none: all seven", default=()
    )
    days: tuple[str, ...] = term(Several(Weekday(), unique=True), "fixed days instead of random ones", default=())

    @classmethod
    def clashes(cls, given: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
        """Refuse fixed days beside random ones, and random ones that cannot keep their gap, week after week."""
        for key in ("least_gap_days", "among"):
            if key in given and "per_week" not in given:
                yield (key,), f'{key} is for tests on random days; give "per_week" too, or leave it out'
        if "days" in given and "per_week" in given:
            yield ("per_week",), "the days tell already how many tests a week has; leave out either per_week or days"
        elif isinstance(tests := given.get("per_week"), int):
            among, gap = given.get("among", ()), given.get("least_gap_days", 1)
            if isinstance(gap, int) and among is not WRONG and WRONG not in among:
                yield from _too_tight(tests, gap, among)

    def choices(self, first: int) -> list[tuple[int, ...]]:
        """Give the sets of random test days in a program week (from 0) that begins on the weekday `first` (0: mon)."""
        return random_days(week_days(self.among or DAYS, first), self.per_week or 0, self.least_gap_days or 1)


@dataclass(frozen=True, kw_only=True)
class CloseOut(Terms):
    """What becomes of an expected visit that nobody recorded."""

    grace_hours: int = term(Whole(0), "hours after which it counts as missed", default=24)
    confirm: bool = term(Flag(), "whether staff confirm the day's list first", default=True)


@dataclass(frozen=True, kw_only=True)
class Payer(Terms):
    """Whose money it is. `budget` is in cents."""

    name: str = term(Text(), "who pays")
    budget: int | None = term(Amount("money"), "the most that is paid in a year, for all participants", default=None)
    caps: tuple[Cap, ...] = term(
        Several(Table(Cap)), "limits in money on what one participant is paid; the tightest of all wins", default=()
    )


@dataclass(frozen=True, kw_only=True)
class Goal(Terms):
    """An activity of the treatment plan that may be rewarded."""

    session: str = term(Text(), "what the activity is called where it is recorded")
    title: str = term(Text(), "what people call it")


@dataclass(frozen=True, kw_only=True)
class Program(Terms):
    """A program, as its file tells it."""

    name: str = term(Text(), "the name that commands and records use")
    title: str = term(Text(), "what people call it")
    site: str = term(Text(), "where it is run")
    timezone: str = term(Zone(), "the site's time zone, such as America/Los_Angeles")
    weeks: int | None = term(Whole(), "program length in weeks; absent: no end", default=None)
    policies: tuple[str, ...] = term(
        Several(Text(), unique=True),
        "what is rewarded, by presets' names or policy files' paths from this file; none: nothing yet",
        default=(),
    )
    timetable: tuple[Timetable, ...] = term(
        Several(Table(Timetable)), "the sessions and activities that are expected", default=()
    )
    testing: Screening = term(Table(Screening), "the tests that are expected", default=Screening())
    close_out: CloseOut = term(Table(CloseOut), "what becomes of a visit that nobody recorded", default=CloseOut())
    payers: tuple[Payer, ...] = term(Several(Table(Payer)), "whose money it is", default=())
    goals: tuple[Goal, ...] = term(
        Several(Table(Goal)), "activities of the treatment plan that may be rewarded", default=()
    )
    prizes: tuple[Prize, ...] = term(Several(Table(Prize)), "the prize cabinet", default=())
    trades: tuple[Trade, ...] = term(
        Several(Table(Trade)), "how many prizes of a size may be traded for a better one", default=()
    )

    @classmethod
    def clashes(cls, given: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
        """Refuse names that stand twice, timetables beyond the program's weeks, and ones that clash with each other."""
        for key, name in (("payers", "name"), ("goals", "session"), ("prizes", "name")):
            yield from _twice(key, name, _good(given, key, Terms))
        timetables = _good(given, "timetable", Timetable)
        yield from _beyond(timetables, given.get("weeks"))
        for (_, first), (place, second) in combinations(timetables, 2):
            yield from _clash(first, second, ("timetable", place))


def random_days(days: Sequence[int], tests: int, gap: int) -> list[tuple[int, ...]]:
    """Give every way to put so many tests on some days of a week (from 0), so that all neighbours keep the gap.

    A way that would leave none to the week after is not among them.
    """
    ways = [
        chosen
        for chosen in combinations(days, tests)
        if all(later - earlier >= gap for earlier, later in pairwise(chosen))
    ]
    while ways:
        latest = max(way[0] for way in ways) + WEEK - gap
        going_on = [way for way in ways if way[-1] <= latest]
        if len(going_on) == len(ways):
            break
        ways = going_on
    return ways


ONE_SLOT = "a date and session count once, so give it once, or name the second one apart"


def _good(given: Mapping[str, Any], key: str, of: type[Any]) -> list[tuple[int, Any]]:
    """Give the entries of a list that could be read, each with its place."""
    listed = given.get(key, ())
    return [(place, entry) for place, entry in enumerate(() if listed is WRONG else listed) if isinstance(entry, of)]


def _twice(key: str, name: str, entries: Iterable[tuple[int, Any]]) -> Iterator[tuple[Path, str]]:
    names: set[str] = set()
    for place, entry in entries:
        called = getattr(entry, name)
        if called.casefold() in names:
            yield (key, place, name), f"{quoted(called)} stands there twice"
        names.add(called.casefold())


def _beyond(timetables: Iterable[tuple[int, Timetable]], weeks: object) -> Iterator[tuple[Path, str]]:
    for place, timetable in timetables:
        furthest = timetable.weeks.last or timetable.weeks.first
        if isinstance(weeks, int) and furthest > weeks:
            yield ("timetable", place, "weeks"), f"week {furthest} lies beyond the program's {weeks} weeks"


def _clash(first: Timetable, second: Timetable, at: Path) -> Iterator[tuple[Path, str]]:
    if not first.weeks.meets(second.weeks):
        return
    for place, session in enumerate(second.sessions):
        if any(_is_same(session, earlier) for earlier in first.sessions):
            what = f"{_slot(session)} is already in the timetable of the weeks {first.weeks}"
            yield (*at, "sessions", place), f"{what}; {ONE_SLOT}"


def _is_same(first: Session, second: Session) -> bool:
    """Tell whether two sessions would be one slot."""
    return (first.day, first.kind, first.session) == (second.day, second.kind, second.session)


def _slot(session: Session) -> str:
    return f"{quoted(session.session)} on {session.day}"


def _too_tight(tests: int, gap: int, among: Sequence[str]) -> Iterator[tuple[Path, str]]:
    """Refuse a gap that some week could not keep, whatever weekday program weeks begin on."""
    if tests > WEEK:
        yield ("per_week",), f"there is one test a day, so at most {WEEK} a week"
    elif not all(random_days(week_days(among or DAYS, first), tests, gap) for first in range(WEEK)):
        where = f" on {', '.join(among)}" if among else ""
        what = f"{tests} a week{where}, at least {gap} days apart, cannot be kept week after week"
        key = "per_week" if gap == 1 else "least_gap_days"
        yield (key,), f"{what}: the gap also holds from one week to the next"
