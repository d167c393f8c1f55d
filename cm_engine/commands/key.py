"""`cm-engine key`: changing the key that seals. A key is never shown."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cm_engine.commands.opening import asked, find, opened
from cm_engine.commands.options import of_a_database

if TYPE_CHECKING:
    from cm_engine.actions.replace_lost import Replaced

NOT_DONE = 2


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


@key.command("replace-lost", epilog="Example: cm-engine key replace-lost")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
@of_a_database
def replace_lost(yes: bool, as_json: bool, config: Path | None, database: str | None) -> int:
    """Make a new key in place of one that is lost, so that the books go on; names, contacts and notes are removed, for good.

    Nobody can open these without the lost key. Open draws are sealed anew, each in the log. If a copy of the key is left
    anywhere, put that back instead. Stop `serve` and `scheduler` before.
    """
    from cm_engine.actions.replace_lost import put_new_file
    from cm_engine.actions.replace_lost import replace_lost as act
    from cm_engine.installation import open_anew
    from cm_engine.vault import Keys, VaultError

    installation, keys = find(config, database), Keys.new()
    if installation.key_file is None:
        raise VaultError(
            "CM_KEY is set, and no command can change it; take it away, and the new key goes into a key file"
        )
    at_hand = installation.keys_at_hand()
    engine = open_anew(installation, keys)
    try:
        would = act(engine, asked("key replace-lost", dry_run=True), at_hand)
        if not yes:
            click.echo(_closed(would, "will be"), err=True)
            if not click.confirm("Go on without the lost key? It cannot be undone", err=True):
                click.echo("Nothing was changed.", err=True)
                return NOT_DONE
        aside = put_new_file(installation.key_file, keys, engine.clock())
        done = act(engine, asked("key replace-lost"), at_hand)
    finally:
        engine.close()
    if as_json:
        told = {"key_file": str(installation.key_file), "aside": str(aside) if aside else None}
        click.echo(json.dumps({**done._asdict(), **told}))
        return 0
    click.echo(_closed(done, "were"))
    click.echo(f"{installation.key_file} holds the new key: keep a copy elsewhere, and make a backup now")
    if aside:
        click.echo(f"the file that was there, which did not fit: {aside}")
    return 0


def _closed(told: "Replaced", how: str) -> str:
    """Say what the loss of a key costs."""
    lines = [
        f"names and contacts of {told.people:,} people and {told.notes:,} sealed notes {how} removed: nobody can open them",
        f"{told.resealed:,} open draws {how} sealed anew, each in the log; backups of before open with the lost key alone",
    ]
    if told.cards:
        lines.append(f"{told.cards:,} patient cards {how} ended: print new ones")
    if told.pins:
        lines.append(
            f"{told.pins:,} PINs {how} removed: give these people one-time codes, by which they choose new ones"
        )
    if told.factors:
        lines.append(
            f"{told.factors:,} second factors of the staff {how} removed: they set up new ones as they sign in"
        )
    if told.without_id:
        lines.append(
            f"{told.without_id:,} rows came without ids: do not import their files again, they would count as new"
        )
    return "\n".join(lines)
