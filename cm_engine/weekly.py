"""Forms of a weekly timetable: weekdays, times of day, time zones, lengths in hours and spans of program weeks."""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import time
from decimal import Decimal
from typing import NamedTuple

from cm_engine.errors import nearest, quoted
from cm_engine.forms import Form, Path, Reader, Wrong

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WEEK = len(DAYS)

_TIME = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")
_WEEKS = re.compile(r"([1-9][0-9]{0,3})(?:-([1-9][0-9]{0,3})?)?")

QUARTER = Decimal("0.25")
MOST_HOURS = 24


class Weeks(NamedTuple):
    """Program weeks from a first to a last one, both included; without a last one, to the end."""

    first: int
    last: int | None

    def __str__(self) -> str:
        """Write it the way it is read."""
        return str(self.first) if self.last == self.first else f"{self.first}-{self.last or ''}"

    def __contains__(self, week: object) -> bool:
        """Tell whether a program week is one of them."""
        return isinstance(week, int) and self.first <= week and (self.last is None or week <= self.last)

    def meets(self, other: "Weeks") -> bool:
        """Tell whether some week is in both."""
        return max(self.first, other.first) in self and max(self.first, other.first) in other


def week_days(names: Iterable[str], first: int) -> list[int]:
    """Give the days of a program week (from 0) that have these names, where it begins on the weekday `first` (0: mon)."""
    return sorted((DAYS.index(name) - first) % WEEK for name in names)


class Span(Form):
    """Program weeks, from one to another."""

    allowed = 'program weeks such as "1-5", "6" or "6-" (from week 6 to the end)'

    def read(self, written: object, at: Path, reader: Reader) -> Weeks | Wrong:
        """Take weeks that count from 1 and run forwards."""
        match = _WEEKS.fullmatch(written) if isinstance(written, str) else None
        if match is None:
            return self.refuse(written, at, reader)
        first = int(match[1])
        last = int(match[2]) if match[2] else None if written == f"{first}-" else first
        if last is not None and last < first:
            return self.refuse(written, at, reader, ", and the first week in front")
        return Weeks(first, last)

    def write(self, value: Weeks, reader: Reader) -> object:
        """Write the weeks."""
        return str(value)


class Weekday(Form):
    """A day of the week by its first three letters."""

    allowed = f"one of {', '.join(DAYS)}"

    def read(self, written: object, at: Path, reader: Reader) -> str | Wrong:
        """Take one of the seven."""
        if isinstance(written, str) and written in DAYS:
            return written
        spelt = str(written).lower()[:3]
        return self.refuse(written, at, reader, f'; did you mean "{spelt}"?' if spelt in DAYS else nearest(spelt, DAYS))


class TimeOfDay(Form):
    """A time of day, in the program's time zone."""

    allowed = 'a time of day from "0:00" to "23:59", in quotes'

    def read(self, written: object, at: Path, reader: Reader) -> time | Wrong:
        """Take hours and minutes."""
        match = _TIME.fullmatch(written) if isinstance(written, str) else None
        return time(int(match[1]), int(match[2])) if match else self.refuse(written, at, reader)

    def write(self, value: time, reader: Reader) -> object:
        """Write hours and minutes."""
        return value.isoformat("minutes")


@dataclass(frozen=True)
class Hours(Form):
    """How long something takes, in quarters of an hour."""

    allowed = f"a number of hours such as 2 or 1.5, in quarters, at most {MOST_HOURS}"

    def read(self, written: object, at: Path, reader: Reader) -> Decimal | Wrong:
        """Take quarters of an hour above none."""
        if isinstance(written, int | Decimal) and not isinstance(written, bool):
            hours = Decimal(written)
            if hours.is_finite() and 0 < hours <= MOST_HOURS and hours % QUARTER == 0:
                return hours
        return self.refuse(written, at, reader)

    def write(self, value: Decimal, reader: Reader) -> object:
        """Write whole hours as an integer, quarters as the fraction that says them exactly."""
        return int(value) if value == int(value) else float(value)


class Zone(Form):
    """A time zone by its name."""

    allowed = 'a time zone such as "America/Los_Angeles"'

    def read(self, written: object, at: Path, reader: Reader) -> str | Wrong:
        """Take the name of a time zone there is."""
        if isinstance(written, str) and written and (reader.zones is None or written in reader.zones):
            return written
        spelt = {zone.lower(): zone for zone in reader.zones or ()}
        close = difflib.get_close_matches(str(written).lower().replace(" ", "_"), spelt, n=1)
        return self.refuse(written, at, reader, f"; did you mean {quoted(spelt[close[0]])}?" if close else "")
