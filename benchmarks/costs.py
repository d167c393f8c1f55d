"""What something costs: commands as processes of their own, and calls. Those that are compared take turns."""

import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

PYTHON = sys.executable
CM_ENGINE = str(Path(PYTHON).with_name("cm-engine"))
HERE = Path(__file__).parent

HEADER = "| what | took | floor | ratio | goal |\n|---|---|---|---|---|"


class Cost(NamedTuple):
    """Seconds and peak memory (bytes) of one run of a command."""

    seconds: float
    memory: int


def machine() -> str:
    """Tell what this runs on."""
    return f"Python {platform.python_version()}, {os.cpu_count()} cores"


def of_commands(
    commands: Mapping[str, Sequence[str]],
    rounds: int,
    before: Callable[[], object] = bool,
    folder: Path | None = None,
) -> dict[str, Cost]:
    """Give the medians of commands that take turns, after one run each that does not count.

    `before` makes things ready for each; `folder` is where they run.
    """
    runs: list[dict[str, Cost]] = []
    for _ in range(rounds + 1):
        costs = {}
        for name, command in commands.items():
            before()
            costs[name] = run(command, folder)
        runs.append(costs)
    return {name: _median([costs[name] for costs in runs[1:]]) for name in commands}


def run(command: Sequence[str], folder: Path | None = None) -> Cost:
    """Run a command to its end, without what it prints."""
    begun = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder)
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - begun
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise subprocess.CalledProcessError(child.returncode, command)
    return Cost(seconds, usage.ru_maxrss * 1024)


def of_calls(calls: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Give the median seconds of calls that take turns, after one of each that does not count."""
    for call in calls.values():
        call()
    runs = [{name: timed(call) for name, call in calls.items()} for _ in range(rounds)]
    return {name: statistics.median(seconds[name] for seconds in runs) for name in calls}


def timed(call: Callable[[], object]) -> float:
    """Give the seconds of one call."""
    begun = time.perf_counter()
    call()
    return time.perf_counter() - begun


def _median(costs: Sequence[Cost]) -> Cost:
    seconds = statistics.median(cost.seconds for cost in costs)
    return Cost(seconds, round(statistics.median(cost.memory for cost in costs)))
