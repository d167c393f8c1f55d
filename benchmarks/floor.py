"""The floor of a replay: read a file with csv.DictReader and parse its dates, and nothing more."""

import csv
import sys
from datetime import date
from pathlib import Path

with Path(sys.argv[1]).open(newline="", encoding="utf-8") as file:
    for row in csv.DictReader(file):
        date.fromisoformat(row["at"])
