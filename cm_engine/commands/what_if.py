"""`cm-engine what-if`: what a program's own history would have paid under a draft."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cm_engine.commands.opening import opened, program_named
from cm_engine.commands.options import Day, is_terminal, of_a_database

if TYPE_CHECKING:
    from cm_engine.actions.what_if import Wanted
    from cm_engine.engine import Engine
    from cm_engine.policies.contract import Policy


@click.command(epilog="Example: cm-engine what-if --program riverside-iop --policy richer.toml")
@click.option("--program", metavar="NAME", help="The program; needed where there are several.")
@click.option(
    "--policy",
    "named",
    multiple=True,
    required=True,
    metavar="P",
    help="A draft: a file, or a preset's name. It takes the place of the program's policy of its name.",
)
@click.option("--from", "from_day", type=Day(), help="The day from which it holds (default: always).")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs: every participant, by id.")
@of_a_database
def what_if(
    program: str | None,
    named: tuple[str, ...],
    from_day: date | None,
    as_json: bool,
    config: Path | None,
    database: str | None,
) -> None:
    """Tell what a program's history would have paid under drafts, beside what was posted. Nothing is written.

    Draws count by what their bowl gives on average, whatever their slips were.
    """
    from cm_engine.actions.what_if import Wanted

    with opened(config, database) as (engine, _):
        running = program_named(engine, program)
        answer = _tell(engine, Wanted(running.id, _drafts(engine, named), from_day))
    click.echo(json.dumps(answer, default=str) if as_json else _said(answer))


def _drafts(engine: "Engine", named: Sequence[str]) -> "Mapping[str, Policy[Any]]":
    from cm_engine.exchange.policy_file import load_policy

    return {policy.name: policy for policy in (load_policy(name, engine.analytes) for name in named)}


def _tell(engine: "Engine", wanted: "Wanted") -> dict[str, Any]:
    """Tell it, with a bar on stderr where somebody is looking."""
    from cm_engine.actions.what_if import what_if as action

    if not is_terminal(sys.stderr):
        return action(engine, wanted)
    with click.progressbar(length=1, label="Telling it anew", file=sys.stderr) as bar:

        def reached(done: int, of: int) -> None:
            bar.length = of
            bar.update(done - bar.pos)

        return action(engine, wanted, reached)


def _said(answer: Mapping[str, Any]) -> str:
    from cm_engine.exchange.tables import table

    sides = ["was", "would be", "difference"]
    amounts = [
        [called, one["unit"], one["before"], one["after"], one["difference"]] for called, one in _amounts(answer)
    ]
    said = [table(["of", "unit", *sides], amounts, right=sides)]
    if answer["prizes"]:
        rows = [[one["size"], one["before"], one["after"], one["on_hand"]] for one in answer["prizes"]]
        said.append(table(["prizes on average", *sides[:2], "in the cabinet"], rows, right=[*sides, "in the cabinet"]))
    if answer["caps"]:
        rows = [[_cap(one), one["before"]["people"], one["after"]["people"]] for one in answer["caps"]]
        said.append(table(["held something back of so many", *sides[:2]], rows, right=sides))
    said.append(f"{answer['better']:,} would have got more, {answer['worse']:,} less, {answer['same']:,} the same.")
    return "\n\n".join(said)


def _amounts(answer: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, str]]]:
    """Give what was paid under each policy, in each month, and in all; and the worth of it."""
    told = [(one[called], one) for called in ("policy", "month") for one in answer[f"by_{called}"]]
    for name, one in [*told, ("all of it", answer)]:
        yield from ((name, amount) for amount in one["amounts"])
        yield f"{name}, worth", one["value"]


def _cap(told: Mapping[str, Any]) -> str:
    return f"{told['cap']}, {told['source']}"
