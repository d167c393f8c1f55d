"""`cm-engine purge`: the person behind the records, removed after the retention time."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cm_engine.commands.opening import asked, opened
from cm_engine.commands.options import of_a_database

if TYPE_CHECKING:
    from cm_engine.engine import Engine

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
    from cm_engine.actions.purge import purge as act

    with opened(config, database) as (engine, installation):
        found = _find(engine, participant, site)
        years = installation.settings.retention_years
        would = act(engine, asked("purge", dry_run=True), found, retention_years=years)
        if would["has"]:
            click.echo(f"still theirs, and lost to them with this: {_said(would['has'])}", err=True)
        if not yes and not click.confirm("Remove this person? It cannot be undone", err=True):
            click.echo("Nothing was changed.", err=True)
            return NOT_DONE
        done = act(engine, asked("purge"), found, retention_years=years)
        engine.database.wipe()
    click.echo(json.dumps(done) if as_json else f"removed; the books keep the random id {done['participant']}")
    return 0


def _said(has: list[dict[str, str]]) -> str:
    """Say what somebody still has."""
    return ", ".join(" ".join(filter(None, (one["balance"], one["unit"], one["what"], one["of"]))) for one in has)


def _find(engine: "Engine", code: str, site: str | None) -> str:
    """Find a participant by code. Raises RefusedError where there is none, or more than one."""
    from sqlalchemy import select

    from cm_engine.actions.enrol import known_as
    from cm_engine.errors import quoted
    from cm_engine.standing import RefusedError
    from cm_engine.store.tables import participants, sites

    query = select(participants.c.id, sites.c.name).join_from(participants, sites)
    query = query.where(participants.c.code == known_as(code))
    with engine.database.reading() as tx:
        rows = tx.ask(query.order_by(sites.c.name))
    found = [row for row in rows if site in {None, row[1]}]
    if len(found) == 1:
        return str(found[0][0])
    if found:
        names = ", ".join(quoted(name) for _, name in found)
        raise RefusedError(f"the code is in use at several sites; name one of them with --site: {names}")
    where = f" at the site {quoted(site)}" if site else ""
    raise RefusedError(f"nobody has the code {quoted(code)}{where}; a person who was purged has none any more")
