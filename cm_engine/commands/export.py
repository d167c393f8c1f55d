"""`cm-engine export`: a report as CSV."""

from datetime import date, timedelta
from pathlib import Path

import click

from cm_engine.commands.opening import asked, opened, program_named
from cm_engine.commands.options import Day, of_a_database

TWELVE_WEEKS = timedelta(weeks=12)


@click.command(
    epilog="Example: cm-engine export outcomes --program riverside-iop --from 2026-01-05 --output outcomes.csv"
)
@click.argument("report", metavar="REPORT", required=False)
@click.option("--program", metavar="NAME", help="The program; needed where there are several.")
@click.option("--from", "first", type=Day(), help="The first day (default: twelve weeks before the last).")
@click.option("--to", "last", type=Day(), help="The last day (default: today).")
@click.option("--output", type=click.Path(path_type=Path), help="The file to write (default: standard output).")
@click.option("--de-identified", is_flag=True, help="Tell nobody's code: for an auditor.")
@of_a_database
def export(
    report: str | None,
    program: str | None,
    first: date | None,
    last: date | None,
    output: Path | None,
    de_identified: bool,
    config: Path | None,
    database: str | None,
) -> None:
    """Write a REPORT as CSV, and note in the activity log that it was made; without one, list them.

    The first row is the notice against redisclosure of 42 CFR Part 2, the second says what the report is of; columns and
    rows follow. Figures are as of the last run of the job `rollups`.
    """
    from cm_engine.actions.export import REPORTS, codes, export_report, pseudonyms
    from cm_engine.exchange.report_csv import report_lines
    from cm_engine.periods import Period
    from cm_engine.standing import RefusedError

    if report is None:
        click.echo("\n".join(f"{name:<10} {kind.says}" for name, kind in REPORTS.items()))
        return
    with opened(config, database) as (engine, _):
        running = program_named(engine, program)
        until = last or engine.clock().astimezone(running.zone).date()
        since = first or until - TWELVE_WEEKS
        if since > until:
            raise RefusedError(f"{since} lies behind {until}; name the first day before the last")
        called = pseudonyms if de_identified else lambda wanted: codes(engine, wanted)
        made = export_report(engine, asked("export"), running.id, report, Period(since, until), called)
        lines = report_lines(made)
        if output is None:
            click.echo("".join(lines), nl=False)
        else:
            output.write_text("".join(lines), encoding="utf-8", newline="")
            click.echo(f"{made.about}; written to {output}", err=True)
