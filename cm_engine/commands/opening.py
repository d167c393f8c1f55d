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
    from cm_engine.store.published import Running

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


def program_named(engine: "Engine", named: str | None) -> "Running":
    """Give the program that is meant. Raises RefusedError where that is not told."""
    from cm_engine.errors import nearest, quoted
    from cm_engine.standing import RefusedError

    with engine.database.reading() as tx:
        programs = list(engine.published(tx).programs.values())
    names = ", ".join(sorted(quoted(program.name) for program in programs))
    if named is None:
        if len(programs) == 1:
            return programs[0]
        raise RefusedError(f"there are several programs; name one of them with --program: {names}")
    found = [program for program in programs if program.name == named]
    if len(found) == 1:
        return found[0]
    if found:
        raise RefusedError(f"several sites have a program {quoted(named)}; give each a name of its own")
    hint = nearest(named, [program.name for program in programs])
    raise RefusedError(f"there is no program {quoted(named)}{hint or '.'} The programs are {names}")
