"""Commands that serve, in tests: started as somebody would, read until they say where, and told to end."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Timer

from tests.installations import ROOT, command

PATIENCE = 60


@dataclass
class Served:
    """A process that serves, and its address."""

    process: subprocess.Popen[str]
    address: str
    said: list[str]

    def end(self, by: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        """Tell it to end; give how it did, and what it said on stderr meanwhile."""
        self.process.send_signal(by)
        _, err = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, err


@contextmanager
def served(folder: Path, *args: str) -> Iterator[Served]:
    """Type a command that serves, in a folder, and wait until it says at which address."""
    process = subprocess.Popen(
        [sys.executable, *command(*args)],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    timer = Timer(PATIENCE, process.kill)
    timer.start()
    try:
        said: list[str] = []
        assert process.stdout is not None
        for line in process.stdout:
            said.append(line.rstrip())
            if found := re.search(r"https?://[^\s]+", line):
                timer.cancel()
                yield Served(process, found[0], said)
                return
        raise AssertionError(process.communicate()[1])
    finally:
        timer.cancel()
        process.kill()
        process.communicate()
