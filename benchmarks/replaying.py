"""Replay: what its command costs, beside reading the same file and nothing more."""

import tempfile
from pathlib import Path

from benchmarks.costs import CM_ENGINE, HEADER, HERE, PYTHON, Cost, machine, of_commands
from benchmarks.files import times, trial

ROUNDS = 9
FLOOR = str(HERE / "floor.py")


def measure() -> None:
    """Measure, and print a table for docs/measurements.md."""
    with tempfile.TemporaryDirectory() as folder:
        events, called = trial(Path(folder))
        larger = times(events, Path(folder), 10)
        more = _rows(larger) - _rows(events)
        replay = [CM_ENGINE, "replay", str(events), "--policy", "va-prize"]
        small = of_commands(
            {
                "floor": [PYTHON, FLOOR, str(events)],
                "summary": [*replay, "--summary"],
                "lines": replay,
                "pass": [PYTHON, "-c", "pass"],
                "help": [CM_ENGINE, "--help"],
            },
            ROUNDS,
        )
        large = of_commands(
            {"one": [*replay, "--summary"], "ten": [*replay[:2], str(larger), *replay[3:], "--summary"]}, 3
        )
    print(f"{machine()}, {called}; medians of {ROUNDS} (ten times: of 3)\n")
    print(HEADER)
    _row("`replay --summary`, one policy", small["summary"], small["floor"], 4)
    _row("`replay` lines, one policy", small["lines"], small["floor"], 6)
    _row("`replay --summary`, ten times the file", large["ten"], large["one"], 11)
    _row("`cm-engine --help`", small["help"], small["pass"], 8)
    grown = (large["ten"].memory - large["one"].memory) / more
    print(f"| memory of `replay --summary` for each event more | {grown:.0f} bytes | | | at most 1,024 |")


def _row(what: str, took: Cost, floor: Cost, goal: int) -> None:
    ratio = took.seconds / floor.seconds
    print(f"| {what} | {took.seconds:.3f} s | {floor.seconds:.3f} s | {ratio:.2f} | at most {goal} |")


def _rows(path: Path) -> int:
    with path.open("rb") as file:
        return sum(1 for _ in file) - 1
