"""`cm-engine doctor`: what an installation looks like, for a request for support."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from cm_engine.commands.opening import find
from cm_engine.commands.options import of_a_database

SOMETHING = 1


@click.command(epilog="Example: cm-engine doctor")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
@of_a_database
def doctor(as_json: bool, config: Path | None, database: str | None) -> int:
    """Tell versions, database, revision, keys, jobs, backups, disk and clock, with no patient data: for a support request.

    Exits 1 where there is something to look at.
    """
    from cm_engine.actions.examine import examine

    report = examine(find(config, database))
    click.echo(json.dumps(report) if as_json else "\n".join(_lines(report)))
    return SOMETHING if report["look_at"] else 0


def _lines(report: dict[str, Any]) -> Iterator[str]:
    for part, told in report.items():
        if part != "look_at":
            yield f"{part.replace('_', ' ')}: {_said(told)}"
    yield from (f"look at: {what}" for what in report["look_at"])
    if not report["look_at"]:
        yield "nothing to look at"


def _said(told: object) -> str:
    match told:
        case dict():
            return ", ".join(f"{name.replace('_', ' ')} {_said(value)}" for name, value in told.items())
        case list():
            return "; ".join(map(_said, told)) or "none"
        case None:
            return "none"
        case bool():
            return "yes" if told else "no"
    return str(told)
