"""`cm-engine init`: the database, its key, a program and the first admin; or what is there of them."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cm_engine.commands.opening import asked, find, warn
from cm_engine.commands.options import of_a_database

if TYPE_CHECKING:
    from cm_engine.actions.begin import Begun
    from cm_engine.installation import Installation
    from cm_engine.store.database import Database
    from cm_engine.vault import Vault

EXAMPLE = """\b
Examples:
  cm-engine init
  cm-engine init --program intensive-outpatient --admin "Femi"
  cm-engine init --database postgresql://clinic@localhost/clinic"""


@click.command(epilog=EXAMPLE)
@click.option("--program", "program", metavar="FILE", help="A program file, or the name of a program that ships.")
@click.option("--admin", metavar="NAME", default="", help="The first admin's name (default: admin).")
@click.option(
    "--new-code", is_flag=True, help="Give the admin a new one-time code; the earlier one is worth nothing then."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
@of_a_database
def init(
    program: str | None, admin: str, new_code: bool, as_json: bool, config: Path | None, database: str | None
) -> None:
    """Make the database and its key, or migrate it; begin a program, and make the first admin.

    In an empty folder, and told nothing, it makes the files clinic.db and clinic.key there, and a plain program without
    policies, whose site "site" goes by UTC. Run again, it says what is there; a database of an older version is backed up and
    migrated; a further program file adds its program, and a changed one holds from the next day on.
    """
    from cm_engine.actions.begin import Wanted, begin
    from cm_engine.engine import Engine

    installation = find(config, database)
    analytes = installation.settings.known_analytes
    wanted = _wanted(program, analytes)
    held = installation.database()
    try:
        vault, done = _prepare(installation, held)
        engine = Engine(held, vault, analytes=analytes)
        begun = begin(engine, asked("init"), Wanted(*wanted, admin, new_code))
        _tell(installation, held, begun, done, as_json=as_json)
    finally:
        held.close()


def _wanted(named: str | None, analytes: frozenset[str]) -> tuple[Any, Any]:
    from cm_engine.catalogue import PROGRAMS
    from cm_engine.exchange.program_file import load_program, policies_of

    if named is None:
        return None, ()
    program = load_program(named, analytes)
    folder = Path() if named in PROGRAMS else Path(named).parent
    return program, policies_of(program, folder, analytes)


def _prepare(installation: "Installation", database: "Database") -> tuple["Vault", dict[str, Any]]:
    """Have current tables and a key; the key is on disk before anything is sealed."""
    from cm_engine.store.database import make_file
    from cm_engine.store.proof import has_proof
    from cm_engine.store.schema import is_current, is_empty, revision, upgrade
    from cm_engine.vault import Vault

    empty = is_empty(database)
    if not empty and revision(database) is None:
        _refuse_foreign(database)
    backup = None if empty or is_current(database) else _back_up(installation, database)
    make_file(database)
    upgrade(database)
    with database.reading() as tx:
        is_ready = has_proof(tx)
    new_key = not is_ready and _make_key(installation)
    vault = Vault(installation.keys())
    if installation.key_is_too_open():
        warn(f"others than its owner may read the key file {installation.key_file}; close it: chmod 600")
    return vault, {"new_key": new_key, "new_tables": empty, "backup": backup}


def _back_up(installation: "Installation", database: "Database") -> str:
    """Back up a database that is about to be migrated."""
    from cm_engine.actions.back_up import back_up, new_backup
    from cm_engine.clock import system_clock
    from cm_engine.store.proof import refuse_other_keys
    from cm_engine.store.schema import refuse_unknown_revision
    from cm_engine.vault import Vault

    refuse_unknown_revision(database)
    vault = Vault(installation.keys())
    with database.reading() as tx:
        refuse_other_keys(tx, vault)
    now = system_clock()
    return str(back_up(database, vault, new_backup(installation.settings.backups_folder, now), now).path)


def _refuse_foreign(database: "Database") -> None:
    from cm_engine.store.database import StoreError

    raise StoreError(f"the database {database.name} holds tables of something else; name another, or an empty one")


def _make_key(installation: "Installation") -> bool:
    """Make a key file where there is none, and tell whether one was made."""
    from cm_engine.exchange.key_file import write_key_file
    from cm_engine.vault import Keys

    file = installation.key_file
    if file is None or file.exists():
        return False
    write_key_file(file, Keys.new())
    return True


def _tell(
    installation: "Installation", database: "Database", begun: "Begun", done: dict[str, Any], *, as_json: bool
) -> None:
    record = {
        "database": database.name,
        **done,
        "key_file": str(installation.key_file) if installation.key_file else None,
        "programs": [{"name": name, "site": site} for name, site in begun.programs],
        "program": begun.program or None,
        "program_is_new": begun.program_is_new,
        "program_changes_on": begun.from_day or None,
        "admin": begun.admin,
        "admin_is_new": begun.admin_is_new,
        "code": begun.code or None,
    }
    click.echo(json.dumps(record) if as_json else "\n".join(_lines(record)))


def _lines(record: dict[str, Any]) -> list[str]:
    made = "made" if record["new_tables"] else "migrated" if record["backup"] else "there already"
    lines = [f"database {record['database']}: {made}"]
    if record["backup"]:
        lines.append(f"backed up before: {record['backup']}")
    if record["new_key"]:
        lines.append(f"key {record['key_file']}: made")
        lines.append(
            "  keep a copy of it away from this machine and from the backups: without it nobody can open names,"
        )
        lines.append("  notes, open draws or any backup, ever")
    lines += [
        f"program {p['name']} at the site {p['site']}: {_what_became(record, p['name'])}" for p in record["programs"]
    ]
    lines.append(f"admin {record['admin']}: {'made' if record['admin_is_new'] else 'there already'}")
    if record["code"]:
        lines.append(f"  one-time code: {record['code']}")
        lines.append("  it is shown only now, and counts for seven days; cm-engine init --new-code makes another")
    return lines


def _what_became(record: dict[str, Any], name: str) -> str:
    if name == record["program"] and record["program_is_new"]:
        return "made"
    if name == record["program"] and record["program_changes_on"]:
        return f"there already; what its file says now holds from {record['program_changes_on']} on"
    return "there already"
