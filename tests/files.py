"""Files for tests: written where a test can read them, and the mistakes that reading them tells."""

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from pathlib import Path

import pytest

from cm_engine.cli import main
from cm_engine.errors import InputError, Mistake
from cm_engine.events import ANALYTES, Event
from cm_engine.exchange.events_file import read_events
from cm_engine.exchange.rows import COLUMNS

HEADER = ",".join(COLUMNS)

# The file of the interface's sample line: three negatives in a row.
THREE_NEGATIVES = """participant,at,kind,outcome,analytes,id
p1,2026-01-05,test,,cocaine=negative,p1-1
p1,2026-01-07,test,,cocaine=negative,p1-2
p1,2026-01-09,test,,cocaine=negative,p1-3
"""

# The behaviour file of the interface.
BEHAVIOUR = """[first]
success = 0.70
failure = 0.30
[after.success]
success = 0.90
failure = 0.07
excused = 0.03
[after.failure]
success = 0.40
failure = 0.60
[after.excused]
success = 0.80
failure = 0.20
[dropout]
success = 0.005
failure = 0.03
excused = 0.02
"""

SCRIPT = str(Path(sys.executable).with_name("cm-engine"))


def write(folder: Path, name: str, content: str | bytes) -> Path:
    """Write a file to the byte."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def rows(*written: str) -> str:
    """Put rows under a header with every column; trailing empty cells may be left out."""
    filled = [row + "," * (len(COLUMNS) - 1 - row.count(",")) for row in written]
    return "\n".join([HEADER, *filled]) + "\n"


def events_of(folder: Path, content: str | bytes, zone: tzinfo = UTC) -> list[Event]:
    """Read a good file's events, participants one after the other."""
    people = read_events(write(folder, "events.csv", content), zone, ANALYTES)
    return [event for events in people.values() for event in events]


def mistakes_of(folder: Path, content: str | bytes) -> Sequence[Mistake]:
    """Read a file that cannot be taken, and give its mistakes in the order in which they are told."""
    with pytest.raises(InputError) as told:
        read_events(write(folder, "events.csv", content), UTC, ANALYTES)
    return told.value.mistakes


def places_of(mistakes: Sequence[Mistake]) -> list[tuple[int, str]]:
    """Give the line and column of each mistake."""
    return [(mistake.line, mistake.where) for mistake in mistakes]


@dataclass(frozen=True)
class Ended:
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str

    def says(self, *words: str) -> bool:
        """Tell whether every word stands on stderr."""
        return all(word in self.err for word in words)


def run(capsys: pytest.CaptureFixture[str], *args: str | Path) -> Ended:
    """Run a command in this process."""
    code = main([str(arg) for arg in args])
    printed = capsys.readouterr()
    return Ended(code, printed.out, printed.err)


def start_script(*args: str | Path, folder: Path) -> Ended:
    """Run the installed command as a shell would."""
    done = subprocess.run(
        [SCRIPT, *map(str, args)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        timeout=60,
    )
    return Ended(done.returncode, done.stdout, done.stderr)
