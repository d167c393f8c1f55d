"""What-if over a million events, beside `replay` of the same events as a file; both are processes that take turns."""

import csv
import sqlite3
import tempfile
from pathlib import Path

import orjson

from benchmarks import million
from benchmarks.costs import CM_ENGINE, HEADER, HERE, PYTHON, machine, of_commands
from benchmarks.files import COLUMNS
from cm_engine.catalogue import preset_text

ROUNDS = 3
POLICIES = ("va-prize", "iop-attendance", "treatment-goals")
EVENTS = "SELECT chain, key, body FROM log WHERE fact = 'event-recorded' ORDER BY chain, seq"


def measure() -> None:
    """Measure, and print a table for docs/measurements.md."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        database, events, draft = folder / "million.db", folder / "events.csv", folder / "draft.toml"
        million.fill(f"sqlite:///{database}")
        count = _write_events(database, events)
        draft.write_text(preset_text("va-prize").replace("top   = 8", "top   = 5"), encoding="utf-8")
        replay = [CM_ENGINE, "replay", str(events), *(part for policy in POLICIES for part in ("--policy", policy))]
        what_if = [PYTHON, str(HERE / "tell_anew.py"), f"sqlite:///{database}", str(draft)]
        costs = of_commands(
            {"lines": replay, "summary": [*replay, "--summary"], "what-if": what_if}, ROUNDS, folder=folder
        )
    print(f"\n{machine()}; {count:,} events of {million.EVENTS.people:,} people; medians of {ROUNDS}\n")
    print(HEADER)
    for called, goal in (("lines", "at most 2"), ("summary", "none")):
        took, floor = costs["what-if"].seconds, costs[called].seconds
        print(f"| what-if; floor: `replay`, {called} | {took:.1f} s | {floor:.1f} s | {took / floor:.2f} | {goal} |")


def _write_events(database: Path, events: Path) -> int:
    """Write the events of a database as a file; give their number."""
    connection = sqlite3.connect(database)
    count = 0
    with events.open("w", newline="", encoding="utf-8") as target:
        writer = csv.writer(target)
        writer.writerow(COLUMNS)
        for count, (participant, event, body) in enumerate(connection.execute(EVENTS), 1):  # noqa: B007
            fact = orjson.loads(body)
            outcome, analytes = fact["result"]
            writer.writerow((event, participant, fact["at"], fact["kind"], outcome, analytes, fact["session"], ""))
    connection.close()
    return count
