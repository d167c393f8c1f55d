"""The process log: what a process tells of itself on stderr, a line of JSON each; never anybody's data.

An error is told by its kind and by the lines of the program that it came through, never by its words, which may hold what somebody
typed. Of what a library says, its own words are told, and the numbers that it puts into them.
"""

import json
import logging
import os
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from traceback import walk_tb
from typing import Any

from cm_engine.clock import written

log = logging.getLogger("cm_engine.process_log")

# What stands for a word that a library puts into what it says.
HIDDEN = "*"

# Of how many calls, the innermost, an error's way is told.
LONGEST_WAY = 12


def write_process_log() -> None:
    """Write to stderr what this process tells, and what goes wrong in the libraries that it uses."""
    handler = logging.StreamHandler()
    handler.setFormatter(Lines())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.captureWarnings(capture=True)
    log.setLevel(logging.INFO)
    sys.excepthook = lambda _, error, __: _tell_uncaught(error)
    threading.excepthook = lambda thrown: _tell_uncaught(thrown.exc_value)
    sys.unraisablehook = lambda thrown: _tell_uncaught(thrown.exc_value)


def _tell_uncaught(error: BaseException | None) -> None:
    """Tell what nobody caught, which Python would write out with its words."""
    if error is not None:
        tell("uncaught", process=os.getpid(), **blamed(error))


def tell(what: str, **about: object) -> None:
    """Write a line: what happened, and about what. Nothing that is None is told."""
    log.info(_line(what, **about))


class Lines(logging.Formatter):
    """Writes what a library says in the same form, without what it says it about."""

    def format(self, record: logging.LogRecord) -> str:
        """Write a line of JSON."""
        if record.name == log.name:
            return record.getMessage()
        error = record.exc_info[1] if record.exc_info else None
        return _line(
            "trouble",
            level=record.levelname.lower(),
            by=record.name,
            where=f"{record.filename}:{record.lineno}",
            said=_said(record),
            process=record.process,
            **(blamed(error) if error else {}),
        )


def blamed(error: BaseException) -> dict[str, object]:
    """Tell an error by its kind, that of what caused it, what the database calls that, and the lines it came through."""
    cause = error.__cause__ or error
    return {
        "error": type(error).__name__,
        "cause": type(cause).__name__ if cause is not error else None,
        "sqlstate": getattr(cause, "sqlstate", None),
        "through": way(error),
    }


def way(error: BaseException) -> list[str]:
    """Give the lines of the program that an error came through, the innermost last."""
    calls = [f"{Path(frame.f_code.co_filename).name}:{line}" for frame, line in walk_tb(error.__traceback__)]
    return calls[-LONGEST_WAY:]


def _said(record: logging.LogRecord) -> str | None:
    """Give what a library says, each word that it puts in hidden; None where nobody can tell its own words from others."""
    if not isinstance(record.args, tuple) or not record.args:
        return None
    try:
        return str(record.msg) % tuple(value if isinstance(value, int) else HIDDEN for value in record.args)
    except (TypeError, ValueError):
        return None


def _line(what: str, **about: Any) -> str:
    known = {name: value for name, value in about.items() if value is not None}
    return json.dumps({"at": written(datetime.now(UTC)), "event": what, **known})
