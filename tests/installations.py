"""An installation in a test: a folder in which commands are typed, as somebody in a clinic would."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cm_engine.engine import Engine
from cm_engine.installation import find_installation, open_installation
from tests.files import Ended, run

ROOT = Path(__file__).parent.parent

# What a clinic sends in: two people, two visits each.
EVENTS = """participant,at,kind,outcome,analytes,id,note
Ada-1007,2026-01-05,test,,cocaine=negative;amphetamine=negative;methamphetamine=negative,a-1,first visit of Ada
Ada-1007,2026-01-07,test,,cocaine=negative;amphetamine=negative;methamphetamine=negative,a-2,
Ben-2044,2026-01-05,test,,cocaine=positive;amphetamine=negative;methamphetamine=negative,b-1,
Ben-2044,2026-01-07,test,missed,,b-2,
"""

PROGRAM = """
name = "riverside-iop"
title = "Riverside intensive outpatient"
site = "riverside"
timezone = "America/Los_Angeles"
policies = ["va-prize"]
"""


@dataclass
class Installed:
    """A folder with an installation, or one to be; commands work on `url` where one is given."""

    folder: Path
    capsys: pytest.CaptureFixture[str]
    url: str = ""

    def run(self, *args: str | Path) -> Ended:
        """Type a command."""
        return run(self.capsys, *args, *(["--database", self.url] if self.url else []))

    def told(self, *args: str | Path) -> Any:
        """Type a command that must end well, and read its JSON."""
        ended = self.run(*args, "--json")
        assert ended.code == 0, ended.err
        return json.loads(ended.out)

    def well(self, *args: str | Path) -> Ended:
        """Type a command that must end well."""
        ended = self.run(*args)
        assert ended.code == 0, ended.err + ended.out
        return ended

    def write(self, name: str, content: str) -> Path:
        """Write a file into the folder."""
        path = self.folder / name
        path.write_text(content, encoding="utf-8")
        return path

    def filled(self) -> "Installed":
        """Have a database with two people in it."""
        self.well("init", "--admin", "Femi Manager")
        self.write("events.csv", EVENTS)
        self.well("import", "events.csv", "--enrol-under", "va-prize")
        return self

    def engine(self) -> Engine:
        """Open the engine."""
        return open_installation(find_installation(None, self.url or None, os.environ))

    def ask(self, sql: str, *, change: bool = False) -> list[tuple[Any, ...]]:
        """Ask the database, past the engine; or change it."""
        engine = self.engine()
        try:
            with engine.database.engine.connect() as connection:
                result = connection.exec_driver_sql(sql)
                rows = [tuple(row) for row in result] if result.returns_rows else []
                if change:
                    connection.commit()
                return rows
        finally:
            engine.close()

    def start(self, *args: str) -> subprocess.Popen[str]:
        """Start Python on some code, in this folder."""
        return subprocess.Popen(
            [sys.executable, *args],
            cwd=self.folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )


def ended(process: subprocess.Popen[str], seconds: float = 60) -> tuple[int, str, str]:
    """Wait until a process has ended, and give how, and what it said."""
    out, err = process.communicate(timeout=seconds)
    return process.returncode, out, err


COMMAND = "import sys; from cm_engine.cli import main; sys.exit(main())"


def command(*args: str) -> Sequence[str]:
    """Give what Python is started with to run a command."""
    return ["-c", COMMAND, *args]
