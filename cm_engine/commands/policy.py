"""`cm-engine policy`: the presets that ship, one of them whole, and a file's mistakes."""

import json
from datetime import date
from pathlib import Path

import click

from cm_engine.catalogue import PRESETS
from cm_engine.commands.options import Day, Visits, of_every_command, usual_visits, width
from cm_engine.errors import InputError
from cm_engine.exchange.policy_file import load_policy, parse_policy, policy_text
from cm_engine.exchange.replay_json import perfect_run_record
from cm_engine.exchange.tables import perfect_run_table, policy_table
from cm_engine.exchange.toml_file import read_text
from cm_engine.perfect_run import perfect_run
from cm_engine.policies.written import write_policy
from cm_engine.settings import read_settings
from cm_engine.timetable import Schedule

# A Monday; only a cap by month or year makes the day matter.
SOME_MONDAY = date(2026, 1, 5)


@click.group(no_args_is_help=True, epilog="Example: cm-engine policy show va-prize --perfect-run")
def policy() -> None:
    """Show the policies that ship, and check one of your own."""


@policy.command("list", epilog="Example: cm-engine policy list")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list, for programs.")
@of_every_command
def list_(as_json: bool, config: Path | None) -> None:
    """List the presets that ship."""
    read_settings(config)
    presets = [load_policy(name) for name in PRESETS]
    if as_json:
        keys = ("name", "title", "on", "weeks")
        click.echo(json.dumps([{key: getattr(p, key) for key in keys} | {"pays": p.pays.code} for p in presets]))
    else:
        click.echo(policy_table(presets, width()))


@policy.command(
    short_help="Show one as TOML, and its perfect run.",
    epilog="Example: cm-engine policy show higgins-voucher --perfect-run",
)
@click.argument("named", metavar="P")
@click.option("--perfect-run", "with_run", is_flag=True, help="Add what somebody gets who succeeds at every visit.")
@click.option("--visits-per-week", "visits", type=Visits(), help='Visits in the perfect run, such as "1-12:2,13-24:1".')
@click.option("--start", type=Day(), help=f"First day of the perfect run (default: {SOME_MONDAY}).")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
@of_every_command
def show(
    named: str,
    with_run: bool,
    visits: Schedule | None,
    start: date | None,
    as_json: bool,
    config: Path | None,
) -> None:
    """Show a preset or a policy file as TOML that loads back to the same policy.

    With --perfect-run (or --visits-per-week, or --start) its table follows, as comments of the TOML.
    """
    shown = load_policy(named, read_settings(config).known_analytes)
    schedule, first_day = visits or usual_visits(named, shown), start or SOME_MONDAY
    if not (with_run or visits or start):
        click.echo(json.dumps({"policy": write_policy(shown)}) if as_json else policy_text(shown), nl=as_json)
        return
    lines = list(perfect_run(shown, schedule, first_day))
    if as_json:
        run = perfect_run_record(shown, lines) | {"visits_per_week": str(schedule), "start": first_day.isoformat()}
        click.echo(json.dumps({"policy": write_policy(shown), "perfect_run": run}))
        return
    head = f"A perfect run from {first_day}, visits a week {schedule}:"
    rows = [head, "", *perfect_run_table(shown, lines).split("\n")]
    click.echo(policy_text(shown) + "\n" + "\n".join(f"# {row}".rstrip() for row in rows))


@policy.command(
    short_help="Name every mistake of a policy file.", epilog="Example: cm-engine policy check my-vouchers.toml"
)
@click.argument("file")
@click.option("--json", "as_json", is_flag=True, help="Print the mistakes as JSON, for programs.")
@of_every_command
def check(file: str, as_json: bool, config: Path | None) -> int:
    """Name every mistake of a policy FILE: line, key, what is allowed. Exits 2 where there is one."""
    analytes = read_settings(config).known_analytes
    try:
        checked = parse_policy(file, read_text(Path(file)), analytes)
    except InputError as error:
        if not as_json:
            raise
        mistakes = [{"line": m.line or None, "key": m.where or None, "what": m.what} for m in error.mistakes]
        click.echo(json.dumps({"file": file, "mistakes": mistakes}))
        return 2
    click.echo(json.dumps({"file": file, "mistakes": []}) if as_json else f"{file}: no mistakes: {checked.title}")
    return 0
