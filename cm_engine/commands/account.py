"""`cm-engine account`: what a participant has, what the next visit is worth, and what the caps leave."""

import json
from pathlib import Path
from typing import Any

import click

from cm_engine.commands.opening import opened
from cm_engine.commands.options import of_a_database


@click.command(epilog="Example: cm-engine account A-1007")
@click.argument("participant", metavar="PARTICIPANT")
@click.option("--site", metavar="NAME", help="The site; needed where the code is in use at several.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
@of_a_database
def account(participant: str, site: str | None, as_json: bool, config: Path | None, database: str | None) -> None:
    """Show where a PARTICIPANT stands, by their code.

    What they have, what the next visit is worth under each policy, what every cap leaves and why, and the year's total
    for the tax office, with an alert where it reaches the amount that the configuration names (tax_alerts).
    """
    from cm_engine.actions.look import find_by_code, look

    with opened(config, database) as (engine, installation):
        found = find_by_code(engine, participant, site)
        told = look(engine, found, tax_alert=installation.settings.tax_alert)
    click.echo(json.dumps(told) if as_json else "\n".join(_lines(told)))


def _lines(told: dict[str, Any]) -> list[str]:
    from cm_engine.actions.look import said

    last = f", until {told['last_day']}" if told["last_day"] else ""
    lines = [f"week {told['week']}, since {told['first_day']}{last}", f"has: {said(told['has']) or 'nothing yet'}"]
    lines += [
        f"{one['policy']}: earned {one['earned']} {one['unit']}; the next visit is worth {one['next']}"
        for one in told["policies"]
    ]
    lines += [one["why"] for one in told["left"]]
    tax = told["tax_year"]
    alert = f"; this reaches the {tax['alert_at']} that are to be told" if tax["alert"] else ""
    return [*lines, f"paid in {tax['year']}: {tax['paid']} usd{alert}"]
