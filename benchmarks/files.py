"""The files that the benchmarks read: the trial, and ten times it."""

import csv
import os
import random
from datetime import date, timedelta
from pathlib import Path

COLUMNS = ("id", "participant", "at", "kind", "outcome", "analytes", "session", "reason")
PANEL = ("opioid", "cocaine", "amphetamine", "benzodiazepine", "thc", "methadone")


def trial(folder: Path) -> tuple[Path, str]:
    """Give the trial file that CM_TRIAL_EVENTS names, or else one made up of its size; and which one it is."""
    named = os.environ.get("CM_TRIAL_EVENTS")
    if named:
        return Path(named), "the trial file"
    made = folder / "made-up.csv"
    _make(made)
    return made, "a made-up file of the trial's size (CM_TRIAL_EVENTS names no trial file)"


def times(path: Path, folder: Path, count: int) -> Path:
    """Write a file with so many copies of everybody."""
    with path.open(newline="", encoding="utf-8") as source:
        rows = list(csv.DictReader(source))
    larger = folder / f"times-{count}.csv"
    with larger.open("w", newline="", encoding="utf-8") as target:
        writer = csv.DictWriter(target, list(rows[0]))
        writer.writeheader()
        for copy in range(count):
            for row in rows:
                writer.writerow(row | {"id": f"{copy}-{row['id']}", "participant": f"{copy}-{row['participant']}"})
    return larger


def _make(path: Path) -> None:
    dice = random.Random(20260105)  # noqa: S311 - not for secrets: the same file every time
    with path.open("w", newline="", encoding="utf-8") as target:
        writer = csv.writer(target)
        writer.writerow(COLUMNS)
        for person in range(2267):
            on = date(2015, 1, 5) + timedelta(days=dice.randrange(60))
            for visit in range(13):
                on += timedelta(days=dice.choice((5, 6, 7, 7, 8)))
                findings = ";".join(f"{name}={dice.choice(('negative', 'negative', 'positive'))}" for name in PANEL)
                writer.writerow(
                    (f"{person}-{visit}a", f"p{person}", on, "attendance", "attended", "", "study-visit", "")
                )
                writer.writerow((f"{person}-{visit}t", f"p{person}", on, "test", "", findings, "", ""))
