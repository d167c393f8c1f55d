"""`cm-engine forecast`: what policies will cost, and how surely."""

import json
from collections.abc import Callable
from datetime import date
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

import click

from cm_engine.commands.named import load_policies
from cm_engine.commands.options import (
    Day,
    SharedCap,
    Visits,
    Zone,
    input_file,
    of_every_command,
    usual_visits,
)
from cm_engine.errors import CmError, quoted
from cm_engine.settings import read_settings

if TYPE_CHECKING:
    from cm_engine.behaviour import Behaviour
    from cm_engine.caps import Cap
    from cm_engine.forecast.forecasting import Forecast
    from cm_engine.learning import Learned
    from cm_engine.timetable import Schedule

EXAMPLE = """\b
Examples:
  cm-engine forecast --policy va-prize --behaviour behaviour.toml
  cm-engine forecast --policy va-prize --learn events.csv --participants 100 --json
  cm-engine forecast --policy va-prize --policy iop-attendance --behaviour behaviour.toml --cap 599.00:episode"""


class Source(NamedTuple):
    """Where it is told how people behave: a behaviour file, or events to learn it from, and where to write what was learned."""

    behaviour: Path | None
    events: Path | None
    save: Path | None
    zone: ZoneInfo


def _of_a_source(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that say how people behave."""

    @wraps(command)
    def with_source(behaving: Path | None, events: Path | None, save: Path | None, zone: ZoneInfo, **rest: Any) -> None:
        if (behaving is None) == (events is None):
            raise click.UsageError("say how people behave, in one way: --behaviour FILE or --learn EVENTS")
        if save and not events:
            raise click.UsageError("--save-behaviour writes what was learned; give --learn EVENTS too")
        command(source=Source(behaving, events, save, zone), **rest)

    path = click.Path(path_type=Path)
    for option in (
        click.option("--tz", "zone", type=Zone(), default="UTC", help="The time zone of the events (default: UTC)."),
        click.option("--save-behaviour", "save", metavar="FILE", type=path, help="Write what was learned to a file."),
        click.option("--learn", "events", metavar="EVENTS", type=path, help="Learn how people behave from events."),
        click.option("--behaviour", "behaving", metavar="FILE", type=path, help="How people behave, as a file tells."),
    ):
        with_source = option(with_source)
    return with_source


@click.command(epilog=EXAMPLE)
@click.option(
    "--policy", "named", metavar="P", multiple=True, required=True, help="A preset or a policy file; repeats."
)
@click.option(
    "--visits-per-week",
    "schedule",
    type=Visits(),
    help='Visits, such as "1-12:2,13-24:1" (default: what the first policy is usually run with).',
)
@click.option("--participants", type=click.IntRange(1), default=1, help="How many people take part (default: 1).")
@click.option("--start", type=Day(), help="The day on which they start; needed where a cap is by month or year.")
@click.option(
    "--spread-weeks",
    "spread",
    type=click.IntRange(1, 520),
    default=1,
    help="They start over so many weeks (default: 1).",
)
@click.option(
    "--cap",
    "shared",
    type=SharedCap(),
    multiple=True,
    help='A payer\'s cap on what one person is paid in all, such as "599.00:calendar-year"; repeats.',
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
@of_every_command
@_of_a_source
def forecast(
    named: tuple[str, ...],
    schedule: "Schedule | None",
    participants: int,
    start: date | None,
    spread: int,
    shared: "tuple[Cap, ...]",
    source: Source,
    as_json: bool,
    config: Path | None,
) -> None:
    """Tell what policies will cost: the mean, how far it spreads, week by week, for one person and for all.

    The answer is exact: every course that visits can take is looked through. Needs no database.
    """
    from cm_engine.exchange.forecast_json import forecast_record, learned_record  # NumPy is slow to import
    from cm_engine.forecast.forecasting import Question
    from cm_engine.forecast.forecasting import forecast as tell

    analytes = read_settings(config).known_analytes
    policies = load_policies(named, analytes)
    visits = schedule or usual_visits(named[0], policies[0])
    behaviour, learned, paid = _behaviour(source, analytes, policies, visits)
    answer = tell(
        Question(
            policies=tuple(policies),
            schedule=visits,
            behaviour=behaviour,
            participants=participants,
            start=start,
            spread=spread,
            shared=shared,
        )
    )
    _tell(answer, learned)
    if as_json:
        record = forecast_record(answer)
        click.echo(json.dumps(record | ({"learned": learned_record(learned, answer, paid)} if learned else {})))
        return
    from cm_engine.exchange.forecast_table import (
        forecast_tables,
        learned_table,
    )  # slow to import, and programs want no table

    click.echo(forecast_tables(answer))
    if learned:
        click.echo(f"\n{learned_table(learned, answer, paid)}")


def _behaviour(
    source: Source, analytes: frozenset[str], policies: Any, visits: "Schedule"
) -> "tuple[Behaviour, Learned | None, list[list[int]]]":
    """Read how people behave, or learn it."""
    from cm_engine.commands.learning import learned
    from cm_engine.exchange.behaviour_file import behaviour_text, load_behaviour

    if source.behaviour:
        return load_behaviour(source.behaviour, analytes), None, []
    found, paid = learned(input_file(source.events or Path()), source.zone, analytes, policies, visits)
    if source.save:
        _write(source.save, behaviour_text(found.behaviour))
    return found.behaviour, found, paid


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CmError(f"{quoted(path)} cannot be written: {error.strerror or error}") from error


def _tell(answer: "Forecast", learned: "Learned | None") -> None:
    """Say on stderr what might be taken for a fault."""
    costs = [*answer.costs, answer.together] if answer.together else answer.costs
    for why in dict.fromkeys(cost.why for cost in costs if cost.why):
        click.echo(f"note: {why}; people were made up instead, and figures have sampling noise", err=True)
    if learned is None:
        return
    if learned.without_visits:
        of_all = f"{learned.without_visits:,} of {learned.people:,} people"
        click.echo(f"note: {of_all} of the history make no visit in these weeks, and are counted as such", err=True)
    longest = learned.behaviour.longest or 0
    if longest < answer.question.schedule.visits:
        most = (
            f"{answer.question.schedule.visits} visits are planned, and nobody of the history makes more than {longest}"
        )
        click.echo(f"note: {most}, so nobody is foreseen to; plan as many a week as the history had", err=True)
