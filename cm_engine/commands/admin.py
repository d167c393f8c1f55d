"""`cm-engine admin`: who may sign in, and a new one-time code for somebody who cannot; on the machine, where no sign-in is asked for."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cm_engine.commands.opening import asked, opened
from cm_engine.commands.options import of_a_database

if TYPE_CHECKING:
    from cm_engine.engine import Engine


@click.group(no_args_is_help=True, epilog='Example: cm-engine admin reset "Femi Ade"')
def admin() -> None:
    """Tell who may sign in, and let somebody in again who cannot."""


@admin.command("list", epilog="Example: cm-engine admin list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
@of_a_database
def list_(as_json: bool, config: Path | None, database: str | None) -> None:
    """List the staff: what each is at which site, and whether they can sign in."""
    from cm_engine.actions.roster import roster

    with opened(config, database) as (engine, _):
        people = [_with_site_names(person, _sites(engine)) for person in roster(engine)]
    if as_json:
        click.echo(json.dumps({"staff": people}))
        return
    from tabulate import tabulate

    columns = ["name", "roles", "", "second factor"]
    click.echo(tabulate([_row(person) for person in people], columns, tablefmt="plain", disable_numparse=True))


@admin.command(epilog='Example: cm-engine admin reset "Femi Ade"')
@click.argument("name", metavar="NAME")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
@of_a_database
def reset(name: str, as_json: bool, config: Path | None, database: str | None) -> None:
    """Give NAME a new one-time code, for somebody who forgot their password or lost their second factor.

    Password, second factor and recovery codes are removed, the person is signed out everywhere, and a lock after wrong tries
    is lifted. With the code they choose a new password. It is in the activity log.
    """
    from cm_engine.actions.appoint import reset_staff, staff_by_name

    with opened(config, database) as (engine, _):
        done = reset_staff(engine, asked("admin reset"), staff_by_name(engine, name))
    if as_json:
        click.echo(json.dumps(done))
        return
    click.echo(f"one-time code of {name}: {done['code']}")
    click.echo(
        f"  it is shown only now, and counts until {done['code_until'][:10]}; their password and second factor are removed"
    )


def _sites(engine: "Engine") -> dict[str, str]:
    from sqlalchemy import select

    from cm_engine.store.tables import sites

    with engine.database.reading() as tx:
        names: dict[str, str] = dict(tx.ask(select(sites.c.id, sites.c.name)))
    return names


def _with_site_names(person: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    return {**person, "roles": {names[site]: held for site, held in person["roles"].items()}}


def _row(person: dict[str, Any]) -> list[str]:
    held = "; ".join(f"{', '.join(some)} at {site}" for site, some in person["roles"].items())
    return [person["name"], held or "none", _state(person), "yes" if person["has_factor"] else "no"]


def _state(person: dict[str, Any]) -> str:
    """Say whether somebody can sign in."""
    if person["ended_at"]:
        return f"left on {person['ended_at'][:10]}"
    if person["locked_until"]:
        return f"waits until {person['locked_until'][11:16]} UTC after wrong tries"
    if person["state"] == "active":
        return "can sign in"
    return "has a one-time code" if person["has_code"] else "cannot sign in: reset"
