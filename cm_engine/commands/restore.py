"""`cm-engine restore`: what a backup holds, checked, into an empty place or in place of what is there."""

import json
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cm_engine.commands.opening import asked, find, warn
from cm_engine.commands.options import of_a_database

if TYPE_CHECKING:
    from cm_engine.engine import Engine
    from cm_engine.installation import Installation

EXAMPLE = """\b
Examples:
  cm-engine restore backups/cm-engine-2026-03-02T02-00-00.000000Z.cmbackup
  cm-engine restore monday.cmbackup --replace
  cm-engine restore monday.cmbackup --database postgresql://clinic@localhost/clinic"""


@click.command(epilog=EXAMPLE)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--replace", is_flag=True, help="Back up what is there, and put the backup's content in its place.")
@click.option("--despite-faults", is_flag=True, help="Restore a backup whose books do not hold.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
@of_a_database
def restore(
    file: Path, replace: bool, despite_faults: bool, as_json: bool, config: Path | None, database: str | None
) -> None:
    """Restore a backup FILE into an empty place, of either kind of database; nothing is changed where anything fails.

    Its books are verified first, and draws that were open are sealed anew, since a copy of their bytes may be about. Stop
    `serve` and `scheduler` before, and start them afterwards. It needs the key that was in use when the backup was made.
    """
    from cm_engine.actions.restore import restore as act
    from cm_engine.engine import Engine
    from cm_engine.vault import Vault

    installation = find(config, database)
    vault = Vault(installation.keys())
    if installation.key_is_too_open():
        warn(f"others than its owner may read the key file {installation.key_file}; close it: chmod 600")
    engine = Engine(installation.database(), vault, analytes=installation.settings.known_analytes)
    try:
        _refuse_other_file(engine, file)
        with _kept_before(engine, installation) if replace else nullcontext() as before:
            done = act(engine, asked("restore"), file, replace=replace, faults=despite_faults)
    finally:
        engine.close()
    facts = done.found.counts
    record = {
        "database": engine.database.name,
        "made_at": done.made_at,
        "faults": len(done.found.faults),
        "resealed": done.resealed,
        "before": str(before) if before else None,
    }
    if as_json:
        click.echo(json.dumps(record))
        return
    click.echo(f"{engine.database.name}: restored as it was at {done.made_at}")
    click.echo(f"{sum(facts.values()):,} things were checked: {'clean' if done.found.is_clean else 'with faults'}")
    click.echo(f"{done.resealed} open draws were sealed anew; each is logged")
    if before:
        click.echo(f"what was there before: {before}")


def _refuse_other_file(engine: "Engine", file: Path) -> None:
    """Open the backup's beginning, before anything is done to what is there."""
    from cm_engine.exchange.sealed_file import read_sealed

    with read_sealed(file, engine.vault):
        pass


def _kept_before(engine: "Engine", installation: "Installation") -> "AbstractContextManager[Path | None]":
    """Back up what will be replaced."""
    from cm_engine.actions.back_up import new_backup
    from cm_engine.actions.restore import kept_before

    now = engine.clock()
    return kept_before(engine, new_backup(installation.settings.backups_folder, now), now)
