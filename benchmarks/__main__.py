"""Run the benchmarks: `make bench`. Floors and commands take turns, so that a noisy machine bears on both alike."""

import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.files import times, trial

ROUNDS = 9
PYTHON = sys.executable
CM_ENGINE = str(Path(PYTHON).with_name("cm-engine"))
FLOOR = str(Path(__file__).with_name("floor.py"))


class Cost(NamedTuple):
    """Seconds and peak memory (bytes) of one run of a command."""

    seconds: float
    memory: int


def main() -> None:
    """Measure, and print a table for docs/measurements.md."""
    with tempfile.TemporaryDirectory() as folder:
        events, called = trial(Path(folder))
        larger = times(events, Path(folder), 10)
        more = _rows(larger) - _rows(events)
        replay = [CM_ENGINE, "replay", str(events), "--policy", "va-prize"]
        small = _medians(
            {
                "floor": [PYTHON, FLOOR, str(events)],
                "summary": [*replay, "--summary"],
                "lines": replay,
                "pass": [PYTHON, "-c", "pass"],
                "help": [CM_ENGINE, "--help"],
            },
            ROUNDS,
        )
        large = _medians(
            {"one": [*replay, "--summary"], "ten": [*replay[:2], str(larger), *replay[3:], "--summary"]}, 3
        )
    print(
        f"Python {platform.python_version()}, {os.cpu_count()} cores, {called}; medians of {ROUNDS} (ten times: of 3)\n"
    )
    print("| what | took | floor | ratio | goal |\n|---|---|---|---|---|")
    _row("`replay --summary`, one policy", small["summary"], small["floor"], 4)
    _row("`replay` lines, one policy", small["lines"], small["floor"], 6)
    _row("`replay --summary`, ten times the file", large["ten"], large["one"], 11)
    _row("`cm-engine --help`", small["help"], small["pass"], 8)
    grown = (large["ten"].memory - large["one"].memory) / more
    print(f"| memory of `replay --summary` for each event more | {grown:.0f} bytes | | | at most 1,024 |")


def _medians(commands: Mapping[str, Sequence[str]], rounds: int) -> dict[str, Cost]:
    for command in commands.values():
        _run(command)
    runs = [{name: _run(command) for name, command in commands.items()} for _ in range(rounds)]
    return {name: _median([run[name] for run in runs]) for name in commands}


def _median(costs: Sequence[Cost]) -> Cost:
    seconds = statistics.median(cost.seconds for cost in costs)
    return Cost(seconds, round(statistics.median(cost.memory for cost in costs)))


def _run(command: Sequence[str]) -> Cost:
    begun = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - begun
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise subprocess.CalledProcessError(child.returncode, command)
    return Cost(seconds, usage.ru_maxrss * 1024)


def _row(what: str, took: Cost, floor: Cost, goal: int) -> None:
    ratio = took.seconds / floor.seconds
    print(f"| {what} | {took.seconds:.3f} s | {floor.seconds:.3f} s | {ratio:.2f} | at most {goal} |")


def _rows(path: Path) -> int:
    with path.open("rb") as file:
        return sum(1 for _ in file) - 1


if __name__ == "__main__":
    main()
