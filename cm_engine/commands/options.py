"""Options that several commands share."""

import difflib
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, TypeVar
from zoneinfo import ZoneInfo, available_timezones

import click

from cm_engine.errors import quoted
from cm_engine.events import YEARS
from cm_engine.timetable import Schedule, ScheduleError, read_schedule

if TYPE_CHECKING:
    from cm_engine.caps import Cap
    from cm_engine.policies.contract import Policy

Command = TypeVar("Command", bound=Callable[..., Any])

USUAL_WEEKS = 12
MOST_WEEKS = 9999

STANDARD_INPUT = Path("/dev/stdin")


_CONFIG = click.option(
    "--config",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="The configuration (default: config.toml, if there).",
)


def of_every_command(command: Command) -> Command:
    """Add what every command takes: --config and --database."""
    database = click.option(
        "--database",
        metavar="URL",
        envvar="CM_DATABASE_URL",
        expose_value=False,
        help="The database; not used by this command.",
    )
    return _CONFIG(database(command))


def of_a_database(command: Command) -> Command:
    """Add what every command takes that works on a database: --config and --database, which it is handed."""
    database = click.option(
        "--database",
        metavar="URL",
        help="The database (default: CM_DATABASE_URL, the configuration's, or the file clinic.db).",
    )
    return _CONFIG(database(command))


def input_file(named: Path) -> Path:
    """Give the file to read from: standard input for -."""
    return STANDARD_INPUT if str(named) == "-" else named


def width() -> int | None:
    """Tell how wide the terminal is that the answer goes to; None where it goes elsewhere."""
    if not is_terminal(sys.stdout):
        return None
    import shutil  # loads every kind of archive, and only a table on a screen asks

    return shutil.get_terminal_size().columns


def is_terminal(stream: TextIO | None) -> bool:
    """Tell whether somebody reads the stream on a screen."""
    return stream is not None and stream.isatty()


def usual_visits(named: str, policy: "Policy[Any]") -> Schedule:
    """Give the visits a week that a preset is usually run with; of any other policy, two."""
    from cm_engine.catalogue import PRESETS  # loads the kinds of policy

    return read_schedule(PRESETS.get(named, f"1-{min(policy.weeks or USUAL_WEEKS, MOST_WEEKS)}:2"))


class Day(click.ParamType[date]):
    """A date such as 2026-01-05."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Read an ISO date."""
        if isinstance(value, date):
            return value
        try:
            day = date.fromisoformat(value)
        except ValueError:
            self.fail(f'{quoted(value)} is not a date; write one like "2026-01-05"', param, ctx)
        if day.year not in YEARS:
            self.fail(f"the year {day.year} is not believable", param, ctx)
        return day


class Zone(click.ParamType[ZoneInfo]):
    """A time zone such as America/Los_Angeles."""

    name = "zone"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> ZoneInfo:
        """Read the name of a time zone."""
        if isinstance(value, ZoneInfo):
            return value
        try:
            return ZoneInfo(value)
        except (ValueError, OSError, KeyError):  # malformed, a folder of zones, or unknown
            zones = {name.lower(): name for name in available_timezones()}
            close = [zones[name] for name in difflib.get_close_matches(value.lower(), zones, n=2)]
            hint = f"did you mean {' or '.join(close)}?" if close else 'write one like "America/Los_Angeles"'
            self.fail(f"{quoted(value)} is not a time zone; {hint}", param, ctx)


class SharedCap(click.ParamType["Cap"]):
    """A cap in money on all that policies pay together, such as 599.00:calendar-year."""

    name = "cap"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> "Cap":
        """Read amount and period; a fiscal year has its first day behind it, such as 599.00:fiscal-year:07-01."""
        from cm_engine.caps import Cap  # only a forecast asks
        from cm_engine.forms import Reader, Wrong
        from cm_engine.terms import read_terms

        if isinstance(value, Cap):
            return value
        reader = Reader()
        keys = ("amount", "per", "first_day")
        parts = str(value).split(":", maxsplit=len(keys) - 1)
        cap = read_terms(Cap, dict(zip(keys, parts, strict=False)), (), reader)
        if isinstance(cap, Wrong):
            told = "; ".join(what for _, what in reader.mistakes)
            self.fail(f'{quoted(value)} is not like "599.00:calendar-year": {told}', param, ctx)
        return cap


class Visits(click.ParamType[Schedule]):
    """Visits a week by program weeks, such as 1-12:2,13-24:1."""

    name = "schedule"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Schedule:
        """Read a schedule."""
        if isinstance(value, Schedule):
            return value
        try:
            return read_schedule(value)
        except ScheduleError as error:
            self.fail(str(error), param, ctx)
