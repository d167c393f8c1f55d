"""`cm-engine verify`: whether the books are what the log says."""

import json
from pathlib import Path

import click

from cm_engine.commands.opening import opened
from cm_engine.commands.options import of_a_database

FAULTS = 1


@click.command(epilog="Example: cm-engine verify")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
@of_a_database
def verify(as_json: bool, config: Path | None, database: str | None) -> int:
    """Check that every chain holds, the books are what the log says, and every draw re-computes.

    Prints a line a check, then every fault, and ends with "clean" or the number of faults. Exits 1 where there is one.
    """
    from cm_engine.actions import verify as action

    with opened(config, database) as (engine, _):
        found = action.verify(engine)
    wrong = {check: [fault.what for fault in found.faults if fault.check == check] for check in action.CHECKS}
    if as_json:
        checks = [{"check": name, "looked_at": found.counts[name], "faults": told} for name, told in wrong.items()]
        click.echo(json.dumps({"clean": found.is_clean, "checks": checks}))
        return 0 if found.is_clean else FAULTS
    for name, told in wrong.items():
        click.echo(f"{name}: {found.counts[name]:,} looked at, {faults(len(told))}")
    for fault in found.faults:
        click.echo(f"  {fault.check}: {fault.what}")
    click.echo("clean" if found.is_clean else faults(len(found.faults)))
    return 0 if found.is_clean else FAULTS


def faults(count: int) -> str:
    """Say a number of faults."""
    return "1 fault" if count == 1 else f"{count:,} faults"
