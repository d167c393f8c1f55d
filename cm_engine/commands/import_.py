"""`cm-engine import`: events of a file into the books, all or nothing."""

import json
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cm_engine.commands.opening import asked, opened, program_named
from cm_engine.commands.options import input_file, of_a_database
from cm_engine.commands.progress import progress, size_of
from cm_engine.rest import collector_off

if TYPE_CHECKING:
    from cm_engine.engine import Engine
    from cm_engine.errors import InputError
    from cm_engine.events import Event
    from cm_engine.store.published import Running

WRONG_INPUT = 2

EXAMPLE = """\b
Examples:
  cm-engine import events.csv --enrol-under va-prize
  cm-engine import events.jsonl --format jsonl --dry-run"""


@click.command("import", epilog=EXAMPLE)
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--format", "form", type=click.Choice(["csv", "jsonl"]), help="What the file is (default: told by its content)."
)
@click.option("--program", metavar="NAME", help="The program that the events are of; needed where there are several.")
@click.option(
    "--enrol-under",
    "enrol_under",
    metavar="P",
    multiple=True,
    help="Enrol unknown participants from their first event, under this preset or policy file; repeats.",
)
@click.option(
    "--allow-partial-panel", is_flag=True, help="Let a test count that reports only some of a policy's targets."
)
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
@of_a_database
def import_(
    file: Path,
    form: str | None,
    program: str | None,
    enrol_under: tuple[str, ...],
    allow_partial_panel: bool,
    dry_run: bool,
    as_json: bool,
    config: Path | None,
    database: str | None,
) -> int:
    """Record the events of a FILE (CSV or JSON Lines; - for standard input): all of them, or none.

    Events that are there already are left alone, so the same file can be imported again. A row that differs from what came
    under its id before is a conflict: every mistake is named by its line, and nothing is changed. Times without an offset are
    the site's.
    """
    from cm_engine.actions.take_in import NotTakenError, Taking, take_in
    from cm_engine.errors import InputError
    from cm_engine.exchange.policy_file import load_policy

    source = input_file(file)
    with opened(config, database) as (engine, installation), collector_off():
        analytes = installation.settings.known_analytes
        policies = tuple(load_policy(named, analytes) for named in dict.fromkeys(enrol_under))
        _refuse_namesakes([policy.name for policy in policies])
        running = program_named(engine, program)
        try:
            people = _read(engine, running, source, form)
            with progress(source, "Recording", len(people), shown=True) as done:
                taking = Taking(str(source), running.id, policies, allow_partial_panel)
                taken = take_in(engine, asked("import", dry_run=dry_run), taking, people, done)
        except NotTakenError as error:
            if as_json:
                click.echo(json.dumps(error.counts | _mistakes(error)))
                return WRONG_INPUT
            click.echo(_said(error.counts, "there are"), err=True)
            raise
        except InputError as error:
            if not as_json:
                raise
            click.echo(
                json.dumps({"created": 0, "already_there": 0, "conflicting": 0, "enrolled": 0} | _mistakes(error))
            )
            return WRONG_INPUT
    counts = {**taken._asdict(), "conflicting": 0}
    said = _said(counts, "would be" if dry_run else "")
    click.echo(json.dumps(counts | {"dry_run": dry_run}) if as_json else said)
    return 0


def _refuse_namesakes(names: Sequence[str]) -> None:
    """Refuse two policies of one name, which would be one policy twice."""
    from cm_engine.errors import quoted

    for name in dict.fromkeys(name for name in names if names.count(name) > 1):
        what = f"--enrol-under names {names.count(name)} policies that are called {quoted(name)}"
        raise click.UsageError(f"{what}; leave one out, or give it another name")


def _read(engine: "Engine", running: "Running", source: Path, form: str | None) -> Mapping[str, Sequence["Event"]]:
    """Read the file; a correction may be of an event that is in the books."""
    from cm_engine.actions.take_in import find_event
    from cm_engine.exchange.events_file import read_events

    with engine.database.reading() as tx, progress(source, "Reading", size_of(source), shown=True) as read:
        elsewhere = partial(find_event, tx, running.site)
        return read_events(source, running.zone, engine.analytes, read, elsewhere, form)


def _mistakes(error: "InputError") -> dict[str, Any]:
    told = [{"line": m.line or None, "column": m.where or None, "what": m.what} for m in error.mistakes]
    return {"mistakes": told}


def _said(counts: Mapping[str, int], how: str) -> str:
    created = f"{how} created".strip() if how != "there are" else "to be created"
    said = f"{counts['created']:,} {created}, {counts['already_there']:,} already there, {counts['conflicting']:,} conflicting"
    if counts["enrolled"]:
        people = "1 participant" if counts["enrolled"] == 1 else f"{counts['enrolled']:,} participants"
        said += f"; {people} {'would be ' if how == 'would be' else ''}enrolled"
    return f"{said}; nothing was changed" if how else said
