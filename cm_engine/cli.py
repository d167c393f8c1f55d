"""The command line: `cm-engine` and its commands, and how errors end."""

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from keyword import iskeyword

import click

from cm_engine.errors import CmError, FilesError, InputError, nearest, quoted

# Told here, so that `--help` need not load every command.
COMMANDS = {
    "demo": "A working clinic with made-up people, on this machine.",
    "init": "Make or migrate the database, its key and the first admin.",
    "admin": "Who may sign in, and a new one-time code for who cannot.",
    "import": "Record events from a file: all of it, or nothing.",
    "account": "What a participant has, and what the caps leave.",
    "verify": "Whether books, chains and draws are what the log says.",
    "serve": "The web application, for staff, patients, managers and admins.",
    "scheduler": "The background jobs, when they are due, or one of them now.",
    "backup": "Everything in one encrypted file, while others go on.",
    "restore": "What a backup holds, checked, back in its place.",
    "export": "A report as CSV, with the notice against redisclosure.",
    "doctor": "What an installation looks like, without patient data.",
    "head": "The digest over all chains, to print and keep elsewhere.",
    "key": "Another key for what names people.",
    "purge": "Remove a person once the retention time is over.",
    "replay": "What the policies would have paid for a file of events.",
    "what-if": "What a program's history would have paid under a draft.",
    "forecast": "What policies will cost: the mean, the spread, week by week.",
    "policy": "The policies that ship, and checking one of your own.",
    "verify-draw": "One draw, computed again from its receipt alone.",
}

# What a shell reports of a program whose reader went away.
READER_GONE = 128 + 13
INTERRUPTED = 128 + 2
WRONG_INPUT = 2


class _Commands(click.Group):
    """Loads a command when it is run."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        name = cmd_name.replace("-", "_")
        name = f"{name}_" if iskeyword(name) else name
        command: click.Command = getattr(import_module(f"cm_engine.commands.{name}"), name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            ctx.fail(f"there is no command {quoted(args[0])}{nearest(args[0], COMMANDS)}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def _print_version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        from importlib.metadata import version  # slow to import, and only needed here

        click.echo(f"cm-engine {version('cm-engine')}")
        ctx.exit()


@click.command(cls=_Commands, epilog="Each command has --help with an example.", no_args_is_help=True)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_print_version, help="Show the version."
)
def cli() -> None:
    """Contingency-management rewards: what a policy pays, why, and to the cent."""


def main(args: Sequence[str] | None = None) -> int:
    """Run a command and tell how it ended: 0, or 2 where something was wrong with what it was given."""
    try:
        if sys.stdout is None:
            click.echo("cm-engine: cannot write the answer: standard output is closed", err=True)
            return WRONG_INPUT
        ended = _run(sys.argv[1:] if args is None else args)
        sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        return WRONG_INPUT
    except InputError as error:
        return _tell([error])
    except FilesError as error:
        return _tell(error.errors)
    except CmError as error:
        click.echo(f"cm-engine: {error}", err=True)
        return WRONG_INPUT
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrupted; nothing was changed.", err=True)
        return INTERRUPTED
    except BrokenPipeError:
        # The reader has what it wanted. Python would complain once more when it closes the pipe.
        _drop_output()
        return READER_GONE
    except OSError as error:
        click.echo(f"cm-engine: cannot write the answer: {error.strerror or error}", err=True)
        _drop_output()
        return WRONG_INPUT
    return ended


def _run(args: Sequence[str]) -> int:
    """Run a command outside of click's own error handling, which ends a closed pipe its own way."""
    try:
        with cli.make_context("cm-engine", list(args)) as context:
            ended = cli.invoke(context)
    except click.exceptions.Exit as ended_early:
        return ended_early.exit_code
    return ended if isinstance(ended, int) else 0


def _drop_output() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _tell(errors: Sequence[InputError]) -> int:
    for error in errors:
        click.echo(error, err=True)
    count = sum(len(error.mistakes) for error in errors)
    click.echo(f"{count} {'mistake' if count == 1 else 'mistakes'}.", err=True)
    return WRONG_INPUT
