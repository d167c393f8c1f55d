"""Beside: the background jobs of the demo, in a process that ends with the one that started it, however that ends."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

from cm_engine.installation import find_installation, open_installation
from cm_engine.jobs import jobs_of
from cm_engine.scheduler import Scheduler

# How long, in seconds, a job under way has to come to its end.
GRACE = 20


@contextmanager
def scheduler_beside(configuration: Path) -> Iterator[None]:
    """Run the jobs of an installation when they are due, in a process of their own."""
    here = os.getpid()
    command = [sys.executable, "-m", __name__, str(configuration)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)  # noqa: S603 - our own program
    try:
        yield
    finally:
        if os.getpid() == here:  # the server's processes are forked off this one, and come by here when they end
            process.terminate()
            process.wait(GRACE)


def run(configuration: Path) -> None:
    """Run the jobs until told to end, or until standard input ends, because nobody is there any more who would tell."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})  # the scheduler takes it when it is ready to
    Thread(target=_end_with_input, daemon=True).start()
    installation = find_installation(configuration, None, {})
    engine = open_installation(installation)
    try:
        Scheduler(engine, jobs_of(installation)).run()
    finally:
        engine.close()


def _end_with_input() -> None:
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    run(Path(sys.argv[1]))
