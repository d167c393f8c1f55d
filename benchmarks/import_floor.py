"""The floor of an import: insert a file's rows by plain sqlite3 in one transaction. Arguments: a new file, the events, pragmas."""

import csv
import sqlite3
import sys
from pathlib import Path

database, events, *pragmas = sys.argv[1:]
connection = sqlite3.connect(database, isolation_level=None)
for pragma in pragmas:
    connection.execute(pragma)
with Path(events).open(newline="", encoding="utf-8") as file:
    reader = csv.reader(file)
    header = next(reader)
    columns = ", ".join(f"{name} TEXT PRIMARY KEY" if name == "id" else f"{name} TEXT" for name in header)
    connection.execute(f"CREATE TABLE events ({columns})")
    connection.execute("BEGIN IMMEDIATE")
    places = ", ".join("?" * len(header))
    connection.executemany(f"INSERT INTO events VALUES ({places})", reader)  # noqa: S608 - question marks only
    connection.execute("COMMIT")
connection.close()
