"""`cm-engine head`: the digest over all chains, to be printed and kept elsewhere."""

import json
from datetime import date
from pathlib import Path

import click

from cm_engine.commands.opening import opened
from cm_engine.commands.options import Day, of_a_database


@click.command(epilog="Example: cm-engine head --date 2026-03-02")
@click.option("--date", "on", type=Day(), help="The date (default: today, by UTC).")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
@of_a_database
def head(on: date | None, as_json: bool, config: Path | None, database: str | None) -> None:
    """Print the digest over all chains at the end of a day; of today: as they are now.

    Print it and keep it elsewhere, or send it to somebody outside: whoever changed the whole database afterwards could not
    come to the same one.
    """
    from cm_engine.standing import RefusedError
    from cm_engine.store.heads import head_of

    with opened(config, database) as (engine, _):
        now = engine.clock()
        day = on or now.date()
        if day > now.date():
            raise RefusedError(f"{day} has not come yet: today is {now.date()}, by UTC")
        with engine.database.reading() as tx:
            found = head_of(tx, day, now)
    if as_json:
        click.echo(json.dumps({**found._asdict(), "on": str(found.on), "digest": found.digest.hex()}))
        return
    click.echo(f"head of {found.on}: {found.digest.hex()}")
    kept = "kept by the hourly job" if found.is_kept else "computed now"
    click.echo(f"{found.chains:,} chains, {found.facts:,} facts, as of {found.made_at}, {kept}")
