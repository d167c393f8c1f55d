"""`cm-engine backup`: everything, as it was at one moment, in one encrypted file."""

import json
from pathlib import Path

import click

from cm_engine.commands.opening import opened
from cm_engine.commands.options import of_a_database

EXAMPLE = """\b
Examples:
  cm-engine backup
  cm-engine backup /mnt/safe/monday.cmbackup"""


@click.command(epilog=EXAMPLE)
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
@of_a_database
def backup(file: Path | None, as_json: bool, config: Path | None, database: str | None) -> None:
    """Write a backup while others go on working: to FILE, or into the folder of backups, named by date and time.

    It is encrypted, and only the key opens it, which is not in it: keep a copy of the key file elsewhere.
    """
    from cm_engine.actions.back_up import back_up, new_backup

    with opened(config, database) as (engine, installation):
        now = engine.clock()
        folder = file if file and file.is_dir() else installation.settings.backups_folder
        path = file if file and not file.is_dir() else new_backup(folder, now)
        done = back_up(engine.database, engine.vault, path, now)
    record = {"file": str(done.path), "bytes": done.bytes}
    click.echo(json.dumps(record) if as_json else f"{done.path}: {done.bytes:,} bytes")
