"""A clinic with a timetable in a test: who is expected, who came, and days that go by."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from cm_engine.actions.close_out import close_day, close_out, confirm_day, day_list, days_to_close_out
from cm_engine.actions.plan import plan
from cm_engine.actions.requests import Answer
from tests.clinic import PROGRAM, Clinic, clinic

GROUPS = """
[[timetable]]
weeks = "1-"
sessions = [
    { day = "mon", at = "10:00", hours = 2, session = "early-recovery-group" },
    { day = "wed", at = "10:00", hours = 2, session = "relapse-prevention-group" },
    { day = "sat", session = "recovery-activity", kind = "activity" },
]

[testing]
days = ["mon", "thu"]

[close_out]
grace_hours = 24
confirm = true
"""

MONDAY = date(2026, 3, 2)
TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY = (MONDAY + timedelta(days=n) for n in range(1, 7))


@dataclass
class Weeks(Clinic):
    """A clinic whose days go by: the clock says nine in the morning of Monday, 2 March 2026."""

    def plan(self) -> Answer:
        """Plan the current and the next week of everybody."""
        return plan(self.engine, self.program)

    def expected(self, *, of: str = "", kind: str = "") -> list[tuple[str, str, str]]:
        """Give the days on which something is expected, with kind and session."""
        rows = self.ask(
            "SELECT e.on_day, e.kind, e.session, r.participant_id FROM expected e JOIN enrolments r "
            "ON r.id = e.enrolment_id ORDER BY e.on_day, e.kind, e.session, r.participant_id"
        )
        return [(d, k, s) for d, k, s, whose in rows if of in {"", whose} and kind in {"", k}]

    def it_is(self, on: date, hour: int = 9, minute: int = 0) -> None:
        """Set the clock to an hour of a day at the site."""
        self.clock.now = datetime.combine(on, time(hour, minute), self.zone)

    def confirm(self, on: date) -> Answer:
        """Let staff confirm a day's list."""
        return confirm_day(self.engine, self.request(), self.program, on)

    def close_out(self, on: date) -> Answer:
        """Close a day out."""
        return close_out(self.engine, self.request(), self.program, on)

    def close_day(self, on: date, reason: str = "") -> Answer:
        """Mark a day on which the clinic is closed."""
        return close_day(self.engine, self.request(), self.program, on, reason)

    def day_list(self, on: date) -> Answer:
        """Give a day's list."""
        return day_list(self.engine, self.program, on)

    def can_close_out(self) -> list[date]:
        """Give the days that the job would close out now."""
        return days_to_close_out(self.engine, self.program)[0]

    def outcomes(self, participant: str) -> list[tuple[date, str, str]]:
        """Give the events of a participant as they stand: date, kind, outcome."""
        return [(e.on, e.kind, e.result.outcome) for e in self.standing(participant).events()]


@contextmanager
def weeks(url: str, groups: str = GROUPS, *policies: str) -> Iterator[Weeks]:
    """Open a clinic with a timetable."""
    with clinic(url, *policies, program=PROGRAM + groups) as opened:
        yield Weeks(opened.engine, opened.clock, opened.program)
