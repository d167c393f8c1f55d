"""Opening what a command works on: the installation and its engine. What that needs is loaded only here, so that help is quick."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from cm_engine.actions.requests import Request
    from cm_engine.engine import Engine
    from cm_engine.installation import Installation

# Who asks, in the log, where a command was typed.
ACTOR = "command-line"


def find(config: Path | None, database: str | None) -> "Installation":
    """Find the installation that a command is for."""
    from cm_engine.installation import find_installation

    return find_installation(config, database, os.environ)


@contextmanager
def opened(config: Path | None, database: str | None) -> Iterator[tuple["Engine", "Installation"]]:
    """Open the engine that a command works on, and close it behind."""
    from cm_engine.installation import open_installation

    installation = find(config, database)
    engine = open_installation(installation, warn)
    try:
        yield engine, installation
    finally:
        engine.close()


def asked(command: str, *, dry_run: bool = False) -> "Request":
    """Make the request of a command; each time it is typed is one of its own."""
    from cm_engine.actions.requests import Request

    return Request(f"{command} {secrets.token_hex(12)}", ACTOR, dry_run)


def warn(what: str) -> None:
    """Say on stderr what is not as it should be, and go on."""
    click.echo(f"warning: {what}", err=True)
