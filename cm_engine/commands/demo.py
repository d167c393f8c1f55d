"""`cm-engine demo`: a working clinic with made-up people, served on this machine with its background jobs."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from cm_engine.commands.options import is_terminal, of_every_command

if TYPE_CHECKING:
    from cm_engine.installation import Installation

EXAMPLE = """\b
Examples:
  cm-engine demo
  cm-engine demo --port 8080 --folder /tmp/demo"""

HERE = "127.0.0.1"


@click.command(epilog=EXAMPLE)
@click.option(
    "--folder",
    metavar="FOLDER",
    type=click.Path(path_type=Path),
    default=Path("demo"),
    show_default=True,
    help="Where it is kept.",
)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="At which port it is served."
)
@click.option("--keep", is_flag=True, help="Go on with the one there is, also where it is of an earlier day.")
@of_every_command
def demo(folder: Path, port: int, keep: bool, config: Path | None) -> None:
    """Serve a working clinic with made-up people: eight weeks of an intensive outpatient program, with today in the middle.

    It is made in its folder where there is none, or where that is of an earlier day, and goes by this machine's time zone. The
    background jobs run beside it. Everybody knows its passwords, so it is served on this machine alone. Ctrl-C ends it.
    """
    from cm_engine.demo.beside import scheduler_beside
    from cm_engine.demo.home import CONFIGURATION, demo_in
    from cm_engine.serving import Serving, address_of, listen, refuse_exposed, web_server
    from cm_engine.settings import read_settings

    if config is not None:
        refuse_exposed(HERE, read_settings(config), is_demo=True)
    run = web_server()
    with listen(HERE, port) as listening:
        installation = demo_in(folder, _zone_here(), _say, _reached, keep=keep)
        told = "\n".join(_told(address_of(listening, installation.settings), _pairing_code(installation)))
        with scheduler_beside(folder / CONFIGURATION):
            run(Serving(installation, listening, is_demo=True, tell=lambda: click.echo(told)))


def _say(said: str) -> None:
    click.echo(said, err=True)


def _reached(share: float) -> None:
    """Show how far it is, where somebody is looking."""
    if is_terminal(sys.stderr):
        click.echo(f"\r{share:4.0%}", err=True, nl=share >= 1)


def _zone_here() -> ZoneInfo:
    """Give the time zone of this machine; UTC where it has none that is known by name."""
    from tzlocal import get_localzone_name

    try:
        return ZoneInfo(get_localzone_name() or "UTC")
    except (LookupError, ValueError, OSError):
        return ZoneInfo("UTC")


def _pairing_code(installation: "Installation") -> str:
    from cm_engine.demo.kiosk import pairing_code
    from cm_engine.installation import open_installation

    engine = open_installation(installation)
    try:
        return pairing_code(engine)
    finally:
        engine.close()


def _told(address: str, pairing: str) -> list[str]:
    """Tell how somebody gets in, in each role and as a patient."""
    from cm_engine.demo.kiosk import PIN, TOLD
    from cm_engine.demo.people import by_code
    from cm_engine.demo.staff import PASSWORD, signs_in

    return [
        f"demo at {address} (Ctrl-C ends it)",
        "",
        f"for staff        {address}",
        f"  password       {PASSWORD}",
        *(f"  {role.replace('-', ' '):<14} {name}" for role, name in signs_in()),
        "",
        f"for patients     {address}/kiosk",
        *([f"  pairing code   {pairing} (makes a browser the kiosk, once; good for an hour)"] if pairing else []),
        f"  card           {TOLD} ({by_code()[TOLD].name})",
        f"  PIN            {PIN}",
    ]
