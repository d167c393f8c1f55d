"""`cm-engine purge`: the person behind the records, removed after the retention time."""

import json
from pathlib import Path

import click

from cm_engine.commands.opening import asked, opened
from cm_engine.commands.options import of_a_database

NOT_DONE = 2


@click.command(epilog="Example: cm-engine purge A-1007")
@click.argument("participant", metavar="PARTICIPANT")
@click.option("--site", metavar="NAME", help="The site; needed where the code is in use at several.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
@of_a_database
def purge(
    participant: str, site: str | None, yes: bool, as_json: bool, config: Path | None, database: str | None
) -> int:
    """Remove the person behind a PARTICIPANT's code once the retention time (retention_years in the configuration) is over.

    Code, name, contacts, free text and senders' ids go, for good; the books stay, under an id that leads to nobody. It says
    what money, points, draws and prizes are left, and asks. Backups of before still hold the person: delete those.
    """
    from cm_engine.actions.look import find_by_code, said
    from cm_engine.actions.purge import purge as act

    with opened(config, database) as (engine, installation):
        found = find_by_code(engine, participant, site)
        years = installation.settings.retention_years
        would = act(engine, asked("purge", dry_run=True), found, retention_years=years)
        if would["has"]:
            click.echo(f"still theirs, and lost to them with this: {said(would['has'])}", err=True)
        if not yes and not click.confirm("Remove this person? It cannot be undone", err=True):
            click.echo("Nothing was changed.", err=True)
            return NOT_DONE
        done = act(engine, asked("purge"), found, retention_years=years)
        engine.database.wipe()
    click.echo(json.dumps(done) if as_json else f"removed; the books keep the random id {done['participant']}")
    return 0
