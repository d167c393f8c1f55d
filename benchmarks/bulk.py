"""Files and whole books: taking a file in, verifying, and rebuilding balances, each beside something plain."""

import csv
import os
import shutil
import sqlite3
import subprocess
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

from benchmarks.clinic import make_tables, open_clinic, visits
from benchmarks.costs import CM_ENGINE, HERE, PYTHON, of_calls, of_commands, run
from benchmarks.statements import pragmas_of
from cm_engine.actions.verify import verify
from cm_engine.engine import open_engine
from cm_engine.store.database import Database
from cm_engine.vault import Keys, Vault

ROUNDS = 7
TABLES = ("log", "entries", "standings")
EVENTS = 20_000
PEOPLE = 120  # so that all of it lies within the 12 weeks of the policies
AWARDS = (
    "SELECT chain, seq, posted_on, debit, credit, unit, amount FROM entries "
    "WHERE chain NOT IN (SELECT id FROM programs) ORDER BY posted_on, chain, seq, place"
)


class Pair(NamedTuple):
    """Seconds of ours, and of what it is compared with."""

    ours: float
    floor: float


def has_import() -> bool:
    """Tell whether this version has the commands that make an installation, and take a file in."""
    return all(
        subprocess.run([CM_ENGINE, command, "--help"], capture_output=True, check=False).returncode == 0
        for command in ("init", "import")
    )


def importing(url: str, events: Path) -> list[str]:
    """Give the command that takes a file in: the real one, or a script that does what it does."""
    under = [part for name in ("va-prize", "higgins-voucher") for part in ("--enrol-under", name)]
    if has_import():
        return [CM_ENGINE, "import", str(events), "--database", url, *under, "--allow-partial-panel"]
    return [PYTHON, str(HERE / "take_file_in.py"), url, str(events)]


def make_installation(database: Path) -> None:
    """Make a database with the shipped program, to take a file into; its key lies in the same folder."""
    url = f"sqlite:///{database}"
    if has_import():
        run([CM_ENGINE, "init", "--program", "intensive-outpatient", "--database", url], database.parent)
    else:
        make_tables(url)


def import_file(folder: Path, events: Path) -> tuple[Pair, Path]:
    """Compare taking a file in with inserting its rows; give the database behind it too."""
    empty, taken, plain = folder / "tables.db", folder / "taken.db", folder / "plain.db"
    make_installation(empty)
    engine = Database(f"sqlite:///{empty}")
    pragmas = pragmas_of(engine)
    engine.close()

    def fresh() -> None:
        for path in (taken, plain):
            for part in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
                part.unlink(missing_ok=True)
        shutil.copyfile(empty, taken)

    costs = of_commands(
        {
            "floor": [PYTHON, str(HERE / "import_floor.py"), str(plain), str(events), *pragmas],
            "ours": importing(f"sqlite:///{taken}", events),
        },
        ROUNDS,
        fresh,
        folder,
    )
    return Pair(costs["ours"].seconds, costs["floor"].seconds), taken


def verify_books(taken: Path) -> Pair:
    """Compare verifying with reading all rows of the log, the entries and the standings, in one process."""
    engine = open_engine(f"sqlite:///{taken}", Vault(Keys.new()))
    connection = sqlite3.connect(taken)

    def read() -> int:
        return sum(len(connection.execute(f"SELECT * FROM {table}").fetchall()) for table in TABLES)  # noqa: S608 - ours

    def check() -> None:
        if not verify(engine).is_clean:
            raise AssertionError("the books do not verify")

    try:
        seconds = of_calls({"read": read, "verify": check}, ROUNDS)
    finally:
        connection.close()
        engine.close()
    return Pair(seconds["verify"], seconds["read"])


def books_of_the_file(folder: Path, events: Path) -> Path:
    """Make the books of a file's first 20,000 events, few of which earn something."""
    database = folder / "of-the-file.db"
    make_installation(database)
    run(importing(f"sqlite:///{database}", _first(events, folder / "first.csv", EVENTS)), folder)
    return database


def books_of_the_program(folder: Path) -> Path:
    """Make the books of 20,000 events of the shipped program, most of which earn something."""
    database = folder / "of-the-program.db"
    make_tables(f"sqlite:///{database}")
    clinic = open_clinic(f"sqlite:///{database}")
    people = [clinic.enrol(f"p{number}") for number in range(PEOPLE)]
    for visit in visits(people, EVENTS, "program"):
        clinic.record(visit)
    clinic.engine.close()
    return database


def rebuild(database: Path) -> tuple[Pair | None, int]:
    """Compare folding a log with hledger on a journal of the same awards; tell how many these are.

    None where hledger is not there.
    """
    journal = database.with_suffix(".journal")
    awards = _write_journal(database, journal)
    hledger = _hledger()
    if hledger is None:
        return None, awards
    ours = [PYTHON, str(HERE / "balances.py"), f"sqlite:///{database}"]
    theirs = [hledger, "-f", str(journal), "balance"]
    _refuse_difference(ours, [*theirs, "--flat", "-O", "csv"])
    costs = of_commands({"hledger": theirs, "ours": ours}, ROUNDS)
    return Pair(costs["ours"].seconds, costs["hledger"].seconds), awards


def _first(events: Path, target: Path, number: int) -> Path:
    with events.open(encoding="utf-8") as source, target.open("w", encoding="utf-8") as copy:
        for _, line in zip(range(number + 1), source, strict=False):
            copy.write(line)
    return target


def _write_journal(database: Path, journal: Path) -> int:
    """Write the entries as a journal, a transaction for each award; give their number."""
    connection = sqlite3.connect(database)
    rows = connection.execute(AWARDS).fetchall()
    connection.close()
    awards = 0
    with journal.open("w", encoding="utf-8") as file:
        for (_, seq, on), entries in groupby(rows, key=itemgetter(0, 1, 2)):
            awards += 1
            file.write(f"{on} award {seq}\n")
            for *_, debit, credit, unit, amount in entries:
                file.write(f"    {credit}  {amount} {unit}\n    {debit}  {-amount} {unit}\n")
            file.write("\n")
    return awards


def _hledger() -> str | None:
    """Find hledger, or install it where that can be done; None where it cannot."""
    apt = shutil.which("apt-get")
    if not shutil.which("hledger") and apt and os.geteuid() == 0:
        subprocess.run([apt, "install", "--yes", "--quiet", "hledger"], stdout=subprocess.DEVNULL, check=False)
    return shutil.which("hledger")


def _refuse_difference(ours: list[str], theirs: list[str]) -> None:
    """See that both find the same balances."""
    said = _said(ours)
    mine = {(account, f"{amount} {unit}") for amount, unit, account in (line.split() for line in said.splitlines())}
    rows = list(csv.reader(_said(theirs).splitlines()))[1:]
    hledgers = {
        (account, each)
        for account, balance in rows
        if account != "total"
        for each in balance.split(", ")
        if each != "0"
    }
    if mine != hledgers:
        differ = sorted(mine ^ hledgers)[:5]
        raise AssertionError(f"hledger finds other balances, such as {differ}")


def _said(command: list[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout
