"""Telling: a page whose answer takes a while says how far it is, and then what it is; it needs neither a script nor a second request."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from flask import Response, stream_with_context
from markupsafe import Markup, escape

# How long, in seconds, nothing is said, and then how often something is.
QUIET, OFTEN = 1.0, 0.5

# What stands in a page where its answer comes.
HERE = Markup("<!-- here -->")

Progress = Callable[[int, int], None]
Answer = dict[str, Any]


class LeftError(Exception):
    """Nobody waits for the answer any more."""


def telling(page: str, work: Callable[[Progress], Answer], told: Callable[[Answer], str], what: str) -> Response:
    """Answer with a page, in which what is worked out is told once it is there, and how much of `what` is done until then."""
    return Response(stream_with_context(_parts(page, _Work(work), told, what)), mimetype="text/html")


class _Work:
    """Work that is done in a thread of its own, and how far it is."""

    def __init__(self, work: Callable[[Progress], Answer]) -> None:
        self.done, self.of = 0, 0
        self._is_left = False
        self._threads = ThreadPoolExecutor(1)
        self._answer = self._threads.submit(work, self._progress)

    def _progress(self, done: int, of: int) -> None:
        self.done, self.of = done, of
        if self._is_left:
            raise LeftError

    def answer(self, seconds: float) -> Answer:
        """Give the answer, once it is there. Raises TimeoutError where it is not by then, and whatever the work raised."""
        return self._answer.result(seconds)

    def leave(self) -> None:
        """Let it end at its next step; nobody waits for it."""
        self._is_left = True
        self._threads.shutdown(wait=False)


def _parts(page: str, work: _Work, told: Callable[[Answer], str], what: str) -> Iterator[str]:
    before, _, behind = page.partition(HERE)
    yield f'{before}<div class="steps" role="status">'
    try:
        yield from _steps(work, what)
        yield f'</div><div class="told">{told(work.answer(0))}</div>{behind}'
    finally:
        work.leave()


def _steps(work: _Work, what: str) -> Iterator[str]:
    patience = QUIET
    while True:
        try:
            work.answer(patience)
        except TimeoutError:
            patience = OFTEN
            yield _step(work, what)
        else:
            return


def _step(work: _Work, what: str) -> str:
    bar = f'<progress max="{work.of}" value="{work.done}" aria-hidden="true"></progress> ' if work.of else ""
    return f"<p>{bar}{work.done:,} of {work.of:,} {escape(what)}</p>" if work.of else "<p>Beginning …</p>"
