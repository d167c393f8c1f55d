"""Working through long files: a bar on stderr."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from cm_engine.commands.options import is_terminal

LONG = 2_000_000  # bytes: a second's work or so


def size_of(path: Path) -> int:
    """Tell how many bytes a file has; none where that cannot be told."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


@contextmanager
def progress(events: Path, label: str, length: int, *, shown: bool) -> Iterator[Callable[[int], None]]:
    """Show a bar on stderr while a long file is worked through, where somebody is looking."""
    if not shown or size_of(events) < LONG or not is_terminal(sys.stderr):
        yield lambda _: None
        return
    with click.progressbar(length=length, label=label, file=sys.stderr) as bar:

        def reached(position: int) -> None:
            bar.update(position - bar.pos)

        yield reached
        reached(length)
