"""Commands that serve, in tests: started as somebody would, read until they say where, and told to end."""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Timer
from typing import Any

from tests.installations import ROOT, command

PATIENCE = 60


@dataclass
class Served:
    """A process that serves, its address, what it said until it did, and the file that it writes stderr to."""

    process: subprocess.Popen[str]
    address: str
    said: list[str]
    err: Path

    def end(self, by: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        """Tell it to end; give how it did, and what it said on stderr."""
        self.process.send_signal(by)
        self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, self.err.read_text("utf-8")

    def told(self) -> list[dict[str, Any]]:
        """Give what it has told of itself so far."""
        return [json.loads(line) for line in self.err.read_text("utf-8").splitlines()]


@contextmanager
def served(folder: Path, *args: str) -> Iterator[Served]:
    """Type a command that serves, in a folder, and wait until it says at which address."""
    with tempfile.NamedTemporaryFile(prefix="said-", suffix=".jsonl") as err:
        process = subprocess.Popen(
            [sys.executable, *command(*args)],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=err,
            text=True,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )
        yield from _once_it_serves(process, Path(err.name))


def _once_it_serves(process: subprocess.Popen[str], err: Path) -> Iterator[Served]:
    timer = Timer(PATIENCE, process.kill)
    timer.start()
    try:
        said: list[str] = []
        assert process.stdout is not None
        for line in process.stdout:
            said.append(line.rstrip())
            if found := re.search(r"https?://[^\s]+", line):
                timer.cancel()
                yield Served(process, found[0], said, err)
                return
        raise AssertionError(err.read_text("utf-8"))
    finally:
        timer.cancel()
        process.kill()
        process.communicate()


def wait_until(is_so: Callable[[], bool]) -> None:
    """Wait until something is so, and no longer than anybody would."""
    last_look = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < last_look, "it never came to be so"
        time.sleep(0.05)
