"""`cm-engine replay`: what the policies would have paid for a file of events."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from cm_engine.commands.named import load_policies
from cm_engine.commands.options import Day, Zone, input_file, is_terminal, of_every_command, width
from cm_engine.commands.progress import progress, size_of
from cm_engine.events import Event
from cm_engine.exchange.events_file import read_events
from cm_engine.exchange.replay_json import line_record, lines_text, summary_record
from cm_engine.policies.contract import Policy
from cm_engine.replay import Account, Line, in_order, open_accounts
from cm_engine.replay import replay as walk
from cm_engine.rest import collector_off
from cm_engine.settings import read_settings
from cm_engine.tally import Tally

EXAMPLE = """\b
Examples:
  cm-engine replay events.csv --policy va-prize
  cm-engine replay events.csv --policy va-prize --policy my-vouchers.toml --summary
  cm-engine replay events.csv --policy higgins-voucher --table --tz America/Los_Angeles"""


@click.command(epilog=EXAMPLE)
@click.argument("events", type=click.Path(path_type=Path))
@click.option(
    "--policy", "named", metavar="P", multiple=True, required=True, help="A preset or a policy file; repeats."
)
@click.option("--start", type=Day(), help="The first day of everybody's program (default: each one's earliest row).")
@click.option("--tz", "zone", type=Zone(), default="UTC", help="The site's time zone (default: UTC).")
@click.option("--summary", is_flag=True, help="Print one JSON object: totals, and outcome measures by participant.")
@click.option("--table", "as_table", is_flag=True, help="Print a table for people, with the reason of each award.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs (what it does without --table).")
@of_every_command
def replay(
    events: Path,
    named: tuple[str, ...],
    start: date | None,
    zone: ZoneInfo,
    summary: bool,
    as_table: bool,
    as_json: bool,
    config: Path | None,
) -> None:
    """Tell what policies would have paid for a file of EVENTS (CSV or JSON Lines; - for standard input).

    Prints a JSON object a line for each event and policy. The whole file is checked first. Needs no database.
    """
    if as_table and as_json:
        raise click.UsageError("--table is for people and --json for programs; give one of them")
    source = input_file(events)
    analytes = read_settings(config).known_analytes
    policies = load_policies(named, analytes)
    with collector_off():
        with progress(source, "Reading", size_of(source), shown=True) as read:
            people = read_events(source, zone, analytes, read)
        printing = _print_nothing if summary else _print_tables if as_table else _print_json
        with progress(source, "Replaying", len(people), shown=summary or not is_terminal(sys.stdout)) as done:
            tallies = _replay(people, policies, start, printing, done)
    if summary:
        _print_summary(tallies, as_table=as_table)
    for tally in tallies:
        _tell_empty(tally)
        _tell_partial(tally)


Printing = Callable[[str, Iterator[tuple[Account, Line]]], None]


def _replay(
    people: Mapping[str, list[Event]],
    policies: Sequence[Policy[Any]],
    start: date | None,
    printing: Printing,
    done: Callable[[int], None],
) -> list[Tally]:
    tallies = [Tally(policy) for policy in policies]
    for count, (participant, rows) in enumerate(people.items(), start=1):
        events = in_order(rows)
        accounts = open_accounts(policies, events, start)
        printing(participant, walk(events, accounts))
        for tally, account in zip(tallies, accounts, strict=True):
            tally.add(participant, account)
        done(count)
    return tallies


def _print_nothing(_: str, lines: Iterator[tuple[Account, Line]]) -> None:
    for _line in lines:
        pass


def _print_json(_: str, lines: Iterator[tuple[Account, Line]]) -> None:
    records = [line_record(line, account.next_visit(line.event.on)) for account, line in lines]
    if records:
        click.echo(lines_text(records))


def _print_tables(participant: str, lines: Iterator[tuple[Account, Line]]) -> None:
    from cm_engine.exchange.tables import replay_table  # slow to import, and programs want no table

    rows = [(line, account.next_visit(line.event.on)) for account, line in lines]
    if rows:
        click.echo(f"{replay_table(participant, rows, width())}\n")


def _print_summary(tallies: Sequence[Tally], *, as_table: bool) -> None:
    if not as_table:
        click.echo(json.dumps(summary_record(tallies)))
        return
    from cm_engine.exchange.tables import summary_table  # slow to import, and programs want no table

    click.echo(summary_table(tallies))


def _tell_empty(tally: Tally) -> None:
    """Say that a file has nothing for a policy, so that silence is not taken for a fault."""
    if not tally.events:
        of_kind = {"test": "tests", "attendance": "attendance", "activity": "activities"}[tally.policy.on]
        click.echo(f"note: {tally.policy.name}: the file has no {of_kind}", err=True)


def _tell_partial(tally: Tally) -> None:
    """Say how many tests count by what they report, since they do not report all targets."""
    if not tally.partial:
        return
    tests = "1 test reports" if tally.partial == 1 else f"{tally.partial:,} tests report"
    missing = ", ".join(target for target in tally.policy.targets if target in tally.unreported)
    counts = "it counts by what it reports" if tally.partial == 1 else "each counts by what it reports"
    note = f"{tally.policy.name}: {tests} some, but not all, of its targets; {counts} (left out: {missing})"
    click.echo(f"note: {note}", err=True)
