"""What a process says of itself, heard in a test: everything that logs, however talkative it is told to be."""

import json
import logging
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest

from cm_engine.process_log import Lines


class Heard(StringIO):
    """What was written, line by line."""

    def lines(self, event: str = "") -> list[dict[str, Any]]:
        """Give the lines, or those of one event."""
        found = [json.loads(line) for line in self.getvalue().splitlines()]
        return [line for line in found if event in {"", line["event"]}]


@pytest.fixture
def heard() -> Iterator[Heard]:
    """Listen to all loggers."""
    handler = logging.StreamHandler(found := Heard())
    handler.setFormatter(Lines())
    root, before = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield found
    root.setLevel(before)
    root.removeHandler(handler)
