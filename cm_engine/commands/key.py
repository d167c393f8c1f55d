"""`cm-engine key`: changing the key that seals. A key is never shown."""

import json
from pathlib import Path

import click

from cm_engine.commands.opening import opened
from cm_engine.commands.options import of_a_database


@click.group(no_args_is_help=True, epilog="Example: cm-engine key rotate")
def key() -> None:
    """Change the key that seals what names people."""


@key.command(epilog="Example: cm-engine key rotate")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
@of_a_database
def rotate(as_json: bool, config: Path | None, database: str | None) -> None:
    """Make a new key, seal everything again under it, and take the earlier one out of the key file.

    Stop `serve` and `scheduler` before, and start them afterwards: they hold the earlier key. Cut short at any moment,
    everything can still be opened; run it again. The earlier key is kept in a file beside, for backups made under it.
    """
    from cm_engine.actions.rotate import rotate as act
    from cm_engine.vault import VaultError

    with opened(config, database) as (engine, installation):
        if installation.key_file is None:
            raise VaultError("the keys are in CM_KEY, which no command can change; put them into a key file first")
        done = act(engine, installation.key_file)
    if as_json:
        click.echo(
            json.dumps({"sealed": done.sealed, "key_file": str(installation.key_file), "earlier": str(done.earlier)})
        )
        return
    click.echo(
        f"{done.sealed:,} rows were sealed again; {installation.key_file} holds the new key: keep a copy elsewhere"
    )
    click.echo(f"the earlier one: {done.earlier}; delete it once no backup of before is needed any more")
