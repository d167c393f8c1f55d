"""The clinic of the demo, while it is filled: its engine, agenda, staff and people, and what everything there is asked by."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from cm_engine.actions.requests import Request
from cm_engine.demo.agenda import Agenda, Deed
from cm_engine.demo.chance import Chance
from cm_engine.demo.people import MadeUp
from cm_engine.demo.staff import Staff
from cm_engine.engine import Engine
from cm_engine.store.cabinet import Shelved, shelf

OPENS = time(8, 40)
WEEKDAYS = range(5)


@dataclass
class Clinic:
    """The clinic: `now` is where its history ends, in the middle of its last day."""

    engine: Engine
    agenda: Agenda
    chance: Chance
    staff: Staff
    program: str
    site: str
    zone: ZoneInfo
    now: datetime
    tablet: str = ""  # by what the kiosk's tablet is known
    ids: dict[str, str] = field(default_factory=dict)  # participants by their codes
    waiting: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))  # prizes that were chosen
    closed: set[date] = field(default_factory=set)
    counted: Counter[tuple[str, str]] = field(default_factory=Counter)
    asked: int = 0

    @cached_property
    def today(self) -> date:
        """The day in whose middle the history ends."""
        return self.now.astimezone(self.zone).date()

    def request(self, actor: str) -> Request:
        """Make a request with a key of its own."""
        self.asked += 1
        return Request(f"demo {self.asked}", actor)

    def at(self, on: date, clock: time, deed: Deed) -> None:
        """Put something down for a time of a day."""
        self.agenda.at(self.moment(on, clock), deed)

    def moment(self, on: date, clock: time) -> datetime:
        """Give the moment of a time of a day."""
        return datetime.combine(on, clock, self.zone)

    def opens(self, on: date) -> datetime:
        """Tell when the day begins: today before anything can have happened otherwise, so that today is always under way."""
        usual = self.moment(on, OPENS)
        if on != self.today:
            return usual
        midnight = self.moment(on, time())
        return min(usual, midnight + (self.now - midnight) / 4)

    def within(self, on: date, hours: tuple[float, float], share: float) -> datetime:
        """Give a moment in some hours after the opening; of today, where these are not over, in what there was of it and half more."""
        first, last = (self.opens(on) + timedelta(hours=number) for number in hours)
        if on == self.today and self.now < last:
            first = self.opens(on)
            last = first + (self.now - first) * 1.5
        return first + (last - first) * share

    def ago(self, on: date) -> int:
        """Tell how many days ago a day was."""
        return (self.today - on).days

    def workday(self, ago: int) -> date:
        """Give the day so many days ago, or the last one before it that is no weekend."""
        on = self.today - timedelta(days=ago)
        while on.weekday() not in WEEKDAYS:
            on -= timedelta(days=1)
        return on

    def at_desk(self, on: date) -> str:
        """Tell who of the two at the front desk records on a day."""
        return self._two(on)[0]

    def at_cabinet(self, on: date) -> str:
        """Tell who hands prizes over on a day: never who records on it."""
        return self._two(on)[1]

    def nth(self, person: MadeUp, what: str) -> int:
        """Count what happens to somebody, from 1."""
        self.counted[person.code, what] += 1
        return self.counted[person.code, what]

    def _two(self, on: date) -> tuple[str, str]:
        dev, priya = self.staff.dev, self.staff.priya
        return (priya, dev) if on.isoweekday() % 3 == 0 else (dev, priya)

    def shelf(self) -> list[Shelved]:
        """Give what is in the cabinet."""
        with self.engine.database.reading() as tx:
            running = self.engine.published(tx).programs[self.program]
            return shelf(tx, running, {prize.name: prize for prize in running.on(self.today).prizes})
