"""Run the benchmarks: `make bench`, or some of them: `python -m benchmarks books`."""

import sys
from collections.abc import Callable

from benchmarks import books, calibration, editing, forecasting, hindsight, load, pages, replaying

PARTS: dict[str, Callable[[], None]] = {
    "replay": replaying.measure,
    "books": books.measure,
    "pages": pages.measure,
    "load": load.measure,
    "what-if": hindsight.measure,
    "forecast": forecasting.measure,
    "calibration": calibration.measure,
    "editing": editing.measure,
}


def main(asked: list[str]) -> None:
    """Measure the parts that are asked for, all where none is, and print their tables for docs/measurements.md."""
    unknown = [name for name in asked if name not in PARTS]
    if unknown:
        sys.exit(f"there is no benchmark {', '.join(unknown)}; there are {', '.join(PARTS)}")
    for name in asked or PARTS:
        PARTS[name]()


if __name__ == "__main__":
    main(sys.argv[1:])
